"""Text files that grow: their whole lines, and where each stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from neural._clock import now
from neural.tracking._source_tree import open_below

__all__ = ["LONGEST_LINE", "LineFile"]

_BLOCK_BYTES = 1 << 20
#: A longer line is passed over.
LONGEST_LINE = 8 << 20
#: A file that did not change for so long, in seconds, is not in the middle of a line.
_AT_REST_S = 3600.0

Complain = Callable[[str, int], None]


class LineFile:
    """Reads the lines that were added since the last look.

    Args:
        folder: Where it lies.
        name: Its path below ``folder``.
        is_whole: Tells whether a last line without an end is one all the same.
    """

    def __init__(
        self, folder: Path, name: str, is_whole: Callable[[bytes], bool] = lambda line: False
    ) -> None:
        self._folder, self._name, self._is_whole = folder, name, is_whole
        #: First byte that was not read yet.
        self.offset = 0
        self._identity: tuple[int, int] | None = None
        #: When the file last changed: seconds since the Unix epoch.
        self.changed = 0.0

    def lines(self, complain: Complain) -> Iterator[tuple[int, bytes]]:
        """Yield ``(offset, line)`` for each new line, without its end.

        A file that became shorter or was replaced is no continuation: that is told to
        ``complain``, and nothing more is read of it.

        Raises:
            OSError: It cannot be read.
        """
        for start, block in self.blocks(complain):
            at = start
            for line in block.split(b"\n"):
                yield at, line.rstrip(b"\r")
                at += len(line) + 1

    def blocks(self, complain: Complain, handle: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield ``(offset, lines)``: new lines as one piece each time, without the last end.

        Args:
            complain: See :meth:`lines`.
            handle: The file where it was opened already; closed here.

        Raises:
            OSError: It cannot be read.
        """
        if handle is None:
            handle, found = open_below(self._folder, self._name)
        else:
            found = os.fstat(handle)
        try:
            identity = (found.st_dev, found.st_ino)
            if self._identity is None:
                self._identity = identity
            if identity != self._identity or found.st_size < self.offset:
                if self.changed >= 0:
                    complain("it was replaced while it was read; the rest is left out", 0)
                self.changed = -1.0
                return
            self.changed = found.st_mtime
            yield from self._new_blocks(handle, found.st_size, complain)
        finally:
            os.close(handle)

    def _new_blocks(
        self, handle: int, size: int, complain: Complain
    ) -> Iterator[tuple[int, bytes]]:
        rest, want, passing = b"", _BLOCK_BYTES, False
        while self.offset + len(rest) < size:
            at = self.offset + len(rest)
            rest += os.pread(handle, min(want, size - at), at)
            end = rest.rfind(b"\n") + 1
            if end:
                # What is passed over ends with the first line here.
                begin = rest.find(b"\n") + 1 if passing else 0
                start, passing = self.offset + begin, False
                self.offset += end
                if begin < end:
                    yield start, rest[begin : end - 1]
                rest = rest[end:]
            elif len(rest) > LONGEST_LINE:
                if not passing:
                    complain(f"a line of more than {LONGEST_LINE:,} bytes is left out", self.offset)
                passing = True
                self.offset += len(rest)
                rest = b""
        if rest and not passing and (self._is_whole(rest) or self._rests()):
            start, self.offset = self.offset, self.offset + len(rest)
            yield start, rest

    def _rests(self) -> bool:
        return now() - self.changed > _AT_REST_S
