"""Which metrics file of a run this process may write, and what the others hold already."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from neural._host import host_name
from neural.tracking.storage.layout import METRICS, RunPaths, writer_file_name
from neural.tracking.storage.locks import LocksDoNotWorkError, try_lock
from neural.tracking.storage.metrics_format import end_of_entries, is_line_format
from neural.tracking.storage.metrics_writer import mend

__all__ = ["MetricsClaim", "ends_of_files"]

#: Windows lacks the one and needs the other.
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class MetricsClaim:
    """Finds the file for this process: the run's main one if nobody writes it, else its own.

    Args:
        paths: Of the run.
        join: Never take the main file: another process owns the run.
    """

    def __init__(self, paths: RunPaths, *, join: bool) -> None:
        self._paths = paths
        self._join = join
        self._foreign: int | None = None  # a foreign metrics.json: locked as ours, never written
        #: Whether this process holds the run's main file.
        self.owns_run = False
        #: The file, once it was opened.
        self.path: Path | None = None

    def open(self) -> tuple[int, Path]:
        """Open and lock the file; returns its descriptor and path.

        Raises:
            OSError: It cannot be opened or made.
        """
        handle, self.path = self._own_file() if self._join else self._main_or_own_file()
        return handle, self.path

    def _main_or_own_file(self) -> tuple[int, Path]:
        handle = os.open(self._paths.metrics, _OPEN_FLAGS, 0o666)
        try:
            self.owns_run, ours = _ownership(handle)
            if self.owns_run and ours:
                return handle, self._paths.metrics
            own_file = self._own_file()
        except BaseException:
            os.close(handle)
            raise
        if self.owns_run:  # written by another program: its lock is ours, its bytes are not
            self._foreign = handle
        else:
            os.close(handle)
        return own_file

    def _own_file(self) -> tuple[int, Path]:
        """Make ``metrics.<host>-<pid>-<token>.json``, or open it again after a pause."""
        path = self.path
        fresh = path is None or path.name == METRICS
        if path is None or fresh:
            token = os.urandom(2).hex()
            path = self._paths.root / writer_file_name(host_name(), os.getpid(), token)
        handle = os.open(path, _OPEN_FLAGS | (os.O_EXCL if fresh else 0), 0o666)
        with contextlib.suppress(LocksDoNotWorkError):
            try_lock(handle)  # nobody else uses this name: the lock tells readers that we live
        return handle, path

    def free(self) -> None:
        """Let go of the main file that another program wrote; any other is the caller's."""
        foreign, self._foreign = self._foreign, None
        if foreign is not None:
            os.close(foreign)

    def abandon(self) -> None:
        """In a forked child: from now on another file, and never the main one."""
        self.path = None
        self.owns_run = False
        self._join = True
        self.free()


def _ownership(handle: int) -> tuple[bool, bool]:
    """Lock the run's main file: is the run ours, and may we write to this very file?"""
    try:
        return try_lock(handle), is_line_format(handle)
    except LocksDoNotWorkError:  # then nobody can tell whether another process writes it
        if os.fstat(handle).st_size == 0:
            mend(handle)
        return True, False


def ends_of_files(paths: RunPaths) -> dict[str, tuple[int, int]]:
    """Return the end and the number of entries of each metrics file of a run, by file name.

    One that cannot be read is left out; it does not keep anybody from logging.
    """
    from neural.tracking.storage.small_files import open_regular

    found = {}
    for path in paths.metrics_files():
        with contextlib.suppress(OSError):
            handle, _ = open_regular(path)
            try:
                end, count = end_of_entries(handle)
                ours = is_line_format(handle)
            finally:
                os.close(handle)
            found[path.name] = (end, count if ours else _foreign_count(path))
    return found


def _foreign_count(path: Path) -> int:
    """Return the number of entries of a file that another program wrote."""
    from neural.tracking.storage.foreign_format import LARGEST_FOREIGN_BYTES, parse_entries
    from neural.tracking.storage.small_files import read_whole

    return len(parse_entries(read_whole(path, LARGEST_FOREIGN_BYTES)).entries)
