"""The one clock: seconds since the Unix epoch, and how a time is spelled in files."""

from __future__ import annotations

import time
from datetime import datetime

__all__ = ["from_iso", "now", "to_iso"]

now = time.time


def to_iso(seconds: float) -> str:
    """Return ``seconds`` since the epoch as ISO-8601 local time with its offset from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="microseconds")


def from_iso(text: object) -> float | None:
    """Return ``text`` as seconds since the epoch; a time without offset is local.

    Anything that is not a readable time gives ``None``: other programs write these files too.
    """
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
