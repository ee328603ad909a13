r"""The bytes of metrics.json: one JSON array, one entry per line, whole after every call.

A new file is ``[\n]``. An entry goes behind it, and only then is the old ``\n]`` overwritten::

    [ \n{"timestamp":1.5,"step":0,"loss":0.5},\n{"timestamp":2.5,"step":1,"loss":0.4}\n]

JSON texts hold no raw newline, so the first ``\n]`` of a file is its end, whatever stands behind
it: blanks that a live writer keeps ready, or an entry that a killed one did not commit. An offset
into such a file is always the place right behind a whole entry, where ``\n]`` or ``,\n`` stands.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from neural._files import read_at

__all__ = [
    "BLANK",
    "CLOSING",
    "EMPTY",
    "FIRST_OFFSET",
    "NON_FINITE",
    "SEPARATOR",
    "Block",
    "encode_entry",
    "end_of_entries",
    "entry_blocks",
    "is_line_format",
    "separator_at",
    "word_of",
]

EMPTY = b"[\n]"
CLOSING = b"\n]"
SEPARATOR = b",\n"
#: Stands before the first entry, where a comma would not be JSON.
FIRST_SEPARATOR = b" \n"
BLANK = b" "

#: Offset of the closing bracket's newline in an empty file: right behind ``[``.
FIRST_OFFSET = 1

#: How values that JSON cannot say are spelled.
NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

_BLOCK_BYTES = 1 << 20


class Block(NamedTuple):
    r"""Whole entries that stand next to each other in a file.

    Attributes:
        start: Offset behind the entry before them.
        end: Offset behind the last of them; the place to read on from.
        data: The entries, joined by ``,\n``, without brackets around them.
    """

    start: int
    end: int
    data: bytes


def separator_at(offset: int) -> bytes:
    """Return the two bytes that stand before an entry written at ``offset``."""
    return FIRST_SEPARATOR if offset == FIRST_OFFSET else SEPARATOR


def encode_entry(timestamp: float, step: int, values: Mapping[str, float | int]) -> bytes:
    """Return an entry for any numbers: NaN, infinities and integers of every size.

    Raises:
        ValueError: A name is not valid Unicode, or an integer has too many digits for Python.
    """
    entry: dict[str, Any] = {"timestamp": timestamp, "step": step}
    for name, value in values.items():
        entry[name] = (
            value if not isinstance(value, float) or math.isfinite(value) else word_of(value)
        )
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def word_of(value: float) -> str:
    """Return how a float that JSON cannot say is spelled."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def is_line_format(handle: int) -> bool:
    """Tell whether an open file is ours; the seed's own tracker indents its array."""
    head = read_at(handle, 4, 0)
    ours = (EMPTY, b"[ \n{")
    return head.startswith(ours) or any(begin.startswith(head) for begin in ours)


def entry_blocks(
    handle: int, start: int = FIRST_OFFSET, stop: int | None = None, block_bytes: int = _BLOCK_BYTES
) -> Iterator[Block]:
    """Yield the whole entries of an open file from ``start`` on, in blocks.

    Reads with ``pread`` and never past ``stop``. A half-written entry at the end is left out, and
    so is all that stands behind the first closing bracket.

    Args:
        handle: File descriptor, open for reading.
        start: Offset behind a whole entry, or :data:`FIRST_OFFSET`.
        stop: First byte not to read; ``None`` is the size of the file now.
        block_bytes: About how much to read at once; an entry may be longer.
    """
    stop = os.fstat(handle).st_size if stop is None else stop
    position, want = start, block_bytes
    while True:
        data = read_at(handle, max(0, min(want, stop - position)), position)
        if data[:2] not in (SEPARATOR, FIRST_SEPARATOR):
            return
        closing = data.find(CLOSING, 2)
        at_end = closing >= 0 or position + len(data) >= stop
        end = closing if closing >= 0 else data.rfind(SEPARATOR, 2)
        if end > 2:
            yield Block(position, position + end, data[2:end])
            position += end
        if at_end:
            break
        want = block_bytes if end > 2 else want * 2
    if closing < 0:
        yield from _unclosed_entry(position, data[max(end, 0) :])


def _unclosed_entry(position: int, data: bytes) -> Iterator[Block]:
    """Yield the last entry of a file cut off in or before its closing bracket, if it is whole.

    Where the power went, one byte of a commit may be there without the other, and a piece of the
    next entry behind them.
    """
    rest = data[2:].rstrip(b" \n\0")
    for found in (rest, rest.split(b"\n", 1)[0], rest[: rest.find(b"},]") + 1]):
        for ending in (b",]", b"]", b",", b""):
            entry = found.removesuffix(ending)
            if entry.startswith(b"{") and entry.endswith(b"}") and _is_json(entry):
                yield Block(position, position + 2 + len(entry), entry)
                return


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def end_of_entries(handle: int, start: int = FIRST_OFFSET) -> tuple[int, int]:
    """Return the offset behind the last whole entry, and how many entries stand before it.

    The count starts at ``start``.
    """
    end, count = start, 0
    for block in entry_blocks(handle, start):
        end = block.end
        count += block.data.count(b"\n") + 1
    return end, count
