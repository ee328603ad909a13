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
#: The points of those runs that were asked for since the last count are counted this often.
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
        self._points: dict[Path, int] = {}
        self._total = 0
        self._asked_for: set[Path] = set()
        self._requests = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._readers)

    def metrics(self, run_dir: Path) -> RunMetrics:
        """Return the reader of the run in ``run_dir``; takes as long however many are kept."""
        with self._lock:
            reader = self._readers.pop(run_dir, None) or RunMetrics(run_dir, self._columns)
            self._readers[run_dir] = reader
            self._asked_for.add(run_dir)
            self._requests += 1
            if self._requests % _REQUESTS_PER_COUNT == 0:
                self._count()
                self._asked_for = {run_dir}  # what its caller is about to read comes on top
            self._let_go()
            return reader

    def _count(self) -> None:
        """Bring the total up to date: only runs that were asked for can have grown."""
        for run_dir in self._asked_for & self._readers.keys():
            points = self._readers[run_dir].points_held
            self._total += points - self._points.get(run_dir, 0)
            self._points[run_dir] = points

    def _let_go(self) -> None:
        # The one that was just asked for stays, however large.
        while len(self._readers) > 1 and (
            len(self._readers) > self._most_runs or self._total > self._most_points
        ):
            run_dir, _ = self._readers.popitem(last=False)
            self._total -= self._points.pop(run_dir, 0)
