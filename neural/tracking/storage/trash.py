"""Deleted runs: moved into ``.trash`` by one rename, so that each can be taken back whole.

A run that is alive is refused. No link is ever followed, and nothing outside ``base_dir`` touched.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from neural._host import host_name
from neural.errors import NotFoundError, RunIsAliveError, StorageError
from neural.tracking.records import RunRecord
from neural.tracking.storage.disk_usage import allocated_bytes
from neural.tracking.storage.layout import TRASH_DIR
from neural.tracking.storage.local import is_run, read_run

__all__ = ["purge", "restore", "throw_away", "trashed_runs"]

_log = logging.getLogger(__name__)

#: Stands behind the folder name of a run when one of that name was in the trash already.
_COUNTED = re.compile(r"~\d+\Z")


def throw_away(base_dir: Path, folder: str) -> None:
    """Move the run in ``folder`` to the trash.

    Raises:
        RunIsAliveError: It is being written right now.
        StorageError: It cannot be moved; it is where it was.
    """
    run_dir = base_dir / folder
    _refuse_alive(read_run(run_dir), "moved to the trash")
    trash = _trash(base_dir)
    try:
        trash.mkdir(exist_ok=True)
        os.rename(run_dir, _free(trash, folder, lambda name, n: f"{name}~{n}"))
    except OSError as exc:
        raise StorageError(f"{run_dir} cannot be moved to the trash: {exc.strerror}") from exc


def restore(base_dir: Path, experiment_id: str) -> str:
    """Take a run out of the trash; returns the name of its folder.

    It gets its old folder name, or one with a number in front if that is taken by now. Of several
    deleted runs with this id the one that was deleted last comes back.

    Raises:
        NotFoundError: No such run is in the trash.
        StorageError: It cannot be moved; it is where it was.
    """
    run_dir = max(_with_ids(base_dir, {experiment_id}), key=lambda path: path.lstat().st_ctime_ns)
    folder = _COUNTED.sub("", run_dir.name)
    # The id must stay behind the last underscore: runs of the seed have it nowhere else.
    target = _free(base_dir, folder, lambda name, n: f"{n}-{name}")
    try:
        os.rename(run_dir, target)
    except OSError as exc:
        raise StorageError(f"{run_dir} cannot be restored: {exc.strerror}") from exc
    return target.name


def purge(base_dir: Path, ids: Iterable[str] | None = None) -> int:
    """Delete runs that are in the trash for good; returns how many bytes that freed.

    Args:
        base_dir: Folder that holds the runs.
        ids: Which ones; ``None`` is all that are not alive.

    Raises:
        NotFoundError: One of ``ids`` is not in the trash; nothing is deleted then.
        RunIsAliveError: One of ``ids`` is being written; nothing is deleted then.
        StorageError: Something could not be deleted; the rest is.
    """
    if ids is None:
        chosen = [path for path in _folders(base_dir) if _is_at_rest(path)]
    else:
        chosen = _with_ids(base_dir, set(ids))
        for path in chosen:
            _refuse_alive(read_run(path), "deleted")
    freed, failed = 0, []
    for path in chosen:
        size = allocated_bytes(path)
        try:
            _remove(path)
        except OSError as exc:
            failed.append(f"{exc.filename or path}: {exc.strerror}")
        else:
            freed += size
    if failed:
        raise StorageError(f"Not everything could be deleted: {'; '.join(failed)}")
    return freed


def trashed_runs(base_dir: Path) -> Iterator[tuple[RunRecord, float]]:
    """Yield each run in the trash and when it was deleted, in seconds since the Unix epoch."""
    for path in _folders(base_dir):
        try:
            deleted = path.lstat().st_ctime  # the rename was the last change of the folder itself
        except OSError:  # purged while we look
            continue
        yield read_run(path), deleted


def _trash(base_dir: Path) -> Path:
    """Return the trash folder.

    Raises:
        StorageError: It is a link, and would lead out of ``base_dir``.
    """
    trash = base_dir / TRASH_DIR
    if trash.is_symlink():
        raise StorageError(f"{trash} is a symbolic link. Replace it by a folder")
    return trash


def _folders(base_dir: Path) -> list[Path]:
    trash = _trash(base_dir)
    try:
        names = sorted(os.listdir(trash))
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise StorageError(f"{trash} cannot be read: {exc.strerror}") from exc
    return [trash / name for name in names if is_run(trash, name)]


def _with_ids(base_dir: Path, ids: set[str]) -> list[Path]:
    """Return the folders of the deleted runs with these ids.

    Raises:
        NotFoundError: One of them is not there.
    """
    found = [(path, read_run(path).experiment_id) for path in _folders(base_dir)]
    unknown = ids - {run_id for _, run_id in found}
    if unknown:
        raise NotFoundError(
            f"There is no run {', '.join(sorted(unknown))} in the trash of {base_dir}. "
            "List it with: neural restore"
        )
    return [path for path, run_id in found if run_id in ids]


def _refuse_alive(run: RunRecord, what: str) -> None:
    if run.alive:
        own = run.pid == os.getpid() and run.host == host_name()
        raise RunIsAliveError(
            f"Run {run.experiment_id!r} is being written by process {run.pid} on {run.host}, so it "
            f"cannot be {what}. "
            + ("Call finish() on its tracker first" if own else "Stop that process first")
        )


def _is_at_rest(path: Path) -> bool:
    run = read_run(path)
    if run.alive:
        _log.warning("Run %s in the trash is being written, so it stays there", run.experiment_id)
    return not run.alive


def _free(parent: Path, name: str, spell: Callable[[str, int], str]) -> Path:
    """Return a path in ``parent`` that is not taken: ``name``, or ``name`` with a number."""
    target, number = parent / name, 2
    while os.path.lexists(target):
        target, number = parent / spell(name, number), number + 1
    return target


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)
