"""What a comparison says of runs: what to call them, and which has the best values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.tracking.pages.param_diff import param_rows, value_text
from neural.tracking.records import Goal, RunRecord, flatten
from neural.tracking.summary import has_direction, infer_goal
from neural.tracking.ui.format import format_number

__all__ = ["Compared", "Value", "ValueRow", "compared", "labels", "value_rows"]

#: Parameters that tell runs of one name apart, at most, and characters of such a label.
MOST_PARAMS = 3
MOST_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Value:
    """One metric of one run.

    Attributes:
        last: Value logged last.
        best: Best value; ``None`` if all were NaN.
        step: Step of the best value.
    """

    last: float | int
    best: float | int | None
    step: int | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One run among others.

    Attributes:
        id: Of the run.
        name: What it is called; several may share it.
        status: As shown.
        entries: Calls logged.
        params: Parameters by dotted name.
        values: Metrics by name, in the order of logging.
        goals: Direction by metric, where the user set one.
        start: When it began, in seconds since the Unix epoch.
    """

    id: str
    name: str
    status: str
    entries: int
    params: Mapping[str, Any]
    values: Mapping[str, Value]
    goals: Mapping[str, Goal]
    start: float | None = None


@dataclass(frozen=True)
class ValueRow:
    """One metric over all runs.

    Attributes:
        metric: Its name.
        goal: Which direction is better.
        is_known: Whether that is more than a guess: somebody set it, or the name says it.
        values: One for each run; ``None`` where it never logged the metric.
        winners: Places of the runs with the best value of all; empty for a single run, and
            where the direction is a guess.
    """

    metric: str
    goal: Goal
    is_known: bool
    values: tuple[Value | None, ...]
    winners: frozenset[int]


def compared(record: RunRecord) -> Compared:
    """Return what a comparison needs of a stored run."""
    values = {}
    for name, metric in record.metrics.items():
        best, step = metric.best(record.goals.get(name) or infer_goal(name))
        values[name] = Value(last=metric.last, best=best, step=step)
    return Compared(
        id=record.experiment_id,
        name=record.display_name or record.experiment_name,
        status=record.status,
        entries=record.entries,
        params=dict(flatten(record.params)),
        values=values,
        goals=record.goals,
        start=record.start_time,
    )


def labels(runs: Sequence[Compared]) -> list[str]:
    """Return what to call each run, no two alike.

    A name that no other run has is enough. Runs that share one are told apart by the parameters
    in which they differ, and where that is not enough by their id. A name that all share is
    left out: it tells nothing.
    """
    places: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        places.setdefault(run.name, []).append(place)
    found = [run.name for run in runs]
    for name, shared in places.items():
        if len(shared) > 1:
            apart = _told_apart([runs[place].params for place in shared])
            first = name if len(places) > 1 else ""
            for place, text in zip(shared, apart, strict=True):
                found[place] = " · ".join(filter(None, [first, text])) or name
    twice = Counter(found)
    return [
        label if twice[label] == 1 else f"{label} · {run.id[:12]}"
        for label, run in zip(found, runs, strict=True)
    ]


def _told_apart(namesakes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each run the parameters that tell it from the others, as few as possible."""
    rows = [row for row in param_rows(namesakes) if row.differs]
    texts = {row.name: [_short(value) for value in row.values] for row in rows}
    # A long text tells nothing in a legend.
    usable = {name: of for name, of in texts.items() if max(map(len, of)) < MOST_CHARACTERS // 3}
    names = _telling_params(usable)
    return [
        " ".join(f"{name}={usable[name][place]}" for name in names)
        for place in range(len(namesakes))
    ]


def _telling_params(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return up to three names that together tell most runs apart, the best first."""
    chosen: list[str] = []
    apart = 1
    while len(chosen) < MOST_PARAMS:
        counts = {
            name: len(set(zip(*(texts[one] for one in [*chosen, name]), strict=True)))
            for name in texts
            if name not in chosen
        }
        name = max(counts, key=lambda one: counts[one], default="")
        if not name or counts[name] <= apart:
            break
        chosen.append(name)
        apart = counts[name]
    return chosen


def _short(value: Any) -> str:
    return format_number(value) if type(value) is float else value_text(value)


def value_rows(runs: Sequence[Compared]) -> list[ValueRow]:
    """Return one row a metric, those that most runs have first."""
    uses = Counter(name for run in runs for name in run.values)
    return [_value_row(name, runs) for name, _ in uses.most_common()]


def _value_row(metric: str, runs: Sequence[Compared]) -> ValueRow:
    # The first run that has a direction set speaks for all: one column cannot have two.
    given = next((run.goals[metric] for run in runs if metric in run.goals), None)
    goal = given or infer_goal(metric)
    is_known = given is not None or has_direction(metric)
    values = tuple(run.values.get(metric) for run in runs)
    # To call the largest learning rate the best would be nonsense.
    winners = _winners(values, goal) if is_known else frozenset()
    return ValueRow(metric, goal, is_known, values, winners)


def _winners(values: Sequence[Value | None], goal: Goal) -> frozenset[int]:
    found = {
        place: value.best
        for place, value in enumerate(values)
        if value is not None and value.best is not None and not math.isnan(value.best)
    }
    if len(found) < 2:
        return frozenset()
    best = (min if goal == "min" else max)(found.values())
    return frozenset(place for place, value in found.items() if value == best)
