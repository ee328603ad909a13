"""A short text for each run that changes whenever anything in it does."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
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
    folder = _stamp(os.stat(run_dir))  # moved by every file that is replaced
    in_place, logs = _written_in_place(run_dir)
    states = (folder, [_stamp_of(path) for path in (*in_place, *_inside(logs))])
    found = repr((states, metrics.revision()))
    return hashlib.blake2s(found.encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _written_in_place(run_dir: Path) -> tuple[tuple[str, ...], str]:
    """Return what moves only its own times when it is written, and the folder of the output.

    The seed writes all its files so. As texts, and kept: to make paths costs more than to ask.
    """
    paths = RunPaths(run_dir)
    in_place = (
        *(paths.metadata, paths.hyperparameters, paths.annotations, paths.media),
        *(paths.artifacts_dir, paths.plots_dir, paths.logs_dir),
    )
    return tuple(map(os.fspath, in_place)), os.fspath(paths.logs_dir)


def _inside(folder: str) -> list[str]:
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]
    except OSError:
        return []


def _stamp_of(path: str) -> tuple[int, int, int] | None:
    try:
        return _stamp(os.stat(path))
    except OSError:
        return None


def _stamp(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_size, state.st_mtime_ns
