"""MLflow's directory store, versions 1 to 3: a run is a folder with ``meta.yaml``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural.tracking._source_tree import Folder, open_below, read_whole, walk
from neural.tracking.importers.artifact_files import add_artifacts
from neural.tracking.importers.line_file import LineFile
from neural.tracking.importers.mlflow_words import described
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.rows import number_of
from neural.tracking.importers.yaml_text import parse_yaml
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "MlflowTreeSource"]

_META = "meta.yaml"
_RUN = re.compile(rb"^run_(?:uu)?id:", re.MULTILINE)
_TRASH = ".trash"
_MOST_VALUE_BYTES = 1 << 20
_MOST_META_BYTES = 256 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_PLAIN_LINE = re.compile(r"([A-Za-z_]+): (.*)")


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim the folders of runs: what lies below one, event files too, belongs to it."""
    if _META in folder.files and _RUN.search(folder.head(_META)):
        yield Claim(path=folder.path, why="meta.yaml of an MLflow run", whole=True)


class MlflowTreeSource(SourceBase):
    """One run: its folder.

    Args:
        place: The folder.
        root: Folder that was opened.
    """

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place)
        self._root = place
        self._read = ReadRun(
            SourceRun(
                source_id=place.name,
                identity=place.name,
                name=place.name,
                experiment_name=place.parent.name or root.name,
                status="unknown",
                path=place,
            )
        )
        self._runs = {place.name: self._read}
        self._metrics: dict[str, LineFile] = {}
        self._signature: object = None

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        changed = False
        for name in self._below("metrics"):
            changed |= self._try(self._root / name, lambda name=name: self._read_metric(name))  # type: ignore[misc]
        signature = self._looks()
        if signature != self._signature:
            self._signature = signature
            self._try(self._root / _META, self._describe)
            changed = True
        return changed

    def _looks(self) -> object:
        """Return what changes when anything but metrics does."""
        times = []
        for name in (_META, "params", "tags", "artifacts", "artifacts/images"):
            try:
                found = os.stat(self._root / name, follow_symlinks=False)
                times.append((found.st_ino, found.st_mtime_ns))
            except OSError:
                times.append((0, 0))
        return times

    def _below(self, where: str) -> list[str]:
        """Return the files below a folder of the run, relative to the run: keys may hold ``/``."""
        top = self._root / where
        if not top.is_dir() or top.is_symlink():
            return []
        return [
            f"{folder.path.relative_to(self._root).as_posix()}/{name}"
            for folder in walk(top)
            for name in folder.files
        ]

    def _read_metric(self, name: str) -> bool:
        file = self._metrics.get(name)
        if file is None:
            file = self._metrics[name] = LineFile(self._root, name)
        key = name.removeprefix("metrics/")
        changed = False
        for offset, line in file.lines(lambda reason, at: self._complain(name, reason, at)):
            if not line:
                continue
            # Newer versions add name and digest of a data set; the oldest have no step.
            parts = line.decode("utf-8", "replace").split(" ")
            step = number_of(parts[2]) if len(parts) > 2 else 0
            values = [number_of(part) for part in parts[:2]]
            if None in values or len(values) < 2 or type(step) is not int or abs(step) >= 2**63:
                self._complain(name, "a line is no time, value and step", offset)
                continue
            self._read.metric(key).add(step, float(values[0] or 0) / 1000, float(values[1] or 0))
            changed = True
        return changed

    def _complain(self, name: str, reason: str, offset: int | None = None) -> None:
        self._skips.add(self._root / name, reason, offset)

    def _describe(self) -> bool:
        meta = _meta(read_whole(self._root, _META, _MOST_META_BYTES))
        tags = self._values("tags")
        facts = described(meta, tags)
        identity = str(meta.get("run_uuid") or meta.get("run_id") or self._root.name)
        run = self._read
        run.tell(
            identity=identity,
            name=facts.name,
            experiment_name=self._experiment() or None,
            status=facts.status,
            start_time=facts.start_time,
            end_time=facts.end_time,
            notes=facts.notes,
            parent=facts.parent,
            tags=facts.tags,
            params=self._values("params"),
            archived=meta.get("lifecycle_stage") == "deleted" or _TRASH in self._root.parts,
            remarks=facts.remarks,
        )
        run.files.clear()
        run.media.clear()
        if (self._root / "artifacts").is_dir() and not (self._root / "artifacts").is_symlink():
            add_artifacts(run, self._root / "artifacts", self._root, self._skips)
        return True

    def _experiment(self) -> str:
        """Return the name in the experiment's own meta.yaml, which may be missing."""
        try:
            return str(_meta(read_whole(self._root.parent, _META, _MOST_META_BYTES))["name"])
        except (OSError, ValueError, KeyError):
            return ""

    def _values(self, where: str) -> dict[str, str]:
        """Return values by key: a file holds a value and nothing else."""
        found = {}
        for name in self._below(where):
            try:
                data = _small(self._root, name)
                found[name.removeprefix(f"{where}/")] = data.decode("utf-8", "replace")
            except (OSError, ValueError) as exc:
                self._complain(name, f"it cannot be read: {exc}")
        return found


def _small(root: Path, name: str) -> bytes:
    handle, found = open_below(root, name)
    with open(handle, "rb", buffering=0) as file:
        if found.st_size > _MOST_VALUE_BYTES:
            raise ValueError(f"{found.st_size:,} bytes are too many")
        return file.read(_MOST_VALUE_BYTES) or b""


def _meta(data: bytes) -> dict[str, Any]:
    """Return what a meta.yaml says; the plain ones, which is nearly all, without a YAML parser."""
    plain = _plain(data)
    if plain is not None:
        return plain
    found = parse_yaml(data)
    if not isinstance(found, dict):
        raise ValueError("it holds no names and values")
    return {str(key): value for key, value in found.items()}


def _plain(data: bytes) -> dict[str, Any] | None:
    """Return names and values of a file that is a plain line each; ``None`` if it is not."""
    found: dict[str, Any] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        match = _PLAIN_LINE.fullmatch(line)
        if match is None:
            return None
        key, value = match[1], match[2]
        if _ID.fullmatch(value):
            found[key] = value
        elif value.isascii() and value.isdecimal():
            found[key] = int(value)
        elif value in ("null", "~"):
            found[key] = None
        elif len(value) > 1 and value[0] == value[-1] == "'" and "'" not in value[1:-1]:
            found[key] = value[1:-1]
        elif value == "[]" or re.fullmatch(r"[A-Za-z_/][\w./\\:+-]*", value):
            found[key] = value
        else:
            return None
    return found


KIND = SourceKind(title="MLflow", rank=20, recognise=recognise, open=MlflowTreeSource)
