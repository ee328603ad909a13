"""Rows of a W&B history that hold the same names, many at once.

Nearly all rows of a run differ in their numbers only. The first of a kind is read item by item and
gives a pattern; those that match it whole give their numbers in one step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Layout", "history_span", "layout_of"]

_NUMBER = re.compile(rb"-?[0-9.eE+-]+|NaN|-?Infinity")
#: An item: length, name under either number, value. Values hold no byte below a blank.
_ITEM = rb"\n.[\n\x12]%b%b\x82\x01.([-+.0-9A-Za-z]+)"
_STEP_MESSAGE = rb"(?:\x12.(?:\x08[\x80-\xff]*[\x00-\x7f])?)?"
_MOST_ITEMS = 90
_LONGEST_NAME = 100
_LONGEST_VALUE = 25


class Layout(NamedTuple):
    """What rows of one kind look like.

    Attributes:
        pattern: Matches the bytes of a whole row; its groups are the values.
        names: Their names.
        step: Which of them is the step.
        time: Which of them is the time; ``None`` if there is none.
    """

    pattern: re.Pattern[bytes]
    names: tuple[bytes, ...]
    step: int
    time: int | None


def layout_of(items: Sequence[tuple[bytes, bytes]]) -> Layout | None:
    """Return the layout of a row of short names and numbers; ``None`` if it is another one.

    Args:
        items: Names and values of the row, in their order.
    """
    names = tuple(name for name, _ in items)
    plain = all(
        _NUMBER.fullmatch(value) and len(name) <= _LONGEST_NAME and len(value) <= _LONGEST_VALUE
        for name, value in items
    )
    if not plain or b"_step" not in names or not len(set(names)) == len(names) <= _MOST_ITEMS:
        return None
    parts = [_ITEM % (re.escape(bytes([len(name)])), re.escape(name)) for name in names]
    pattern = re.compile(b"".join(parts) + _STEP_MESSAGE, re.DOTALL)
    time = names.index(b"_timestamp") if b"_timestamp" in names else None
    return Layout(pattern, names, names.index(b"_step"), time)


def history_span(data: bytes) -> tuple[int, int] | None:
    """Return where the history of a record lies; ``None`` if it does not begin with one."""
    at, size = 0, len(data)
    if size and data[0] == 0x08:  # the number of the record
        at = 1
        while at < size and data[at] >= 0x80:
            at += 1
        at += 1
    if at >= size or data[at] != 0x12:
        return None
    length = shift = 0
    for here in range(at + 1, min(size, at + 6)):
        length |= (data[here] & 0x7F) << shift
        if data[here] < 0x80:
            return (here + 1, here + 1 + length) if here + 1 + length <= size else None
        shift += 7
    return None
