"""What a report says, before any of it is HTML: runs, best values, differences, groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neural.errors import InvalidInputError
from neural.tracking.analysis.groups import ALL_BUT_SEED, group_runs
from neural.tracking.analysis.keys import NOT_SET, comparable, shown_value
from neural.tracking.analysis.seeds import is_seed_name
from neural.tracking.records import Goal, RunRecord, flatten
from neural.tracking.redaction import redact_mapping, redact_text
from neural.tracking.storage.facts import goal_of
from neural.tracking.summary import has_direction

__all__ = [
    "AUTO",
    "Content",
    "Grouping",
    "Metric",
    "Run",
    "content_of",
    "shown",
    "without_secrets",
]

#: Groups by everything but the seed.
AUTO = "auto"
#: Parameters and tags that runs can be grouped by on the page.
_MOST_GROUPINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run.

    Attributes:
        record: What is known of it, without secrets.
        label: What it is called, not the same as any other run of the report.
        params: Its parameters by dotted name.
    """

    record: RunRecord
    label: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric over all runs.

    Attributes:
        name: Its name.
        goal: Which direction is better.
        best: For each run its best value and the step of it; ``None`` where there is none.
        winners: Places of the runs with the best value of all.
    """

    name: str
    goal: Goal
    best: tuple[tuple[float | int, int] | None, ...]
    winners: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """One way of putting runs together.

    Attributes:
        key: ``"auto"``, ``"name"``, ``"group"``, ``"params.<name>"`` or ``"tags.<name>"``.
        title: What to call it.
        groups: Label and places of the runs of each group.
    """

    key: str
    title: str
    groups: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a report says.

    Attributes:
        runs: In the order of the table.
        metrics: Those that are drawn, in their order.
        differing: Names of parameters that are not the same in all runs.
        common: Parameters that are, by name.
        groupings: Ways of putting runs together.
        unlisted: Metrics that some run has and the report does not draw.
    """

    runs: tuple[Run, ...]
    metrics: tuple[Metric, ...]
    differing: tuple[str, ...]
    common: Mapping[str, Any]
    groupings: tuple[Grouping, ...]
    unlisted: int


def without_secrets(record: RunRecord) -> RunRecord:
    """Return a run as strangers may see it."""
    return replace(
        record,
        params=redact_mapping(record.params),
        tags=redact_mapping(record.tags),
        notes=redact_text(record.notes),
        display_name=redact_text(record.display_name or "") or None,
        group=redact_text(record.group or "") or None,
        problems=tuple(redact_text(problem) for problem in record.problems),
    )


def content_of(
    records: Sequence[RunRecord], metrics: Sequence[str] = (), group_by: str = ""
) -> Content:
    """Return what a report of these runs says.

    Args:
        records: The runs, without secrets.
        metrics: Those to draw, in this order; empty is all, those of most runs first.
        group_by: A grouping that has to be among those that are offered; empty is none.

    Raises:
        InvalidInputError: No run has a metric of ``metrics``, or ``group_by`` is no field.
    """
    runs = [
        Run(record=record, label=label, params=dict(flatten(record.params)))
        for record, label in zip(records, _labels(records), strict=True)
    ]
    known = Counter(name for record in records for name in record.metrics)
    names = list(dict.fromkeys(metrics)) or [name for name, _ in known.most_common()]
    for name in names:
        if name not in known:
            some = ", ".join(map(repr, list(known)[:10])) or "none"
            raise InvalidInputError(f"No run of the report has a metric {name!r}. It has: {some}")
    params = dict.fromkeys(name for run in runs for name in run.params)
    differing = tuple(name for name in params if _differs(name, runs))
    return Content(
        runs=tuple(runs),
        metrics=tuple(_metric(name, records) for name in names),
        differing=differing,
        common={n: runs[0].params[n] for n in params if n not in differing},
        groupings=tuple(_groupings(runs, differing, group_by)),
        unlisted=len(known) - len(names),
    )


def _labels(records: Sequence[RunRecord]) -> list[str]:
    names = [record.display_name or record.experiment_name for record in records]
    uses = Counter(names)
    return [
        name if uses[name] == 1 else f"{name} {record.experiment_id}"
        for name, record in zip(names, records, strict=True)
    ]


def _differs(name: str, runs: Iterable[Run]) -> bool:
    return len({comparable(run.params.get(name, NOT_SET)) for run in runs}) > 1


def _metric(name: str, records: Sequence[RunRecord]) -> Metric:
    given = next((record.goals[name] for record in records if name in record.goals), None)
    goal = given or goal_of(records[0], name)
    best = tuple(_best(record, name, goal) for record in records)
    values = {i: one[0] for i, one in enumerate(best) if one and not math.isnan(one[0])}
    is_told = given is not None or has_direction(name)
    winners = _winners(values, goal) if is_told else frozenset()
    return Metric(name=name, goal=goal, best=best, winners=winners)


def _winners(values: Mapping[int, float | int], goal: Goal) -> frozenset[int]:
    top = (min if goal == "min" else max)(values.values(), default=None)
    found = frozenset(place for place, value in values.items() if value == top)
    # What more than half of the runs reach tells none of them from the others.
    return found if 2 * len(found) <= len(values) else frozenset()


def _best(record: RunRecord, name: str, goal: Goal) -> tuple[float | int, int] | None:
    if name not in record.metrics:
        return None
    value, step = record.metrics[name].best(goal)
    return None if value is None or step is None else (value, step)


def _groupings(runs: Sequence[Run], differing: Sequence[str], wanted: str) -> Iterable[Grouping]:
    """Return the groupings that put any two runs together, and the one that is wanted."""
    tags = dict.fromkeys(f"tags.{name}" for run in runs for name in run.record.tags)
    fields = {AUTO: "all equal but the seed", "name": "experiment name", "group": "group"}
    some = [f"params.{name}" for name in differing if not is_seed_name(name)] + list(tags)
    fields |= {key: key.partition(".")[2] for key in some[:_MOST_GROUPINGS]}
    if wanted:
        fields.setdefault(wanted, wanted.partition(".")[2] or wanted)
    rows = [_row(run) for run in runs]
    for key, title in fields.items():
        groups = group_runs(rows, ALL_BUT_SEED if key == AUTO else key)
        if key == wanted or 1 < len(groups) < len(runs):
            pairs = tuple((group.label, group.rows) for group in groups)
            yield Grouping(key=key, title=title, groups=pairs)


def _row(run: Run) -> dict[str, Any]:
    return {
        "experiment_id": run.record.experiment_id,
        "experiment_name": run.record.experiment_name,
        "hyperparameters": run.params,
        "tags": dict(run.record.tags),
        "group": run.record.group,
        "status": run.record.status,
    }


def shown(value: object) -> str:
    """Return the value of a parameter as it is read; what is not set is an en dash."""
    return "–" if value is NOT_SET else str(shown_value(value))
