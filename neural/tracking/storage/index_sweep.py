"""Looking closely at the runs at rest, some at each look, so that each has its turn."""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from neural.tracking.storage import freshness

__all__ = ["IndexSweep"]

#: Seconds in which every run at rest is looked at closely once, as long as somebody asks.
_ROUND_S = 30.0
_MOST_AT_ONCE = 10_000
_MOST_IN_THE_CALL = 2_000
_FEWEST_AT_ONCE = 50

_IN_TURN = "SELECT run, folder, moved, signature FROM runs WHERE run >= ? ORDER BY run LIMIT ?"


class _Known(NamedTuple):
    """What the index holds of a run that is looked at."""

    run: int
    folder: str
    moved: int
    signature: int


class IndexSweep:
    """Finds runs at rest that were changed without a trace in the folder of all runs.

    In a small store the few whose turn it is are looked at in the call that asks. In a large one
    a thread does it meanwhile, and what it finds is told at the next call.

    Args:
        base_dir: Folder that holds the runs.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        self._next: int | None = None  # number of the run whose turn it is
        self._last_look = 0.0
        self._thread: threading.Thread | None = None
        self._found: set[str] = set()

    def changed(self, connection: sqlite3.Connection, count: int) -> set[str]:
        """Return folders of runs that are not as the index says.

        Args:
            connection: Of the index.
            count: How many runs it holds.
        """
        if count <= freshness.LARGE_STORE:
            turn = self._turn(connection, count, _MOST_IN_THE_CALL)
            return set(_differing(self._base_dir, turn))
        if self._thread is not None and self._thread.is_alive():
            return set()
        found, self._found = self._found, set()
        turn = self._turn(connection, count, _MOST_AT_ONCE)
        self._thread = threading.Thread(target=self._look, args=(turn,), daemon=True)
        self._thread.start()
        return found

    def wait(self) -> None:
        """Wait until what was begun in a large store has come to an end."""
        if self._thread is not None:
            self._thread.join()

    def _look(self, turn: Iterable[_Known]) -> None:
        self._found = set(_differing(self._base_dir, turn))

    def _turn(self, connection: sqlite3.Connection, count: int, most: int) -> list[_Known]:
        """Return the runs whose turn it is."""
        share = min(max(self._share(count), _FEWEST_AT_ONCE), most, count)
        if self._next is None:  # each process starts its round somewhere else
            self._next = time.time_ns() % (count or 1)
        found = list(map(_Known._make, connection.execute(_IN_TURN, (self._next, share))))
        if len(found) < share:
            rest = (0, share - len(found))
            found += map(_Known._make, connection.execute(_IN_TURN, rest))
        self._next = found[-1].run + 1 if found else 0
        return found

    def _share(self, count: int) -> int:
        now = time.monotonic()
        elapsed = now - self._last_look
        self._last_look = now
        # Whoever looks seldom is not to wait for a whole round at once.
        return math.ceil(count * elapsed / _ROUND_S) if elapsed < _ROUND_S else 0


def _differing(base_dir: Path, runs: Iterable[_Known]) -> list[str]:
    return [run.folder for run in runs if _differs(base_dir, run)]


def _differs(base_dir: Path, run: _Known) -> bool:
    place = base_dir / run.folder
    try:
        moved = os.stat(place).st_mtime_ns
    except OSError:
        moved = 0
    return (moved, freshness.signature(place)) != (run.moved, run.signature)
