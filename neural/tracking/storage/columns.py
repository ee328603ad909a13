"""Long columns kept between processes: fixed-width numbers that are mapped, not parsed.

A cache and never the truth: each column says up to which offset of its metrics file it goes, and
is dropped if the file does not look the same up to there. Files are only ever replaced whole, so
that a mapping of an old one stays good.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import mmap
import os
import time
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from neural._files import replace_bytes
from neural.tracking.storage.column import Checkpoint, Column, Points
from neural.tracking.storage.metrics_file import Mark, MetricsFile
from neural.tracking.storage.small_files import open_regular

__all__ = ["ColumnCache"]

#: Shorter columns are parsed as quickly as they are looked up.
_SHORTEST = 10_000
_LARGEST_BYTES = 2_000_000_000

_MAGIC = b"neural columns 1"
_ALIGNMENT = 64
_ITEM_BYTES = 8
_TYPES = ("<f8", "<i8")
#: A column that is used tells so by its time, but not at each look.
_TOUCH_S = 3600.0


class _Header(msgspec.Struct, array_like=True):
    metric: str
    mark: Mark
    clock: float
    points: int
    value_type: str
    has_clock: bool
    fingerprint: int
    checkpoints: list[Checkpoint]


_HEADER = msgspec.msgpack.Decoder(_Header)


class ColumnCache:
    """Columns of the runs of one folder; see :class:`~.metrics_reader.ColumnStore`.

    Args:
        place: Folder for them; made when the first is kept. It may be deleted at any time.
        largest: Bytes they may take together; those not used for longest go first.
        shortest: Columns of fewer points are not kept.
    """

    def __init__(
        self, place: Path, *, largest: int = _LARGEST_BYTES, shortest: int = _SHORTEST
    ) -> None:
        self._place = place
        self._largest = largest
        self._shortest = shortest

    def load(self, file: MetricsFile, name: str) -> Column | None:
        """Return the kept column of a metric, if the file still is what it was made from."""
        path = self._path(file, name)
        try:
            data = _mapped(path)
        except (OSError, ValueError):
            return None
        try:
            header, start = _header_of(data)
            fits = header.metric == name and file.follows(header.mark)
            if fits and file.fingerprint(header.mark) == header.fingerprint:
                _touch(path)
                return _column(header, data, start)
        except (msgspec.MsgspecError, ValueError, OSError):
            pass  # damaged, or of another version
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def store(self, file: MetricsFile, name: str, column: Column) -> None:
        """Keep a column if it is long and has grown by a quarter since it was kept last."""
        points = column.points
        grown = len(column) - column.kept
        if grown < max(self._shortest, column.kept // 4) or points.value.dtype.str not in _TYPES:
            return
        has_clock = points.clock is not points.time
        header = _Header(
            metric=name,
            mark=file.renewed(column.mark),
            clock=column.clock if math.isfinite(column.clock) else 0.0,
            points=len(column),
            value_type=points.value.dtype.str,
            has_clock=has_clock,
            fingerprint=file.fingerprint(column.mark),
            checkpoints=column.checkpoints,
        )
        arrays = points if has_clock else points[:3]
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            replace_bytes(
                self._path(file, name),
                b"".join([_head(header), *(array.tobytes() for array in arrays)]),
            )
        except OSError:  # no room, or no access: it was only a cache
            return
        column.kept = len(column)
        self._let_go()

    def _path(self, file: MetricsFile, name: str) -> Path:
        folder, file_name = os.path.split(file.path)
        key = "\0".join((os.path.basename(folder), file_name, name))
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        return self._place / f"{digest[:40]}.columns"

    def _let_go(self) -> None:
        """Delete the columns that were not used for longest, until the others fit."""
        found = []
        with contextlib.suppress(OSError), os.scandir(self._place) as entries:
            for entry in entries:
                state = entry.stat()
                found.append((state.st_mtime, state.st_size, entry.path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._largest:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size


def _mapped(path: Path) -> mmap.mmap:
    handle, state = open_regular(path)
    try:
        return mmap.mmap(handle, state.st_size, access=mmap.ACCESS_READ)
    finally:
        os.close(handle)


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > _TOUCH_S:
            os.utime(path)


def _head(header: _Header) -> bytes:
    encoded = msgspec.msgpack.encode(header)
    size = len(encoded).to_bytes(_ITEM_BYTES, "little")
    head = _MAGIC + size + zlib.crc32(encoded).to_bytes(_ITEM_BYTES, "little") + encoded
    return head + b"\0" * (-len(head) % _ALIGNMENT)


def _header_of(data: mmap.mmap) -> tuple[_Header, int]:
    """Return the header and the offset of the first column.

    Raises:
        ValueError: It is damaged, or the columns are not all there.
        msgspec.MsgspecError: It is damaged.
    """
    begin = len(_MAGIC) + 2 * _ITEM_BYTES
    size, checksum = np.frombuffer(data[len(_MAGIC) : begin], "<u8").tolist()
    encoded = data[begin : begin + size]
    if data[: len(_MAGIC)] != _MAGIC or zlib.crc32(encoded) != checksum:
        raise ValueError("not a file of columns")
    header = _HEADER.decode(encoded)
    start = begin + size + -(begin + size) % _ALIGNMENT
    if len(data) != start + (4 if header.has_clock else 3) * _ITEM_BYTES * header.points:
        raise ValueError("columns are cut off")
    return header, start


def _column(header: _Header, data: mmap.mmap, start: int) -> Column:
    def array(index: int, kind: str) -> NDArray[Any]:
        offset = start + index * _ITEM_BYTES * header.points
        return np.frombuffer(data, kind, header.points, offset)

    time_ = array(1, "<f8")
    clock = array(3, "<f8") if header.has_clock else time_
    points = Points(array(0, "<i8"), time_, array(2, header.value_type), clock)
    column = Column(points, header.checkpoints, header.mark, header.clock)
    column.kept = header.points
    return column
