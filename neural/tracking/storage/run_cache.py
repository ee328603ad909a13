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


class RunCache:
    """Keeps a reader for each run; those not asked for longest are let go first.

    Args:
        columns: Keeps long columns between processes.
    """

    def __init__(self, columns: ColumnStore | None = None) -> None:
        self._columns = columns
        self._readers: OrderedDict[Path, RunMetrics] = OrderedDict()
        self._lock = threading.Lock()

    def metrics(self, run_dir: Path) -> RunMetrics:
        """Return the reader of the run in ``run_dir``."""
        with self._lock:
            reader = self._readers.pop(run_dir, None) or RunMetrics(run_dir, self._columns)
            self._readers[run_dir] = reader
            self._let_go()
            return reader

    def _let_go(self) -> None:
        points = [reader.points_held for reader in self._readers.values()]
        total = sum(points)
        for held in points[:-1]:  # the one that was just asked for stays
            if total <= _MOST_POINTS and len(self._readers) <= _MOST_RUNS:
                return
            self._readers.popitem(last=False)
            total -= held
