"""A result over two params: scattered runs, and what lies between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural._optional import optional_import
from neural.tracking.smoothing import as_floats

__all__ = ["Surface", "surface"]

Floats = NDArray[np.float64]

_CELLS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Interpolated values on a grid.

    Attributes:
        x: Places along the first param, ascending, shape ``(C,)``.
        y: Places along the second, ascending, shape ``(C,)``.
        z: Values, shape ``(C, C)``, rows along ``y``; NaN outside the runs.
    """

    x: Floats
    y: Floats
    z: Floats


def surface(
    x: ArrayLike, y: ArrayLike, z: ArrayLike, *, log_x: bool = False, log_y: bool = False
) -> Surface | None:
    """Return ``z`` between scattered runs.

    Linear interpolation over the triangles of a Delaunay triangulation, after both axes (or their
    logarithms) were scaled to 0 to 1; runs at the same place are averaged. It never leaves
    the range of the values around it, and beyond the outermost runs there is nothing.

    Args:
        x: First param, shape ``(N,)``; with ``log_x`` positive.
        y: Second param, shape ``(N,)``; with ``log_y`` positive.
        z: Result, shape ``(N,)``. Runs with a value that is not finite are left out.
        log_x: Whether distances along x are those of the logarithm.
        log_y: The same for y.

    Returns:
        ``None`` with fewer than four places, or when they lie on a line.

    Raises:
        MissingExtraError: SciPy is not installed.
    """
    interpolate = optional_import(
        "scipy.interpolate", extra="analysis", purpose="interpolate between runs"
    )
    across, up, value = _axis(x, log_x), _axis(y, log_y), as_floats(z)
    there = np.isfinite(across) & np.isfinite(up) & np.isfinite(value)
    places, inverse = np.unique(
        np.column_stack((across[there], up[there])), axis=0, return_inverse=True
    )
    low, span = _box(places)
    unit = (places - low) / np.where(span > 0, span, 1.0)
    # Rank below two: all on a line, and there is no triangle.
    if len(places) < 4 or np.linalg.matrix_rank(unit - unit.mean(axis=0), tol=1e-9) < 2:
        return None
    where = inverse.reshape(-1)
    mean = np.bincount(where, value[there]) / np.bincount(where)
    grid = np.linspace(0.0, 1.0, _CELLS)
    z_grid = interpolate.LinearNDInterpolator(unit, mean)(*np.meshgrid(grid, grid))
    x_grid, y_grid = grid * span[0] + low[0], grid * span[1] + low[1]
    return Surface(
        10.0**x_grid if log_x else x_grid, 10.0**y_grid if log_y else y_grid, np.asarray(z_grid)
    )


def _axis(values: ArrayLike, is_log: bool) -> Floats:
    series = as_floats(values)
    if not is_log:
        return series
    return np.log10(np.where(series > 0, series, np.nan))


def _box(places: Floats) -> tuple[Floats, Floats]:
    if not len(places):
        return np.zeros(2), np.zeros(2)
    return places.min(axis=0), np.ptp(places, axis=0)
