"""Smoothing along an x axis, where the distance of two points counts and not only their order.

Like all smoothing it takes the *full* series. Values that are not finite pass through untouched
and are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError, UnknownNameError
from neural.tracking.smoothing import as_floats, centred_average, over_finite, smooth

__all__ = ["VIEWPORT", "Smoothing", "gaussian", "smooth_along", "time_weighted"]

Floats: TypeAlias = NDArray[np.float64]

#: Kinds of smoothing: exponential over values, exponential over x, Gaussian, centred mean.
Smoothing = Literal["ema", "twema", "gauss", "mean"]

#: The x range counts as this many steps of the time-weighted average. Weights and Biases name
#: such a scale without its number.
VIEWPORT: Final = 1000.0

#: Exponents that are added up together; exp of twice this is still a float64.
_SPAN = 300.0
#: A Gaussian is nothing beyond this many sigmas.
_REACH = 4.0
#: Pairs of points that are weighted one by one; more are binned first.
_MOST_PAIRS = 20_000_000
#: Cells to a sigma, and cells at most, where points are binned.
_CELLS = 32
_MOST_CELLS = 1 << 22


def smooth_along(x: ArrayLike, values: ArrayLike, kind: Smoothing, amount: float) -> Floats:
    """Return a series smoothed in one of the four ways a chart offers.

    Args:
        x: Positions, shape ``(T,)``, in any order.
        values: Metric values, shape ``(T,)``.
        kind: ``"ema"`` (see :func:`neural.tracking.smoothing.smooth`), ``"twema"``
            (:func:`time_weighted`), ``"gauss"`` (:func:`gaussian`) or ``"mean"``
            (:func:`neural.tracking.smoothing.centred_average`).
        amount: Weight of the past in ``[0, 1)``; for ``"gauss"`` sigma in the unit of ``x``;
            for ``"mean"`` the number of values, rounded. 0 is off.

    Returns:
        Smoothed values, shape ``(T,)``.

    Raises:
        InvalidInputError: The shapes differ or ``amount`` is out of range.
        UnknownNameError: There is no such kind.
    """
    if kind == "ema":
        return smooth(values, amount)
    if kind == "twema":
        return time_weighted(x, values, amount)
    if kind == "gauss":
        return gaussian(x, values, amount)
    if kind == "mean":
        return centred_average(values, max(1, round(amount)))
    raise UnknownNameError("smoothing", kind, get_args(Smoothing))


def time_weighted(x: ArrayLike, values: ArrayLike, weight: float) -> Floats:
    r"""Return the exponential moving average whose past fades with distance in x.

    With :math:`p = \min(\sqrt{w}, 0.999)` the past is multiplied by
    :math:`p^{1000\,\Delta x / r}` from one point to the next, where :math:`r` is the range of
    x; sum and weights are kept alike and divided, which is the debiasing. Lines that were logged
    at different rates are smoothed alike.

    Args:
        x: Positions, shape ``(T,)``.
        values: Metric values, shape ``(T,)``. NaN and infinities stay what they are.
        weight: Weight :math:`w` of the past, in ``[0, 1)``; 0 returns the series itself.

    Raises:
        InvalidInputError: ``weight`` is outside ``[0, 1)``, or the shapes differ.

    Reference:
        Weights and Biases, "Smooth line plots" (time-weighted EMA, their default).

    Example:
        >>> time_weighted([0, 1, 1000], [1.0, 0.0, 0.0], 0.81).round(3).tolist()
        [1.0, 0.474, 0.0]
    """
    if not 0 <= weight < 1:
        raise InvalidInputError(f"weight must be in [0, 1), got {weight}")
    fade = min(weight**0.5, 0.999)
    return _along(x, values, weight > 0, lambda at, y: _faded(at, y, fade))


def gaussian(x: ArrayLike, values: ArrayLike, sigma: float) -> Floats:
    r"""Return the mean of the values, weighted by :math:`\exp(-\Delta x^2 / 2\sigma^2)`.

    Points further away than four sigmas are left out. Where that is more than some millions of
    pairs of points, they are first put into cells of a thirty-second of sigma, which moves none
    by more than that.

    Args:
        x: Positions, shape ``(T,)``.
        values: Metric values, shape ``(T,)``. NaN and infinities stay what they are.
        sigma: Width in the unit of ``x``, at least 0; 0 returns the series itself.

    Raises:
        InvalidInputError: ``sigma`` is negative or not finite, or the shapes differ.

    Example:
        >>> gaussian([0, 1, 2], [0.0, 1.0, 0.0], 1.0).round(3).tolist()
        [0.348, 0.452, 0.348]
    """
    if not 0 <= sigma < np.inf:
        raise InvalidInputError(f"sigma must be finite and at least 0, got {sigma}")
    return _along(x, values, sigma > 0, lambda at, y: _blurred(at, y, sigma))


def _along(
    x: ArrayLike, values: ArrayLike, is_on: bool, function: Callable[[Floats, Floats], Floats]
) -> Floats:
    """Apply ``function`` to the finite points by ascending x, and leave the others."""
    at, y = as_floats(x), as_floats(values)
    if at.shape != y.shape:
        raise InvalidInputError(
            f"x and values must have the same shape, got {at.shape} and {y.shape}"
        )
    usable = np.isfinite(at) & np.isfinite(y)
    order = np.flatnonzero(usable)
    if (np.diff(at[order]) < 0).any():
        order = order[np.argsort(at[order], kind="stable")]
    if not is_on or order.size < 2 or at[order[0]] == at[order[-1]]:
        return y.copy()
    smoothed = y.copy()
    smoothed[order] = over_finite(y[order], lambda finite: function(at[order], finite))
    return smoothed


def _faded(x: Floats, y: Floats, fade: float) -> Floats:
    """Return the time-weighted average of ascending points."""
    # log of what is left of the first point at each point, from 0 downwards
    faded = np.log(fade) * VIEWPORT / (x[-1] - x[0]) * (x - x[0])
    edges = np.arange(0.0, faded[-1] - _SPAN, -_SPAN)
    starts = np.unique(np.searchsorted(-faded, -edges, side="left"))
    starts = starts[starts < y.size]
    total = np.empty_like(y)
    mass = np.empty_like(y)
    carried, weight, last = 0.0, 0.0, 0.0
    for begin, end in zip(starts, np.append(starts[1:], y.size), strict=True):
        # Relative to the first point of the block, so that no exponential overflows.
        gain = np.exp(faded[begin] - faded[begin:end])
        left = np.exp(max(faded[begin] - last, -700.0))
        total[begin:end] = (np.cumsum(y[begin:end] * gain) + carried * left) / gain
        mass[begin:end] = (np.cumsum(gain) + weight * left) / gain
        carried, weight, last = total[end - 1], mass[end - 1], faded[end - 1]
    return total / mass


def _blurred(x: Floats, y: Floats, sigma: float) -> Floats:
    """Return the Gaussian mean of ascending points."""
    reach = _REACH * sigma
    most = int((np.searchsorted(x, x + reach, side="right") - np.arange(x.size)).max())
    if most * x.size <= _MOST_PAIRS:
        return _pairwise(x, y, sigma, most)
    return _binned(x, y, sigma)


def _pairwise(x: Floats, y: Floats, sigma: float, most: int) -> Floats:
    """Weigh every pair of points that are at most ``most`` places apart."""
    total, mass = y.copy(), np.ones_like(y)
    for apart in range(1, most):
        distance = x[apart:] - x[:-apart]
        weight = np.exp(-0.5 * (distance / sigma) ** 2) * (distance <= _REACH * sigma)
        total[apart:] += weight * y[:-apart]
        total[:-apart] += weight * y[apart:]
        mass[apart:] += weight
        mass[:-apart] += weight
    return total / mass


def _binned(x: Floats, y: Floats, sigma: float) -> Floats:
    """Put the points into cells, convolve the cells, and read them off at the points."""
    cell = max(sigma / _CELLS, (x[-1] - x[0]) / _MOST_CELLS)
    place = (x - x[0]) / cell
    cells = int(place[-1]) + 2
    left = place.astype(np.intp)
    share = place - left
    reach = int(_REACH * sigma / cell) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * cell / sigma) ** 2)

    def convolved(weights: Floats) -> Any:
        binned = np.bincount(left, weights * (1 - share), cells)
        binned += np.bincount(left + 1, weights * share, cells)
        length = 1 << (cells + 2 * reach - 1).bit_length()
        product = np.fft.rfft(binned, length) * np.fft.rfft(kernel, length)
        blurred = np.fft.irfft(product, length)[reach : reach + cells]
        return np.interp(place, np.arange(cells), blurred)

    # About the middle of the values: what FFT rounds off is then small against the curve.
    middle = y.mean()
    mean: Floats = middle + convolved(y - middle) / convolved(np.ones_like(y))
    return mean
