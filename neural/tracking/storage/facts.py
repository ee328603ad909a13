"""What a run is asked for: the flat facts that filters and sorts see, and the row of a listing."""

from __future__ import annotations

import functools
from typing import Any

from neural._clock import to_iso
from neural.tracking.query.fields import STATS
from neural.tracking.records import Goal, MetricSummary, RunRecord, flatten
from neural.tracking.summary import infer_goal

__all__ = ["facts_of", "goal_of", "row_of"]

_inferred_goal = functools.lru_cache(maxsize=4096)(infer_goal)


def goal_of(record: RunRecord, metric: str) -> Goal:
    """Return which direction of a metric is better: as the user set it, else by its name."""
    return record.goals.get(metric) or _inferred_goal(metric)


def facts_of(record: RunRecord) -> dict[str, Any]:
    """Return the facts of a run by key; what is ``None`` is missing.

    Keys are ``name``, ``status``, ``created``, … and ``params.<name>``, ``tags.<name>``,
    ``metrics.<name>.<last|best|min|max|mean|count|nan_count|best_step|last_step>``. Times are
    seconds since the Unix epoch.
    """
    facts: dict[str, Any] = {
        "name": record.experiment_name,
        "id": record.experiment_id,
        "status": record.status,
        "display_name": record.display_name,
        "group": record.group,
        "repeat": record.repeat,
        "parent": record.parent,
        "host": record.host,
        "notes": record.notes or None,
        "folder": record.folder,
        "archived": record.archived,
        "pinned": record.pinned,
        "created": record.start_time,
        "ended": record.end_time,
        "updated": record.updated,
        "duration": record.duration,
    }
    facts.update((f"params.{name}", value) for name, value in flatten(record.params))
    facts.update((f"tags.{name}", text) for name, text in record.tags.items())
    for name, metric in record.metrics.items():
        _add_metric(facts, name, metric, goal_of(record, name))
    return facts


def _add_metric(facts: dict[str, Any], name: str, metric: MetricSummary, goal: Goal) -> None:
    value, step = metric.best(goal)
    figures = (
        metric.last,
        value,
        metric.min,
        metric.max,
        metric.mean,
        metric.count,
        metric.nan_count,
        step,
        metric.last_step,
    )
    facts.update(zip(_metric_keys(name), figures, strict=True))


@functools.lru_cache(maxsize=4096)
def _metric_keys(name: str) -> tuple[str, ...]:
    return tuple(f"metrics.{name}.{stat}" for stat in STATS)


def row_of(record: RunRecord) -> dict[str, Any]:
    """Return a run as a listing shows it: the seed's keys, and ours beside them."""
    return {
        "experiment_name": record.experiment_name,
        "experiment_id": record.experiment_id,
        "status": record.status,
        "start_time": _iso(record.start_time),
        "end_time": _iso(record.end_time),
        "summary": {
            "latest": {name: metric.last for name, metric in record.metrics.items()},
            "best": {name: _best(record, name) for name in record.metrics},
        },
        "display_name": record.display_name,
        "tags": dict(record.tags),
        "notes": record.notes,
        "group": record.group,
        "repeat": record.repeat,
        "parent": record.parent,
        "archived": record.archived,
        "pinned": record.pinned,
        "hyperparameters": dict(flatten(record.params)),
        "duration": record.duration,
        "folder": record.folder,
        "problems": list(record.problems),
    }


def _best(record: RunRecord, name: str) -> dict[str, Any]:
    goal = goal_of(record, name)
    value, step = record.metrics[name].best(goal)
    return {"value": value, "step": step, "mode": goal}


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return to_iso(seconds)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return None
