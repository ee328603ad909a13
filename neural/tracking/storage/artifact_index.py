"""The artifacts of a run as artifacts.json lists them, in either dialect, and where they lie."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from neural._clock import from_iso
from neural.errors import NotFoundError
from neural.tracking.records import Artifact
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.small_files import read_object

__all__ = [
    "artifact_file",
    "contained_file",
    "is_other_dialect",
    "listed",
    "listed_versions",
    "read_artifacts",
    "relative_path",
]


def read_artifacts(run_dir: Path) -> list[Artifact]:
    """Return the artifacts of a run by name; entries that make no sense are left out."""
    stored = read_object(RunPaths(run_dir).artifacts, [])
    return [_artifact(name, entry) for name, entry in sorted(listed(run_dir, stored).items())]


def listed(run_dir: Path, stored: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of an artifacts.json by name; those that make no sense are left out.

    The seed's other dialect keeps the list under ``current``. Its paths start at the folder the
    process ran in; they come back relative to the run all the same.

    Args:
        run_dir: Directory of the run.
        stored: What the file holds.
    """
    entries = stored["current"] if is_other_dialect(stored) else stored
    return {
        name: {**entry, "path": relative_path(run_dir, entry["path"])}
        for name, entry in entries.items()
        if isinstance(entry, dict) and isinstance(entry.get("path"), str)
    }


def listed_versions(run_dir: Path, stored: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the versions by artifact that the seed's other dialect keeps in artifacts.json."""
    versions = stored.get("versions", {}) if is_other_dialect(stored) else {}
    return {
        name: list(listed(run_dir, {str(i): entry for i, entry in enumerate(found)}).values())
        for name, found in versions.items()
        if isinstance(found, list)
    }


def is_other_dialect(stored: Mapping[str, Any]) -> bool:
    """Tell whether the list stands under ``current``, which may also be an artifact's name."""
    current = stored.get("current")
    return (
        isinstance(current, dict)
        and not isinstance(current.get("path"), str)
        and isinstance(stored.get("versions", {}), dict)
    )


def _artifact(name: str, entry: Mapping[str, Any]) -> Artifact:
    return Artifact(
        name=name,
        path=entry["path"],
        type=str(entry.get("type", "other")),
        size=entry["size"] if type(entry.get("size")) is int else 0,
        timestamp=_time(entry.get("timestamp")),
        checksum=_text(entry, "checksum"),
        framework=_text(entry, "framework"),
    )


def relative_path(run_dir: Path, path: str) -> str:
    """Return a stored path relative to its run, though the run may have been moved since."""
    parts = PurePath(path).parts
    if run_dir.name in parts and (os.path.isabs(path) or not os.path.lexists(run_dir / path)):
        parts = parts[len(parts) - parts[::-1].index(run_dir.name) :]
    return PurePath(*parts).as_posix()


def _time(value: object) -> float | None:
    if type(value) in (int, float):
        seconds = float(value)  # type: ignore[arg-type]
        return seconds if math.isfinite(seconds) else None
    return from_iso(value)


def _text(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def artifact_file(run_dir: Path, name: str) -> Path:
    """Return where the artifact called ``name`` lies.

    Raises:
        NotFoundError: There is none of that name, its file is gone, or lies outside the run.
    """
    for artifact in read_artifacts(run_dir):
        if artifact.name == name:
            return contained_file(run_dir, artifact.path)
    raise NotFoundError(f"The run {run_dir.name} has no artifact called {name!r}")


def contained_file(run_dir: Path, relative: str) -> Path:
    """Return the file or folder at a path inside a run, with all links resolved.

    Raises:
        NotFoundError: There is nothing, or it lies outside the run.
    """
    try:
        found = next(_resolved(run_dir, relative), None)
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL
        found = None
    if found is None:
        raise NotFoundError(f"The run {run_dir.name} has no file at {relative!r} inside it")
    return found


def _resolved(run_dir: Path, relative: str) -> Iterator[Path]:
    root = run_dir.resolve(strict=True)
    path = (root / relative).resolve(strict=True)
    if path.is_relative_to(root) and path != root:
        yield path
