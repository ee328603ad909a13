"""Seals: checksums of the files of a finished run, by which later damage is known.

JSON has no checksums, so a bit that flips in a number leaves another number. A seal is kept in
``seal.json`` beside the files. What is only ever extended (metrics, media) is sealed up to the end
of its entries: a run that is continued keeps the proof for what was there before.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from neural._clock import now, to_iso
from neural._files import read_at, write_json
from neural.tracking.storage.layout import RunPaths, is_metrics_name
from neural.tracking.storage.metrics_format import end_of_entries, is_line_format
from neural.tracking.storage.small_files import open_regular, read_object

__all__ = ["Breach", "Broken", "breaches", "is_sealed", "renew", "seal"]

_FORMAT = 1
#: So many bytes have a CRC-32 of their own, which tells where a file is damaged.
_BLOCK_BYTES = 1 << 16
_CRC_DIGITS = 8


class Broken(Enum):
    """How a file is not as it was sealed."""

    #: It is not there.
    MISSING = auto()
    #: Its bytes are others, though nothing has written it since, or though it is only extended.
    DAMAGED = auto()
    #: It was written since: that may be somebody's change, or damage.
    CHANGED = auto()
    #: It was extended since, and what was there before is as it was.
    EXTENDED = auto()


class Breach(NamedTuple):
    """A file that is not as it was sealed.

    Attributes:
        name: Relative to the run.
        how: What is different.
        offset: Where the first block begins that is different; ``None`` where that says nothing.
    """

    name: str
    how: Broken
    offset: int | None = None


class _Sum(NamedTuple):
    """What is known of the bytes of one file.

    Attributes:
        size: How many were looked at.
        sha256: Of all of them, in hex.
        blocks: CRC-32 of each 64 KiB of them, eight hex digits each.
        mtime_ns: When the file was last written.
    """

    size: int
    sha256: str
    blocks: str
    mtime_ns: int


def is_sealed(run_dir: Path) -> bool:
    """Tell whether a run has a seal, sound or not."""
    return os.path.lexists(RunPaths(run_dir).seal)


def seal(run_dir: Path) -> int:
    """Write the checksums of all files of a run; returns how many there are.

    The caller knows that nobody writes the run.

    Raises:
        OSError: A file cannot be read, or the seal cannot be written.
    """
    files = {name: _sum_of(run_dir / name)._asdict() for name in sorted(_files(run_dir))}
    content = {"format_version": _FORMAT, "sealed": to_iso(now()), "files": files}
    write_json(RunPaths(run_dir).seal, content, sync=True)
    return len(files)


def breaches(run_dir: Path, problems: list[str]) -> list[Breach]:
    """Return the files of a sealed run that are not as they were sealed, by name.

    Files that are newer than the seal are nothing of its business. A run without a seal has none.

    Args:
        run_dir: Directory of the run.
        problems: Takes what keeps the seal itself from being read, a sentence each.
    """
    sums = _sums(run_dir, problems)
    found = (_breach(run_dir, name, known) for name, known in sorted(sums.items()))
    return [breach for breach in found if breach is not None]


def renew(run_dir: Path, name: str, known: bytes | None) -> None:
    """Seal one file anew after a change of ours; the caller holds the lock of the directory.

    Nothing happens if the run is not sealed, or if the file was not as sealed before the change:
    damage stays on record.

    Args:
        run_dir: Directory of the run.
        name: Of the file, relative to the run.
        known: Its content before the change; ``None`` if there was none.

    Raises:
        OSError: The file cannot be read, or the seal cannot be written.
    """
    path = RunPaths(run_dir).seal
    content = read_object(path, [])
    files = content.get("files")
    if not isinstance(files, dict):
        return
    before = files.get(name)
    sealed = before.get("sha256") if isinstance(before, dict) else None
    if sealed == (None if known is None else hashlib.sha256(known).hexdigest()):
        files[name] = _sum_of(run_dir / name)._asdict()
        write_json(path, content, sync=True)


def _files(run_dir: Path) -> Iterator[str]:
    """Yield the names of all regular files of a run; links and temporary files are left out."""
    for folder, _, names in os.walk(run_dir):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(run_dir).as_posix()
            is_ours = relative != RunPaths(run_dir).seal.name and not name.startswith(".")
            if is_ours and path.is_file() and not path.is_symlink():
                yield relative


def _sums(run_dir: Path, problems: list[str]) -> dict[str, _Sum]:
    path = RunPaths(run_dir).seal
    files = read_object(path, problems).get("files")
    if not isinstance(files, dict):
        if not problems:
            problems.append(f"{path.name} holds no checksums")
        return {}
    found = {}
    for name, fields in files.items():
        try:
            found[name] = _known_sum(name, fields)
        except TypeError:
            problems.append(f"{path.name}: what it says of {name!r} is damaged")
    return found


def _known_sum(name: str, fields: Mapping[str, Any]) -> _Sum:
    found = _Sum(**fields)
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or "\0" in name:
        raise TypeError("it is no file of the run")
    if [type(field) for field in found] != [int, str, str, int]:
        raise TypeError("a field is not what it should be")
    return found


def _sum_of(path: Path, size: int | None = None) -> _Sum:
    """Return the checksums of a file, or of its first ``size`` bytes.

    Raises:
        OSError: It cannot be read.
    """
    handle, state = open_regular(path)
    try:
        end = _end(handle, path.name, state.st_size) if size is None else size
        digest, crcs, offset = hashlib.sha256(), [], 0
        while offset < end:
            block = read_at(handle, min(_BLOCK_BYTES, end - offset), offset)
            if not block:
                break
            digest.update(block)
            crcs.append(f"{zlib.crc32(block):0{_CRC_DIGITS}x}")
            offset += len(block)
    finally:
        os.close(handle)
    return _Sum(offset, digest.hexdigest(), "".join(crcs), state.st_mtime_ns)


def _end(handle: int, name: str, size: int) -> int:
    """Return how much of a file is sealed: of one that may be extended, its entries."""
    is_extended = is_metrics_name(name) or name == "media.json"
    return end_of_entries(handle)[0] if is_extended and is_line_format(handle) else size


def _breach(run_dir: Path, name: str, known: _Sum) -> Breach | None:
    path = run_dir / name
    try:
        whole = _sum_of(path)
        found = whole if whole.size == known.size else _sum_of(path, known.size)
    except OSError:
        return Breach(name, Broken.MISSING)
    is_extended = is_metrics_name(name) or name == "media.json"
    if found.sha256 == known.sha256:
        return None if whole.size == known.size else Breach(name, _longer(is_extended))
    untouched = whole.mtime_ns == known.mtime_ns
    how = Broken.DAMAGED if untouched or is_extended else Broken.CHANGED
    return Breach(name, how, _first_difference(found.blocks, known.blocks))


def _longer(is_extended: bool) -> Broken:
    return Broken.EXTENDED if is_extended else Broken.CHANGED


def _first_difference(found: str, known: str) -> int:
    for at in range(0, max(len(found), len(known)), _CRC_DIGITS):
        if found[at : at + _CRC_DIGITS] != known[at : at + _CRC_DIGITS]:
            return at // _CRC_DIGITS * _BLOCK_BYTES
    return 0
