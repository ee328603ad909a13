"""What has changed in a folder of runs since the last look, for as few system calls as possible.

A file that is replaced moves the time of its folder; only writing in place does not. So of a run
at rest the time of its folder is enough, and of a live one the bytes behind its last entry. A few
runs at rest are looked at more closely each time, in turn: other programs write in place too; see
:class:`~neural.tracking.storage.index_sweep.IndexSweep`.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from neural.tracking.storage.layout import METADATA
from neural.tracking.storage.local import RunLook, is_run, metrics_names, signature_of, stamp
from neural.tracking.storage.metrics_file import MetricsFile

__all__ = ["LARGE_STORE", "FolderWatch", "is_unchanged", "settled", "signature"]

#: Beyond so many runs not every folder is asked for its time at each look.
LARGE_STORE = 10_000

#: Clocks of file systems tick this coarsely, in nanoseconds: some in whole seconds.
_TICK = 50_000_000
_SECOND = 1_000_000_000


def settled(mtime_ns: int, now_ns: int) -> int:
    """Return the time of a folder, or 0 if it may change again within the same tick.

    Args:
        mtime_ns: Its modification time, read before its files were.
        now_ns: The time of that, in nanoseconds since the Unix epoch.
    """
    tick = 2 * _SECOND if mtime_ns % _SECOND == 0 else _TICK
    return mtime_ns if mtime_ns < now_ns - tick else 0


def signature(run_dir: Path) -> int:
    """Return what :attr:`RunLook.signature` would be now, without reading the run."""
    place = os.fspath(run_dir)
    try:
        names = metrics_names(os.listdir(place))
    except OSError:
        return 0
    return signature_of([stamp(f"{place}/{name}") for name in (*names, METADATA)])


def is_unchanged(run_dir: Path, look: RunLook) -> bool:
    """Tell whether the metrics of a run that may be alive are as they were at an earlier look."""
    locks: set[bool | None] = set()
    for name, figures in look.figures.items():
        try:
            with MetricsFile(f"{run_dir}/{name}") as file:
                if file.has_more(figures.mark):
                    return False
                locks.add(file.locked)
        except OSError:
            return False
    alive = True if True in locks else None if None in locks else False
    return alive == look.files.alive


class FolderWatch:
    """Notices new, changed and vanished run folders.

    Args:
        base_dir: Folder that holds the runs.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        self._others: dict[str, int] = {}  # folders that are no runs, by name: their times
        #: Time of ``base_dir`` at the last look; 0 if a folder may have been added since.
        self.base_time = 0
        self._has_looked = False

    def folders(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """Return the times of all run folders by name; ``known`` itself if nothing is new.

        The first look asks every folder for its time. In a large store later ones ask only those
        that are new.

        Args:
            known: What was found when :attr:`base_time` was noted.
        """
        now = time.time_ns()
        try:
            with _opened(self._base_dir) as base:
                base_time = os.stat(self._base_dir).st_mtime_ns
                asks_all = len(known) <= LARGE_STORE or not self._has_looked
                if base_time != self.base_time:
                    names: Iterable[str] = os.listdir(self._base_dir)
                elif asks_all:
                    names = [*known, *self._others]
                else:
                    found = self._runs(base, self._others, known, now) if self._others else {}
                    return {**known, **found} if found else known
                if asks_all:
                    found = self._runs(base, names, known, now)
                else:
                    still = {name: known[name] for name in names if name in known}
                    new = (name for name in names if name not in known)
                    found = still | self._runs(base, new, known, now)
        except OSError:
            return {}
        self._has_looked = True
        self.base_time = settled(base_time, now)
        return found

    def _runs(
        self, base: int | None, names: Iterable[str], known: Mapping[str, int], now: int
    ) -> dict[str, int]:
        """Return the times of those of the folders that are runs, and note the others."""
        found, others = {}, {}
        for name in names:
            if name[0] == ".":
                continue
            try:
                state = self._stat(base, name)
            except OSError:  # gone meanwhile, or a loop of links
                continue
            moved = state.st_mtime_ns
            if name in known:
                found[name] = moved
            elif stat.S_ISDIR(state.st_mode):
                if self._others.get(name) != moved and is_run(self._base_dir, name):
                    found[name] = moved
                else:
                    others[name] = settled(moved, now)
        self._others = others
        return found

    def _stat(self, base: int | None, name: str) -> os.stat_result:
        # By the open folder, so that its own path is not looked up each time.
        return os.stat(self._base_dir / name) if base is None else os.stat(name, dir_fd=base)

    @property
    def has_others(self) -> bool:
        """Whether there are folders that are no runs, and may become some unseen."""
        return bool(self._others)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    if os.stat not in os.supports_dir_fd:  # pragma: no cover - Windows
        yield None
        return
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        yield handle
    finally:
        os.close(handle)
