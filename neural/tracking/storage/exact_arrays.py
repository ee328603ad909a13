"""Arrays of metric values that are exact: float64 where it can be, else int64, else objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["GrowingArray", "join_exact", "to_exact"]

#: Below this magnitude every integer is a float64.
_EXACT = 2.0**53
_INT64 = range(-(2**63), 2**63)


def to_exact(values: Sequence[float | int]) -> NDArray[Any]:
    """Return ``values`` as the first of float64, int64 and object that keeps them all exactly.

    Example:
        >>> big = 2**53 + 1
        >>> [str(to_exact(values).dtype) for values in ([1, 0.5], [big, 2], [big, 0.5])]
        ['float64', 'int64', 'object']
    """
    try:
        floats = np.array(values, dtype=np.float64)
    except OverflowError:  # an integer beyond the largest float
        return _to_exact_one_by_one(values)
    # Every integer this small, and every float, came through unchanged.
    if not (np.abs(floats) >= _EXACT).any():
        return floats
    return _to_exact_one_by_one(values)


def _to_exact_one_by_one(values: Sequence[float | int]) -> NDArray[Any]:
    whole = [value for value in values if type(value) is int]
    if all(_is_float(value) for value in whole):
        return np.array(values, dtype=np.float64)
    if len(whole) == len(values) and all(value in _INT64 for value in whole):
        return np.array(values, dtype=np.int64)
    exact = np.empty(len(values), dtype=object)
    exact[:] = values
    return exact


def _is_float(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def join_exact(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Return two arrays of :func:`to_exact` as one that still keeps every value exactly."""
    if first.dtype == second.dtype:
        return np.concatenate([first, second])
    return to_exact([*_whole_as_int(first), *_whole_as_int(second)])


def _whole_as_int(array: NDArray[Any]) -> list[float | int]:
    """Return the values; whole floats as integers, so that they fit beside large ones."""
    values: list[float | int] = array.tolist()
    return [
        int(v) if type(v) is float and v.is_integer() and str(v) != "-0.0" else v for v in values
    ]


class GrowingArray:
    """An array that is added to at its end; what was handed out before stays as it was.

    Args:
        start: What it holds at first; it may be a mapping that cannot be written to.
    """

    def __init__(self, start: NDArray[Any]) -> None:
        self._data = start
        self._size = len(start)

    def extend(self, more: NDArray[Any]) -> None:
        """Put ``more`` at the end; the type of the values may widen, see :func:`join_exact`."""
        if more.dtype != self._data.dtype:
            self._data = join_exact(self.view(), more) if self._size else more
            self._size = len(self._data)
            return
        wanted = self._size + len(more)
        if wanted > len(self._data) or not self._data.flags.writeable:
            grown = np.empty(max(wanted, 2 * self._size), dtype=self._data.dtype)
            grown[: self._size] = self.view()
            self._data = grown
        self._data[self._size : wanted] = more
        self._size = wanted

    def view(self) -> NDArray[Any]:
        """Return what it holds; not to be written to."""
        view = self._data[: self._size]
        view.flags.writeable = False
        return view

    def __len__(self) -> int:
        return self._size
