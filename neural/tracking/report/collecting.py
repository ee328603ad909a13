"""What of a run goes into a report: its files as they stand, without secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from neural._files import read_at, to_json
from neural.tracking.redaction import redact_mapping, redact_text
from neural.tracking.report.names import data_names, file_folders, is_allowed
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_format import CLOSING, EMPTY, end_of_entries, is_line_format
from neural.tracking.storage.small_files import DamagedError, open_regular, parse_json, read_whole

__all__ = ["Collected", "collect", "further_files"]

#: No metrics file of a run that a browser is to draw is larger.
_LARGEST_BYTES = 1 << 30


@dataclass(kw_only=True)
class Collected:
    """The content of a run.

    Attributes:
        folder: Name of its directory.
        files: Content by path relative to the run.
        redacted: Names of files from which secrets were taken out.
        left_out: Files that are not in it, and why, a sentence each.
    """

    folder: str
    files: dict[str, bytes] = field(default_factory=dict)
    redacted: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def collect(run_dir: Path) -> Collected:
    """Return what stands in the JSON files of a run; nothing that is found there raises."""
    found = Collected(folder=run_dir.name)
    for name in data_names():
        _take(found, name, partial(_small, run_dir / name))
        if name in found.files:
            found.files[name], is_changed = _without_secrets(found.files[name])
            found.redacted += [name] * is_changed
    for path in RunPaths(run_dir).metrics_files():
        if is_allowed(path.name):
            _take(found, path.name, partial(_appended, path))
        else:
            found.left_out.append(_odd(path.name))
    return found


def _odd(name: str) -> str:
    return f"{name!a}: a name that not every machine can have"


def _take(found: Collected, name: str, read: Callable[[], bytes]) -> None:
    try:
        found.files[name] = read()
    except FileNotFoundError:
        return
    except OSError as exc:
        found.left_out.append(f"{name}: {exc.strerror}")


def _small(path: Path) -> bytes:
    return _appended(path) if path.name == RunPaths(path.parent).media.name else read_whole(path)


def _appended(path: Path) -> bytes:
    """Return a file that a live run may be adding to, up to its last whole entry."""
    handle, _ = open_regular(path)
    try:
        if not is_line_format(handle):
            return read_whole(path, _LARGEST_BYTES)
        end, count = end_of_entries(handle)
        return _read(handle, end) + CLOSING if count else EMPTY
    finally:
        os.close(handle)


def _read(handle: int, count: int) -> bytes:
    parts, at = [], 0
    while at < count and (part := read_at(handle, count - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _without_secrets(data: bytes) -> tuple[bytes, bool]:
    """Return the content of a JSON file without secrets, and whether that changed it."""
    try:
        value = parse_json(data)
    except DamagedError:
        text = data.decode("utf-8", "replace")
        clean = redact_text(text)
        return (data, False) if clean == text else (clean.encode(), True)
    clean_value = _clean(value)
    if clean_value == value or repr(clean_value) == repr(value):  # repr: NaN is not itself
        return data, False
    return (_lines(clean_value) if isinstance(value, list) else to_json(clean_value)), True


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return redact_mapping(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _lines(entries: list[Any]) -> bytes:
    lines = [json.dumps(entry, ensure_ascii=False).encode() for entry in entries]
    return b"[ \n" + b",\n".join(lines) + CLOSING


def further_files(run_dir: Path, room_bytes: int, found: Collected) -> int:
    """Add artifacts, media, plots, versions, logs and the code difference to what was collected.

    Links are not followed. What there is no room for is named in ``left_out``.

    Args:
        run_dir: Directory of the run.
        room_bytes: Most bytes to add.
        found: Takes them.

    Returns:
        The room that is left.
    """
    taken = {name.casefold() for name in found.files}
    for path in _below(run_dir):
        name = path.relative_to(run_dir).as_posix()
        if not is_allowed(name) or name.casefold() in taken:
            found.left_out.append(_odd(name))
            continue
        _take(found, name, partial(read_whole, path, room_bytes))
        if name in found.files:
            room_bytes -= len(found.files[name])
            taken.add(name.casefold())
    return room_bytes


def _below(run_dir: Path) -> Iterator[Path]:
    yield RunPaths(run_dir).git_diff
    for folder in file_folders():
        if (run_dir / folder).is_symlink():  # os.walk follows no other link
            continue
        for root, folders, names in os.walk(run_dir / folder):
            folders.sort()
            yield from (Path(root, name) for name in sorted(names))
