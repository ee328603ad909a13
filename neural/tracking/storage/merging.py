"""In which order the points of several files stand, and which of them are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn", "merge_order", "running_maximum"]


_NEVER = np.iinfo(np.int64).max


def running_maximum(times: NDArray[np.float64], before: float) -> NDArray[np.float64]:
    """Return for each entry of a file the latest timestamp so far; it never goes back.

    Args:
        times: Timestamps in file order, shape ``(T,)``.
        before: The running maximum of the entries before them.
    """
    return np.maximum.accumulate(np.fmax(times, before)) if len(times) else times


def merge_order(clocks: Sequence[NDArray[np.float64]]) -> NDArray[np.int64] | None:
    """Return the order of points of several files laid end to end; ``None`` if it is that one.

    The order inside a file is kept, whatever its timestamps do: files are merged on the running
    maximum of theirs. Where two are equal, the file that comes first goes first.

    Args:
        clocks: For each file the running maxima of its points, the owner's file first.
    """
    filled = [clock for clock in clocks if len(clock)]
    if all(a[-1] <= b[0] for a, b in pairwise(filled)):
        return None
    return np.argsort(np.concatenate(filled), kind="stable")


def drawn(step: NDArray[np.int64], attempt: NDArray[np.int64] | None) -> NDArray[Any] | None:
    """Return the indices of the points a chart draws, by step; ``None`` if it draws them all.

    Within an attempt the last write of a step counts. A later attempt hides the points that
    earlier ones logged at its own first step or behind it.

    Args:
        step: Steps in logging order, shape ``(T,)``.
        attempt: Number of the attempt each point belongs to; ``None`` if there was only one.

    Example:
        >>> drawn(np.array([0, 1, 2, 2, 1, 2]), np.array([0, 0, 0, 0, 1, 1])).tolist()
        [0, 4, 5]
    """
    if attempt is None:
        kept = np.arange(len(step))
    else:
        hidden_from = _hidden_from(step, attempt)[attempt]
        kept = np.flatnonzero((step < hidden_from) | (hidden_from == _NEVER))
    if len(kept) == len(step) and bool((np.diff(step) > 0).all()):
        return None
    # Of equal steps np.unique names the first: in the reversed array that is the last write.
    backwards = kept[::-1]
    return backwards[np.unique(step[backwards], return_index=True)[1]]


def _hidden_from(step: NDArray[np.int64], attempt: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each attempt the first step that a later attempt has."""
    first = np.full(int(attempt.max(initial=0)) + 2, _NEVER)
    np.minimum.at(first, attempt, step)
    return np.minimum.accumulate(first[::-1])[::-1][1:]
