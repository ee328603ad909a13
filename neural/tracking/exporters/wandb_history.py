"""The history of a run as W&B holds it: rows whose steps never go back, each name once in a row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from neural.tracking.exporters.naming import fitted
from neural.tracking.sinks import Medium, Stretch, Tally

__all__ = ["STEP_METRIC", "History", "Row"]

#: Our own steps, where W&B's cannot say them: its steps never go back and hold a value once.
STEP_METRIC = "neural/step"

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_NAME = 500

#: Step, time and values.
Row = tuple[int, float, dict[str, Any]]


class History:
    """Gathers the points of a run.

    Args:
        tally: Told what is converted.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._points: list[tuple[str, int, float, float]] = []
        self._told: set[str] = set()
        #: Points by the name that W&B gets.
        self.counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._points)

    def take(self, stretch: Stretch) -> None:
        """Take points of one metric."""
        key = self._name("metric", stretch.name)
        inexact = 0
        columns = (column.tolist() for column in stretch.series)
        for step, time, value in zip(*columns, strict=True):
            number = _float(value)
            inexact += number == number and number != value
            self._points.append((key, int(step), float(time), number))
            self.counts[key] = self.counts.get(key, 0) + 1
        self._tally.converted(
            f"{stretch.name!r}: whole numbers beyond 53 bits are rounded", inexact
        )

    def forget(self) -> None:
        """Free the points."""
        self._points.clear()

    def rows(self) -> tuple[list[Row], bool]:
        """Return the rows in W&B's order, and whether steps of our own go with them."""
        places = {(key, step) for key, step, _, _ in self._points}
        fits = len(places) == len(self._points) and all(step >= 0 for _, step in places)
        if fits:
            points = sorted(self._points, key=lambda point: point[1])
            if any(a[1] > b[1] for a, b in _neighbours(self._points)):
                self._tally.converted("points are sorted by step")
        else:
            points = sorted(self._points, key=lambda point: (point[2], point[1]))
            self._tally.converted(
                "steps repeat or go back, which W&B's own cannot: each row has its own number and "
                f"our step as {STEP_METRIC!r}"
            )
        return self._joined(points, fits), not fits

    def _joined(self, points: Iterable[tuple[str, int, float, float]], fits: bool) -> list[Row]:
        rows: list[Row] = []
        for key, step, time, value in points:
            same = rows and key not in rows[-1][2]
            same = same and (rows[-1][0] == step if fits else rows[-1][2][STEP_METRIC] == step)
            if not same or (not fits and rows[-1][1] != time):
                own = {} if fits else {STEP_METRIC: step}
                rows.append((step if fits else len(rows), time, own))
            elif rows[-1][1] != time:
                self._tally.converted("values of one step have the time of the first of them")
            rows[-1][2][key] = value
        return rows

    def with_media(
        self, rows: Iterable[Row], media: Iterable[tuple[Medium, Any]], own_steps: bool
    ) -> list[Row]:
        """Return rows with images and the like among them.

        Args:
            rows: What :meth:`rows` has returned.
            media: Each with W&B's own object of it.
            own_steps: As :meth:`rows` has returned it.
        """
        found = {step: (time, dict(values)) for step, time, values in rows}
        last = max(found, default=-1)
        for medium, value in media:
            step = last + 1 if own_steps or medium.step < 0 else medium.step
            last = max(last, step)
            own = {STEP_METRIC: medium.step} if own_steps else {}
            key = self._name(medium.kind, medium.key)
            if key in self.counts:
                key = f"{key} ({medium.kind})"
            _, values = found.setdefault(step, (medium.time, own))
            while key in values:
                key = f"{key}'"
            values[key] = value
        return [(step, *found[step]) for step in sorted(found)]

    def _name(self, what: str, name: str) -> str:
        # Names that begin with _ are W&B's own.
        key = fitted(name, _UNFIT, _MOST_NAME, ok=not name.startswith("_") and name != STEP_METRIC)
        key = key if not key.startswith("_") else f"x{key}"
        if key != name and name not in self._told:
            self._told.add(name)
            self._tally.converted(f"{what} {name!a} is called {key!r}")
        return key


def _neighbours(points: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield points of one metric that follow one another."""
    yield from ((a, b) for a, b in pairwise(points) if a[0] == b[0])


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
