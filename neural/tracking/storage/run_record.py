"""What the files of a run say, as one :class:`RunRecord`; whatever is missing or odd is bridged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from neural._clock import from_iso
from neural.tracking.records import Goal, MetricSummary, RunRecord, RunStatus
from neural.tracking.storage.layout import FORMAT_VERSION

__all__ = ["RunFiles", "run_record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The content of a run's small files, and what its metrics files came to.

    Attributes:
        folder: Name of the run's directory.
        metadata: Content of metadata.json.
        annotations: Content of annotations.json.
        params: Content of hyperparameters.json.
        metrics: Figures by metric, in order of first logging.
        entries: Number of entries on record.
        updated: Timestamp of the latest entry; ``None`` if there is none.
        alive: Whether one of its metrics files is locked; ``None`` where locks do not work.
        problems: What could not be read, a sentence each.
    """

    folder: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    entries: int = 0
    updated: float | None = None
    alive: bool | None = False
    problems: Sequence[str] = ()


def run_record(files: RunFiles) -> RunRecord:
    """Return the run that ``files`` describe; name and id may stand in the folder name only."""
    metadata, annotations = files.metadata, files.annotations
    name, _, folder_id = files.folder.rpartition("_")
    settings = _object(annotations.get("metrics"))
    return RunRecord(
        experiment_id=_text(metadata.get("experiment_id")) or folder_id,
        experiment_name=_text(metadata.get("experiment_name")) or name or files.folder,
        folder=files.folder,
        status=_shown_status(metadata, files.alive),
        stored_status=_text(metadata.get("status")) or "unknown",
        alive=files.alive,
        start_time=from_iso(metadata.get("start_time")),
        end_time=from_iso(metadata.get("end_time")),
        updated=files.updated,
        group=_text(metadata.get("group")),
        repeat=_whole(metadata.get("repeat")),
        parent=_text(metadata.get("parent")),
        host=_text(metadata.get("host")),
        pid=_whole(metadata.get("pid")),
        display_name=_text(annotations.get("display_name")),
        notes=_text(annotations.get("notes")) or "",
        tags=_tags(annotations.get("tags")),
        archived=annotations.get("archived") is True,
        pinned=annotations.get("pinned") is True,
        goals=_goals(settings),
        step_metrics=_step_metrics(settings),
        params=files.params,
        metrics=files.metrics,
        entries=files.entries,
        problems=(*_version_problem(metadata), *files.problems),
    )


def _shown_status(metadata: Mapping[str, Any], alive: bool | None) -> str:
    """Return the stored status, or ``crashed`` for a run of ours with no end and no writer."""
    stored = _text(metadata.get("status")) or "unknown"
    ours = "format_version" in metadata and metadata.get("liveness") != "none"
    ended = metadata.get("end_time") is not None
    return RunStatus.CRASHED.value if ours and not ended and alive is False else stored


def _version_problem(metadata: Mapping[str, Any]) -> list[str]:
    version = _whole(metadata.get("format_version"))
    if version is None or version <= FORMAT_VERSION:
        return []
    return [
        f"metadata.json: the run was written in format {version}, and this version knows formats "
        f"up to {FORMAT_VERSION}; some of it may be missing here. Upgrade neural-aquarium"
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and abs(value) < 2**63 else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tags(value: object) -> dict[str, str]:
    """Return tags by name; a plain list of tags has no texts."""
    if isinstance(value, list):
        return {str(tag): "" for tag in value}
    return {name: str(text) for name, text in _object(value).items()}


def _goals(settings: Mapping[str, Any]) -> dict[str, Goal]:
    goals = {name: _object(setting).get("goal") for name, setting in settings.items()}
    return {name: goal for name, goal in goals.items() if goal in ("min", "max")}


def _step_metrics(settings: Mapping[str, Any]) -> dict[str, str]:
    names = {name: _text(_object(setting).get("step_metric")) for name, setting in settings.items()}
    return {name: metric for name, metric in names.items() if metric is not None}
