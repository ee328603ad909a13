"""Parts of a log by lines: its end, what came before, what came since, a line by its number."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["LogPart", "after", "before", "from_line", "last"]

#: Lines and bytes of one part at most.
MOST_LINES = 1000
MOST_BYTES = 1 << 19

#: Of a longer line (a progress bar that never ended one) only the end is shown.
LONGEST_LINE = 1 << 16

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Whole lines of a log, and what follows the last line break.

    Attributes:
        start: Offset of the first byte.
        end: Offset behind the last line break; where the next part begins.
        line: Number of the first line, counted from 1.
        lines: The lines without their breaks.
        tail: What stands behind the last line break, if the part reaches the end of the file.
        size: Bytes of the file.
    """

    start: int
    end: int
    line: int
    lines: tuple[bytes, ...]
    tail: bytes
    size: int

    @property
    def at_end(self) -> bool:
        """Whether nothing but an unfinished line follows."""
        return self.end + len(self.tail) >= self.size or bool(self.tail)


def after(file: BinaryIO, offset: int, line: int | None = None) -> LogPart:
    """Return what stands behind ``offset``, which is the start of a line.

    Args:
        file: The log.
        offset: Bytes to leave out; what lies behind the end, of a file that was cut, is the end.
        line: Number of the line that begins there; ``None`` counts.
    """
    size = _size(file)
    start = max(0, min(offset, size))
    number = _breaks(file, 0, start) + 1 if line is None else line
    data = os.pread(file.fileno(), MOST_BYTES, start)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and start + len(data) < size:
        return _long_line(file, start, number, size)
    parts = whole.split(b"\n")[:-1]
    lines = parts[:MOST_LINES]
    end = start + sum(len(one) + 1 for one in lines)
    reaches = len(parts) == len(lines) and start + len(data) >= size
    tail = data[len(whole) :][-LONGEST_LINE:] if reaches else b""
    shown = tuple(one[-LONGEST_LINE:] for one in lines)
    return LogPart(start=start, end=end, line=number, lines=shown, tail=tail, size=size)


def _long_line(file: BinaryIO, start: int, number: int, size: int) -> LogPart:
    """Return a line that is longer than a part, or the end of one that has not ended yet."""
    end = start
    while block := os.pread(file.fileno(), _BLOCK, end):
        place = block.find(b"\n")
        if place >= 0:
            end += place
            first = max(start, end - LONGEST_LINE)
            shown = (os.pread(file.fileno(), end - first, first),)
            return LogPart(start=start, end=end + 1, line=number, lines=shown, tail=b"", size=size)
        end += len(block)
    tail = os.pread(file.fileno(), LONGEST_LINE, max(start, end - LONGEST_LINE))
    return LogPart(start=start, end=start, line=number, lines=(), tail=tail, size=end)


def before(file: BinaryIO, offset: int) -> LogPart:
    """Return the lines that end at ``offset``, the start of a line."""
    size = _size(file)
    offset = max(0, min(offset, size))
    start = _start_before(file, offset)
    if offset - start > MOST_BYTES:  # one line that is longer than a part
        first = max(start, offset - 1 - LONGEST_LINE)
        kept = [os.pread(file.fileno(), offset - 1 - first, first)]
    else:
        kept = os.pread(file.fileno(), offset - start, start).split(b"\n")[:-1][-MOST_LINES:]
        start = offset - sum(len(one) + 1 for one in kept)
    shown = tuple(one[-LONGEST_LINE:] for one in kept)
    number = _breaks(file, 0, start) + 1
    return LogPart(start=start, end=offset, line=number, lines=shown, tail=b"", size=size)


def _start_before(file: BinaryIO, offset: int) -> int:
    """Return the start of the first line of a part that ends at ``offset``."""
    # The byte before the offset is the break of the last line itself.
    end, start = max(0, offset - 1), max(0, offset - MOST_BYTES)
    place = os.pread(file.fileno(), end - start, start).find(b"\n") if start else -1
    while start and place < 0:  # the last line alone is longer: back to where it begins
        end, start = start, max(0, start - _BLOCK)
        place = os.pread(file.fileno(), end - start, start).rfind(b"\n")
    return start + place + 1 if place >= 0 else 0


def last(file: BinaryIO) -> LogPart:
    """Return the end of the log: the last lines, and what follows the last line break."""
    size = _size(file)
    end = size
    while end > 0:
        first = max(0, end - _BLOCK)
        place = os.pread(file.fileno(), end - first, first).rfind(b"\n")
        if place >= 0:
            end = first + place + 1
            break
        end = first
    found = before(file, end)
    tail = os.pread(file.fileno(), LONGEST_LINE, max(end, size - LONGEST_LINE))
    return LogPart(
        start=found.start, end=end, line=found.line, lines=found.lines, tail=tail, size=size
    )


def from_line(file: BinaryIO, number: int) -> LogPart:
    """Return the part that begins a few lines before line ``number``, or the end of the log."""
    wanted = max(1, number - MOST_LINES // 4)
    offset, line = 0, 1
    while line < wanted and (block := os.pread(file.fileno(), _BLOCK, offset)):
        missing = wanted - line
        found = block.count(b"\n")
        if found < missing:
            line, offset = line + found, offset + len(block)
            continue
        place = -1
        for _ in range(missing):
            place = block.index(b"\n", place + 1)
        return after(file, offset + place + 1, wanted)
    return after(file, 0, 1) if wanted == 1 else last(file)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _breaks(file: BinaryIO, start: int, end: int) -> int:
    found = 0
    while start < end:
        block = os.pread(file.fileno(), min(_BLOCK, end - start), start)
        if not block:
            break
        found += block.count(b"\n")
        start += len(block)
    return found
