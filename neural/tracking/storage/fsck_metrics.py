"""Checking and mending files of entries: metrics.json, those of further writers, media.json."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from neural._files import locked, read_at, write_at
from neural.tracking.storage.decoding import Damage, decode_entries
from neural.tracking.storage.fsck_findings import Finding, FindingKind
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.local import metrics_names
from neural.tracking.storage.locks import LocksDoNotWorkError, try_lock
from neural.tracking.storage.metrics_file import MetricsFile
from neural.tracking.storage.metrics_format import (
    CLOSING,
    FIRST_OFFSET,
    FIRST_SEPARATOR,
    SEPARATOR,
    Block,
    end_of_entries,
    separator_at,
)
from neural.tracking.storage.metrics_writer import mend

__all__ = ["check_entries"]

#: What a writer keeps ready behind the end, or a lost disk block leaves there.
_NOTHING = b" \0"


#: Windows has none of these, and needs one of its own.
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))


class _Tail(Enum):
    """What stands behind the last whole entry of a file."""

    SOUND = auto()
    TORN = auto()
    ENTRY = auto()
    PIECE = auto()
    UNKNOWN = auto()


def check_entries(run_dir: Path, *, repair: bool, ours: bool) -> Iterator[Finding]:
    """Check the files of entries of one run; those that are being written are left alone.

    Args:
        run_dir: Directory of the run.
        repair: Mend what can be mended without losing an entry.
        ours: Whether the run was written in our format, so that a file may be mended.
    """
    try:
        names = metrics_names(os.listdir(run_dir))
    except OSError:
        return
    media = RunPaths(run_dir).media
    for path in [*(run_dir / name for name in names), *([media] if os.path.lexists(media) else [])]:
        yield from _check_file(path, repair=repair, ours=ours)


def _check_file(path: Path, *, repair: bool, ours: bool) -> Iterator[Finding]:
    where = f"{path.parent.name}/{path.name}"
    try:
        with MetricsFile(path) as file:
            if file.locked:
                return
            damage = [place for chunk in file.chunks() for place in chunk.entries().damage]
            handle_is_ours = ours and file.has_lines
    except OSError as exc:
        message = f"It cannot be read: {exc.strerror}"
        yield Finding(kind=FindingKind.DAMAGED_FILE, path=where, message=message)
        return
    yield from (_damaged(where, place) for place in damage)
    if handle_is_ours:
        yield from _check_tail(path, where, repair)


def _damaged(where: str, place: Damage) -> Finding:
    message = (
        f"{place.reason[:1].upper()}{place.reason[1:]}; it is left out, and its bytes are kept"
    )
    kind = FindingKind.DAMAGED_ENTRY
    return Finding(kind=kind, path=where, offset=place.offset, message=message)


def _check_tail(path: Path, where: str, repair: bool) -> Iterator[Finding]:
    try:
        handle = os.open(path, (os.O_RDWR if repair else os.O_RDONLY) | _FLAGS)
    except OSError as exc:
        message = f"It cannot be mended: {exc.strerror}"
        yield Finding(kind=FindingKind.DAMAGED_FILE, path=where, message=message)
        return
    with contextlib.closing(os.fdopen(handle, "rb", buffering=0)):
        end, tail = _tail(handle)
        if tail is _Tail.SOUND:
            return
        mended = repair and tail is not _Tail.UNKNOWN and _mend(path, handle)
        yield _finding(where, end, tail, mended)


def _tail(handle: int) -> tuple[int, _Tail]:
    """Return the offset behind the last whole entry, and what stands there."""
    end, _ = end_of_entries(handle)
    rest = read_at(handle, max(0, os.fstat(handle).st_size - end), end)
    if not rest.startswith(CLOSING):
        return end, _Tail.TORN if _is_torn(rest) else _Tail.UNKNOWN
    behind = rest[len(CLOSING) :].strip(_NOTHING)
    if not behind:
        return end, _Tail.SOUND
    if behind.endswith(CLOSING) and _is_entry(end, behind[: -len(CLOSING)]):
        return end, _Tail.ENTRY
    # A call that was killed leaves the start of one entry. Where more stands, the bracket before
    # it is what is damaged.
    is_piece = behind.startswith(b"{") and b"\n" not in behind
    return end, _Tail.PIECE if is_piece else _Tail.UNKNOWN


def _is_torn(rest: bytes) -> bool:
    """Tell whether ``rest`` is no more than a separator and the start of one entry."""
    if not rest.strip(_NOTHING + b"\n,]"):
        return True
    separated = rest.startswith((SEPARATOR, FIRST_SEPARATOR))
    return separated and rest[2:3] == b"{" and b"\n" not in rest[2:].rstrip(_NOTHING + b"\n")


def _is_entry(end: int, data: bytes) -> bool:
    decoded = decode_entries(Block(end, end + len(SEPARATOR) + len(data), data))
    return SEPARATOR not in data and not decoded.damage and len(decoded.entries) == 1


def _mend(path: Path, handle: int) -> bool:
    """Mend the end of a file under its lock; tells whether that could be done."""
    try:
        with locked(path.parent):
            if not try_lock(handle):
                return False
            # Looked at again: a writer may have been here before we got the lock.
            end, tail = _tail(handle)
            if tail is _Tail.ENTRY:
                write_at(handle, separator_at(end), end)
            if tail is not _Tail.UNKNOWN:
                mend(handle)
            return _tail(handle)[1] is _Tail.SOUND
    except (OSError, LocksDoNotWorkError):
        return False


_MESSAGES = {
    _Tail.TORN: "The file ends without its closing bracket",
    _Tail.ENTRY: "Behind the end stands a whole entry that a killed process did not commit",
    _Tail.PIECE: "Behind the end stands a piece of an entry that a killed process did not finish",
    _Tail.UNKNOWN: "Behind the last whole entry stands something that is not read; it is kept",
}


def _finding(where: str, end: int, tail: _Tail, mended: bool) -> Finding:
    kind = {_Tail.TORN: FindingKind.TORN_TAIL, _Tail.UNKNOWN: FindingKind.DAMAGED_FILE}.get(
        tail, FindingKind.UNCOMMITTED_TAIL
    )
    offset = 0 if end == FIRST_OFFSET and tail is _Tail.TORN else end
    message = _MESSAGES[tail]
    return Finding(kind=kind, path=where, offset=offset, message=message, repaired=mended)
