"""The straight line through scattered points, and how much it explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.correlation import p_values, pearson, spearman
from neural.tracking.smoothing import as_floats

__all__ = ["Trend", "trend"]


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A least-squares line between the outermost points.

    Attributes:
        x: Both ends, ascending, shape ``(2,)``.
        y: Heights there, shape ``(2,)``. Between them the line is straight on axes that are
            logarithmic where the fit was.
        r: Pearson's correlation, of logarithms where an axis is logarithmic.
        rho: Spearman's rank correlation, the same on any axis.
        p: Two-sided p-value of ``r``.
        n: Points.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    r: float
    rho: float
    p: float
    n: int


def trend(x: ArrayLike, y: ArrayLike, *, log_x: bool = False, log_y: bool = False) -> Trend | None:
    """Return the least-squares line of ``y`` over ``x``; ``None`` where there is no such line.

    Args:
        x: Shape ``(N,)``.
        y: Shape ``(N,)``. Pairs that are not finite, or not positive on a logarithmic axis,
            are left out; three have to be left, and ``x`` has to vary.
        log_x: Fit over the logarithm of x.
        log_y: Fit the logarithm of y.
    """
    across, up = _axis(x, log_x), _axis(y, log_y)
    there = np.isfinite(across) & np.isfinite(up)
    across, up = across[there], up[there]
    if across.size < 3 or np.ptp(across) == 0:
        return None
    coefficients, pairs = pearson(np.column_stack((across, up)))
    middle = across.mean()
    slope = ((across - middle) * (up - up.mean())).sum() / ((across - middle) ** 2).sum()
    places = np.array([across.min(), across.max()])
    heights = up.mean() + slope * (places - middle)
    return Trend(
        10.0**places if log_x else places,
        10.0**heights if log_y else heights,
        float(coefficients[0, 1]),
        spearman(across, up),
        float(p_values(coefficients[0, 1], pairs[0, 1])),
        int(across.size),
    )


def _axis(values: ArrayLike, is_log: bool) -> NDArray[np.float64]:
    series = as_floats(values)
    return np.log10(np.where(series > 0, series, np.nan)) if is_log else series
