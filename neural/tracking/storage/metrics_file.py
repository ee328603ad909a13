"""One metrics file, opened for reading and read on from any mark in it.

A :class:`Mark` is where a reader stopped. Whether it still holds is asked first: a file may have
been replaced, cut or rewritten since, and is then read again from its start.
"""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, Self, TypeVar

from neural._files import read_at
from neural.tracking.storage.decoding import (
    Columns,
    Damage,
    Entries,
    columns_of,
    decode_columns,
    decode_entries,
    decode_table,
)
from neural.tracking.storage.foreign_format import LARGEST_FOREIGN_BYTES, parse_entries
from neural.tracking.storage.locks import is_locked_elsewhere
from neural.tracking.storage.metrics_format import (
    BLANK,
    CLOSING,
    FIRST_OFFSET,
    Block,
    end_of_entries,
    entry_blocks,
    is_line_format,
)
from neural.tracking.storage.small_files import open_regular, read_whole

__all__ = ["START", "Chunk", "Mark", "MetricsFile"]


#: How much of a file is looked at to tell whether it is the one it was.
_SAMPLES = 16
_SAMPLE_BYTES = 256

#: From so many bytes on a decoder made for the metrics of a block is worth making.
_LARGE_BLOCK = 1 << 16

_Decoded = TypeVar("_Decoded", Entries, Columns)


class Mark(NamedTuple):
    """Where a reader of a file stopped.

    Attributes:
        inode: Number of the file, so that another one in its place is noticed.
        offset: Right behind the last entry that was read.
        stamp: Size and modification time in nanoseconds that the file had; ``None`` if it was
            being written, when they say nothing.
        whole: Whether it is a file of another program, which is read whole.
    """

    inode: int
    offset: int
    stamp: tuple[int, int] | None = None
    whole: bool = False


#: Mark of a reader that has not read anything; fits every file.
START = Mark(0, 0)


class Chunk(Protocol):
    """Entries that stand next to each other in a file."""

    #: Mark behind them; final once they are decoded.
    end: Mark

    def entries(self) -> Entries:
        """Return the entries as logged."""
        ...

    def columns(self, names: Sequence[str]) -> Columns:
        """Return some metrics of the entries."""
        ...

    def table(self) -> Columns | None:
        """Return all metrics of the entries, if they are many and alike."""
        ...


class MetricsFile:
    """A metrics file as it is now: nothing behind the size it had when it was opened is read.

    A context manager; leaving it closes the file.

    Args:
        path: Of the file.

    Raises:
        OSError: It cannot be opened, or is not a regular file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._handle, self.state = open_regular(self.path)
        try:
            self._lines = is_line_format(self._handle)
        except BaseException:
            os.close(self._handle)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    @property
    def name(self) -> str:
        """File name without its folder."""
        return os.path.basename(self.path)

    @property
    def has_lines(self) -> bool:
        """Whether it is in our own format, one entry per line."""
        return self._lines

    def follows(self, mark: Mark) -> bool:
        """Tell whether what was read up to ``mark`` still stands in the file."""
        if mark == START:
            return True
        if mark.inode != self.state.st_ino or mark.whole == self._lines:
            return False
        now = self._stamp()
        if mark.whole:
            return mark.stamp == now
        if mark.stamp is not None and mark.stamp[0] == now[0] and mark.stamp[1] != now[1]:
            return False  # no entry was added, so something was changed in place
        if mark.offset <= FIRST_OFFSET:
            return True
        # An entry, and behind it what ends one. A live writer may be replacing these two bytes
        # just now, and a killed one may have left blanks or zeros: any mixture will do.
        found = read_at(self._handle, 3, mark.offset - 1)
        return found[:1] == b"}" and not found[1:].strip(b"\n,] \0")

    def _stamp(self) -> tuple[int, int]:
        return self.state.st_size, self.state.st_mtime_ns

    @functools.cached_property
    def locked(self) -> bool | None:
        """Whether a living process wrote the file when this was first asked.

        ``None`` where locks do not work.
        """
        return self.is_locked_now()

    def is_locked_now(self) -> bool | None:
        """Ask again whether a living process writes the file."""
        return is_locked_elsewhere(self._handle)

    def chunks(self, mark: Mark = START, stop: int | None = None) -> Iterator[Chunk]:
        """Yield the entries behind ``mark``, which the file must still follow.

        Args:
            mark: Where to start.
            stop: Offset behind the last entry to yield; ``None`` for all.
        """
        if not self._lines:
            if mark == START:
                yield _Whole(self.path, self._mark(self.state.st_size))
            return
        start = max(mark.offset, FIRST_OFFSET)
        held: Block | None = None  # a block is yielded once it is known whether it is the last
        for block in entry_blocks(self._handle, start, stop or self.state.st_size):
            if held is not None:
                yield _Lines(self, held, self._mark(held.end), is_last=False)
            held = block
        if held is not None:
            yield _Lines(self, held, self._mark(held.end), is_last=True)

    def _mark(self, offset: int) -> Mark:
        if self._lines:
            return Mark(self.state.st_ino, offset, self._stamp_at_rest)
        return Mark(self.state.st_ino, offset, self._stamp(), whole=True)

    @functools.cached_property
    def _stamp_at_rest(self) -> tuple[int, int] | None:
        return None if self.locked is not False else self._stamp()

    def renewed(self, mark: Mark) -> Mark:
        """Return ``mark``, which the file follows, with what its size and time are now."""
        return mark if mark == START else self._mark(mark.offset)

    def has_more(self, mark: Mark) -> bool:
        """Tell whether entries may stand behind ``mark``; costs one small read."""
        if mark.whole or mark == START:
            return mark == START or not self.follows(mark)
        return not self.follows(mark) or read_at(self._handle, 2, mark.offset) != CLOSING

    def fingerprint(self, mark: Mark) -> int:
        """Return a checksum of samples of what stands before ``mark``, its end among them."""
        step = max(_SAMPLE_BYTES, mark.offset // _SAMPLES)
        found = 0
        for end in range(mark.offset, 0, -step):
            start = max(0, end - _SAMPLE_BYTES)
            found = zlib.crc32(read_at(self._handle, end - start, start), found)
        return found

    def end_behind(self, mark: Mark) -> Mark:
        """Return the mark behind the last entry, looking only at what stands behind ``mark``."""
        if not self._lines:
            return self._mark(self.state.st_size)
        return self._mark(end_of_entries(self._handle, max(mark.offset, FIRST_OFFSET))[0])

    def fault_behind(self, mark: Mark) -> Damage | None:
        """Return what is wrong behind the last entry, unless the file is being written."""
        if not self._lines or self._ends_at(max(mark.offset, FIRST_OFFSET)):
            return None
        if self.is_locked_now() is not False:
            return None
        if self.state.st_size == 0:
            return Damage(0, "it is empty")
        offset = max(mark.offset, FIRST_OFFSET)
        if next(entry_blocks(self._handle, offset), None) is not None:
            return None  # its writer has ended since we read, and wrote on until then
        return Damage(offset, "what stands behind the last whole entry is not read")

    def _ends_at(self, offset: int) -> bool:
        """Tell whether the closing bracket stands at ``offset``, and only blanks behind it."""
        length = max(0, min(1 << 16, self.state.st_size - offset))
        rest = read_at(self._handle, length, offset)
        return rest.startswith(CLOSING) and not rest[len(CLOSING) :].strip(BLANK)


class _Lines:
    """A block of a file in our own format."""

    def __init__(self, file: MetricsFile, block: Block, end: Mark, *, is_last: bool) -> None:
        self._file = file
        self._block = block
        self._is_last = is_last
        self.end = end

    def entries(self) -> Entries:
        return self._settled(decode_entries(self._block))

    def columns(self, names: Sequence[str]) -> Columns:
        return self._settled(decode_columns(self._block, names))

    def table(self) -> Columns | None:
        return decode_table(self._block) if len(self._block.data) >= _LARGE_BLOCK else None

    def _settled(self, decoded: _Decoded) -> _Decoded:
        """Leave a last entry for later that makes no sense, if a writer may be at it just now."""
        if decoded.torn_at is None or not self._is_last or self._file.is_locked_now() is False:
            return decoded
        self.end = self.end._replace(offset=decoded.torn_at)
        return decoded._replace(damage=decoded.damage[:-1])


class _Whole:
    """All of a file that another program wrote."""

    def __init__(self, path: str, end: Mark) -> None:
        self._path = path
        self.end = end

    def entries(self) -> Entries:
        return parse_entries(read_whole(self._path, LARGEST_FOREIGN_BYTES))

    def columns(self, names: Sequence[str]) -> Columns:
        return columns_of(self.entries(), names)

    def table(self) -> Columns | None:
        return None
