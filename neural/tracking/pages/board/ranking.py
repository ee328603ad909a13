"""Which runs a chart shows where it does not show all: the best by one metric."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from neural.tracking.records import Goal, MetricSummary

__all__ = ["LINES", "Shortlist", "more_lines", "shortlist"]

#: How many lines a chart may be asked for; the first is where nobody asked.
LINES = (20, 50, 100)


@dataclass(frozen=True)
class Shortlist:
    """The runs of a chart that are drawn.

    Attributes:
        ids: Of the runs, in the order in which they came.
        total: How many there are.
        order: In words, which were chosen: ``"by val/acc desc"``; empty when all were.
    """

    ids: tuple[str, ...]
    total: int
    order: str = ""


def shortlist(
    figures: Mapping[str, Mapping[str, MetricSummary]],
    most: int,
    by: str,
    goal_of: Callable[[str], Goal],
) -> Shortlist:
    """Return the ``most`` runs whose best value of a metric is best.

    Args:
        figures: Figures by metric, by run id, of the runs that could be drawn.
        most: How many are.
        by: The metric; where no run logged it, the first runs are taken.
        goal_of: Returns its direction.
    """
    ids = list(figures)
    if len(ids) <= most:
        return Shortlist(tuple(ids), len(ids))
    if not any(by in one for one in figures.values()):
        return Shortlist(tuple(ids[:most]), len(ids), "the first of the page")
    goal = goal_of(by)
    kept = set(sorted(ids, key=lambda run: _rank(figures[run].get(by), goal))[:most])
    order = f"by {by} {'asc' if goal == 'min' else 'desc'}"
    return Shortlist(tuple(run for run in ids if run in kept), len(ids), order)


def _rank(figures: MetricSummary | None, goal: Goal) -> float:
    """Return a number that is smaller for a better run; NaN and nothing come last."""
    best = figures.best(goal)[0] if figures is not None else None
    if best is None or math.isnan(best):
        return math.inf
    return float(best) if goal == "min" else -float(best)


def more_lines(shown: int, total: int) -> int | None:
    """Return how many lines to offer next; ``None`` when there are no more to be had."""
    steps: Sequence[int] = [step for step in LINES if step > shown]
    return min(steps[0], total) if steps and shown < total else None
