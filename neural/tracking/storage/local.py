"""Reading the runs of a folder on disk; nothing in a run directory is ever written."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from neural.tracking.records import RunRecord
from neural.tracking.storage.layout import METADATA, METRICS, is_metrics_name
from neural.tracking.storage.locks import is_locked
from neural.tracking.storage.metrics_file import MetricsFile
from neural.tracking.storage.run_record import RunFiles, run_record
from neural.tracking.storage.small_files import read_object
from neural.tracking.storage.summarising import FileFigures, merged, problems_of, update

__all__ = ["RunLook", "is_run", "look_at", "read_run", "read_runs", "run_folders"]


_SMALL_FILES = (METADATA, "annotations.json", "hyperparameters.json")


class RunLook(NamedTuple):
    """A run as it is now, and what it takes to look again without reading it all.

    Attributes:
        record: The run.
        figures: Of each metrics file, by name.
    """

    record: RunRecord
    figures: dict[str, FileFigures]


def run_folders(base_dir: Path) -> Iterator[str]:
    """Yield the names of the run folders in ``base_dir``, in no order; hidden ones are none."""
    try:
        names = os.listdir(base_dir)
    except OSError:  # not made yet, or just gone: it holds no run
        return
    for name in names:
        if not name.startswith(".") and is_run(base_dir, name):
            yield name


def is_run(base_dir: Path, folder: str) -> bool:
    """Tell whether a folder is a run: it holds metadata.json or metrics.json, sound or not."""
    place = os.path.join(base_dir, folder)
    return any(os.path.lexists(os.path.join(place, name)) for name in (METADATA, METRICS))


def read_runs(base_dir: Path) -> Iterator[RunRecord]:
    """Yield every run in ``base_dir``, in no order; a damaged one says so in its ``problems``."""
    for folder in run_folders(base_dir):
        yield read_run(base_dir / folder)


def read_run(run_dir: Path) -> RunRecord:
    """Return the run in ``run_dir`` as it is now; nothing that is found there raises."""
    return look_at(run_dir).record


def look_at(run_dir: Path, known: Mapping[str, FileFigures] | None = None) -> RunLook:
    """Read a run, of its metrics only what was added since an earlier look.

    Args:
        run_dir: Directory of the run.
        known: ``figures`` of the earlier look.
    """
    place = os.fspath(run_dir)
    problems: list[str] = []
    try:
        names = os.listdir(place)
    except OSError as exc:
        problems.append(f"{run_dir.name} cannot be read: {exc.strerror}")
        names = []
    # Whether it is alive is asked before metadata.json is read: a run writes how it ended before
    # it lets go of its lock. The other way round, one that ends just now would seem crashed.
    figures, alive = _look_at_metrics(place, names, known or {}, problems)
    metadata, annotations, params = (
        read_object(f"{place}/{name}", problems) if name in names else {} for name in _SMALL_FILES
    )
    if alive is False and metadata.get("end_time") is None:
        alive = any(is_locked(run_dir / name) for name in figures)  # one that starts just now
    files = RunFiles(
        folder=run_dir.name,
        metadata=metadata,
        annotations=annotations,
        params=params,
        metrics=merged(figures.values()),
        entries=sum([file.entries for file in figures.values()]),
        updated=_latest(figures),
        alive=alive,
        problems=problems,
    )
    return RunLook(run_record(files), figures)


def _look_at_metrics(
    place: str, names: list[str], known: Mapping[str, FileFigures], problems: list[str]
) -> tuple[dict[str, FileFigures], bool | None]:
    """Return the figures of each metrics file, the owner's first, and whether the run lives."""
    figures: dict[str, FileFigures] = {}
    locks: set[bool | None] = set()
    metrics_files = [name for name in names if is_metrics_name(name)]
    for name in sorted(metrics_files, key=lambda name: (name != METRICS, name)):
        try:
            with MetricsFile(f"{place}/{name}") as file:
                locks.add(file.is_locked())
                figures[name] = update(known.get(name) or FileFigures(), file)
        except OSError as exc:
            problems.append(f"{name} cannot be read: {exc.strerror}")
        else:
            problems += problems_of(name, figures[name])
    return figures, True if True in locks else None if None in locks else False


def _latest(figures: Mapping[str, FileFigures]) -> float | None:
    latest = max((file.clock for file in figures.values()), default=-math.inf)
    return latest if math.isfinite(latest) else None
