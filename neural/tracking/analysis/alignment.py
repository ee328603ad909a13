"""Curves of different runs put on one grid of positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.downsampling import DEFAULT_COLUMNS, downsample
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = ["MOST_CELLS", "Curve", "Grid", "curves_of", "grid_of", "values_on"]

Floats: TypeAlias = NDArray[np.float64]

#: Most values that are reckoned at once: positions times members (64 MB).
MOST_CELLS = 8_000_000


class Curve(NamedTuple):
    """One member of a group, ready to be aligned; both arrays have shape ``(T,)``."""

    #: Positions, finite, ascending, each once.
    x: Floats
    #: Values; what is not finite is NaN.
    y: Floats
    #: Values that were NaN.
    nan: int = 0
    #: Values that were plus or minus infinity.
    infinite: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Where a group is looked at.

    Attributes:
        x: Ascending positions, shape ``(G,)``.
        total: Positions in the range at which any member has a value; more than ``G`` when
            there were too many to look at all of them.
    """

    x: Floats
    total: int


def curves_of(members: Iterable[Series | tuple[ArrayLike, ArrayLike]]) -> list[Curve]:
    """Return the members of a group, sorted, each position once.

    Args:
        members: For each run ``(x, y)``, two arrays of the same shape ``(T,)`` in any order; or
            its :class:`Series`, whose x are then its steps. Of a position that comes twice
            the last value counts.

    Raises:
        InvalidInputError: Two shapes differ, or an x is not finite.
    """
    return [_curve(*_pair(one), number=i) for i, one in enumerate(members)]


def grid_of(
    curves: Sequence[Curve],
    *,
    x_range: tuple[float, float] | None = None,
    columns: int | None = DEFAULT_COLUMNS,
) -> Grid:
    """Return the union of the positions of all members.

    When the members would have more than :data:`MOST_CELLS` values on it, only positions stay at
    which some member has the smallest or largest value of a pixel column, and of these, if
    they are still too many, evenly spread ones.

    Args:
        curves: The members.
        x_range: First and last position wanted; ``None`` is all. The next ones just outside
            are kept too, so that a line enters and leaves the picture.
        columns: Pixel columns of the chart; ``None`` is :data:`DEFAULT_COLUMNS`.
    """
    most = max(1, MOST_CELLS // max(1, len(curves)))
    union, total = _in_range(_union([one.x for one in curves]), x_range)
    if union.size <= most:
        return Grid(x=union, total=total)
    width = columns or DEFAULT_COLUMNS
    kept = [downsample(c.x, c.y, columns=width, x_range=x_range).kept for c in curves]
    extremes = _union([c.x[k] for c, k in zip(curves, kept, strict=True)])
    return Grid(x=_thinned(_in_range(extremes, x_range)[0], most), total=total)


def values_on(grid: Floats, curves: Sequence[Curve]) -> Floats:
    """Return the value of every member at every position of ``grid``.

    Between two points of a member that follow each other the value is interpolated linearly;
    before its first and after its last point, and between two points of which one is not
    finite, the member has none.

    Args:
        grid: Ascending positions, shape ``(G,)``.
        curves: The ``N`` members.

    Returns:
        Values, shape ``(G, N)``, NaN where a member has none.
    """
    table = np.full((len(curves), grid.size), np.nan)
    for row, one in zip(table, curves, strict=True):
        if not one.x.size:
            continue
        if one.x.size == grid.size and (one.x == grid).all():
            row[:] = one.y
        else:
            row[:] = np.interp(grid, one.x, one.y, left=np.nan, right=np.nan)
    # Slopes between values near the largest float64 overflow; what comes of it is no value.
    return np.where(np.isfinite(table), table, np.nan).T


def _pair(member: Series | tuple[ArrayLike, ArrayLike]) -> tuple[ArrayLike, ArrayLike]:
    return (member.step, member.value) if isinstance(member, Series) else member


def _curve(x: ArrayLike, y: ArrayLike, number: int) -> Curve:
    positions, values = as_floats(x), as_floats(y)
    if positions.shape != values.shape:
        raise InvalidInputError(
            f"x and y of member {number} must have the same shape, got {positions.shape} and "
            f"{values.shape}"
        )
    if not np.isfinite(positions).all():
        raise InvalidInputError(
            f"x of member {number} must be finite: leave out the points without a position"
        )
    positions, values = _sorted(positions, values)
    is_finite = np.isfinite(values)
    if is_finite.all():
        return Curve(positions, values)
    nan = int(np.count_nonzero(np.isnan(values)))
    infinite = int(np.count_nonzero(~is_finite)) - nan
    return Curve(positions, np.where(is_finite, values, np.nan), nan, infinite)


def _sorted(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return both by ascending x, of equal x only the last."""
    if (x[1:] > x[:-1]).all():
        return x, y
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    is_last = np.append(x[1:] > x[:-1], True)
    return x[is_last], y[is_last]


def _in_range(x: Floats, x_range: tuple[float, float] | None) -> tuple[Floats, int]:
    """Return the positions within the range and their number.

    The neighbours just outside are returned too: a line has to come from somewhere.
    """
    if x_range is None:
        return x, x.size
    begin = int(np.searchsorted(x, x_range[0], "left"))
    end = max(begin, int(np.searchsorted(x, x_range[1], "right")))
    return x[max(0, begin - 1) : end + 1], end - begin


def _union(parts: Sequence[Floats]) -> Floats:
    """Return all positions once; runs mostly share theirs, so each set is looked at once."""
    distinct: dict[Any, Floats] = {part.tobytes(): part for part in parts}
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    return np.unique(np.concatenate([*distinct.values(), np.empty(0)]))


def _thinned(x: Floats, most: int) -> Floats:
    if x.size <= most:
        return x
    return x[np.unique(np.linspace(0, x.size - 1, most).astype(np.intp))]
