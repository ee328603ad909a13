"""Fewer points to draw, with every extreme kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.smoothing import as_floats

__all__ = ["DEFAULT_COLUMNS", "Reduction", "downsample"]

Indices: TypeAlias = NDArray[np.intp]

#: Pixel columns of a chart when nobody says how wide it is: at most 1,000 points a line.
DEFAULT_COLUMNS = 500

#: Whole numbers below this are exact as float64.
_EXACT = 2**53


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduction:
    """Which points of a series to draw, and how many there were.

    Attributes:
        kept: Indices into the series, by ascending x, shape ``(K,)``. Between two finite
            points with NaN or infinities between them stands the index of the first of
            those, so that a line drawn through ``kept`` breaks exactly where the series does.
        total: Points in the range, finite or not.
        drawn: Finite points among ``kept`` that lie in the range.
        nan: Values in the range that are NaN.
        infinite: Values in the range that are plus or minus infinity.
    """

    kept: Indices
    total: int
    drawn: int
    nan: int
    infinite: int


def downsample(
    x: ArrayLike,
    y: ArrayLike,
    *,
    columns: int = DEFAULT_COLUMNS,
    x_range: tuple[float, float] | None = None,
    overview: int = 0,
) -> Reduction:
    """Return the points to draw: the smallest and the largest of every pixel column.

    The range is cut into ``columns`` columns of equal width; of each, the first of its
    smallest and the first of its largest values are kept, and so are the first and the last
    point of the range. A line through them covers the same pixels from top to bottom as the
    line through all points, so no spike is ever lost. (Largest-triangle methods lose some.)
    A series that has no more than two points a column is kept whole.

    Args:
        x: Positions, shape ``(T,)``, finite. For a logarithmic axis give their logarithms,
            since its columns are equally wide there.
        y: Values, shape ``(T,)``. NaN and infinities are counted and break the line.
        columns: Number of pixel columns, at least 1.
        x_range: First and last x on screen; ``None`` is all of them. The neighbours just
            outside are kept too, so that the line enters and leaves the picture.
        overview: Columns over all of ``x`` whose extremes are kept as well where they lie
            outside ``x_range``, so that a step back from a zoom has something to show at once;
            0 keeps none.

    Returns:
        Indices of at most ``2 * columns + 4`` finite points, ``2 * overview + 2`` outside the
        range, and of the gaps between them, with the counts.

    Raises:
        InvalidInputError: The shapes differ, ``x`` is not finite, or ``columns`` is below 1.
    """
    positions, values = _checked(x, y, columns)
    order = _ascending(positions)
    if order is not None:
        positions, values = positions[order], values[order]
    begin, end = _visible(positions, x_range)
    low, high = x_range or (0, 0)
    if x_range is None and end:
        low, high = positions[0], positions[-1]

    is_finite = np.isfinite(values)
    kept = begin + _reduced(
        positions[begin:end], values[begin:end], is_finite[begin:end], (low, high, columns)
    )
    outside = _outside((begin, end), positions, values, is_finite, overview)
    if outside.size:
        kept = np.union1d(kept, outside)
    kept = _with_gaps(kept, is_finite)
    in_range = kept[(kept >= begin) & (kept < end)]
    hidden = values[begin:end][~is_finite[begin:end]]
    nan = int(np.count_nonzero(np.isnan(hidden)))
    return Reduction(
        kept=kept if order is None else order[kept],
        total=end - begin,
        drawn=int(np.count_nonzero(is_finite[in_range])),
        nan=nan,
        infinite=hidden.size - nan,
    )


def _checked(x: ArrayLike, y: ArrayLike, columns: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return both as arrays, positions as integers where they are, once they are usable."""
    positions = np.asarray(x)
    if not np.issubdtype(positions.dtype, np.integer):
        positions = as_floats(positions)
    values = as_floats(y)
    if positions.shape != values.shape:
        raise InvalidInputError(
            f"x and y must have the same shape, got {positions.shape} and {values.shape}"
        )
    if positions.dtype.kind == "f" and not np.isfinite(positions).all():
        raise InvalidInputError("x must be finite: leave out the points without a position")
    if columns < 1:
        raise InvalidInputError(f"columns must be at least 1, got {columns}")
    return positions, values


def _ascending(positions: NDArray[Any]) -> Indices | None:
    """Return the order that sorts ``positions``; ``None`` when they are sorted already."""
    if (positions[1:] >= positions[:-1]).all():
        return None
    return np.argsort(positions, kind="stable")


def _visible(positions: NDArray[Any], x_range: tuple[float, float] | None) -> tuple[int, int]:
    """Return first and one-past-last index of the positions within ``x_range``."""
    if x_range is None:
        return 0, positions.size
    low, high = x_range
    begin = int(np.searchsorted(positions, low, side="left"))
    return begin, max(begin, int(np.searchsorted(positions, high, side="right")))


def _reduced(
    positions: NDArray[Any],
    values: NDArray[np.float64],
    is_finite: NDArray[np.bool_],
    grid: tuple[float, float, int],
) -> Indices:
    """Return ascending indices of both ends and of the extremes of every column of ``grid``."""
    if values.size <= 2 * grid[2]:
        return np.arange(values.size)
    starts = _column_starts(positions, grid)
    sizes = np.concatenate((starts[1:], [values.size])) - starts
    if is_finite.all():
        floor, ceiling = values, values
    else:
        floor = np.where(is_finite, values, np.inf)
        ceiling = np.where(is_finite, values, -np.inf)
    # Ticking off and reading off costs a fifth of sorting them together.
    is_kept = np.zeros(values.size, dtype=np.bool_)
    is_kept[_first_in_columns(floor, np.minimum.reduceat(floor, starts), (starts, sizes))] = True
    is_kept[_first_in_columns(ceiling, np.maximum.reduceat(ceiling, starts), (starts, sizes))] = (
        True
    )
    is_kept[[0, -1]] = True
    return np.flatnonzero(is_kept)


def _outside(
    span: tuple[int, int],
    positions: NDArray[Any],
    values: NDArray[np.float64],
    is_finite: NDArray[np.bool_],
    overview: int,
) -> Indices:
    """Return what is kept outside the indices of ``span``."""
    begin, end = span
    # Neighbours just outside the range: the line has to come from somewhere.
    beside = np.array([i for i in (begin - 1, end) if 0 <= i < positions.size], dtype=np.intp)
    if not overview or end - begin == positions.size:
        return beside
    grid = (positions[0], positions[-1], overview)
    whole = _reduced(positions, values, is_finite, grid)
    return np.union1d(beside, whole[(whole < begin) | (whole >= end)])


def _column_starts(positions: NDArray[Any], grid: tuple[float, float, int]) -> Indices:
    """Return the index of the first point of every column that has one."""
    low, high, columns = grid
    edges = np.linspace(low, high, columns + 1)[1:-1]
    if positions.dtype.kind == "i" and max(abs(low), abs(high)) < _EXACT:
        # Comparing whole numbers spares a copy of all positions as floats.
        edges = np.ceil(edges).astype(positions.dtype)
    starts = np.concatenate(([0], np.searchsorted(positions, edges, side="left")))
    return starts[_rises(starts) & (starts < positions.size)]


def _first_in_columns(
    values: NDArray[np.float64],
    wanted: NDArray[np.float64],
    columns: tuple[Indices, Indices],
) -> Indices:
    """Return the first index of each column at which ``values`` has its ``wanted`` value.

    ``columns`` is where they start and how many values each has.

    Columns without any finite value have an infinite wanted value; what is found there is
    not finite either, and stands as a gap.
    """
    starts, sizes = columns
    found = np.flatnonzero(values == np.repeat(wanted, sizes))
    column = np.searchsorted(starts, found, side="right")
    return found[_rises(column)]


def _rises(ascending: Indices) -> NDArray[np.bool_]:
    """Return which are larger than the one before, and the first; faster than ``np.diff``."""
    rises = np.ones(ascending.size, dtype=np.bool_)
    np.greater(ascending[1:], ascending[:-1], out=rises[1:])
    return rises


def _with_gaps(kept: Indices, is_finite: NDArray[np.bool_]) -> Indices:
    """Add the first non-finite index after every kept one where there is one before the next."""
    gaps = np.flatnonzero(~is_finite)
    if not gaps.size or not kept.size:
        return kept
    after = np.searchsorted(gaps, kept[:-1], side="right")
    candidates = gaps[np.minimum(after, gaps.size - 1)]
    between = (candidates > kept[:-1]) & (candidates < kept[1:])
    return np.union1d(kept, candidates[between])
