r"""The two writers of a metrics file: same bytes, same promises.

Both are handed an open, locked file that ends in ``\n]`` and extend it entry by entry. Neither is
thread safe: :class:`~neural.tracking.storage.metrics_log.MetricsLog` sees to that.
"""

from __future__ import annotations

import errno
import mmap
import os
from pathlib import Path
from time import monotonic
from typing import Protocol

from neural._files import read_at, write_at
from neural.tracking.storage.metrics_format import (
    BLANK,
    CLOSING,
    EMPTY,
    FIRST_OFFSET,
    FIRST_SEPARATOR,
    SEPARATOR,
    end_of_entries,
)

__all__ = [
    "PATIENCE_S",
    "CannotMapError",
    "MappedWriter",
    "MetricsWriter",
    "PwriteWriter",
    "WouldWaitError",
    "can_be_mapped",
    "close_file",
    "file_system",
    "mapping_is_safe",
    "mend",
]

#: File systems where a stored page has its blocks for good, so that a store cannot fault.
_MAPPABLE = frozenset({"ext2", "ext3", "ext4", "xfs", "tmpfs", "overlay"})
#: Growing lets go of the GIL some times; beside a busy Python thread each time costs up to 5 ms. So
#: the first stretch takes some 3,500 calls of four metrics, and the next ones take more.
_FIRST_GROWTH = 512 * 1024
_LARGEST_GROWTH = 4096 * 1024

#: Seconds that a call may wait for the disk.
PATIENCE_S = 0.05


class CannotMapError(OSError):
    """The file cannot be mapped, or no longer: the other writer must go on."""


class WouldWaitError(OSError):
    """Nothing was done: this takes the disk, which may keep the caller for any time."""


class MetricsWriter(Protocol):
    """Extends one metrics file; the caller holds its lock and calls from one thread at a time."""

    @property
    def end(self) -> int:
        """Offset behind the last whole entry."""
        ...

    @property
    def is_slow(self) -> bool:
        """Whether the disk kept the last call longer than :data:`PATIENCE_S`."""
        ...

    def append_promptly(self, entry: bytes) -> None:
        """Commit one entry like :meth:`append`, if that should not take long.

        Raises:
            WouldWaitError: It may; nothing has been done. Then :meth:`append` it where waiting does
                no harm.
            OSError: As of :meth:`append`.
        """
        ...

    def append(self, entry: bytes) -> None:
        """Commit one entry; when this returns, it survives the death of the process.

        Raises:
            OSError: It is not in the file, and the file is as it was before.
        """
        ...

    def resync(self) -> None:
        """Find out whether an :meth:`append` that an exception cut short committed."""
        ...

    def release(self) -> None:
        """Let go of what a forked child must not keep; changes no byte of the file."""
        ...


def mend(handle: int) -> tuple[int, int]:
    r"""Make the locked file end in ``\n]`` right behind its last whole entry.

    Returns:
        Offset behind the last whole entry, and the number of entries.

    Raises:
        OSError: The file cannot be written.
    """
    end, count = end_of_entries(handle)
    size = end + len(CLOSING)
    if end == FIRST_OFFSET:
        if read_at(handle, len(EMPTY) + 1, 0) != EMPTY:
            _write_all(handle, EMPTY, 0)
            os.ftruncate(handle, len(EMPTY))
    elif os.fstat(handle).st_size != size or read_at(handle, len(CLOSING), end) != CLOSING:
        _write_all(handle, CLOSING, end)
        os.ftruncate(handle, size)
    return end, count


def close_file(handle: int, end: int) -> None:
    """Cut off the blanks kept ready behind the end, and close; this frees the lock.

    Raises:
        OSError: The blanks could not be cut off, which harms nothing; the file is closed.
    """
    try:
        os.ftruncate(handle, end + len(CLOSING))
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes, offset: int) -> None:
    """Write all of ``data`` or raise; a full disk takes a part without an error."""
    written = 0
    while written < len(data):
        count = write_at(handle, data[written:], offset + written)
        if count == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += count


class PwriteWriter:
    r"""Writes each entry with one ``pwrite`` over the closing bracket.

    How long the disk will take for a write, nobody knows before it is over: the first one that it
    holds up holds up its caller. From then on :meth:`append_promptly` refuses, until an
    :meth:`append` elsewhere was quick again.

    Args:
        handle: Open for reading and writing, locked.
        end: Offset behind the last whole entry.
    """

    def __init__(self, handle: int, end: int) -> None:
        self._handle = handle
        self.end = end
        #: Whether the last write took longer than :data:`PATIENCE_S`.
        self.is_slow = False

    def append_promptly(self, entry: bytes) -> None:
        """See :meth:`MetricsWriter.append_promptly`."""
        if self.is_slow:
            raise WouldWaitError
        self.append(entry)

    def append(self, entry: bytes) -> None:
        """See :meth:`MetricsWriter.append`."""
        started = monotonic()
        try:
            self._write(entry)
        finally:
            self.is_slow = monotonic() - started > PATIENCE_S

    def _write(self, entry: bytes) -> None:
        end = self.end
        separator = SEPARATOR if end != FIRST_OFFSET else FIRST_SEPARATOR
        data = separator + entry + CLOSING
        try:
            written = write_at(self._handle, data, end)
        except OSError:
            self._roll_back()
            raise
        if written != len(data):
            # A full disk takes what fits, without an exception. Were the piece left there, the
            # file would not be JSON until the next entry.
            self._roll_back()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.end = end + len(data) - len(CLOSING)

    def _roll_back(self) -> None:
        _write_all(self._handle, CLOSING, self.end)
        os.ftruncate(self._handle, self.end + len(CLOSING))

    def resync(self) -> None:
        """See :meth:`MetricsWriter.resync`."""
        self.end, _ = end_of_entries(self._handle, self.end)

    def release(self) -> None:
        """See :meth:`MetricsWriter.release`; there is nothing but the descriptor."""


class MappedWriter:
    r"""Writes each entry with two stores into a shared mapping; never lets go of the GIL.

    First ``{…}\n]`` goes behind the old ``\n]``, then two bytes go over it. One copy would not do:
    memory is not copied in order, and a kill inside it can leave valid JSON that is wrong. The
    second store is one machine instruction, and x86-64 keeps stores in order.

    The space ahead is written as blanks before it is mapped, so that a full disk is an ``OSError``
    there and never a SIGBUS. Only a window of the file is mapped: its cost and memory do not grow
    with the file. :meth:`append_promptly` never writes blanks, and so does not wait for the disk,
    unless the file system makes a store wait that goes into a page just being written back.

    Args:
        handle: Open for reading and writing, locked.
        end: Offset behind the last whole entry.
    """

    #: Nothing but growing takes time, and that is always refused to those in a hurry.
    is_slow = False

    def __init__(self, handle: int, end: int) -> None:
        self._handle = handle
        self._growth = _FIRST_GROWTH
        self._base = 0  # offset of the window in the file
        self._at = end  # end of the entries, counted from the window's start
        self._room = 0  # bytes of the window that may be stored to
        self._window: mmap.mmap | None = None

    @property
    def end(self) -> int:
        """Offset behind the last whole entry."""
        return self._base + self._at

    def append(self, entry: bytes) -> None:
        """See :meth:`MetricsWriter.append`."""
        needed = len(entry) + len(SEPARATOR) + len(CLOSING)
        if self._at + needed > self._room:
            self._grow(needed)
        self.append_promptly(entry)

    def append_promptly(self, entry: bytes) -> None:
        """See :meth:`MetricsWriter.append_promptly`."""
        at = self._at
        behind = at + 2
        stop = behind + len(entry) + 2
        if stop > self._room:
            raise WouldWaitError
        window: mmap.mmap = self._window  # type: ignore[assignment]  # there is room, so there is one
        window[behind:stop] = entry + b"\n]"
        window[at:behind] = b",\n" if at != 1 or self._base else b" \n"
        self._at = stop - 2

    def _grow(self, needed: int) -> None:
        """Write blanks ahead and move the window there.

        Args:
            needed: Bytes that the next entry takes from the end of the entries on.
        """
        end = self.end
        size = os.fstat(self._handle).st_size
        if size < end + needed:
            size = self._extend(size, end + needed)
        base = end - end % mmap.ALLOCATIONGRANULARITY
        populate = getattr(mmap, "MAP_POPULATE", 0)  # else each page faults in a call of its own
        flags = mmap.MAP_SHARED | populate
        try:
            window = mmap.mmap(self._handle, size - base, flags=flags, offset=base)
        except (OSError, ValueError) as exc:  # no memory, or the file was made shorter just now
            raise CannotMapError(errno.ENOMEM, str(exc)) from exc
        # One statement may be cut short by a signal handler that raises; resync() mends that.
        self._window, self._base, self._at, self._room = window, base, end - base, size - base

    def _extend(self, size: int, needed: int) -> int:
        """Make the file at least ``needed`` bytes long; returns how long it is now."""
        wanted = max(needed, size + self._growth)
        try:
            _write_all(self._handle, BLANK * (wanted - size), size)
        except OSError:
            # On a full disk, take no more than the entry needs: what did fit of the blanks may be
            # all the room there is for metadata and parameters.
            os.ftruncate(self._handle, size)
            self._growth = _FIRST_GROWTH
            wanted = needed
            _write_all(self._handle, BLANK * (wanted - size), size)
        else:
            self._growth = min(self._growth * 4, _LARGEST_GROWTH)
        return wanted

    def resync(self) -> None:
        """See :meth:`MetricsWriter.resync`."""
        end, _ = end_of_entries(self._handle, self.end)
        self._base, self._at, self._room = 0, end, 0

    def release(self) -> None:
        """See :meth:`MetricsWriter.release`."""
        self._base, self._at, self._room = 0, self.end, 0
        if self._window is not None:
            self._window.close()
            self._window = None


def mapping_is_safe(path: Path) -> bool:
    """Tell whether the mapped writer may be used for a file in the directory ``path``.

    It needs stores that stay in order (x86-64) and a file system whose written blocks stay put:
    on a copy-on-write one, a store into a mapped page can still meet a full disk and kill the
    process, and network file systems do not share mappings between machines.
    """
    if not hasattr(os, "uname") or os.uname().machine not in ("x86_64", "AMD64"):
        return False
    return file_system(path) in _MAPPABLE


def can_be_mapped(handle: int) -> bool:
    """Tell whether an open file that is not empty can be mapped for shared writing."""
    try:
        mmap.mmap(handle, 1, flags=mmap.MAP_SHARED).close()
    except (OSError, ValueError, AttributeError):  # the last one on Windows
        return False
    return True


def file_system(path: Path) -> str | None:
    """Return the type of the file system that holds ``path``, as Linux names it."""
    try:
        device = os.stat(path).st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            for line in mounts:
                fields, _, rest = line.partition(" - ")
                if fields.split(" ", 3)[2] == wanted:
                    return rest.split(" ", 1)[0]
    except (OSError, IndexError):
        pass
    return None
