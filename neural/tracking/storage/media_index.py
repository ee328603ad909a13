"""Images, texts, histograms and tables of a run, as media.json lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_file import MetricsFile

__all__ = ["read_media"]


def read_media(run_dir: Path) -> list[dict[str, Any]]:
    """Return the entries of media.json in order of logging; damaged ones are left out.

    Each has ``timestamp``, ``step``, ``key`` and ``kind``, and ``path`` relative to the run or
    the thing itself.
    """
    try:
        with MetricsFile(RunPaths(run_dir).media) as file:
            return [entry for chunk in file.chunks() for entry in chunk.entries().entries]
    except OSError:
        return []
