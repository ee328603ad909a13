"""Small files that are replaced whole, and the short lock that guards a change to them."""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural.errors import StorageError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: reading works, there is nothing to lock with
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "TEMPORARY_SUFFIX",
    "locked",
    "read_at",
    "read_json",
    "replace_bytes",
    "to_json",
    "write_at",
    "write_json",
]

#: Ending of files that are being written; one that outlives its writer is an orphan.
TEMPORARY_SUFFIX = ".tmp"

#: Process, thread and directory of each lock that is held or waited for.
_holders: set[tuple[int, int, str]] = set()


if hasattr(os, "pread"):
    read_at = os.pread
else:  # Windows

    def read_at(handle: int, count: int, offset: int, /) -> bytes:
        """Return up to ``count`` bytes of an open file from ``offset`` on."""
        os.lseek(handle, offset, os.SEEK_SET)
        return os.read(handle, count)


if hasattr(os, "pwrite"):
    write_at = os.pwrite
else:  # Windows

    def write_at(handle: int, data: Any, offset: int, /) -> int:
        """Write ``data`` to an open file from ``offset`` on; returns how many bytes went in."""
        os.lseek(handle, offset, os.SEEK_SET)
        return os.write(handle, data)


def replace_bytes(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Put ``data`` at ``path`` so that a reader sees all of the old file or all of the new.

    Args:
        path: Where the file belongs; its directory must exist.
        data: The whole content.
        sync: Wait until the disk has it, so that it also survives a power loss.

    Raises:
        OSError: The file could not be written; what stood at ``path`` is untouched.
    """
    temporary = path.with_name(
        f".{path.name}.{os.getpid()}.{os.urandom(3).hex()}{TEMPORARY_SUFFIX}"
    )
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def to_json(value: Any) -> bytes:
    """Return ``value`` as indented strict JSON; NaN and infinities become strings.

    Raises:
        TypeError: Something in ``value`` has no JSON form.
        ValueError: A text in ``value`` is not valid Unicode (a lone surrogate).
    """
    text = json.dumps(_strict(value), indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def write_json(path: Path, value: Any, *, sync: bool = False) -> None:
    """Replace ``path`` by ``value`` as JSON; see :func:`to_json` and :func:`replace_bytes`."""
    replace_bytes(path, to_json(value), sync=sync)


def read_json(path: Path) -> Any:
    """Return what the JSON file at ``path`` holds; bare ``NaN`` of other writers is read too.

    Raises:
        FileNotFoundError: There is no such file.
        StorageError: It cannot be read or is not JSON; the message names the path.
    """
    try:
        return json.loads(_bytes_of_regular(path))
    except FileNotFoundError:
        raise
    except RecursionError as exc:
        raise StorageError(f"{path} is nested too deeply to be read") from exc
    except ValueError as exc:
        raise StorageError(f"{path} is not readable as JSON: {exc}") from exc
    except OSError as exc:
        raise StorageError(f"{path} cannot be read: {exc.strerror}") from exc


def _bytes_of_regular(path: Path) -> bytes:
    """Read a file that may be anything: waiting at a pipe, or for a device to end, helps nobody."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is not a regular file")
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the short exclusive lock of ``directory`` while a file in it is read and replaced.

    The lock is taken on the directory itself, so no lock file is left behind. Where locks do
    not work (some network file systems), the change goes ahead without one, and so it does in a
    signal handler or finalizer that has interrupted a change of the same thread.

    Raises:
        OSError: The directory cannot be opened.
    """
    if fcntl is None:  # pragma: no cover - Windows
        yield
        return
    holder = os.getpid(), threading.get_ident(), os.fspath(directory)
    if holder in _holders:  # to wait for ourselves would be to wait for ever
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    _holders.add(holder)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # A process that was forked meanwhile has the descriptor too: a close alone would leave
        # the lock to it, for as long as it lives.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
        _holders.discard(holder)  # last: a signal may come at any line
