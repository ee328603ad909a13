"""What W&B's scripts say of metrics before they log them, and the names they have here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from neural.tracking.records import Goal

__all__ = ["Definition", "Definitions", "flat", "ours"]

#: Entries of metrics.json use these names for themselves.
_OUR_NAMES = frozenset({"step", "timestamp"})
_GOALS: dict[str | None, Goal] = {
    "minimize": "min",
    "maximize": "max",
    "min": "min",
    "max": "max",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """What was said of the metrics of a pattern.

    Attributes:
        pattern: A name, or one with ``*``.
        goal: Which direction is better; ``None`` if that was not said.
        step_metric: Metric of the x axis; ``None`` is the step.
    """

    pattern: str
    goal: Goal | None
    step_metric: str | None


class Definitions:
    """What was said of all metrics of a run, and which of them were logged."""

    def __init__(self) -> None:
        self._said: list[Definition] = []
        #: Names of metrics that were logged.
        self.logged: set[str] = set()

    def add(self, pattern: str, goal: str | None, step_metric: str | None) -> list[str]:
        """Keep what is said of a pattern; returns the metrics that were logged already."""
        over = None if step_metric is None else ours(step_metric)
        self._said.append(Definition(ours(pattern), _GOALS.get(goal), over))
        return sorted(name for name in self.logged if fnmatchcase(name, ours(pattern)))

    def new_among(self, names: Iterable[str]) -> list[str]:
        """Return the names that are logged for the first time."""
        new = [name for name in names if name not in self.logged]
        self.logged.update(new)
        return new

    def of(self, name: str) -> Definition | None:
        """Return what was said last of a metric; ``None`` if that is nothing to keep."""
        said = [d for d in self._said if d.pattern == name or fnmatchcase(name, d.pattern)]
        if not said:
            return None
        last = said[-1]
        if last.step_metric == name:  # "*" over "epoch" is also said of the epoch itself
            last = replace(last, step_metric=None)
        return last if last.goal is not None or last.step_metric is not None else None


def flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested values under dotted names, as they may be called here."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{above}{name}.")
        else:
            yield ours(f"{above}{name}"), value


def ours(name: str) -> str:
    """Return the name that a metric has here: ``step`` is called ``source_step``."""
    return f"source_{name}" if name in _OUR_NAMES else name
