"""Images, texts, histograms and tables of a run, as media.json lists them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_file import MetricsFile
from neural.tracking.storage.metrics_format import word_of

__all__ = ["read_media"]


def read_media(run_dir: Path) -> list[dict[str, Any]]:
    """Return the entries of media.json in order of logging; damaged ones are left out.

    Each has ``timestamp``, ``step``, ``key`` and ``kind``, and ``path`` relative to the run or
    the thing itself.
    """
    try:
        with MetricsFile(RunPaths(run_dir).media) as file:
            found = [entry for chunk in file.chunks() for entry in chunk.entries().entries]
    except OSError:
        return []
    for entry in found:
        entry.update(_texts(entry))
    return found


def _texts(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts that were taken for numbers: in a list of metrics, ``NaN`` would be one."""
    return {
        name: word_of(value)
        for name, value in entry.items()
        if name not in ("timestamp", "step") and isinstance(value, float) and value - value != 0
    }
