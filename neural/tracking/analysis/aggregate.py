"""Many runs as one line: mean, median or interquartile mean, with a band around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.alignment import curves_of, grid_of, values_on
from neural.tracking.analysis.bands import (
    BANDS,
    LINE_RESAMPLES,
    STATISTICS,
    Band,
    centers,
    deviations,
    edges,
)
from neural.tracking.analysis.bootstrap import Statistic
from neural.tracking.downsampling import DEFAULT_COLUMNS, downsample
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = [
    "BANDS",
    "LINE_RESAMPLES",
    "STATISTICS",
    "Band",
    "GroupLine",
    "GroupValue",
    "Statistic",
    "group_line",
    "group_value",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupLine:
    """The line of a group, and what is known of how it came about.

    Attributes:
        x: Positions to draw, ascending, shape ``(K,)``.
        center: The figure at each, shape ``(K,)``; NaN where no member has a value.
        lower: Lower edge of the band, shape ``(K,)``; ``None`` without a band. NaN where
            nothing can be said: a single value has no spread, so ``"std"``, ``"stderr"`` and
            ``"bootstrap"`` need two.
        upper: Its upper edge, likewise.
        n: Members that have a value at each position, shape ``(K,)``.
        fewest: The smallest such number at any position, drawn or not; 0 for an empty line.
        most: The largest.
        statistic: What ``center`` is.
        band: What ``lower`` and ``upper`` are.
        members: Curves that were given.
        empty: How many of them have no finite value.
        positions: Positions in the range at which any member has a value.
        looked_at: At how many of them the line was reckoned; fewer only for huge groups.
        nan: Values of members that are NaN, over their whole length.
        infinite: Values of members that are plus or minus infinity.
    """

    x: Floats
    center: Floats
    lower: Floats | None
    upper: Floats | None
    n: NDArray[np.int64]
    fewest: int
    most: int
    statistic: Statistic
    band: Band
    members: int
    empty: int
    positions: int
    looked_at: int
    nan: int
    infinite: int

    def note(self) -> str:
        """Return in words what is drawn and what is not.

        Example:
            >>> group_line([([0, 1], [1.0, float("nan")]), ([0], [3.0])]).note()
            'mean ± standard deviation of 2 runs; n from 0 to 2; 1 NaN left out'
        """
        return "; ".join(_note_parts(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupValue:
    """One figure of a group, as a table shows it; the same reckoning as of its line.

    Attributes:
        center: The figure; NaN without a finite value.
        lower: Lower end of the band; NaN where nothing can be said or no band was asked for.
        upper: Its upper end, likewise.
        n: Finite values.
        failed: Values that are missing, NaN or infinite.
    """

    center: float
    lower: float
    upper: float
    n: int
    failed: int


# Results of diverged runs can be so large that a sum or square of them is not finite; then
# neither is what it leads to, which says so better than a warning.
@np.errstate(over="ignore", invalid="ignore")
def group_line(
    members: Sequence[Series | tuple[ArrayLike, ArrayLike]],
    *,
    statistic: Statistic = "mean",
    band: Band = "std",
    columns: int | None = DEFAULT_COLUMNS,
    x_range: tuple[float, float] | None = None,
    seed: int = 0,
) -> GroupLine:
    r"""Return the line and the band of a group of curves.

    The members are put on the union of their positions: between two of its points a member is
    interpolated linearly, outside its own range it has no value, and where it is NaN or
    infinite it is left out up to its finite neighbours (and counted). At every position the
    figure and the band are of the ``n`` members that have a value there.

    Bands, about the figure :math:`c` of :math:`n` values with the sample standard deviation
    :math:`s` (divisor :math:`n - 1`): ``"std"`` is :math:`c \pm s`, ``"stderr"``
    :math:`c \pm s / \sqrt n`, ``"quartiles"`` the 25 % and 75 % quantiles, ``"minmax"`` the
    extremes, and ``"bootstrap"`` the pointwise 95 % percentile interval of
    :data:`LINE_RESAMPLES` resamples of the members. (Of a minimum or maximum that interval is
    one-sided: no resample goes beyond.)

    Args:
        members: For each run ``(x, y)``, two arrays of the same shape ``(T,)``, finite x in any
            order (of a position that comes twice the last value counts); or its
            :class:`Series`, whose x are then its steps. Smooth the values first if the curves
            are drawn smooth. For a logarithmic axis give the logarithms of the positions. The
            order of members changes nothing.
        statistic: What the line is.
        band: What lies around it.
        columns: Pixel columns of the chart: the extremes that the line and both edges of the
            band have in each are kept, so at most ``6 * columns`` points come back. (Of a
            bootstrap band, twice the standard error shows where its extremes are.)
            ``None`` keeps every position.
        x_range: First and last position on screen; ``None`` is all.
        seed: The same one gives the same bootstrap band.

    Raises:
        InvalidInputError: ``statistic`` or ``band`` is unknown, or a member is unusable.

    Example:
        >>> line = group_line([([0, 2], [1.0, 3.0]), ([0, 1], [3.0, 4.0])], band="minmax")
        >>> line.x.tolist(), line.center.tolist(), line.n.tolist()
        ([0.0, 1.0, 2.0], [2.0, 3.0, 3.0], [2, 2, 1])
    """
    _check(statistic, band)
    curves = curves_of(members)
    grid = grid_of(curves, x_range=x_range, columns=columns)
    table = np.sort(values_on(grid.x, curves), axis=1)  # NaN stand last
    n = np.count_nonzero(~np.isnan(table), axis=1)
    fewest, most = (int(n.min()), int(n.max())) if n.size else (0, 0)
    center = centers(table, n, statistic)
    kept = np.arange(n.size)
    if columns is not None:
        kept = _kept(grid.x, center, (table, n, band), (columns, x_range))
    table, n, center = table[kept], n[kept], center[kept]
    lower, upper = edges(table, n, center, (statistic, band, seed))
    return GroupLine(
        x=grid.x[kept],
        center=center,
        lower=lower,
        upper=upper,
        n=n,
        fewest=fewest,
        most=most,
        statistic=statistic,
        band=band,
        members=len(curves),
        empty=sum(not np.isfinite(one.y).any() for one in curves),
        positions=grid.total,
        looked_at=min(grid.total, grid.x.size),
        nan=sum(one.nan for one in curves),
        infinite=sum(one.infinite for one in curves),
    )


@np.errstate(over="ignore", invalid="ignore")
def group_value(
    values: Sequence[float | None] | ArrayLike,
    *,
    statistic: Statistic = "mean",
    band: Band = "std",
    seed: int = 0,
) -> GroupValue:
    """Return one figure of a group with its band; as :func:`group_line` at one position.

    Args:
        values: One result of each run, shape ``(N,)``; what is ``None``, NaN or infinite has
            failed and is counted.
        statistic: The figure.
        band: What lies around it.
        seed: The same one gives the same bootstrap interval.

    Raises:
        InvalidInputError: ``statistic`` or ``band`` is unknown.

    Example:
        >>> group_value([1.0, 3.0, None], band="minmax")
        GroupValue(center=2.0, lower=1.0, upper=3.0, n=2, failed=1)
    """
    _check(statistic, band)
    given = as_floats(np.array(values, dtype=np.float64).reshape(-1))
    table = np.sort(given[np.isfinite(given)])[None, :]
    n = np.array([table.shape[1]])
    center = centers(table, n, statistic)
    lower, upper = edges(table, n, center, (statistic, band, seed))
    return GroupValue(
        center=float(center[0]),
        lower=float("nan" if lower is None else lower[0]),
        upper=float("nan" if upper is None else upper[0]),
        n=int(n[0]),
        failed=int(given.size - n[0]),
    )


def _check(statistic: str, band: str) -> None:
    if statistic not in STATISTICS:
        known = ", ".join(STATISTICS)
        raise InvalidInputError(f"statistic must be one of {known}, got {statistic!r}")
    if band not in BANDS:
        raise InvalidInputError(f"band must be one of {', '.join(BANDS)}, got {band!r}")


def _kept(
    x: Floats,
    center: Floats,
    rows: tuple[Floats, NDArray[np.int64], Band],
    screen: tuple[int, tuple[float, float] | None],
) -> NDArray[np.intp]:
    """Return the positions that show every extreme of the line and of both edges."""
    table, n, band = rows
    columns, x_range = screen
    outlines: list[Floats | None] = [center]
    if band == "bootstrap":
        # Its true edges are worth reckoning only where they are drawn.
        spread = 2 * deviations(table, n) / np.sqrt(np.maximum(n, 1))
        outlines += [center - spread, center + spread]
    else:
        outlines += edges(table, n, center, ("mean", band, 0))
    kept = [
        downsample(x, outline, columns=columns, x_range=x_range).kept
        for outline in outlines
        if outline is not None
    ]
    return np.unique(np.concatenate(kept))


def _note_parts(line: GroupLine) -> list[str]:
    band = "" if line.band == "none" else f"{BANDS[line.band]} "
    joint = ", " if band and not band.startswith("±") else " "
    first = f"{STATISTICS[line.statistic]}{joint}{band}of {line.members:,} run{_s(line.members)}"
    parts = [first]
    if line.fewest != line.most:
        parts.append(f"n from {line.fewest:,} to {line.most:,}")
    if line.x.size < line.positions:
        exact = "extremes exact" if line.looked_at == line.positions else "extremes of members kept"
        parts.append(f"{line.x.size:,} of {line.positions:,} positions drawn, {exact}")
    left_out = [f"{line.nan:,} NaN"] * bool(line.nan)
    left_out += [f"{line.infinite:,} infinite"] * bool(line.infinite)
    if left_out:
        parts.append(f"{' and '.join(left_out)} left out")
    if line.empty:
        parts.append(f"{line.empty:,} run{_s(line.empty)} without a finite value")
    return parts


def _s(count: int) -> str:
    return "" if count == 1 else "s"
