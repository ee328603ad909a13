"""What MLflow's stores say alike, in folders and in databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["Described", "artifact_folder", "described", "is_told", "seconds"]

_STATUS = {
    "1": "running",
    "2": "created",
    "3": "completed",
    "4": "failed",
    "5": "cancelled",
    "RUNNING": "running",
    "SCHEDULED": "created",
    "FINISHED": "completed",
    "FAILED": "failed",
    "KILLED": "cancelled",
}
_OWN_TAGS = "mlflow."
_NOTE, _NAME, _PARENT = "mlflow.note.content", "mlflow.runName", "mlflow.parentRunId"
#: Of MLflow's own tags these tell where a run came from.
_TELLING = (
    "mlflow.source.name",
    "mlflow.source.git.commit",
    "mlflow.source.git.branch",
    "mlflow.user",
)
_USED = frozenset({_NOTE, _NAME, _PARENT, *_TELLING})
#: Folders beside a database that a server keeps artifacts in.
_SERVED = ("mlartifacts", "mlruns")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Described:
    """Facts of a run in our words."""

    name: str
    status: str
    start_time: float | None
    end_time: float | None
    notes: str
    parent: str | None
    tags: dict[str, str]
    remarks: tuple[str, ...]


def described(meta: Mapping[str, Any], tags: Mapping[str, str]) -> Described:
    """Return what a run's entry and tags say.

    Args:
        meta: ``run_uuid``, ``run_name`` or ``name``, ``status``, ``start_time`` and ``end_time``.
        tags: All tags.
    """
    status = str(meta.get("status"))
    end = seconds(meta.get("end_time"))
    own = {name: tags[name] for name in _TELLING if tags.get(name)}
    named = meta.get("run_name") or meta.get("name") or tags.get(_NAME)
    remarks: tuple[str, ...] = ()
    if _STATUS.get(status) == "running" and end is not None:
        remarks = ("It has an end, and MLflow still calls it running",)
    return Described(
        name=str(named or meta.get("run_uuid") or meta.get("run_id") or "run"),
        status=_STATUS.get(status, status.lower()),
        start_time=seconds(meta.get("start_time")),
        end_time=end,
        notes=tags.get(_NOTE, ""),
        parent=tags.get(_PARENT) or None,
        tags={n: t for n, t in tags.items() if not n.startswith(_OWN_TAGS)} | own,
        remarks=remarks,
    )


def is_told(tag: str) -> bool:
    """Tell whether :func:`described` has any use for a tag; MLflow sets many of its own."""
    return not tag.startswith(_OWN_TAGS) or tag in _USED


def seconds(milliseconds: object) -> float | None:
    """Return a time of MLflow in seconds since the Unix epoch; ``None`` if there is none."""
    if not isinstance(milliseconds, int | float) or not 0 < abs(milliseconds) < 1e16:
        return None
    return milliseconds / 1000


def artifact_folder(uri: object, start: Path, tail: int) -> Path | None:
    """Return where the artifacts of a run lie on this machine; ``None`` if nowhere.

    The address may be of another machine, another system or a server: then its last parts are
    looked for below ``start``, where the store was found.

    Args:
        uri: As stored: a path, ``file:``, ``mlflow-artifacts:``, ``s3:`` and so on.
        start: Folder of the store; nothing outside it is given.
        tail: How many of the last parts name the artifacts in any store.
    """
    if not isinstance(uri, str) or not uri or "\0" in uri:
        return None
    text = uri.replace("\\", "/")
    path = text if _DRIVE.match(text) else unquote(urlsplit(text).path if ":" in text else text)
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    for top in (start, *(start / name for name in _SERVED)):
        for count in range(min(len(parts), 8), tail - 1, -1):
            below = top.joinpath(*parts[-count:])
            if below.is_dir() and below.resolve().is_relative_to(start.resolve()):
                return below
    return None
