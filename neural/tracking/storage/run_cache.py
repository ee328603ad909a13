"""The readers of the runs that were looked at last, so that each reads only what is new."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from neural.tracking.storage.metrics_reader import ColumnStore, RunMetrics

__all__ = ["RunCache"]

#: Points kept in memory, of all runs together; about 24 bytes each.
_MOST_POINTS = 10_000_000
_MOST_RUNS = 512
#: Counting the points of all runs is not for each request.
_REQUESTS_PER_COUNT = 32


class RunCache:
    """Keeps a reader for each run; those not asked for longest are let go first.

    Args:
        columns: Keeps long columns between processes.
        most_points: Points that may stay in memory, of all runs together.
        most_runs: Runs that may.
    """

    def __init__(
        self,
        columns: ColumnStore | None = None,
        *,
        most_points: int = _MOST_POINTS,
        most_runs: int = _MOST_RUNS,
    ) -> None:
        self._columns = columns
        self._most_points = most_points
        self._most_runs = most_runs
        self._readers: OrderedDict[Path, RunMetrics] = OrderedDict()
        self._requests = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._readers)

    def metrics(self, run_dir: Path) -> RunMetrics:
        """Return the reader of the run in ``run_dir``."""
        with self._lock:
            reader = self._readers.pop(run_dir, None) or RunMetrics(run_dir, self._columns)
            self._readers[run_dir] = reader
            while len(self._readers) > self._most_runs:
                self._readers.popitem(last=False)
            self._requests += 1
            if self._requests % _REQUESTS_PER_COUNT == 0:
                self._let_go()
            return reader

    def _let_go(self) -> None:
        held = [reader.points_held for reader in self._readers.values()]
        total = sum(held)
        for points in held[:-1]:  # the one that was just asked for stays
            if total <= self._most_points:
                return
            self._readers.popitem(last=False)
            total -= points
