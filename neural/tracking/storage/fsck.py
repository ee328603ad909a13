"""Checking a folder of runs, and mending what a kill or a full disk left behind.

Nothing that was logged is ever removed, and no file that a living process holds is touched.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from neural._files import read_json
from neural.errors import StorageError
from neural.tracking.records import RunRecord
from neural.tracking.storage.cache_place import cache_place
from neural.tracking.storage.fsck_findings import Finding, FindingKind
from neural.tracking.storage.fsck_index import check_index
from neural.tracking.storage.fsck_metrics import check_entries
from neural.tracking.storage.fsck_orphans import check_orphans
from neural.tracking.storage.fsck_seal import check_seal, seal_run
from neural.tracking.storage.layout import CACHE_DIR, KEPT_DIR, METADATA
from neural.tracking.storage.local import read_run, run_folders
from neural.tracking.storage.small_files import read_object

__all__ = ["Finding", "FindingKind", "check"]

_SMALL_FILES = (
    METADATA,
    "annotations.json",
    "hyperparameters.json",
    "artifacts.json",
    "environment.json",
    "summary.json",
)


def check(
    base_dir: str | os.PathLike[str], repair: bool = False, *, seal: bool = False
) -> list[Finding]:
    """Check every run in a folder, and what is derived from them.

    Torn and uncommitted ends of metrics files, orphaned temporary files and a stale or damaged
    index are mended if asked; damaged entries and files are only reported. Doing it twice is like
    doing it once. Runs in the trash are left alone.

    Args:
        base_dir: Folder that holds the runs.
        repair: Mend what can be mended.
        seal: Afterwards keep the checksums of the files of every run that has ended and that
            nothing is wrong with, so that later checks tell each bit that is not as it was.

    Returns:
        What was found, in order of folders; what was mended says so.
    """
    # As it was given, links and all, but safe from a change of the working directory.
    base = Path(os.path.abspath(base_dir))
    return list(_check(base, repair, seal))


def _check(base: Path, repair: bool, seal: bool) -> Iterator[Finding]:
    for folder in sorted(run_folders(base)):
        found = list(_check_run(base, base / folder, repair))
        if seal and all(f.repaired or f.kind is FindingKind.SEAL_OUTDATED for f in found):
            found = _sealed(base / folder, found)
        yield from found
    for folder in (CACHE_DIR, KEPT_DIR):
        if not (base / folder).is_symlink():
            yield from check_orphans(
                base, base / folder, repair=repair, is_alive=False, is_local=True
            )
    yield from check_index(base, cache_place(base), repair=repair)


def _sealed(run_dir: Path, found: list[Finding]) -> list[Finding]:
    """Seal a sound run; what the new seal settles is no longer found."""
    try:
        sealed = list(seal_run(run_dir))
    except OSError as exc:
        message = f"It cannot be sealed: {exc.strerror}"
        return [*found, Finding(kind=FindingKind.DAMAGED_FILE, path=run_dir.name, message=message)]
    outdated = FindingKind.SEAL_OUTDATED
    return [f for f in found if f.kind is not outdated or not sealed] + sealed


def _check_run(base: Path, run_dir: Path, repair: bool) -> Iterator[Finding]:
    run = read_run(run_dir)
    metadata = read_object(run_dir / METADATA, [])
    repair = repair and not run_dir.is_symlink()  # what a link leads to is not ours to change
    yield from _damaged_files(run_dir)
    yield from check_entries(run_dir, repair=repair, ours="format_version" in metadata)
    if not run_dir.is_symlink():
        yield from check_orphans(
            base, run_dir, repair=repair, is_alive=bool(run.alive), is_local=_is_local(run)
        )
        if not run.alive:
            yield from check_seal(run_dir)


def _is_local(run: RunRecord) -> bool:
    return run.host is None or run.host == socket.gethostname()


def _damaged_files(run_dir: Path) -> Iterator[Finding]:
    for name in _SMALL_FILES:
        problems: list[str] = []
        read_object(run_dir / name, problems)
        for problem in problems:
            where = f"{run_dir.name}/{name}"
            yield Finding(kind=FindingKind.DAMAGED_FILE, path=where, message=problem)
    for folder in sorted(run_dir.glob("versions/*")):
        path = folder / "versions.json"
        message = _fault_of_versions(path) if os.path.lexists(path) else None
        if message is not None:
            where = path.relative_to(run_dir.parent).as_posix()
            yield Finding(kind=FindingKind.DAMAGED_FILE, path=where, message=message)


def _fault_of_versions(path: Path) -> str | None:
    try:
        found = read_json(path)
    except (StorageError, FileNotFoundError) as exc:
        return str(exc)
    sound = isinstance(found, list) and all(isinstance(one, dict) for one in found)
    return None if sound else "It does not hold a list of versions"
