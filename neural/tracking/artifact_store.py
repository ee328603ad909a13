"""Artifacts of one run: copied whole under a temporary name, then renamed and listed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from neural._files import TEMPORARY_SUFFIX, locked, read_json, write_json
from neural.errors import NotFoundError, StorageError
from neural.tracking.records import Artifact
from neural.tracking.storage.documents import read_object, update_object
from neural.tracking.storage.layout import RunPaths, file_name

__all__ = ["ArtifactStore", "ArtifactVersion", "artifact_type"]

_log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 20
_ZEROS = bytes(_CHUNK_BYTES)

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


@dataclass(frozen=True, slots=True)
class _Copied:
    size: int
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
        if kind == "directory" and not source.is_dir():
            kind = "other"
        copied = self._place(source, self._paths.artifacts_dir, name)
        artifact = self._record(name, self._paths.artifacts_dir, copied, kind, more)
        return self._add_version(name, artifact) if version else artifact

    def record_figure(self, name: str, file: str) -> Artifact:
        """List a figure that was just written to ``plots/<file>``."""
        path = self._paths.plots_dir / file
        copied = _Copied(path.stat().st_size, _checksum(path))
        entry = _entry(f"plots/{file}", "figure", copied, {})
        update_object(self._paths.artifacts, lambda index: index.update({name: entry}))
        return _artifact(name, entry)

    def figure_file(self, name: str) -> str:
        """Return the file name under ``plots/`` for a figure called ``name``."""
        return file_name(name, self._taken(self._paths.plots_dir, name))

    def versions(self, name: str) -> list[ArtifactVersion]:
        """Return all versions of an artifact, oldest first."""
        try:
            stored = read_json(self._version_index(name))
        except FileNotFoundError:
            return []
        fields = ArtifactVersion.__slots__
        return [
            ArtifactVersion(**{field: entry[field] for field in fields})
            for entry in stored
            if isinstance(entry, dict) and set(fields) <= set(entry)
        ]

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

    def _taken(self, folder: Path, name: str) -> set[str]:
        """Return the file names in ``folder`` that belong to other artifacts, in lower case."""
        prefix = f"{folder.name}/"
        try:
            index = read_object(self._paths.artifacts)
        except StorageError:
            return {p.name.lower() for p in folder.iterdir()}
        paths = {n: str(e.get("path")) for n, e in index.items() if isinstance(e, dict)}
        return {
            path.removeprefix(prefix).lower()
            for other, path in paths.items()
            if other != name and path.startswith(prefix)
        }

    def _place(self, source: Path, folder: Path, name: str) -> tuple[str, _Copied]:
        """Copy under a temporary name; return it together with size and checksum."""
        folder.mkdir(exist_ok=True)
        temporary = folder / f".{os.urandom(6).hex()}.{os.getpid()}{TEMPORARY_SUFFIX}"
        try:
            copied = _copy_tree(source, temporary) if source.is_dir() else _copy(source, temporary)
        except BaseException:
            _remove(temporary)
            raise
        return temporary.name, copied

    def _record(
        self, name: str, folder: Path, placed: tuple[str, _Copied], kind: str, more: dict[str, str]
    ) -> Artifact:
        temporary, copied = placed
        entry: dict[str, Any] = {}

        def change(index: dict[str, Any]) -> None:
            final = file_name(name, self._taken(folder, name))
            _replace(folder / temporary, folder / final)
            entry.update(_entry(f"{folder.name}/{final}", kind, copied, more))
            index[name] = entry

        try:
            update_object(self._paths.artifacts, change)
        except BaseException:
            _remove(folder / temporary)
            raise
        return _artifact(name, entry)

    def _version_index(self, name: str) -> Path:
        """Return the list of an artifact's versions; `Loss` and `loss` have one each."""
        folder = self._paths.versions_dir
        plain = file_name(name).lower()
        alike = [p for p in folder.glob("*") if p.name.lower() == plain]
        taken = {plain for p in alike if _versioned_name(p / "versions.json") not in (None, name)}
        return folder / file_name(name, taken) / "versions.json"

    def _add_version(self, name: str, artifact: Artifact) -> ArtifactVersion:
        """Keep the artifact as it is now as its next version."""
        index = self._version_index(name)
        index.parent.mkdir(parents=True, exist_ok=True)
        with locked(index.parent):
            number = max((v.version for v in self.versions(name)), default=0) + 1
            target = index.parent / f"v{number}_{index.parent.name}"
            copied = _copy_whole(self._paths.root / artifact.path, target)
            version = ArtifactVersion(
                artifact_name=name,
                path=target.relative_to(self._paths.root).as_posix(),
                version=number,
                size=copied.size,
                timestamp=artifact.timestamp or time.time(),
                checksum=copied.checksum,
            )
            stored = [*self.versions(name), version]
            write_json(index, [_as_dict(v) for v in stored])
        return version


def _versioned_name(index: Path) -> str | None:
    """Return which artifact a list of versions belongs to, if that can be told."""
    try:
        return str(read_json(index)[0]["artifact_name"])
    except (FileNotFoundError, StorageError, LookupError, TypeError):
        return None


def _as_dict(version: ArtifactVersion) -> dict[str, Any]:
    return {field: getattr(version, field) for field in ArtifactVersion.__slots__}


def _entry(path: str, kind: str, copied: _Copied, more: dict[str, str]) -> dict[str, Any]:
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


def _copy_whole(source: Path, target: Path) -> _Copied:
    """Copy a file or directory so that ``target`` is never a part of it."""
    temporary = target.with_name(f".{target.name}{TEMPORARY_SUFFIX}")
    _remove(temporary)
    try:
        copied = _copy_tree(source, temporary) if source.is_dir() else _copy(source, temporary)
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise
    return copied


def _copy(source: Path, target: Path) -> _Copied:
    """Copy a file and hash what was copied; holes of sparse files stay holes.

    Raises:
        OSError: ``source`` is no regular file (a pipe would never end), or copying failed.
    """
    digest = hashlib.sha256()
    with open(os.open(source, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as reader:
        status = os.fstat(reader.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{source} is not a regular file or directory, so it cannot be copied")
        with target.open("xb", buffering=0) as writer:
            size = 0
            for chunk, is_hole in _chunks(reader.fileno(), status.st_size):
                digest.update(chunk)
                size += len(chunk)
                if is_hole:
                    os.lseek(writer.fileno(), len(chunk), os.SEEK_CUR)
                else:
                    _write(writer.fileno(), chunk)
            os.ftruncate(writer.fileno(), size)
    shutil.copystat(source, target)
    return _Copied(size, digest.hexdigest())


def _write(handle: int, chunk: memoryview | bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


def _chunks(handle: int, size: int) -> Iterator[tuple[memoryview, bool]]:
    """Yield ``(bytes, whether they are a hole)``; what is appended meanwhile is copied too."""
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    zeros = memoryview(_ZEROS)
    offset = 0
    while True:
        hole = _hole_length(handle, offset, size)
        for start in range(0, hole, _CHUNK_BYTES):
            yield zeros[: min(_CHUNK_BYTES, hole - start)], True
        offset += hole
        count = os.preadv(handle, [buffer], offset)
        if count == 0:
            return
        yield buffer[:count], False
        offset += count


def _hole_length(handle: int, offset: int, size: int) -> int:
    """Return how many bytes from ``offset`` on are a hole of a sparse file."""
    if offset >= size or not hasattr(os, "SEEK_DATA"):
        return 0
    try:
        return os.lseek(handle, offset, os.SEEK_DATA) - offset
    except OSError:  # ENXIO: nothing but a hole up to the end
        return size - offset


def _copy_tree(source: Path, target: Path) -> _Copied:
    """Copy a directory; its checksum is that of its sorted relative names and file checksums.

    Links to files are followed; links to directories, pipes and devices are left out and said so.
    """
    target.mkdir()
    digest = hashlib.sha256()
    size = 0
    for path in _files_below(source):
        relative = path.relative_to(source)
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        copied = _copy(path, target / relative)
        size += copied.size
        digest.update(f"{PurePosixPath(relative)}\0{copied.checksum}\n".encode("utf-8", "replace"))
    return _Copied(size, digest.hexdigest())


def _files_below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = Path(root, name)
            if path.is_file():
                yield path
            else:
                _log.warning("%s is not a regular file; it was left out of the artifact", path)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(source: Path, target: Path) -> None:
    """Rename over ``target``, also when one of the two is a directory."""
    if target.is_dir() or (source.is_dir() and target.exists()):
        aside = target.with_name(f".{target.name}.{os.urandom(3).hex()}{TEMPORARY_SUFFIX}")
        os.replace(target, aside)
        os.replace(source, target)
        _remove(aside)
    else:
        os.replace(source, target)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
