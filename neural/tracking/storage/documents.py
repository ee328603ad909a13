"""Small JSON files of a run that several programs may change: read again, change, replace."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neural._files import locked, read_json, write_json
from neural.errors import NotFoundError, StorageError
from neural.tracking.storage.layout import CACHE_DIR, KEPT_DIR, TRASH_DIR, RunPaths, is_run_folder

__all__ = ["annotate", "find_run", "read_object", "read_or_set_aside", "update_object"]


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object at ``path``; no file is an empty object.

    Raises:
        StorageError: The file is damaged, or holds something else.
    """
    try:
        value = read_json(path)
    except FileNotFoundError:
        return {}
    if not isinstance(value, dict):
        raise StorageError(f"{path} should hold a JSON object, but holds a {type(value).__name__}")
    return value


def update_object(path: Path, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change the JSON object at ``path`` under the lock of its directory; returns the new one.

    A damaged file is set aside as ``<name>.damaged``, never overwritten.

    Raises:
        StorageError: It cannot be read just now, which need not mean that it is damaged.
        OSError: It cannot be written.
    """
    with locked(path.parent):
        is_sealed = os.path.lexists(RunPaths(path.parent).seal)
        before = _bytes(path) if is_sealed else None
        value = read_or_set_aside(path)
        change(value)
        write_json(path, value)
        if is_sealed:
            from neural.tracking.storage.seal import renew  # few runs are, and hashes load slowly

            renew(path.parent, path.name, before)
    return value


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def read_or_set_aside(path: Path) -> dict[str, Any]:
    """Return the JSON object at ``path``; a damaged file is set aside as ``<name>.damaged``.

    Raises:
        StorageError: It cannot be read just now, which need not mean that it is damaged.
        OSError: It cannot be set aside.
    """
    try:
        return read_object(path)
    except StorageError as exc:
        if isinstance(exc.__cause__, OSError):
            raise
        path.replace(path.with_name(f"{path.name}.damaged"))
        return {}


def annotate(
    run_dir: Path,
    *,
    tags: Mapping[str, str | None] | None = None,
    metrics: Mapping[str, Mapping[str, str | None]] | None = None,
    **values: str | bool | None,
) -> None:
    """Change what is said about a run.

    Args:
        run_dir: Directory of the run.
        tags: Tags to set, and with ``None`` to take away; others stay.
        metrics: By metric name: ``goal`` (``"min"``, ``"max"``) and ``step_metric``.
        values: ``notes``, ``display_name``, ``archived``, ``pinned``; ``None`` takes it away.

    Raises:
        OSError: annotations.json cannot be written.
    """

    def change(annotations: dict[str, Any]) -> None:
        _merge(annotations, values)
        _merge(_object(annotations, "tags"), tags or {})
        for name, settings in (metrics or {}).items():
            _merge(_object(_object(annotations, "metrics"), name), settings)

    update_object(RunPaths(run_dir).annotations, change)


def _object(parent: dict[str, Any], key: str) -> dict[str, Any]:
    """Return ``parent[key]`` as an object that may be changed; seed-like lists become one."""
    value = parent.get(key)
    if isinstance(value, list):
        value = {str(item): "" for item in value}
    if not isinstance(value, dict):
        value = {}
    parent[key] = value
    return value


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value


def find_run(base_dir: Path, experiment_id: str) -> Path:
    """Return the directory of the run with exactly this id.

    Raises:
        NotFoundError: There is none; the message names the folder that was searched.
    """
    if not re.fullmatch(r"[^/\\\0*?\[\]]+", experiment_id):
        raise NotFoundError(f"{experiment_id!r} is not the id of a run in {base_dir}")
    for folder in base_dir.glob(f"*_{experiment_id}"):
        if _id_of(folder) == experiment_id:
            return folder
    for folder in _folders(base_dir):  # a run whose folder was renamed by hand
        if _id_of(folder) == experiment_id:
            return folder
    raise NotFoundError(
        f"There is no run {experiment_id!r} in {base_dir}. List the runs with: neural ls"
    )


def _folders(base_dir: Path) -> list[Path]:
    special = {CACHE_DIR, KEPT_DIR, TRASH_DIR}
    try:
        return [p for p in sorted(base_dir.iterdir()) if p.name not in special]
    except OSError:
        return []


def _id_of(folder: Path) -> str | None:
    """Return the id in metadata.json, else what stands behind the folder's last underscore."""
    if not is_run_folder(folder):
        return None
    try:
        stored = read_object(folder / "metadata.json").get("experiment_id")
    except StorageError:
        stored = None
    return stored if isinstance(stored, str) else folder.name.rpartition("_")[2]
