"""What runs can be compared by in a chart: every param, every figure of a metric, times."""

from __future__ import annotations

from collections import Counter
from typing import Any

from neural.tracking.analysis.run_columns import Column, column
from neural.tracking.pages.compare.comparison import Comparison
from neural.tracking.pages.param_diff import param_rows
from neural.tracking.records import SYSTEM_PREFIX, Goal, MetricSummary, RunRecord
from neural.tracking.summary import has_direction, infer_goal

__all__ = [
    "FIGURES",
    "RESULTS",
    "column_of",
    "goal_of",
    "has_goal",
    "metrics_of",
    "number_choices",
    "params_of",
    "telling_metrics",
]

#: Figures of a metric and what they are called.
FIGURES: dict[str, str] = {
    "best": "best",
    "last": "last",
    "min": "smallest",
    "max": "largest",
    "mean": "mean",
}
#: Those that can be the result of a run.
RESULTS: dict[str, str] = {"best": "Best value", "last": "Last value"}
#: Metrics that are offered, each with all its figures.
MOST_METRICS = 200
MOST_PARAMS = 300

_HOUR = 3600.0
_TIMES = {"created": "start (hours after the first)", "duration": "duration (s)"}


def metrics_of(comparison: Comparison) -> list[str]:
    """Return the metrics of the runs: those of most runs first, else as logged; system last."""
    uses = Counter(name for record in comparison.records for name in record.metrics)
    return sorted(uses, key=lambda name: (name.startswith(SYSTEM_PREFIX), -uses[name]))


def telling_metrics(comparison: Comparison) -> list[str]:
    """Return the metrics that tell how good a run is, held-out ones first; all if none does."""
    names = metrics_of(comparison)
    telling = [name for name in names if has_goal(comparison, name)]
    held_out = [name for name in telling if name.lower().startswith(("val", "test", "eval"))]
    return held_out + [name for name in telling if name not in held_out] or names


def goal_of(comparison: Comparison, metric: str) -> Goal:
    """Return the direction of a metric: as somebody set it, else as its name says."""
    given = (record.goals.get(metric) for record in comparison.records)
    return next((goal for goal in given if goal), None) or infer_goal(metric)


def has_goal(comparison: Comparison, metric: str) -> bool:
    """Return whether the direction of a metric is more than a guess."""
    is_set = any(metric in record.goals for record in comparison.records)
    return is_set or has_direction(metric)


def params_of(comparison: Comparison) -> list[str]:
    """Return the params of the runs, those that differ first."""
    rows = param_rows([run.params for run in comparison.runs])
    return [row.name for row in sorted(rows, key=lambda row: (not row.differs, row.name))]


def number_choices(comparison: Comparison) -> dict[str, str]:
    """Return what runs can be drawn by, and what to call it.

    Example of keys: ``"params.lr"``, ``"metrics.val/loss.best"``, ``"created"``, ``"duration"``.
    """
    found = {f"params.{name}": name for name in params_of(comparison)[:MOST_PARAMS]}
    for name in metrics_of(comparison)[:MOST_METRICS]:
        found |= {
            f"metrics.{name}.{figure}": f"{name} ({words})" for figure, words in FIGURES.items()
        }
    return found | _TIMES


def column_of(comparison: Comparison, key: str) -> Column:
    """Return one of :func:`number_choices` over the runs; what a run lacks is missing."""
    if key.startswith("params."):
        name = key.removeprefix("params.")
        return column(name, [run.params.get(name) for run in comparison.runs])
    if key.startswith("metrics."):
        name, _, figure = key.removeprefix("metrics.").rpartition(".")
        values = [_figure(record, name, figure, comparison) for record in comparison.records]
        return column(f"{name} ({FIGURES.get(figure, figure)})", values)
    if key == "duration":
        return column(_TIMES[key], [record.duration for record in comparison.records])
    starts = [record.start_time for record in comparison.records]
    first = min((one for one in starts if one is not None), default=0.0)
    return column(
        _TIMES["created"], [None if one is None else (one - first) / _HOUR for one in starts]
    )


def _figure(record: RunRecord, name: str, figure: str, comparison: Comparison) -> float | None:
    summary: MetricSummary | None = record.metrics.get(name)
    if summary is None or figure not in FIGURES:
        return None
    found: Any
    if figure == "best":
        found = summary.best(goal_of(comparison, name))[0]
    else:
        found = getattr(summary, figure)
    try:
        return None if found is None else float(found)
    except OverflowError:  # an integer beyond all floats
        return None
