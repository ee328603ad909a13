"""Rows of a W&B history that hold the same names, many at once.

Nearly all rows of a run differ in their numbers only. The first of a kind is read item by item and
gives a pattern; those that match it whole give their numbers in one step. W&B writes the names of
each row in another order, one of a few, which the first name tells: so patterns are kept by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from neural.tracking.importers.wire import Field

__all__ = ["Layout", "Layouts", "layout_of", "row_span"]

_NUMBER = re.compile(rb"-?[0-9.eE+-]+|NaN|-?Infinity")
#: An item: length, name under either number, value. Values hold no byte below a blank.
_ITEM = rb"\n.[\n\x12]%b%b\x82\x01.([-+.0-9A-Za-z]+)"
_STEP_MESSAGE = rb"(?:\x12.(?:\x08[\x80-\xff]*[\x00-\x7f])?)?"
#: Fields 2 and 3 of a record, of bytes.
_HISTORY_KEY, _SUMMARY_KEY = 0x12, 0x1A
_SHORTEST = 8
_MOST_FIRST_NAMES = 256
_MOST_OF_A_NAME = 4
_MOST_ITEMS = 90
_LONGEST_NAME = 100
_LONGEST_VALUE = 25


class Layout(NamedTuple):
    """What rows of one kind look like.

    Attributes:
        pattern: Matches the bytes of a whole row; its groups are the values.
        names: Their names, sorted.
        pick: Puts the groups into the order of ``names``.
    """

    pattern: re.Pattern[bytes]
    names: tuple[bytes, ...]
    pick: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]


class Layouts:
    """The layouts of the rows of one run, by the first name in them."""

    def __init__(self) -> None:
        self._by_first: dict[bytes, list[Layout]] = {}
        self._unfit: set[tuple[bytes, ...]] = set()  # names of rows that no pattern can have

    def match(self, data: bytes, start: int, end: int) -> tuple[Layout, tuple[bytes, ...]] | None:
        """Return layout and values of a row, in the order of its names; ``None`` for another one.

        Args:
            data: The record.
            start: Where the row begins in it.
            end: Where it ends.
        """
        if end - start < _SHORTEST:
            return None
        name = data[start + 4 : start + 4 + data[start + 3]]
        for layout in self._by_first.get(name, ()):
            row = layout.pattern.fullmatch(data, start, end)
            if row is not None:
                return layout, layout.pick(row.groups())
        return None

    def learn(self, items: Sequence[tuple[bytes, bytes]], data: bytes, row: Field) -> None:
        """Keep the layout of a row that was read item by item, if it is one of numbers.

        Args:
            items: What was read of it.
            data: The record.
            row: Where the row lies in it.
        """
        names = tuple(name for name, _ in items)
        if names in self._unfit:
            return
        layout = layout_of(items)
        if layout is None:
            return
        if layout.pattern.fullmatch(data, row.start, row.end) is None:
            if len(self._unfit) < _MOST_FIRST_NAMES:
                self._unfit.add(names)
            return
        if len(self._by_first) >= _MOST_FIRST_NAMES:
            self._by_first.clear()
        known = self._by_first.setdefault(items[0][0], [])
        known.insert(0, layout)
        del known[_MOST_OF_A_NAME:]


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
    if not plain or not 2 <= len(set(names)) == len(names) <= _MOST_ITEMS:
        return None
    parts = [_ITEM % (re.escape(bytes([len(name)])), re.escape(name)) for name in names]
    pattern = re.compile(b"".join(parts) + _STEP_MESSAGE, re.DOTALL)
    ordered = tuple(sorted(names))
    return Layout(pattern, ordered, itemgetter(*(names.index(name) for name in ordered)))


def row_span(data: bytes) -> tuple[bool, int, int] | None:
    """Return whether a record begins with a history, and where that or a summary lies in it.

    ``None`` if it begins with neither.
    """
    at, size = 0, len(data)
    if size and data[0] == 0x08:  # the number of the record
        at = 1
        while at < size and data[at] >= 0x80:
            at += 1
        at += 1
    if at >= size or data[at] not in (_HISTORY_KEY, _SUMMARY_KEY):
        return None
    is_history = data[at] == _HISTORY_KEY
    length = shift = 0
    for here in range(at + 1, min(size, at + 6)):
        length |= (data[here] & 0x7F) << shift
        if data[here] < 0x80:
            begin = here + 1
            return (is_history, begin, begin + length) if begin + length <= size else None
        shift += 7
    return None
