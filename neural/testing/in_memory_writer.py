r"""A metrics writer that keeps its file in memory: the twin of those that keep it on disk."""

from __future__ import annotations

import errno
import os

from neural.tracking.storage.metrics_format import CLOSING, EMPTY, FIRST_OFFSET, separator_at

__all__ = ["InMemoryWriter"]


class InMemoryWriter:
    r"""Extends a metrics file that exists only as bytes.

    Args:
        capacity: Bytes that fit on its "disk"; ``None`` is any number. May be changed at any time.

    Example:
        >>> writer = InMemoryWriter()
        >>> writer.append(b'{"timestamp":1.0,"step":0}')
        >>> writer.contents
        b'[ \n{"timestamp":1.0,"step":0}\n]'
    """

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self._end = FIRST_OFFSET
        self._bytes = EMPTY

    @property
    def contents(self) -> bytes:
        """The file as a reader would find it."""
        return self._bytes

    @property
    def end(self) -> int:
        """Offset behind the last whole entry."""
        return self._end

    #: Memory is always quick.
    is_slow = False

    def append_promptly(self, entry: bytes) -> None:
        """Commit one entry; see :meth:`append`."""
        self.append(entry)

    def append(self, entry: bytes) -> None:
        """Commit one entry.

        Raises:
            OSError: It does not fit; nothing has changed.
        """
        whole = self._bytes[: self._end] + separator_at(self._end) + entry + CLOSING
        if self.capacity is not None and len(whole) > self.capacity:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._bytes = whole
        self._end = len(whole) - len(CLOSING)

    def resync(self) -> None:
        """Nothing can have been cut short: an entry is here whole or not at all."""

    def release(self) -> None:
        """There is nothing to let go of."""
