"""Temporary files that outlived the process that wrote them."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from neural._files import TEMPORARY_SUFFIX
from neural.tracking.storage.fsck_findings import Finding, FindingKind

__all__ = ["check_orphans"]

#: ``.metadata.json.<pid>.<6 hex>.tmp`` and ``.<12 hex>.<pid>.tmp`` say who wrote them.
_WITH_PID = re.compile(
    r"\.(?:.+\.(?P<one>\d+)\.[0-9a-f]{6}|[0-9a-f]{12}\.(?P<other>\d+))\.tmp", re.DOTALL
)
#: ``.<target>.<6 hex>.tmp``: an artifact that was moved aside to make room for another.
_ASIDE = re.compile(r"\.(?P<target>.+)\.[0-9a-f]{6}\.tmp", re.DOTALL)

#: After this time nobody is still writing a file, whoever and wherever it was.
_OLD_S = 24 * 3600.0


def check_orphans(
    base_dir: Path, folder: Path, *, repair: bool, is_alive: bool, is_local: bool
) -> Iterator[Finding]:
    """Find, and remove if asked, the orphaned temporary files below a folder.

    Args:
        base_dir: Folder of runs.
        folder: A run, or another folder in ``base_dir``. No link is followed.
        repair: Remove them.
        is_alive: Whether the run is being written. Then only files of dead processes count.
        is_local: Whether its processes ran on this machine, so that their numbers mean something.
    """
    for root, folders, files in os.walk(folder):
        temporary = [name for name in (*folders, *files) if name.endswith(TEMPORARY_SUFFIX)]
        folders[:] = [name for name in folders if name not in temporary]
        for name in sorted(temporary):
            path = Path(root, name)
            if not name.startswith(".") or not _is_orphan(path, is_alive, is_local):
                continue
            yield _finding(base_dir, path, repair)


def _is_orphan(path: Path, is_alive: bool, is_local: bool) -> bool:
    try:
        state = path.lstat()
    except OSError:
        return False
    changed = max(state.st_mtime, state.st_ctime)
    match = _WITH_PID.fullmatch(path.name)
    if match is not None and is_local:
        return not _wrote(int(match["one"] or match["other"]), changed)
    return not is_alive and changed < time.time() - _OLD_S


def _wrote(pid: int, changed: float) -> bool:
    """Tell whether the process ``pid`` is there and was when a file was changed."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to somebody else
        pass
    started = _start_of(pid)
    return started is None or started <= changed + 1.0


def _start_of(pid: int) -> float | None:
    """Return when a process began, in seconds since the epoch; ``None`` if that is not known."""
    try:
        ticks = float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def _finding(base_dir: Path, path: Path, repair: bool) -> Finding:
    aside = None if _WITH_PID.fullmatch(path.name) else _ASIDE.fullmatch(path.name)
    where = path.relative_to(base_dir).as_posix()
    if aside is not None and not os.path.lexists(path.with_name(aside["target"])):
        message = f"It holds what belongs at {aside['target']!r}, which is gone; rename it to that"
        return Finding(kind=FindingKind.ORPHAN, path=where, message=message)
    message = "It was being written by a process that is no more"
    removed = repair and _remove(path)
    return Finding(kind=FindingKind.ORPHAN, path=where, message=message, repaired=removed)


def _remove(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True
