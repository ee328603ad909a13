"""Images, histograms and tables as W&B's own objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from neural._optional import optional_import
from neural.tracking.sinks import Medium, Tally

__all__ = ["as_wandb"]


def as_wandb(media: Iterable[Medium], tally: Tally) -> Iterator[tuple[Medium, Any]]:
    """Yield each medium with what W&B logs of it; made while a run of W&B is open.

    Args:
        media: Images, texts, histograms and tables.
        tally: Told what cannot be made.

    Raises:
        MissingExtraError: W&B is not installed.
    """
    wandb = optional_import("wandb", extra="wandb", purpose="export to W&B")
    for medium in media:
        try:
            yield medium, _made(wandb, medium)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            tally.failed(f"{medium.kind} {medium.key!r} at step {medium.step}: {exc}")


def _made(wandb: Any, medium: Medium) -> Any:
    if medium.kind == "image":
        return wandb.Image(str(medium.path))
    if medium.kind == "histogram":
        return wandb.Histogram(np_histogram=(medium.value["counts"], medium.value["edges"]))
    if medium.kind == "table":
        table = json.loads(_content(medium))
        return wandb.Table(columns=table["columns"], data=table["rows"])
    return _content(medium)


def _content(medium: Medium) -> str:
    if medium.path is None:
        return str(medium.value)
    return medium.path.read_text("utf-8", "replace")
