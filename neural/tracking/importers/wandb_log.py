"""The frames of W&B's ``.wandb`` logs: blocks of 32 KiB as LevelDB has them, but for the checksum.

A file begins with ``:W&B``, ``0xBEE1`` and a version. A frame is ``uint32 CRC-32 of type and data,
uint16 length, uint8 type``, and data; a record is one frame, or several of types first, middle and
last. Fewer than seven bytes at the end of a block are padding.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator

__all__ = ["FILE_HEADER", "Complain", "LogReader"]

#: What a log begins with; behind it stands the version in one byte.
FILE_HEADER = b":W&B\xe1\xbe"
_VERSIONS = (b"\0", b"\1")
_HEADER_BYTES = len(FILE_HEADER) + 1
_HEAD = struct.Struct("<IHB")
_BLOCK = 32768
_READ_BYTES = 64 * _BLOCK
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_OF_TYPE = [zlib.crc32(bytes([kind])) for kind in range(5)]
_LARGEST_RECORD = 64 << 20

Complain = Callable[[str, int], None]


class LogReader:
    """Yields the records that were added to a log since the last look.

    A frame that is not whole at the end of the file is waited for. One with a wrong checksum is
    skipped with the rest of its block, since its length may be wrong as well.
    """

    def __init__(self) -> None:
        self._offset = 0
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def offset(self) -> int:
        """How far the file was read, in bytes."""
        return self._offset

    def records(self, handle: int, size: int, complain: Complain) -> Iterator[bytes]:
        """Yield whole records.

        Args:
            handle: Descriptor of the file.
            size: First byte not to read.
            complain: Is told what was skipped, and where.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is no such log.
        """
        if self._offset == 0:
            if size < _HEADER_BYTES:
                return
            head = os.pread(handle, _HEADER_BYTES, 0)
            if head[:-1] != FILE_HEADER or head[-1:] not in _VERSIONS:
                raise ValueError("it does not begin as a .wandb log of a known version")
            self._offset = _HEADER_BYTES
        while self._offset < size:
            start = self._offset
            # Whole blocks, as no frame crosses the border of one.
            stop = min(size, (start // _BLOCK) * _BLOCK + _READ_BYTES)
            data = os.pread(handle, stop - start, start)
            yield from self._in(data, complain)
            if self._offset == start:
                return  # the writer may be in the middle of a frame

    def _in(self, data: bytes, complain: Complain) -> Iterator[bytes]:
        """Yield the records in bytes that begin at the current offset."""
        base, at, end = self._offset, 0, len(data)
        unpack, crc32 = _HEAD.unpack_from, zlib.crc32
        while at < end:
            room = _BLOCK - (base + at) % _BLOCK
            if room < 7:
                if at + room > end:
                    break
                at += room
                self._offset = base + at
                continue
            if at + 7 > end:
                break
            checksum, length, kind = unpack(data, at)
            if not _FULL <= kind <= _LAST or length + 7 > room:
                at = self._skip(base, at, room, end, "a record has no head", complain)
                continue
            after = at + 7 + length
            if after > end:
                break
            piece = data[at + 7 : after]
            if crc32(piece, _OF_TYPE[kind]) != checksum:
                at = self._skip(base, at, room, end, "the checksum of a record is wrong", complain)
                continue
            record = piece if kind == _FULL else self._join(kind, piece, base + at, complain)
            at = after
            self._offset = base + at
            if record is not None:
                yield record

    def _skip(
        self, base: int, at: int, room: int, end: int, reason: str, complain: Complain
    ) -> int:
        complain(f"{reason}; the rest of its block is left out", base + at)
        self._parts.clear()
        at = min(at + room, end)
        self._offset = base + at
        return at

    def _join(self, kind: int, piece: bytes, offset: int, complain: Complain) -> bytes | None:
        """Put the parts of a record together; returns it with its last part."""
        if kind == _FIRST:
            self._parts, self._size = [piece], len(piece)
            return None
        if not self._parts:
            complain("a part of a record has no beginning", offset)
            return None
        self._size += len(piece)
        if self._size > _LARGEST_RECORD:
            complain(f"a record of more than {_LARGEST_RECORD:,} bytes is left out", offset)
            self._parts.clear()
            return None
        self._parts.append(piece)
        if kind == _MIDDLE:
            return None
        whole, self._parts = b"".join(self._parts), []
        return whole
