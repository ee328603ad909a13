"""What was filled in, as the job that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neural.errors import InvalidInputError
from neural.tracking.export_jobs.spec import FOLDER_PLATFORMS, PLATFORMS, JobSpec
from neural.tracking.sinks import PARTS

__all__ = ["FIELDS", "PART_WORDS", "fields_of", "spec_of"]

#: Fields that only some platforms have.
FIELDS = ("address", "project", "entity", "mode", "folder", "tags")

#: Parts of a run as they are called on the page.
PART_WORDS: Mapping[str, str] = {
    "params": "Parameters",
    "metrics": "Metrics",
    "media": "Images and other media",
    "artifacts": "Artifacts",
}

_OF_PLATFORM: Mapping[str, frozenset[str]] = {
    "mlflow": frozenset({"address", "tags"}),
    "wandb": frozenset({"project", "entity", "mode", "folder", "tags"}),
    **dict.fromkeys(FOLDER_PLATFORMS, frozenset({"folder"})),
}


def fields_of(platform: str) -> frozenset[str]:
    """Return which of :data:`FIELDS` a platform has."""
    return _OF_PLATFORM.get(platform, frozenset())


def spec_of(kind: str, runs: Iterable[str], values: Mapping[str, Any]) -> JobSpec:
    """Return the job that the fields of the page ask for; it is not checked yet.

    Args:
        kind: ``export``, ``check`` or ``test``.
        runs: Ids of the runs; none for a test.
        values: ``platform``, ``parts`` (those that go along) and :data:`FIELDS`.

    Raises:
        InvalidInputError: There is no such platform, or nothing of the runs would go along.
    """
    platform = str(values.get("platform") or "")
    if platform not in PLATFORMS:
        raise InvalidInputError(f"Choose where the runs go; {platform!r} is no platform")
    has = fields_of(platform)
    parts = set(values.get("parts") or ())
    if not parts & set(PARTS):
        raise InvalidInputError("Choose at least one part of the runs to send")
    texts = {name: str(values.get(name) or "").strip() for name in FIELDS if name in has}
    return JobSpec(
        kind=kind,
        platform=platform,
        place=texts.get("address") or texts.get("project") or _folder(platform, texts),
        runs=() if kind == "test" else tuple(runs),
        tags=_tags(texts.get("tags", "")),
        options=_wandb_options(texts) if platform == "wandb" else {},
        without=tuple(part for part in PARTS if part not in parts and platform != "zip"),
    )


def _folder(platform: str, texts: Mapping[str, str]) -> str | None:
    return texts.get("folder") or None if platform in FOLDER_PLATFORMS else None


def _wandb_options(texts: Mapping[str, str]) -> dict[str, str]:
    named = {"mode": texts["mode"], "entity": texts["entity"], "dir": texts["folder"]}
    return {name: text for name, text in named.items() if text}


def _tags(text: str) -> dict[str, str]:
    """Return tags that were typed as ``team: vision, baseline``."""
    parts: Sequence[str] = [part.strip() for part in text.split(",")]
    pairs = (part.partition(":") for part in parts if part)
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
