"""Smoothing of metric series: the curve a reader sees, never what is stored.

Every function takes the *full* series; reduce what it returns, not what it is given.
Values that are not finite pass through untouched and are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError

__all__ = ["as_floats", "centred_average", "moving_average", "over_finite", "smooth"]

#: Blocks are this many times as numerous as they are long: a step inside all blocks costs a
#: numpy call, a step from block to block only a Python one.
_BLOCK_RATIO = 4
#: Sums up to here are far from overflowing.
_SUMMABLE = 1e300
#: Below exp of this a weight no longer changes 1 - w^t as a float64.
_FORGOTTEN = -37.0

Floats: TypeAlias = NDArray[np.float64]


def as_floats(values: ArrayLike) -> Floats:
    """Return ``values`` as float64, shape ``(T,)``.

    Integers beyond 2**53 are rounded to the nearest float64, and beyond 1.8e308 become
    infinite: good enough to draw, never used to store.

    Args:
        values: Numbers, shape ``(T,)``; integers of any size.

    Raises:
        InvalidInputError: ``values`` is not one-dimensional.
    """
    try:
        series = np.asarray(values, dtype=np.float64)
    except OverflowError:
        series = np.array([_as_float(value) for value in np.asarray(values, dtype=object)])
    if series.ndim != 1:
        raise InvalidInputError(f"values must have shape (T,), got {series.shape}")
    return series


def smooth(values: ArrayLike, weight: float) -> Floats:
    r"""Return the debiased exponential moving average of a series.

    With :math:`m_t = w m_{t-1} + (1 - w) v_t` and :math:`m_0 = 0` the result is
    :math:`m_t / (1 - w^t)`, as TensorBoard draws it. The division removes the pull towards
    zero of the first values; a constant series comes back unchanged.

    The recursion runs over blocks side by side in numpy and then hands each block what came
    before it, which only ever multiplies by powers of ``w`` below one: the rounding error is
    that of the plain loop, and a million values take some milliseconds.

    Args:
        values: Metric values in step order, shape ``(T,)``. NaN and infinities stay what
            they are and do not enter the average.
        weight: Weight :math:`w` of the past, in ``[0, 1)``, without unit. 0 returns the
            series itself.

    Returns:
        Smoothed values, shape ``(T,)``, in the unit of ``values``.

    Raises:
        InvalidInputError: ``weight`` is outside ``[0, 1)``, or ``values`` is not
            one-dimensional.

    Reference:
        TensorBoard, ``line_chart_v2`` (smoothing of scalars); the debiasing is that of
        D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015,
        section 3 (arXiv:1412.6980).

    Example:
        >>> smooth([1.0, 0.5, 0.0], 0.6).round(5).tolist()
        [1.0, 0.6875, 0.33673]
    """
    if not 0 <= weight < 1:
        raise InvalidInputError(f"weight must be in [0, 1), got {weight}")
    return over_finite(values, lambda finite: _ema(finite, weight))


def moving_average(values: ArrayLike, window: int) -> Floats:
    """Return the trailing mean over the last ``window`` values.

    The first ``window - 1`` results are the means of what there is so far, so a series
    shorter than the window is smoothed too instead of being dropped. From index
    ``window - 1`` on this is the plain moving average.

    Each window is the tail of one block and the head of the next, and both are running
    sums (M. van Herk, "A fast algorithm for local minimum and maximum filters", Pattern
    Recognition Letters 13, 1992, section 2, for sums). Nothing is subtracted, so a spike
    leaves no rounding error behind once it has left the window.

    Args:
        values: Metric values in step order, shape ``(T,)``. NaN and infinities stay what
            they are; the window is over the finite values.
        window: Values to average, at least 1. 1 returns the series itself.

    Returns:
        Smoothed values, shape ``(T,)``, in the unit of ``values``.

    Raises:
        InvalidInputError: ``window`` is below 1, or ``values`` is not one-dimensional.

    Example:
        >>> moving_average([4.0, 2.0, 0.0, 4.0], 2).tolist()
        [4.0, 3.0, 1.0, 2.0]
    """
    if window < 1:
        raise InvalidInputError(f"window must be at least 1, got {window}")
    return over_finite(values, lambda finite: _trailing_mean(finite, window))


def centred_average(values: ArrayLike, window: int) -> Floats:
    """Return the mean of the ``window`` values round each value.

    At both ends the window shrinks to the values there are, so that nothing is made up. An
    even window reaches one value further back than ahead.

    Args:
        values: Metric values in step order, shape ``(T,)``. NaN and infinities stay what
            they are; the window is over the finite values.
        window: Values to average, at least 1. 1 returns the series itself.

    Returns:
        Smoothed values, shape ``(T,)``, in the unit of ``values``.

    Raises:
        InvalidInputError: ``window`` is below 1, or ``values`` is not one-dimensional.

    Example:
        >>> centred_average([3.0, 0.0, 3.0, 9.0], 3).tolist()
        [1.5, 2.0, 4.0, 6.0]
    """
    if window < 1:
        raise InvalidInputError(f"window must be at least 1, got {window}")
    return over_finite(values, lambda finite: _centred_mean(finite, window))


def _as_float(value: float) -> float:
    """Return ``value`` as a float; an integer too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def over_finite(values: ArrayLike, function: Callable[[Floats], Floats]) -> Floats:
    """Apply ``function`` to the finite values and leave the others where they are.

    A constant series is returned as it is: no rounding may bend a straight line.

    Args:
        values: Numbers, shape ``(T,)``.
        function: From the finite values, shape ``(F,)``, to as many smoothed ones.
    """
    series = as_floats(values)
    is_finite = np.isfinite(series)
    finite = series if is_finite.all() else series[is_finite]
    if not finite.size or finite.min() == finite.max():
        return series.copy()
    if finite is series:
        return function(finite)
    smoothed = series.copy()
    smoothed[is_finite] = function(finite)
    return smoothed


def _ema(values: Floats, weight: float) -> Floats:
    """Return the debiased average of finite ``values``."""
    if weight == 0:
        return values.copy()
    mean = _recursion(values * (1 - weight), weight)
    # 1 - w^t without the cancellation of a w close to 1. It is exactly 1 from some t on.
    debiased = min(values.size, math.ceil(_FORGOTTEN / math.log(weight)))
    mean[:debiased] /= -np.expm1(np.arange(1, debiased + 1) * math.log(weight))
    return mean


def _recursion(inputs: Floats, weight: float) -> Floats:
    """Return m with ``m[t] = weight * m[t - 1] + inputs[t]`` and nothing before it."""
    count = inputs.size
    rows = math.ceil(math.sqrt(count) / _BLOCK_RATIO)
    columns = -(-count // rows)
    # One block a column, so that one step of every block at once is one contiguous row.
    padded = np.zeros(columns * rows)
    padded[:count] = inputs
    blocks = np.ascontiguousarray(padded.reshape(columns, rows).T)
    for row in range(1, rows):
        blocks[row] += weight * blocks[row - 1]

    carried = [0.0]
    decay = weight**rows
    for last in blocks[-1, :-1].tolist():
        carried.append(decay * carried[-1] + last)
    blocks += np.outer(weight ** np.arange(1, rows + 1), carried)
    return blocks.T.reshape(-1)[:count]


def _trailing_mean(values: Floats, window: int) -> Floats:
    """Return the mean of up to ``window`` values ending at each index."""
    window = min(window, values.size)
    counts = np.minimum(np.arange(1, values.size + 1), window)
    return _scaled(values, window, lambda scaled: _trailing_sums(scaled, window) / counts)


def _centred_mean(values: Floats, window: int) -> Floats:
    """Return the mean of up to ``window`` values round each index."""
    window = min(window, 2 * values.size)
    ahead = (window - 1) // 2
    places = np.arange(values.size)
    first = np.maximum(places - window // 2, 0)
    counts = np.minimum(places + ahead, values.size - 1) - first + 1
    padded = np.append(values, np.zeros(ahead))
    return _scaled(padded, window, lambda scaled: _trailing_sums(scaled, window)[ahead:] / counts)


def _scaled(values: Floats, window: int, mean: Callable[[Floats], Floats]) -> Floats:
    """Return ``mean(values)`` where the sums of ``window`` values near 1e308 stay finite."""
    if abs(values).max() <= _SUMMABLE / window:
        return mean(values)
    scale = 0.5 ** math.ceil(math.log2(window))  # a power of two changes no digit
    return mean(values * scale) / scale


def _trailing_sums(values: Floats, window: int) -> Floats:
    """Return the sums of up to ``window`` values ending at each index."""
    count = values.size
    # One block of zeros in front gives the first windows something to reach back to.
    blocks = -(-count // window) + 1
    padded = np.zeros(blocks * window)
    padded[window : window + count] = values
    table = padded.reshape(blocks, window)
    heads = np.cumsum(table, axis=1)[1:]
    tails = np.cumsum(table[:, ::-1], axis=1)[:, ::-1][:-1]
    sums = heads.copy()
    sums[:, :-1] += tails[:, 1:]
    return sums.reshape(-1)[:count]
