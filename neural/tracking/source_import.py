"""Runs of other trackers copied into a store; copied again, only what is new."""

from __future__ import annotations

import math
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from neural._clock import to_iso
from neural._files import write_json
from neural.errors import NeuralError, NotFoundError, StorageError
from neural.tracking.artifact_store import ArtifactStore
from neural.tracking.detection import detect
from neural.tracking.media_log import MediaLog
from neural.tracking.records import Series
from neural.tracking.sources import RunSource, Skipped, SourceMedia, SourceRun, run_id_of
from neural.tracking.storage.documents import find_run, read_object
from neural.tracking.storage.layout import FORMAT_VERSION, RunPaths, folder_name
from neural.tracking.storage.locks import LocksDoNotWorkError, try_lock
from neural.tracking.storage.media_index import read_media
from neural.tracking.storage.metrics_format import encode_entry
from neural.tracking.storage.metrics_reader import RunMetrics
from neural.tracking.storage.metrics_writer import PwriteWriter, mend

__all__ = ["ImportedRun", "Imports", "import_sources"]

_ENTRIES_AT_ONCE = 2000
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """What became of one run.

    Attributes:
        experiment_id: Its id in the store.
        name: As its tracker calls it.
        kind: Kind of source.
        outcome: ``added``, ``extended``, ``unchanged`` or ``refused``.
        points: How many points were added.
        reason: Why it was refused, or what a reader of it should know.
    """

    experiment_id: str
    name: str
    kind: str
    outcome: str
    points: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """What an import did.

    Attributes:
        runs: What became of each run.
        skipped: What was left out of the sources.
    """

    runs: tuple[ImportedRun, ...]
    skipped: tuple[Skipped, ...]


def import_sources(path: Path, base_dir: Path, *, kind: str | None = None) -> Imports:
    """Copy the runs of other trackers below ``path`` into a store.

    Each run keeps its times, steps and values, and where it came from. A run that was imported
    before gets what was added since. A new one is written aside and then renamed, so that nobody
    sees half of it.

    Args:
        path: File or folder; nothing in it is changed.
        base_dir: Folder of the runs; made if it is missing.
        kind: Take everything for this kind; ``None`` tells by the content.

    Raises:
        NotFoundError: There is nothing at ``path``.
        UnknownNameError: There is no such kind.
        StorageError: The store cannot be written.
    """
    found = detect(path, kind=kind)
    runs: list[ImportedRun] = []
    skipped = list(found.skipped)
    try:
        base_dir.mkdir(parents=True, exist_ok=True)
        for detection in found.detections:
            source = detection.open()
            source.refresh()
            runs += (_import_run(source, run, detection.kind, base_dir) for run in source.runs())
            skipped += source.skipped()
    except OSError as exc:
        raise StorageError(f"The runs cannot be put into {base_dir}: {exc.strerror}") from exc
    return Imports(runs=tuple(runs), skipped=tuple(skipped))


def _import_run(source: RunSource, run: SourceRun, kind: str, base_dir: Path) -> ImportedRun:
    experiment_id = run_id_of(kind, run)
    points, reason = 0, "; ".join(run.remarks)
    try:
        folder = find_run(base_dir, experiment_id)
    except NotFoundError:
        points, outcome = _add(source, run, kind, base_dir, experiment_id), "added"
    else:
        try:
            points, other = _bring_up_to_date(source, run, kind, folder)
            outcome = "extended" if points or other else "unchanged"
        except NeuralError as exc:
            outcome, reason = "refused", str(exc)
    return ImportedRun(
        experiment_id=experiment_id,
        name=run.name,
        kind=kind,
        outcome=outcome,
        points=points,
        reason=reason,
    )


def _add(source: RunSource, run: SourceRun, kind: str, base_dir: Path, run_id: str) -> int:
    """Write a new run aside, and rename it to where it belongs; returns its number of points."""
    name = _text(run.experiment_name) or "imported"
    staging = base_dir / f".importing-{os.urandom(4).hex()}"
    root = staging / folder_name(name, run_id)
    paths = RunPaths(root)
    try:
        for folder in (root, paths.artifacts_dir, paths.plots_dir, paths.versions_dir):
            folder.mkdir(parents=True)
        write_json(paths.hyperparameters, _clean(dict(run.params)))
        annotations = {"display_name": _text(run.name), "notes": _text(run.notes)}
        tags = {_text(key): _text(text) for key, text in run.tags.items()}
        write_json(paths.annotations, {**annotations, "tags": tags, "archived": run.archived})
        points = _append(root, dict(source.series(run.source_id)))
        _add_media(source, run, paths)
        _add_files(source, run, paths)
        write_json(paths.metadata, _metadata(run, kind, run_id, name))
        os.rename(root, base_dir / root.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return points


def _metadata(run: SourceRun, kind: str, run_id: str, name: str) -> dict[str, Any]:
    parent = None
    if run.parent is not None:
        parent = run_id_of(kind, _named(run, run.parent))
    return {
        "experiment_name": name,
        "experiment_id": run_id,
        "format_version": FORMAT_VERSION,
        **_ending(run),
        "group": _text(run.group) if run.group else None,
        "repeat": None,
        "parent": parent,
        "host": _text(run.host) if run.host else None,
        "attempts": [],
        "liveness": "none",  # nobody here writes it: what its tracker says of it is all we know
        "source": {
            "kind": kind,
            "path": _text(str(run.path)),
            "id": _text(run.source_id),
            "renamed": _clean(dict(run.renamed)),
            "remarks": [_text(remark) for remark in run.remarks],
        },
    }


def _named(run: SourceRun, identity: str) -> SourceRun:
    return replace(run, identity=identity)


def _ending(run: SourceRun) -> dict[str, Any]:
    return {
        "status": _text(run.status) or "unknown",
        "start_time": _iso(run.start_time),
        "end_time": _iso(run.end_time),
    }


def _iso(seconds: float | None) -> str | None:
    try:
        return None if seconds is None else to_iso(seconds)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return None


def _bring_up_to_date(source: RunSource, run: SourceRun, kind: str, root: Path) -> tuple[int, bool]:
    """Add what is new to a run that was imported before.

    Returns:
        How many points were added, and whether anything else was.

    Raises:
        StorageError: The store's run is not the source's, or somebody is writing it.
    """
    paths = RunPaths(root)
    metadata = read_object(paths.metadata)
    if not isinstance(metadata.get("source"), dict) or metadata["source"].get("kind") != kind:
        raise StorageError(f"{root} is another run of the same id")
    new = _new_points(root, source.series(run.source_id))
    points = _append(root, new) if new else 0
    other = _add_media(source, run, paths) + _add_files(source, run, paths) > 0
    ending = _ending(run)
    if any(metadata.get(key) != value for key, value in ending.items()):
        write_json(paths.metadata, {**metadata, **ending})
        other = True
    stored = read_object(paths.hyperparameters)
    more = {k: v for k, v in _clean(dict(run.params)).items() if k not in stored}
    if more:
        write_json(paths.hyperparameters, {**stored, **more})
    return points, other or bool(more)


def _new_points(root: Path, series: Mapping[str, Series]) -> dict[str, Series]:
    """Return the points that the store's run does not have: of each metric those behind its last.

    Raises:
        StorageError: What it has is not the beginning of what the source has.
    """
    stored = RunMetrics(root).series_of(list(series))
    new = {}
    for name, points in series.items():
        count = len(stored[name].step)
        if count > len(points.step):
            raise StorageError(f"{root} has more points of {name!r} than the source")
        if count and not _same(stored[name], points, count - 1):
            raise StorageError(f"{name!r} in {root} is not what the source begins with")
        if count < len(points.step):
            step, time, value = points
            new[name] = Series(step[count:], time[count:], value[count:])
    return new


def _same(stored: Series, points: Series, at: int) -> bool:
    first, second = stored.value[at], points.value[at]
    same = first == second or (first != first and second != second)
    return bool(same) and int(stored.step[at]) == int(points.step[at])


def _append(root: Path, series: Mapping[str, Series]) -> int:
    """Write points behind those of the run's metrics file; returns how many.

    Raises:
        StorageError: Somebody is writing the run.
        OSError: They cannot be written.
    """
    path = RunPaths(root).metrics
    handle = os.open(path, _OPEN_FLAGS, 0o666)
    try:
        with suppress(LocksDoNotWorkError):
            if not try_lock(handle):
                raise StorageError(f"{path} is being written by another process")
        end, _ = mend(handle)
        writer = PwriteWriter(handle, end)
        block: list[bytes] = []
        for entry in _entries(series):
            block.append(entry)
            if len(block) == _ENTRIES_AT_ONCE:
                writer.append(b",\n".join(block))
                block.clear()
        if block:
            writer.append(b",\n".join(block))
    finally:
        os.close(handle)
    return sum(len(points.step) for points in series.values())


def _entries(series: Mapping[str, Series]) -> Iterator[bytes]:
    """Yield entries in the order of their times, the order within each metric kept.

    Points of one step and time stand in one entry, as one call would have logged them.
    """
    names = [name for name, points in series.items() if len(points.step)]
    if not names:
        return
    lengths = [len(series[name].step) for name in names]
    clock = np.concatenate([np.maximum.accumulate(series[name].time) for name in names])
    place = np.concatenate([np.arange(length) for length in lengths])
    which = np.repeat(np.arange(len(names)), lengths)
    order = np.lexsort((which, place, clock))
    entry: dict[str, Any] = {}
    key: tuple[float, int] | None = None
    for metric, at in zip(which[order].tolist(), place[order].tolist(), strict=True):
        points = series[names[metric]]
        here = (_finite(float(points.time[at])), int(points.step[at]))
        if here != key or names[metric] in entry:
            if key is not None:
                yield _encoded(*key, entry)
            key, entry = here, {}
        entry[names[metric]] = _plain(points.value[at])
    if key is not None:
        yield _encoded(*key, entry)


def _finite(time: float) -> float:
    return time if math.isfinite(time) else 0.0


def _plain(value: Any) -> float | int:
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[no-any-return]


def _encoded(time: float, step: int, values: Mapping[str, float | int]) -> bytes:
    if all(isinstance(value, float) and math.isfinite(value) for value in values.values()):
        with suppress(TypeError):
            return orjson.dumps({"timestamp": time, "step": step, **values})
    return encode_entry(time, step, values)


def _add_media(source: RunSource, run: SourceRun, paths: RunPaths) -> int:
    """Add images, texts, histograms and tables that are new; returns how many."""
    stored = Counter((entry["key"], entry["kind"]) for entry in read_media(paths.root))
    log, added = MediaLog(paths), 0
    for media in source.media(run.source_id):
        key = _text(media.key) or "unnamed"
        if stored[key, media.kind] > 0:
            stored[key, media.kind] -= 1
            continue
        with suppress(StorageError, ValueError):  # it is gone, as files of the living may be
            _add_one(log, source, media, key)
            added += 1
    return added


def _add_one(log: MediaLog, source: RunSource, media: SourceMedia, key: str) -> None:
    data = b"" if media.place is None else source.load(media.place)
    if media.kind == "image":
        log.add_image(key, data, media.ending, media.step, media.time)
    elif media.kind == "text":
        text = data.decode("utf-8", "replace") if media.value is None else str(media.value)
        log.add_text(key, _text(text), media.step, media.time)
    elif media.kind == "histogram":
        log.add_histogram(key, media.value, media.step, media.time)
    else:
        log.add_table(key, _clean(media.value), media.step, media.time)


def _add_files(source: RunSource, run: SourceRun, paths: RunPaths) -> int:
    """Copy artifacts that are new or have another size; returns how many."""
    files = source.files(run.source_id)
    if not files:
        return 0
    store, added = ArtifactStore(paths), 0
    stored = store.entries() if paths.artifacts.exists() else {}
    folder = run.path if run.path.is_dir() else run.path.parent
    for file in files:
        name = _text(file.name)
        if stored.get(name, {}).get("size") == file.size:
            continue
        path = folder / file.place.path
        with suppress(FileNotFoundError):
            if not path.is_symlink():
                store.add(path, name)
                added += 1
    return added


def _text(text: str) -> str:
    """Return a text that can be written: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
