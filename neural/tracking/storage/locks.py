"""The lock that a writer holds on its metrics file for life, and how a reader asks for it.

The kernel frees it however the process dies, which is why liveness needs no heartbeat. On Linux
it is an open file description lock (``F_OFD_SETLK``): unlike a classic record lock it is not
lost when some other part of the process opens and closes the same file. Elsewhere ``flock``.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["LocksDoNotWorkError", "is_locked", "is_locked_elsewhere", "try_lock"]

_OFD = sys.platform == "linux"
#: ``struct flock`` of Linux: type, whence, start, length, pid. Length 0 means "to the end".
_FLOCK = struct.Struct("hhqqi4x")
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_BUSY = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK})


class LocksDoNotWorkError(Exception):
    """The file system has no locks; never leaves the storage package."""


def try_lock(handle: int) -> bool:
    """Take the exclusive lock of an open file; ``False`` when another one holds it.

    Raises:
        LocksDoNotWorkError: The file system refuses locks as such.
    """
    if fcntl is None:  # pragma: no cover - Windows
        raise LocksDoNotWorkError
    try:
        if _OFD:
            fcntl.fcntl(handle, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno in _BUSY:
            return False
        raise LocksDoNotWorkError from exc
    return True


def is_locked(path: Path) -> bool | None:
    """Tell whether a living process writes the file; ``None`` where locks do not work.

    Takes nothing and changes nothing (``F_OFD_GETLK``). A file that is gone is not locked.
    """
    try:  # without waiting: a FIFO may stand there
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _CLOEXEC)
    except OSError:
        return False
    try:
        return is_locked_elsewhere(handle)
    finally:
        os.close(handle)


def is_locked_elsewhere(handle: int) -> bool | None:
    """Tell whether somebody else writes an open file; see :func:`is_locked`."""
    if fcntl is None:  # pragma: no cover - Windows
        return None
    try:
        return _is_locked(handle)
    except OSError:
        return None


def _is_locked(handle: int) -> bool:
    if _OFD:
        asked = _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0)
        answer = fcntl.fcntl(handle, fcntl.F_OFD_GETLK, asked)
        return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
    try:  # flock cannot be asked, only tried: shared, and given back by the close that follows
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
