"""What a caller says about a run, checked before anything is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from time import time
from typing import Any

from neural._clock import to_iso
from neural._files import locked
from neural._host import host_name
from neural.errors import InvalidInputError, StorageError
from neural.tracking.records import RunStatus
from neural.tracking.storage.documents import find_run, read_object
from neural.tracking.storage.layout import FORMAT_VERSION, METADATA, new_id
from neural.tracking.values import check_name, check_text, shown, to_step

__all__ = [
    "check_status",
    "checked_tags",
    "continuable",
    "existing_run",
    "new_metadata",
    "one_at_a_time",
]

_ID_CHARACTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")
_LONGEST_ID = 64


def new_metadata(
    experiment_name: str | None,
    experiment_id: str | None,
    *,
    group: str | None,
    repeat: int | None,
    parent: str | None,
) -> dict[str, Any]:
    """Return the metadata of a run that this process creates now.

    Args:
        experiment_name: ``None`` is ``experiment_<date>_<time>``.
        experiment_id: ``None`` makes one.
        group: Name that puts runs together.
        repeat: Number of the repetition.
        parent: Id of the run this one belongs to.

    Raises:
        InvalidInputError: A name or the id cannot be used.
        MetricValueError: ``repeat`` is not a whole number.
    """
    if experiment_name is None:
        experiment_name = f"experiment_{datetime.now():%Y%m%d_%H%M%S}"
    return {
        "experiment_name": check_name("experiment", experiment_name),
        "experiment_id": _checked_id(new_id() if experiment_id is None else experiment_id),
        "format_version": FORMAT_VERSION,
        "status": RunStatus.CREATED.value,
        "start_time": to_iso(time()),
        "end_time": None,
        "group": None if group is None else check_name("group", group),
        "repeat": None if repeat is None else to_step(repeat, "repeat"),
        "parent": None if parent is None else check_name("parent", parent),
        "host": host_name(),
        "pid": os.getpid(),
        "attempts": [],
    }


def _checked_id(experiment_id: object) -> str:
    if not (
        isinstance(experiment_id, str)
        and 0 < len(experiment_id) <= _LONGEST_ID
        and _ID_CHARACTERS.issuperset(experiment_id)
    ):
        raise InvalidInputError(
            f"An id must be 1 to {_LONGEST_ID} letters, digits or '-', got {shown(experiment_id)}"
        )
    return experiment_id


def checked_tags(tags: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Return tags as name to text; one that was given by its name alone has no text.

    Raises:
        InvalidInputError: ``tags`` are no names, or one of them cannot be kept.
    """
    if isinstance(tags, str):
        tags = (tags,)
    if not isinstance(tags, Iterable):
        raise InvalidInputError(f"tags must be names, or map names to texts; got {shown(tags)}")
    named = tags if isinstance(tags, Mapping) else dict.fromkeys(tags, "")
    return {check_name("tag", n): check_text(n, str(t)) for n, t in named.items()}


def check_status(status: object) -> None:
    """Check that ``status`` is a text that says something.

    Raises:
        InvalidInputError: It is not.
    """
    if not status or not isinstance(status, str):
        raise InvalidInputError(f"status must be a text such as 'completed', got {shown(status)}")
    check_text("status", status)


def existing_run(base_dir: Path, experiment_id: str) -> Path | None:
    """Return the directory of a run, absolute; ``None`` if there is none of exactly this id."""
    try:
        return Path(os.path.abspath(find_run(base_dir, experiment_id)))
    except LookupError:
        return None


def continuable(experiment_id: str, root: Path) -> dict[str, Any]:
    """Return the metadata of a run, empty if it is damaged: the writer will set it aside.

    Raises:
        StorageError: Its format is newer than this version can write.
    """
    stored: dict[str, Any] = {}
    with suppress(StorageError):
        stored = read_object(root / METADATA)
    version = stored.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise StorageError(
            f"Run {experiment_id!r} was written in format {version}, and this version knows "
            f"formats up to {FORMAT_VERSION}. Upgrade neural-aquarium to go on with it"
        )
    return stored


def one_at_a_time(base_dir: Path) -> AbstractContextManager[None]:
    """Let processes that join one run find or create it one after the other.

    Where the folder cannot be made there is nothing to wait for: nobody can create a run.
    """
    with suppress(OSError):
        base_dir.mkdir(parents=True, exist_ok=True)
        return locked(base_dir)
    return nullcontext()
