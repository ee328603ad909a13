"""Points as MLflow keeps them, and those of a run that it does not have yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from neural.tracking.sinks import Stretch, Tally

__all__ = ["Point", "Points"]

_LARGEST = 1.7976931348623157e308


class Point(NamedTuple):
    """One point as MLflow keeps it: whole milliseconds, no infinities."""

    step: int
    time_ms: int
    value: float


class Points:
    """Tells which points of a run are new.

    Args:
        tally: Told what is converted and what is skipped.
        history: Returns the points that MLflow has of a metric by its key there, as
            ``step``, ``timestamp`` and ``value``.
    """

    def __init__(self, tally: Tally, history: Callable[[str], list[Any]]) -> None:
        self._tally = tally
        self._history = history
        self._there: dict[str, set[Point]] = {}
        self._taken: dict[str, set[Point]] = {}

    def new(self, key: str, stretch: Stretch) -> Iterator[Point]:
        """Yield the points of a stretch that MLflow does not have.

        Args:
            key: What the metric is called there.
            stretch: Points of one metric.
        """
        there = self._known(key)
        taken = self._taken.setdefault(key, set())
        skipped = 0
        for point in self._converted(stretch):
            unique = _unique(point, taken)
            if unique.time_ms != point.time_ms:
                self._tally.converted(
                    f"{stretch.name!r}: equal points in one millisecond are 1 ms apart"
                )
            taken.add(unique)
            if unique in there:
                skipped += 1
            else:
                yield unique
        self._tally.skipped(skipped)

    def _known(self, key: str) -> set[Point]:
        if key not in self._there:
            found = (Point(m.step, m.timestamp, m.value) for m in self._history(key))
            self._there[key] = {_comparable(point) for point in found}
        return self._there[key]

    def _converted(self, stretch: Stretch) -> Iterator[Point]:
        name, rounded, huge, inexact = stretch.name, 0, 0, 0
        columns = (column.tolist() for column in stretch.series)
        for step, time, value in zip(*columns, strict=True):
            number, time_ms = _float(value), round(time * 1000)
            rounded += time_ms / 1000 != time
            inexact += number == number and number != value
            if math.isinf(number):
                huge, number = huge + 1, math.copysign(_LARGEST, number)
            yield Point(int(step), time_ms, number)
        self._tally.converted(f"{name!r}: times rounded to milliseconds", rounded)
        self._tally.converted(f"{name!r}: infinity is the largest number", huge)
        self._tally.converted(f"{name!r}: whole numbers beyond 53 bits are rounded", inexact)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _comparable(point: Point) -> Point:
    """Make NaN equal to NaN: one object stands for all."""
    return point._replace(value=math.nan) if point.value != point.value else point


def _unique(point: Point, taken: set[Point]) -> Point:
    """Return a point that MLflow keeps beside those it has: equal ones it would keep once."""
    found = _comparable(point)
    while found in taken:
        found = found._replace(time_ms=found.time_ms + 1)
    return found
