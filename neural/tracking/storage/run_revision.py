"""A short text for each run that changes whenever anything in it does."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_reader import RunMetrics

__all__ = ["run_revision"]


def run_revision(run_dir: Path, metrics: RunMetrics) -> str:
    """Return an opaque text that changes with the run: its values, files, status and output.

    Costs some ``stat`` calls, and for a run that is being written a look behind the last entry.

    Raises:
        OSError: The run directory is not there.
    """
    paths = RunPaths(run_dir)
    folder = _stamp(os.stat(run_dir))  # moved by every file that is replaced
    # What is written in place moves only its own times; the seed writes all its files so.
    in_place = [
        *(paths.metadata, paths.hyperparameters, paths.annotations, paths.media),
        *(paths.artifacts_dir, paths.plots_dir, paths.logs_dir),
        *sorted(paths.logs_dir.glob("*")),
    ]
    states = (folder, [_stamp_of(path) for path in in_place])
    found = repr((states, metrics.revision()))
    return hashlib.blake2s(found.encode(), digest_size=8).hexdigest()


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        return _stamp(os.stat(path))
    except OSError:
        return None


def _stamp(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_size, state.st_mtime_ns
