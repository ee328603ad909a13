"""Artifacts of one run: copied whole under a temporary name, then renamed and listed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neural._files import TEMPORARY_SUFFIX, locked, read_json, write_json
from neural.errors import NotFoundError, StorageError
from neural.tracking.copying import Copied, copy, copy_whole, file_checksum, remove, replace
from neural.tracking.records import Artifact
from neural.tracking.storage.artifact_index import (
    is_other_dialect,
    listed,
    listed_versions,
    relative_path,
)
from neural.tracking.storage.documents import read_object, read_or_set_aside, update_object
from neural.tracking.storage.layout import RunPaths, file_name

__all__ = ["ArtifactStore", "ArtifactVersion", "artifact_type"]

_NUMBERED = re.compile(r"v(\d+)_")

_TYPES = {
    "model": ("h5", "pt", "pth", "onnx", "pb", "tflite", "keras", "safetensors", "ckpt", "joblib"),
    "image": ("png", "jpg", "jpeg", "svg", "gif", "webp"),
    "table": ("csv", "tsv", "parquet"),
    "config": ("json", "yaml", "yml", "toml"),
    "text": ("txt", "log", "md"),
}
_TYPE_OF = {ending: kind for kind, endings in _TYPES.items() for ending in endings}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactVersion:
    """One numbered version of an artifact.

    Attributes:
        artifact_name: Name as it was given.
        path: Relative to the run directory.
        version: From 1.
        size: In bytes.
        timestamp: Seconds since the Unix epoch.
        checksum: SHA-256 in hex, of 64 characters.
    """

    artifact_name: str
    path: str
    version: int
    size: int
    timestamp: float
    checksum: str


def artifact_type(path: Path) -> str:
    """Return what kind of artifact a file is, by its ending."""
    if path.is_dir():
        return "directory"
    return _TYPE_OF.get(path.suffix.lstrip(".").lower(), "other")


class ArtifactStore:
    """Copies files into a run and keeps artifacts.json and versions.json.

    A copy has its final name only once it is whole. Memory does not grow with the file.

    Args:
        paths: Files of the run.
    """

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths

    def add(
        self,
        source: Path,
        name: str,
        *,
        kind: str | None = None,
        version: bool = False,
        **more: str,
    ) -> Artifact | ArtifactVersion:
        """Copy a file or directory into the run; a second one of the same name replaces it.

        Args:
            source: File or directory.
            name: Under which it is found again; any Unicode.
            kind: Its type; ``None`` tells it by the ending.
            version: Also keep it as the next numbered version, and return that.
            more: Further entries in artifacts.json, such as ``framework``.

        Raises:
            FileNotFoundError: There is nothing at ``source``.
            OSError: It cannot be read, or the copy cannot be written.
        """
        kind = artifact_type(source) if kind is None else kind
        copied = self._place(source, self._paths.artifacts_dir, name)
        artifact = self._record(name, self._paths.artifacts_dir, copied, kind, more)
        return self._add_version(name, artifact) if version else artifact

    def record_figure(self, name: str, file: str) -> Artifact:
        """List a figure that was just written to ``plots/<file>``."""
        path = self._paths.plots_dir / file
        copied = Copied(path.stat().st_size, file_checksum(path))
        entry = _entry(f"plots/{file}", "figure", copied, {})
        update_object(self._paths.artifacts, lambda index: self._list(index, name, entry))
        return _artifact(name, entry)

    def figure_file(self, name: str) -> str:
        """Return the file name under ``plots/`` for a figure called ``name``."""
        index = read_or_set_aside(self._paths.artifacts)
        return file_name(name, self._taken(self._paths.plots_dir, name, index))

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return the entries of artifacts.json by name, with paths relative to the run.

        Raises:
            StorageError: The file is damaged.
        """
        return listed(self._paths.root, read_object(self._paths.artifacts))

    def versions(self, name: str) -> list[ArtifactVersion]:
        """Return all versions of an artifact, oldest first.

        Raises:
            StorageError: Their list is damaged.
        """
        try:
            stored = read_json(self._version_index(name))
        except FileNotFoundError:
            index = read_object(self._paths.artifacts)
            stored = listed_versions(self._paths.root, index).get(name, [])
        entries = stored if isinstance(stored, list) else []
        found = [self._version(entry) for entry in entries if _is_version(entry)]
        return sorted(found, key=lambda version: version.version)

    def _version(self, entry: Mapping[str, Any]) -> ArtifactVersion:
        fields = {field: entry[field] for field in ArtifactVersion.__slots__}
        path = relative_path(self._paths.root, entry["path"])
        return ArtifactVersion(**(fields | {"path": path}))

    def version(self, name: str, number: int = -1) -> ArtifactVersion:
        """Return one version; -1 is the latest.

        Raises:
            NotFoundError: There is no such version; the message lists those that exist.
        """
        known = self.versions(name)
        for found in known[-1:] if number == -1 else known:
            if number in (-1, found.version):
                return found
        numbers = ", ".join(str(v.version) for v in known) or "none"
        raise NotFoundError(f"Artifact {name!r} has no version {number}; there are: {numbers}")

    def _taken(self, folder: Path, name: str, index: Mapping[str, Any]) -> set[str]:
        """Return the file names in ``folder`` that belong to other artifacts, in lower case."""
        files = {n: e["path"] for n, e in listed(self._paths.root, index).items()}
        if self._damaged_index.exists():  # what it listed is written over by nobody
            own = files.get(name)
            return {p.name.lower() for p in folder.iterdir() if f"{folder.name}/{p.name}" != own}
        prefix = f"{folder.name}/"
        return {
            path.removeprefix(prefix).lower()
            for other, path in files.items()
            if other != name and path.startswith(prefix)
        }

    @property
    def _damaged_index(self) -> Path:
        return self._paths.artifacts.with_name(f"{self._paths.artifacts.name}.damaged")

    def _place(self, source: Path, folder: Path, name: str) -> tuple[str, Copied]:
        """Copy under a temporary name; return it together with size and checksum."""
        folder.mkdir(exist_ok=True)
        temporary = folder / f".{os.urandom(6).hex()}.{os.getpid()}{TEMPORARY_SUFFIX}"
        try:
            copied = copy(source, temporary, self._paths.root)
        except BaseException:
            remove(temporary)
            raise
        return temporary.name, copied

    def _record(
        self, name: str, folder: Path, placed: tuple[str, Copied], kind: str, more: dict[str, str]
    ) -> Artifact:
        temporary, copied = placed
        entry: dict[str, Any] = {}

        def change(index: dict[str, Any]) -> None:
            final = file_name(name, self._taken(folder, name, index))
            replace(folder / temporary, folder / final)
            entry.update(_entry(f"{folder.name}/{final}", kind, copied, more))
            self._list(index, name, entry)

        try:
            update_object(self._paths.artifacts, change)
        except BaseException:
            remove(folder / temporary)
            raise
        return _artifact(name, entry)

    def _list(self, index: dict[str, Any], name: str, entry: dict[str, Any]) -> None:
        """Put an entry into the list, which is ours from then on, whatever dialect it was in."""
        for versioned, stored in listed_versions(self._paths.root, index).items():
            path = self._version_index(versioned)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_json(path, stored)
        entries = listed(self._paths.root, index)
        if is_other_dialect(index):
            index.clear()
        index.update(entries)
        index[name] = entry

    def _version_index(self, name: str) -> Path:
        """Return the list of an artifact's versions; `Loss` and `loss` have one each."""
        folder = self._paths.versions_dir
        as_given = folder / name / "versions.json"  # the seed's own tracker takes names as they are
        if Path(name).name == name and _versioned_name(as_given) == name:
            return as_given
        plain = file_name(name).lower()
        alike = [p for p in folder.glob("*") if p.name.lower() == plain]
        taken = {plain for p in alike if _versioned_name(p / "versions.json") not in (None, name)}
        return folder / file_name(name, taken) / "versions.json"

    def _add_version(self, name: str, artifact: Artifact) -> ArtifactVersion:
        """Keep the artifact as it is now as its next version."""
        index = self._version_index(name)
        folder = index.parent
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            known = self._sound_versions(name, index)
            number = (
                max([version.version for version in known] + _numbers_in(folder), default=0) + 1
            )
            target = folder / f"v{number}_{folder.name}"
            copied = copy_whole(self._paths.root / artifact.path, target)
            version = ArtifactVersion(
                artifact_name=name,
                path=target.relative_to(self._paths.root).as_posix(),
                version=number,
                size=copied.size,
                timestamp=artifact.timestamp or time.time(),
                checksum=copied.checksum,
            )
            write_json(index, [asdict(v) for v in (*known, version)])
        return version

    def _sound_versions(self, name: str, index: Path) -> list[ArtifactVersion]:
        """Return the versions on record; a damaged list is set aside, its files stay."""
        try:
            return self.versions(name)
        except StorageError as exc:
            if isinstance(exc.__cause__, OSError):  # it cannot be read just now
                raise
            index.replace(index.with_name(f"{index.name}.damaged"))
            return []


def _is_version(entry: Any) -> bool:
    fields = set(ArtifactVersion.__slots__)
    return (
        isinstance(entry, dict)
        and fields <= set(entry)
        and type(entry["version"]) is int
        and isinstance(entry["path"], str)
    )


def _numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the versions that lie in a folder, listed or not."""
    found = (_NUMBERED.match(path.name) for path in folder.iterdir())
    return [int(match[1]) for match in found if match]


def _versioned_name(index: Path) -> str | None:
    """Return which artifact a list of versions belongs to, if that can be told."""
    try:
        return str(read_json(index)[0]["artifact_name"])
    except (OSError, ValueError, StorageError, LookupError, TypeError):
        return None


def _entry(path: str, kind: str, copied: Copied, more: dict[str, str]) -> dict[str, Any]:
    return {
        "path": path,
        "type": kind,
        "size": copied.size,
        "timestamp": time.time(),
        "checksum": copied.checksum,
        **more,
    }


def _artifact(name: str, entry: dict[str, Any]) -> Artifact:
    return Artifact(
        name=name,
        path=entry["path"],
        type=entry["type"],
        size=entry["size"],
        timestamp=entry["timestamp"],
        checksum=entry["checksum"],
        framework=entry.get("framework"),
    )
