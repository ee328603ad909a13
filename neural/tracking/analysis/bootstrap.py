r"""Resampling: how far a figure of a few runs may be off.

The bootstrap draws, again and again, as many values as there are *from* those there are, and looks
how much the figure varies. All figures here are means of a stretch of the sorted values (the mean
of all, the median, the interquartile mean, the smallest, the largest), so a resample is a row of
weights on the sorted values, and many curves are resampled by one matrix product.

References:
    B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.
    B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
    Association 82, 1987 (BCa).
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.smoothing import as_floats

__all__ = [
    "CONFIDENCE",
    "Interval",
    "Method",
    "Statistic",
    "bootstrap_interval",
    "percentile_bands",
    "resample_weights",
    "stretch",
]

Floats: TypeAlias = NDArray[np.float64]
#: A figure of a set of values: all are means of a stretch of the sorted ones.
Statistic = Literal["mean", "median", "iqm", "min", "max"]
#: How an interval is taken from the resampled figures.
Method = Literal["percentile", "bca"]
#: Figures of one or more samples of resamples, each ``(..., n)``, along the last axis.
Figure: TypeAlias = Callable[..., Floats]

#: How often an interval made so holds the true figure, if the runs were many.
CONFIDENCE = 0.95
#: Rows of a table that are resampled at once; 2 MB stay in the processor's cache.
_ROWS_AT_ONCE = 256


class Interval(NamedTuple):
    """Where a figure lies, likely; both NaN when nothing can be said."""

    low: float
    high: float


def stretch(statistic: Statistic, n: int) -> tuple[int, int]:
    """Return first and one-past-last position, among ``n`` sorted values, of those averaged.

    The interquartile mean leaves out ``n // 4`` values at each end, as
    ``scipy.stats.trim_mean(values, 0.25)`` and so rliable do; with fewer than four values it is
    the mean.

    Raises:
        InvalidInputError: ``statistic`` is none of the five.

    Example:
        >>> stretch("iqm", 8), stretch("median", 5), stretch("median", 6)
        ((2, 6), (2, 3), (2, 4))
    """
    if statistic == "mean":
        return 0, n
    if statistic == "median":
        return (n - 1) // 2, n // 2 + 1
    if statistic == "iqm":
        return n // 4, n - n // 4
    if statistic == "min":
        return 0, 1
    if statistic == "max":
        return n - 1, n
    raise InvalidInputError(
        f"statistic must be one of mean, median, iqm, min, max, got {statistic!r}"
    )


def resample_weights(statistic: Statistic, n: int, *, resamples: int, seed: int = 0) -> Floats:
    """Return what each of ``n`` sorted values weighs in the figure of each resample.

    Args:
        statistic: The figure.
        n: Number of values, at least 1.
        resamples: Number of resamples ``B``.
        seed: The same one gives the same resamples.

    Returns:
        Weights, shape ``(B, n)``; every row sums to 1. Times the sorted values they are the
        resampled figures.
    """
    drawn = np.random.default_rng(seed).integers(0, n, (resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n)
    begin, end = stretch(statistic, n)
    # After sorting a resample, the copies of value i stand at the places up to its running count.
    places = np.clip(np.cumsum(counts, axis=1), begin, end)
    weights: Floats = np.diff(places, axis=1, prepend=begin) / (end - begin)
    return weights


def percentile_bands(
    table: Floats,
    statistic: Statistic,
    *,
    resamples: int,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return the percentile interval of a figure for many sets of values of the same size.

    Args:
        table: Sets of values, sorted along the last axis, finite, shape ``(G, n)``.
        statistic: The figure.
        resamples: Number of resamples of each.
        confidence: Share of the resampled figures inside.
        seed: The same one gives the same interval.

    Returns:
        Lower and upper ends, both of shape ``(G,)``.
    """
    weights = resample_weights(statistic, table.shape[1], resamples=resamples, seed=seed).T
    ends = np.empty((2, table.shape[0]))
    for begin in range(0, table.shape[0], _ROWS_AT_ONCE):
        rows = slice(begin, begin + _ROWS_AT_ONCE)
        base = table[rows, :1]
        # From the smallest value on: members that agree then give exactly what they agree on.
        ends[:, rows] = _middle_share((table[rows] - base) @ weights, confidence) + base.T
    return ends[0], ends[1]


def bootstrap_interval(
    samples: Sequence[ArrayLike],
    figure: Figure,
    *,
    method: Method = "percentile",
    confidence: float = CONFIDENCE,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    r"""Return the bootstrap interval of a figure of one or more independent samples.

    ``"percentile"`` takes the quantiles of the resampled figures, as rliable does. ``"bca"``
    shifts these quantiles by the bias :math:`z_0` and the acceleration :math:`a` (Efron 1987),
    the latter from the jackknife, with several samples as in Efron and Tibshirani, chapter 14.
    With a handful of values either is too narrow: the spread of the sample is all they know.

    Args:
        samples: One array of finite values, shape ``(n,)``, for each argument of ``figure``.
        figure: Takes one array of shape ``(B, n)`` per sample and returns ``(B,)``.
        method: How the interval is taken.
        confidence: Share that is wanted inside.
        resamples: Number of resamples.
        seed: The same one gives the same interval.

    Returns:
        The interval; NaN when a sample has fewer than two values.
    """
    arrays = [as_floats(one) for one in samples]
    if min(one.size for one in arrays) < 2:
        return Interval(np.nan, np.nan)
    rng = np.random.default_rng(seed)
    found = figure(*(one[rng.integers(0, one.size, (resamples, one.size))] for one in arrays))
    if method == "percentile":
        low, high = _middle_share(found[None, :], confidence)
        return Interval(float(low[0]), float(high[0]))
    if method == "bca":
        return _bca(arrays, figure, found, confidence)
    raise InvalidInputError(f"method must be 'percentile' or 'bca', got {method!r}")


def _middle_share(found: Floats, confidence: float) -> Floats:
    """Return the two quantiles between which ``confidence`` of each row lies, shape ``(2, G)``.

    Between two order statistics it is interpolated, as ``numpy.quantile`` does; only those
    four are brought to their place, which is much faster than sorting.
    """
    last = found.shape[1] - 1
    at = np.array([(1 - confidence) / 2, (1 + confidence) / 2]) * last
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, last)
    ordered = np.partition(found, np.unique([below, above]), axis=1)
    low, high = ordered[:, below].T, ordered[:, above].T
    share: Floats = low + (high - low) * (at - below)[:, None]
    return share


def _bca(arrays: list[Floats], figure: Figure, found: Floats, confidence: float) -> Interval:
    from statistics import NormalDist  # the standard library's

    normal = NormalDist()
    observed = float(figure(*(one[None, :] for one in arrays))[0])
    below = (np.count_nonzero(found < observed) + np.count_nonzero(found <= observed)) / 2
    share = below / found.size
    if not 0 < share < 1:  # every resample gave the same figure, or it lies at the very end
        low, high = _middle_share(found[None, :], confidence)
        return Interval(float(low[0]), float(high[0]))
    bias, acceleration = normal.inv_cdf(share), _acceleration(arrays, figure)
    ends = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + normal.inv_cdf(tail)
        ends.append(normal.cdf(bias + z / (1 - acceleration * z)))
    low_end, high_end = np.quantile(found, ends)
    return Interval(float(low_end), float(high_end))


def _acceleration(arrays: list[Floats], figure: Figure) -> float:
    """Return the skewness of the jackknife figures: how fast their spread grows."""
    cubes = squares = 0.0
    for i, one in enumerate(arrays):
        without = np.stack([np.delete(one, j) for j in range(one.size)])
        rest = [
            without if k == i else np.broadcast_to(other, (one.size, other.size))
            for k, other in enumerate(arrays)
        ]
        left_out = figure(*rest)
        influence = (one.size - 1) * (left_out.mean() - left_out)
        cubes += float((influence**3).sum()) / one.size**3
        squares += float((influence**2).sum()) / one.size**2
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0
