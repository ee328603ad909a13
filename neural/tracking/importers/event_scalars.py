"""Scalars of event files, many records at once.

Nearly all records of a large file differ in nothing but time, step and value. So the records of
one length are put under each other, and one of them that is understood gives a template: where
all other bytes are equal, the columns of the rest can be read as arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural.tracking.importers.events import find_simple_value
from neural.tracking.importers.wire import WireError

__all__ = ["Scalars", "scalars_of"]

#: A record begins with the time: key of the field, eight bytes.
_TIME_KEY, _STEP_KEY, _SUMMARY_KEY = 0x09, 0x10, 0x2A
_STEP_AT = 9
_LONGEST_STEP = 10
#: More kinds of records of one length than this are read one by one.
_MOST_TEMPLATES = 256


class Scalars(NamedTuple):
    """Points of one tag; four arrays of shape ``(T,)``.

    Attributes:
        tag: Name of the metric.
        which: Rows they came from.
        step: int64.
        time: float64.
        value: float64, of float32 exactly.
    """

    tag: str
    which: NDArray[np.int64]
    step: NDArray[np.int64]
    time: NDArray[np.float64]
    value: NDArray[np.float64]


def scalars_of(rows: NDArray[np.uint8]) -> tuple[list[Scalars], NDArray[np.int64]]:
    """Return the scalars in records of one length, and the rows that are something else.

    Args:
        rows: Shape ``(N, L)``.

    Returns:
        The points by tag, and row numbers of shape ``(M,)``, ascending.
    """
    found: list[Scalars] = []
    left: list[NDArray[np.int64]] = []
    for width, which in _by_step_width(rows, left):
        _read_group(rows, which, width, found, left)
    return found, np.sort(np.concatenate(left)) if left else np.empty(0, np.int64)


def _by_step_width(
    rows: NDArray[np.uint8], left: list[NDArray[np.int64]]
) -> list[tuple[int, NDArray[np.int64]]]:
    """Return rows by the number of bytes of their step; 0 where it is not written, being 0."""
    count, length = rows.shape
    if length <= _STEP_AT + 2:
        left.append(np.arange(count))
        return []
    timed = rows[:, 0] == _TIME_KEY
    groups = []
    stepless = timed & (rows[:, _STEP_AT] == _SUMMARY_KEY)
    if stepless.any():
        groups.append((0, np.flatnonzero(stepless)))
    open_rows = timed & (rows[:, _STEP_AT] == _STEP_KEY)
    done = stepless.copy()
    for width in range(1, min(_LONGEST_STEP, length - _STEP_AT - 2) + 1):
        if not open_rows.any():
            break
        ends = open_rows & (rows[:, _STEP_AT + width] < 0x80)
        here = ends & (rows[:, _STEP_AT + 1 + width] == _SUMMARY_KEY)
        if here.any():
            groups.append((width, np.flatnonzero(here)))
        done |= here
        open_rows &= ~ends
    if not done.all():
        left.append(np.flatnonzero(~done))
    return groups


def _read_group(
    rows: NDArray[np.uint8],
    which: NDArray[np.int64],
    width: int,
    found: list[Scalars],
    left: list[NDArray[np.int64]],
) -> None:
    """Read the rows whose step has ``width`` bytes, template by template."""
    begin = _STEP_AT + (1 + width if width else 0)
    for _ in range(_MOST_TEMPLATES):
        if not len(which):
            return
        first = rows[which[0]]
        try:
            known = find_simple_value(first.tobytes())
        except WireError:
            known = None
        tails = rows[which, begin:]
        same_bytes = tails == first[begin:]
        if known is not None:
            tag, at = known
            same_bytes[:, at - begin : at - begin + 4] = True
        same = same_bytes.all(axis=1)
        chosen, which = which[same], which[~same]
        if known is None:
            left.append(chosen)
        else:
            found.append(_points(rows, chosen, width, tag, at))
    left.append(which)


def _points(
    rows: NDArray[np.uint8], which: NDArray[np.int64], width: int, tag: str, at: int
) -> Scalars:
    step = np.zeros(len(which), np.uint64)
    for byte in range(width):
        part = (rows[which, _STEP_AT + 1 + byte] & 0x7F).astype(np.uint64)
        step |= part << np.uint64(7 * byte)
    time = rows[which, 1:_STEP_AT].copy().view("<f8")[:, 0]
    value = rows[which, at : at + 4].copy().view("<f4")[:, 0]
    return Scalars(tag, which, step.view(np.int64), time, value.astype(np.float64))
