"""Names and values as platforms can hold them; two things never become one."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from neural._clock import to_iso
from neural.tracking.records import flatten
from neural.tracking.sinks import RunEnd, RunStart

__all__ = ["document", "fitted", "flat_params", "param_text", "strict"]

_DIGEST = 10


def fitted(name: str, unfit: re.Pattern[str], limit: int, *, ok: bool = True) -> str:
    """Return ``name`` as a platform takes it.

    A name that fits stays. Any other is cleaned and ends with ten hex digits of its SHA-256, so
    that no two meet, and the next export finds the same one again.

    Args:
        name: Any Unicode text.
        unfit: What is replaced by ``_``.
        limit: Most characters.
        ok: False where it does not fit for another reason.

    Example:
        >>> fitted("loss", re.compile("[^a-z]"), 250), fitted("a:b", re.compile("[^a-z]"), 250)
        ('loss', 'a_b-6783a31eab')
    """
    if ok and name and len(name) <= limit and not unfit.search(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    clean = unfit.sub("_", name)[: limit - _DIGEST - 1].strip("/. ") or "x"
    return f"{clean}-{digest}"


def flat_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested params under dotted names.

    Where ``{"a.b": 1, "a": {"b": 2}}`` would meet, the later one gets a number in brackets.
    """
    flat: dict[str, Any] = {}
    for name, value in flatten(params):
        free, number = name, 2
        while free in flat:
            free, number = f"{name} ({number})", number + 1
        flat[free] = value
    return flat


def param_text(value: Any) -> str:
    """Return a param as text: a text as it is, all else as JSON would have it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(strict(value))
    return json.dumps(strict(value), ensure_ascii=False, default=str)


def strict(value: Any) -> Any:
    """Return ``value`` with NaN and infinities as the strings of the store."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): strict(item) for key, item in value.items()}
    return [strict(item) for item in value] if isinstance(value, list | tuple) else value


def document(run: RunStart, end: RunEnd) -> dict[str, Any]:
    """Return all but series and files as one JSON object, nothing shortened."""
    return {
        "experiment_id": run.run_id,
        "experiment_name": run.experiment_name,
        "title": run.title,
        "status": end.status,
        "start_time": None if run.start_time is None else to_iso(run.start_time),
        "end_time": None if end.end_time is None else to_iso(end.end_time),
        "hyperparameters": strict(run.params),
        "tags": dict(run.tags),
        "notes": run.notes,
        "goals": dict(run.goals),
        **run.facts,
    }
