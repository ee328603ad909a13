"""MLflow's directory store, versions 1 to 3: a run is a folder with ``meta.yaml``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from neural._clock import now
from neural.tracking._source_tree import Folder, Stamp, open_files, read_whole
from neural.tracking.importers.artifact_files import add_artifacts
from neural.tracking.importers.mlflow_metric import MetricFile
from neural.tracking.importers.mlflow_words import described, is_told
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.yaml_text import parse_yaml
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "MlflowTreeSource"]

_META = "meta.yaml"
_RUN = re.compile(rb"^run_(?:uu)?id:", re.MULTILINE)
_TRASH = ".trash"
_MOST_VALUE_BYTES = 1 << 20
_MOST_META_BYTES = 256 * 1024
#: What changes when anything but metrics does.
_TELLING = (_META, "params", "tags", "artifacts", "artifacts/images")
_ID = re.compile(r"[0-9a-f]{32}")
#: A run that ended, and whose files did not change for so many seconds, is looked at closely only
#: every so many times; the other times, its meta.yaml tells whether it goes on.
_AT_REST_S = 60.0
_CLOSE_EVERY = 10
_FINAL = frozenset({"completed", "failed", "cancelled"})
_ID_LENGTH = 32
_NAME = re.compile(r"[A-Za-z_]+")
_WORD = re.compile(r"[A-Za-z_/][\w./\\:+-]*")


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
        self._place = os.fspath(place)
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
        self._metrics: dict[str, MetricFile] = {}
        self._stamps: dict[str, Stamp] = {}
        self._signature: list[_Look] = []
        self._is_resting = False
        # Not all runs of a store are looked at closely at the same time.
        self._looks = crc32(os.fsencode(place.name)) % _CLOSE_EVERY

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        self._looks += 1
        if (
            self._is_resting
            and self._looks % _CLOSE_EVERY
            and _look(f"{self._place}/{_META}") == self._signature[0]
        ):
            return False
        changed = self._try(self._root / "metrics", self._read_metrics)
        signature = [_look(f"{self._place}/{name}") for name in _TELLING]
        if signature != self._signature:
            self._signature = signature
            self._try(self._root / _META, self._describe)
            changed = True
        self._is_resting = self._rests()
        return changed

    def _rests(self) -> bool:
        if len(self._stamps) < len(self._metrics):
            return False
        changed = [stamp.changed_ns for stamp in self._stamps.values()]
        changed += [look.changed_ns for look in self._signature]
        settled = now() - max(changed) / 1e9 > _AT_REST_S
        return settled and self._read.about.status in _FINAL

    def _read_metrics(self) -> bool:
        changed = False
        for name, handle, stamp in open_files(
            self._root, "metrics", self._complain, known=self._stamps
        ):
            file = self._metrics.get(name)
            if file is None:
                file = self._metrics[name] = MetricFile(self._root, name)
            changed |= file.read_on(handle, self._read, self._complain)
            if file.offset == stamp.size:  # no end of a line is waited for
                self._stamps[name] = stamp
        return changed

    def _complain(self, name: str, reason: str, offset: int | None = None) -> None:
        self._skips.add(self._root / name, reason, offset)

    def _describe(self) -> bool:
        meta = _meta(read_whole(self._root, _META, _MOST_META_BYTES))
        tags = self._values("tags", is_told)
        facts = described(meta, tags)
        identity = str(meta.get("run_uuid") or meta.get("run_id") or self._root.name)
        run = self._read
        run.tell(
            identity=identity,
            name=facts.name,
            experiment_name=_experiment_name(os.path.dirname(self._place)) or None,
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
        if self._has_artifacts():
            add_artifacts(run, self._root / "artifacts", self._root, self._skips)
        return True

    def _has_artifacts(self) -> bool:
        if not stat.S_ISDIR(self._signature[_TELLING.index("artifacts")].mode):
            return False
        with os.scandir(f"{self._place}/artifacts") as entries:
            return next(entries, None) is not None

    def _values(
        self, where: str, wanted: Callable[[str], bool] = lambda _key: True
    ) -> dict[str, str]:
        """Return values by key: a file holds a value and nothing else."""
        found = {}
        start = len(where) + 1
        files = open_files(
            self._root, where, self._complain, wanted=lambda path: wanted(path[start:])
        )
        for name, handle, stamp in files:
            try:
                if stamp.size > _MOST_VALUE_BYTES:
                    self._complain(name, f"it cannot be read: {stamp.size:,} bytes are too many")
                    continue
                data = os.read(handle, stamp.size) if stamp.size else b""
            finally:
                os.close(handle)
            found[name[start:]] = data.decode("utf-8", "replace")
        return found


class _Look(NamedTuple):
    """What a glance at a file or folder tells; zeros where there is none."""

    inode: int = 0
    changed_ns: int = 0
    mode: int = 0


def _look(path: str) -> _Look:
    try:
        found = os.lstat(path)
    except OSError:
        return _Look()
    return _Look(found.st_ino, found.st_mtime_ns, found.st_mode)


def _experiment_name(folder: str) -> str:
    """Return the name in an experiment's own meta.yaml, which may be missing."""
    return _named(folder, _look(f"{folder}/{_META}"))


@lru_cache(maxsize=1024)
def _named(folder: str, _look: _Look) -> str:
    try:
        return str(_meta(read_whole(Path(folder), _META, _MOST_META_BYTES))["name"])
    except (OSError, ValueError, KeyError):
        return ""


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
        key, colon, value = line.partition(": ")
        if not colon or not _NAME.fullmatch(key):
            return None
        quoted = len(value) > 1 and value[0] == value[-1] == "'" and "'" not in value[1:-1]
        if quoted:
            found[key] = value[1:-1]
        elif value.isascii() and value.isdecimal() and len(value) < _ID_LENGTH:
            found[key] = int(value)
        elif value in ("null", "~"):
            found[key] = None
        elif value == "[]" or _WORD.fullmatch(value) or _ID.fullmatch(value):
            found[key] = value
        else:
            return None
    return found


KIND = SourceKind(title="MLflow", rank=20, recognise=recognise, open=MlflowTreeSource)
