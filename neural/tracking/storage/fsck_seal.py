"""Checking the seals of runs, and sealing those that are finished and sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neural._files import locked
from neural.tracking.records import FINAL_STATUSES, RunRecord
from neural.tracking.storage.fsck_findings import Finding, FindingKind
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.local import read_run
from neural.tracking.storage.seal import Breach, Broken, breaches, is_sealed, seal

__all__ = ["check_seal", "seal_run"]

_MESSAGES = {
    Broken.MISSING: "It was sealed and is gone",
    Broken.DAMAGED: (
        "Its bytes are not those that were sealed, and no change explains that. Take the file "
        "from a backup"
    ),
    Broken.CHANGED: (
        "It was written since it was sealed. If that was meant, seal the run again with: neural "
        "fsck --seal; else take the file from a backup"
    ),
    Broken.EXTENDED: (
        "It has grown since it was sealed, and what was sealed is sound. Seal it again with: "
        "neural fsck --seal"
    ),
}
#: What a new seal settles; the rest stays on record until the files are back.
_MENDED = (Broken.CHANGED, Broken.EXTENDED)


def check_seal(run_dir: Path) -> Iterator[Finding]:
    """Compare a sealed run with its seal; one without a seal gives nothing."""
    problems: list[str] = []
    for breach in breaches(run_dir, problems) if is_sealed(run_dir) else ():
        yield _finding(run_dir, breach, repaired=False)
    where = f"{run_dir.name}/{RunPaths(run_dir).seal.name}"
    for problem in problems:
        yield Finding(kind=FindingKind.DAMAGED_FILE, path=where, message=problem)


def seal_run(run_dir: Path) -> Iterator[Finding]:
    """Seal a run that has ended; one that is sealed already only if it was changed since.

    What a new seal does not settle (a file that is gone or damaged) keeps a run from it.
    """
    with locked(run_dir):
        run = read_run(run_dir)
        if not _has_ended(run):
            return
        problems: list[str] = []
        found = breaches(run_dir, problems) if is_sealed(run_dir) else []
        settles = not problems and all(breach.how in _MENDED for breach in found)
        if settles and (found or not is_sealed(run_dir)):
            count = seal(run_dir)
            where = f"{run_dir.name}/{RunPaths(run_dir).seal.name}"
            message = f"Sealed {count} files"
            yield Finding(kind=FindingKind.SEALED, path=where, message=message, repaired=True)


def _has_ended(run: RunRecord) -> bool:
    ended = run.end_time is not None or run.status in FINAL_STATUSES
    return run.alive is False and ended


def _finding(run_dir: Path, breach: Breach, *, repaired: bool) -> Finding:
    is_broken = breach.how not in _MENDED
    return Finding(
        kind=FindingKind.SEAL_BROKEN if is_broken else FindingKind.SEAL_OUTDATED,
        path=f"{run_dir.name}/{breach.name}",
        offset=breach.offset,
        message=_MESSAGES[breach.how],
        repaired=repaired,
    )
