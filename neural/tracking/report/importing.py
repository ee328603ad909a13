"""Runs of a report put into a store: all of them or none."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking.report.collecting import collect
from neural.tracking.report.package import MOST_BYTES
from neural.tracking.report.reading import read_report
from neural.tracking.run_library import RunLibrary
from neural.tracking.storage.layout import METADATA, METRICS, RunPaths, is_metrics_name
from neural.tracking.storage.local import is_run, read_run

__all__ = ["ArrivingRun", "Imported", "import_report", "import_runs"]

#: What a run itself writes, its metrics aside.
_OWN_FILES = (METADATA, RunPaths(Path()).hyperparameters.name)


class ArrivingRun(Protocol):
    """A run on its way into a store: a folder name that is safe, and files."""

    @property
    def folder(self) -> str:
        """Name of its directory."""
        ...

    def files(self, room_bytes: int) -> Iterator[tuple[str, bytes]]:
        """Yield path relative to the run and content of each file, at most so many bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did.

    Attributes:
        added: Ids of runs that are new.
        present: Ids of runs that were there already; nothing of them was changed.
    """

    added: tuple[str, ...]
    present: tuple[str, ...]


def import_report(path: Path, base_dir: Path) -> Imported:
    """Put the runs of a report into a store; they keep their ids.

    They are written beside the others first and then renamed, so that nobody sees half a run.
    Nothing in the report is executed, and no existing run is changed.

    Args:
        path: The HTML file.
        base_dir: Folder of the runs; made if it is missing.

    Raises:
        StorageError: The report cannot be read, or the runs cannot be written.
        InvalidInputError: It is no report, or not as a report is; or the store has another run
            of one of its ids, or another thing of its name. Nothing is imported then.
    """
    return import_runs(read_report(path), base_dir)


def import_runs(runs: Sequence[ArrivingRun], base_dir: Path) -> Imported:
    """Put runs into a store as :func:`import_report` does.

    Raises:
        StorageError: They cannot be written.
        InvalidInputError: See :func:`import_report`.
    """
    staging = base_dir / f".importing-{os.urandom(4).hex()}"
    try:
        staging.mkdir(parents=True)
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, staging, ignore_errors=True)
            _stage(runs, staging)
            return _move(runs, staging, base_dir)
    except OSError as exc:
        raise StorageError(f"The runs cannot be put into {base_dir}: {exc.strerror}") from exc


def _stage(runs: Sequence[ArrivingRun], staging: Path) -> None:
    """Write the runs into a folder that nobody reads."""
    room = MOST_BYTES
    for run in runs:
        folder = staging / run.folder
        folder.mkdir()
        paths = RunPaths(folder)
        # As a run of our own has them: whoever resumes it expects them.
        for one in (paths.artifacts_dir, paths.plots_dir, paths.versions_dir):
            one.mkdir()
        for name, data in run.files(room):
            room -= len(data)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
        if not is_run(staging, run.folder):
            raise InvalidInputError(
                f"What came has neither {METADATA} nor {METRICS} of {run.folder!r}"
            )


def _move(runs: Sequence[ArrivingRun], staging: Path, base_dir: Path) -> Imported:
    """Move those of the staged runs that are new to where they belong."""
    ids = {run.folder: read_run(staging / run.folder).experiment_id for run in runs}
    if len(set(ids.values())) < len(ids):
        raise InvalidInputError("There are two runs of one id in it")
    library = RunLibrary(base_dir)
    present = [folder for folder, one in ids.items() if _is_there(library, staging / folder, one)]
    added = [folder for folder in ids if folder not in present]
    for folder in added:
        if os.path.lexists(base_dir / folder):
            raise InvalidInputError(
                f"{base_dir / folder} is there already and is not the run {ids[folder]!r}: move "
                "it away, or import into another folder with --base-dir"
            )
    _rename(added, staging, base_dir)
    return Imported(
        added=tuple(ids[folder] for folder in added),
        present=tuple(ids[folder] for folder in present),
    )


def _rename(folders: Sequence[str], staging: Path, base_dir: Path) -> None:
    """Rename all or, when one cannot be, none."""
    with contextlib.ExitStack() as back:
        for folder in folders:
            os.rename(staging / folder, base_dir / folder)
            back.callback(os.rename, base_dir / folder, staging / folder)
        back.pop_all()


def _is_there(library: RunLibrary, staged: Path, experiment_id: str) -> bool:
    """Tell whether the store has this run.

    Raises:
        InvalidInputError: It has another one of its id.
    """
    try:
        record = library.run(experiment_id)
    except NotFoundError:
        return False
    here = collect(library.base_dir.absolute() / record.folder).files
    sent = collect(staged).files
    # Tags and notes may have been changed since; what the run itself wrote may not.
    differing = [
        name
        for name in sorted({*here, *sent})
        if (is_metrics_name(name) or name in _OWN_FILES) and here.get(name) != sent.get(name)
    ]
    if differing:
        raise InvalidInputError(
            f"There is another run {experiment_id!r} in {library.base_dir}: its "
            f"{' and '.join(differing)} differ. Import into another folder with --base-dir, or "
            f"throw that one away first: neural rm {experiment_id}"
        )
    return True
