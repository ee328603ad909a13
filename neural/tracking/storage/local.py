"""Reading the runs of a folder on disk; nothing in a run directory is ever written."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from neural.tracking.records import RunRecord
from neural.tracking.storage.layout import METADATA, METRICS, is_metrics_name
from neural.tracking.storage.locks import is_locked
from neural.tracking.storage.metrics_file import MetricsFile
from neural.tracking.storage.run_record import RunFiles, run_record
from neural.tracking.storage.small_files import read_object
from neural.tracking.storage.summarising import FileFigures, merged, problems_of, update

__all__ = [
    "RunLook",
    "Stamp",
    "is_run",
    "look_at",
    "metrics_names",
    "read_run",
    "read_runs",
    "run_folders",
    "signature_of",
    "stamp",
]


_SMALL_FILES = (METADATA, "annotations.json", "hyperparameters.json")


#: Inode, size and modification time in nanoseconds of a file.
Stamp = tuple[int, int, int]


class RunLook(NamedTuple):
    """A run as it is now, and what it takes to look again without reading it all.

    Attributes:
        files: What its files say.
        figures: Of each metrics file, by name.
        signature: A number that changes with the sizes and times of metadata.json and the
            metrics files; of a file that is mapped and written it says nothing.
    """

    files: RunFiles
    figures: dict[str, FileFigures]
    signature: int = 0

    @property
    def record(self) -> RunRecord:
        """The run."""
        return run_record(self.files)


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


def read_run(run_dir: str | Path) -> RunRecord:
    """Return the run in ``run_dir`` as it is now; nothing that is found there raises."""
    return look_at(run_dir).record


def look_at(run_dir: str | Path, known: Mapping[str, FileFigures] | None = None) -> RunLook:
    """Read a run, of its metrics only what was added since an earlier look.

    Args:
        run_dir: Directory of the run.
        known: ``figures`` of the earlier look.
    """
    place = os.fspath(run_dir)
    folder = os.path.basename(place)
    problems: list[str] = []
    try:
        names = os.listdir(place)
    except OSError as exc:
        problems.append(f"{folder} cannot be read: {exc.strerror}")
        names = []
    # Whether it is alive is asked before metadata.json is read: a run writes how it ended before
    # it lets go of its lock. The other way round, one that ends just now would seem crashed.
    figures, alive, stamps = _look_at_metrics(place, metrics_names(names), known or {}, problems)
    stamps.append(stamp(f"{place}/{METADATA}"))
    metadata, annotations, params = (
        # Listings of network file systems may be old: the one file that a run must have is opened.
        read_object(f"{place}/{name}", problems) if name in names or name == METADATA else {}
        for name in _SMALL_FILES
    )
    if alive is False and metadata.get("end_time") is None:
        alive = any(is_locked(Path(place, name)) for name in figures)  # one that starts just now
    files = RunFiles(
        folder=folder,
        metadata=metadata,
        annotations=annotations,
        params=params,
        metrics=merged(figures.values()),
        entries=sum([file.entries for file in figures.values()]),
        updated=_latest(figures),
        alive=alive,
        problems=problems,
    )
    return RunLook(files, figures, signature_of(stamps))


def _look_at_metrics(
    place: str, names: list[str], known: Mapping[str, FileFigures], problems: list[str]
) -> tuple[dict[str, FileFigures], bool | None, list[Stamp | None]]:
    """Return the figures of each metrics file, whether the run lives, and the files' stamps."""
    figures: dict[str, FileFigures] = {}
    locks: set[bool | None] = set()
    stamps: list[Stamp | None] = []
    for name in names:
        try:
            with MetricsFile(f"{place}/{name}") as file:
                stamps.append(_stamp(file.state))
                locks.add(file.locked)
                figures[name] = update(known.get(name) or FileFigures(), file)
        except OSError as exc:
            stamps.append(stamp(f"{place}/{name}"))
            problems.append(f"{name} cannot be read: {exc.strerror}")
        else:
            problems += problems_of(name, figures[name])
    return figures, True if True in locks else None if None in locks else False, stamps


def metrics_names(names: Iterable[str]) -> list[str]:
    """Return those of the file names that hold metrics, the owner's first."""
    found = [name for name in names if name[:7] == "metrics" and is_metrics_name(name)]
    return sorted(found, key=lambda name: (name != METRICS, name)) if len(found) > 1 else found


def stamp(path: str) -> Stamp | None:
    """Return what changes when a file is replaced or written; ``None`` if there is none."""
    try:
        return _stamp(os.stat(path, follow_symlinks=False))
    except OSError:
        return None


def _stamp(state: os.stat_result) -> Stamp:
    return state.st_ino, state.st_size, state.st_mtime_ns


def signature_of(stamps: Sequence[Stamp | None]) -> int:
    """Return the stamps of a run's files as one number."""
    return hash(tuple([found or () for found in stamps]))


def _latest(figures: Mapping[str, FileFigures]) -> float | None:
    latest = max((file.clock for file in figures.values()), default=-math.inf)
    return latest if math.isfinite(latest) else None
