"""The time a resumed run was at work: without the pauses between its attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neural._clock import from_iso
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = ["resumed_at", "without_pauses"]


def resumed_at(metadata: Mapping[str, Any]) -> list[float]:
    """Return when a run went on again, ascending, in seconds since the Unix epoch.

    Args:
        metadata: What metadata.json says; an attempt whose start cannot be read is left out.

    Example:
        >>> resumed_at({"attempts": [{"start": "1970-01-01T00:01:00+00:00"}, {"start": None}]})
        [60.0]
    """
    attempts = metadata.get("attempts")
    texts = [
        one.get("start")
        for one in (attempts if isinstance(attempts, list) else [])
        if isinstance(one, Mapping)
    ]
    found = (from_iso(text) for text in texts if isinstance(text, str))
    return sorted(time for time in found if time is not None)


def without_pauses(series: Series, logged: ArrayLike, resumed: Iterable[float]) -> Series:
    """Return a series whose times leave out how long its run stood still.

    A pause lasts from the last value before a run went on again until then. It is taken from
    the times of all that follows, so that these count on where the attempt before ended.

    Args:
        series: Of one metric.
        logged: Times of all values of that metric, those too that a later attempt replaces:
            the time it took to reach them was worked. In seconds, in any order.
        resumed: When the run went on again, ascending.
    """
    times = as_floats(logged)
    times = np.sort(times[np.isfinite(times)])
    moved = as_floats(series.time).copy()
    for start in resumed:
        before = times[times < start]
        if before.size:
            moved[as_floats(series.time) >= start] -= start - before[-1]
    return series._replace(time=moved)
