"""The figure and the band of each row of a table of values."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.bootstrap import Statistic, percentile_bands, stretch

__all__ = [
    "BANDS",
    "LINE_RESAMPLES",
    "STATISTICS",
    "Band",
    "centers",
    "deviations",
    "edges",
]

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
#: What is drawn around a group's line.
Band = Literal["std", "stderr", "bootstrap", "minmax", "quartiles", "none"]

#: The figures that a line can show, and their names on screen.
STATISTICS: dict[Statistic, str] = {
    "mean": "mean",
    "median": "median",
    "iqm": "interquartile mean",
    "min": "minimum",
    "max": "maximum",
}
#: The bands that can lie around a line, and their names on screen.
BANDS: dict[Band, str] = {
    "std": "± standard deviation",
    "stderr": "± standard error",
    "bootstrap": "95 % bootstrap interval",
    "minmax": "minimum to maximum",
    "quartiles": "quartiles",
    "none": "no band",
}
#: Resamples behind each point of a band. With 1,000, an end of it lies within about a tenth
#: of the standard error of where endlessly many would put it: less than a line is wide.
LINE_RESAMPLES = 1_000


def centers(table: Floats, n: Counts, statistic: Statistic) -> Floats:
    """Return the figure of each row.

    Args:
        table: Values, sorted along the rows with NaN last, shape ``(G, N)``.
        n: How many values of each row are no NaN, shape ``(G,)``.
        statistic: The figure.

    Returns:
        Figures, shape ``(G,)``, never outside the values of their row; NaN for a row of none.
    """
    center = np.full(n.size, np.nan)
    for size in np.unique(n[n > 0]):
        rows = n == size
        begin, end = stretch(statistic, int(size))
        inside = table[rows, begin:end]
        low, high = inside[:, 0], inside[:, -1]
        # Reckoned from the smallest value on, so that the mean of equal values is exactly that. The
        # difference of values near the largest float64 overflows; the line stays within them.
        mean = low + (inside - low[:, None]).mean(axis=1)
        center[rows] = np.clip(mean, low, high)
    return center


def edges(
    table: Floats, n: Counts, center: Floats, how: tuple[Statistic, Band, int]
) -> tuple[Floats | None, Floats | None]:
    """Return the lower and the upper edge of the band of each row; ``None`` for no band.

    Args:
        table: Values, sorted along the rows with NaN last, shape ``(G, N)``.
        n: How many values of each row are no NaN, shape ``(G,)``.
        center: Figure of each row, shape ``(G,)``.
        how: What ``center`` is, which band, and the seed of its resamples.
    """
    statistic, band, seed = how
    if band == "none":
        return None, None
    if band in ("std", "stderr"):
        spread = deviations(table, n)
        if band == "stderr":
            spread = spread / np.sqrt(np.maximum(n, 1))
        return center - spread, center + spread
    if band == "bootstrap":
        return _bootstrap_edges(table, n, center, (statistic, seed))
    low, high = (0.0, 1.0) if band == "minmax" else (0.25, 0.75)
    return _quantiles(table, n, low), _quantiles(table, n, high)


def deviations(table: Floats, n: Counts) -> Floats:
    """Return the sample standard deviation of each row; NaN for fewer than two values."""
    is_there = ~np.isnan(table)
    count = np.where(n > 1, n, np.nan)
    low = table[:, :1]
    away = np.where(is_there, table - low, 0.0)
    squares = np.where(is_there, away - (away.sum(axis=1) / count)[:, None], 0.0) ** 2
    found: Floats = np.sqrt(squares.sum(axis=1) / (count - 1))
    return found


def _quantiles(table: Floats, n: Counts, share: float) -> Floats:
    """Return a quantile of each row, interpolated linearly as ``numpy.quantile`` does."""
    found = np.full(n.size, np.nan)
    some = np.flatnonzero(n > 0)
    at = share * (n[some] - 1)
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, n[some] - 1)
    low, high = table[some, below], table[some, above]
    found[some] = low + (high - low) * (at - below)
    return found


def _bootstrap_edges(
    table: Floats, n: Counts, center: Floats, how: tuple[Statistic, int]
) -> tuple[Floats, Floats]:
    statistic, seed = how
    lower, upper = np.full((2, n.size), np.nan)
    for size in np.unique(n[n > 1]):
        rows = n == size
        low, high = percentile_bands(
            table[rows, :size], statistic, resamples=LINE_RESAMPLES, seed=seed
        )
        # Only rounding can put the line outside: a resampled figure is often on either side.
        lower[rows] = np.minimum(low, center[rows])
        upper[rows] = np.maximum(high, center[rows])
    return lower, upper
