"""What the rules look at: the curves of one run, and what else is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.doctor.curve import Curve, curve_of
from neural.tracking.analysis.doctor.names import (
    is_learning_rate,
    known_goal,
    train_validation_pairs,
)
from neural.tracking.records import Goal, Series

__all__ = ["Patient", "RunFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the rules may know beside the curves.

    Attributes:
        status: As shown, such as ``"running"`` or ``"crashed"``.
        goals: Direction by metric, where the user set one; else the name tells it.
        now: The present, seconds since the Unix epoch; ``None`` where it does not matter or
            is not known, and then a running run is never called stalled.
    """

    status: str = "completed"
    goals: Mapping[str, Goal] = field(default_factory=dict)
    now: float | None = None


@dataclass(frozen=True, eq=False)
class Patient:
    """One run under examination; what several rules need is worked out once.

    Attributes:
        series: Every metric as drawn, by name.
        facts: What else is known.
    """

    series: Mapping[str, Series]
    facts: RunFacts = field(default_factory=RunFacts)

    @cached_property
    def judged(self) -> dict[str, Curve]:
        """Curves of the metrics whose better direction is known, by name."""
        goals = {name: known_goal(name, self.facts.goals) for name in self.series}
        return {
            name: curve_of(name, self.series[name], goal)
            for name, goal in goals.items()
            if goal is not None
        }

    @cached_property
    def rates(self) -> dict[str, Curve]:
        """Learning rates by name."""
        return {
            name: curve_of(name, one, None)
            for name, one in self.series.items()
            if is_learning_rate(name)
        }

    @cached_property
    def pairs(self) -> list[tuple[Curve, Curve]]:
        """Training and validation curve of each judged metric that has both."""
        judged = self.judged
        return [(judged[one], judged[other]) for one, other in train_validation_pairs(judged)]

    @cached_property
    def pulse(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Step and time of every point of the metric with most points, ordered by time.

        One metric and not all: validation comes in bursts that are no sign of speed. Points
        without a time are left out.
        """
        longest = max(self.series.values(), key=lambda one: one.step.size, default=None)
        if longest is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        time, step = np.asarray(longest.time), np.asarray(longest.step)
        order = np.argsort(time, kind="stable")
        order = order[np.isfinite(time[order])]
        return step[order], time[order]

    @property
    def extent(self) -> tuple[int, int] | None:
        """First and last step of any metric; ``None`` when nothing was logged."""
        ends = [(int(one.step.min()), int(one.step.max())) for one in self._logged()]
        return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None

    @property
    def last_time(self) -> float | None:
        """When the last point of any metric was logged, seconds since the Unix epoch."""
        times = [float(np.nanmax(t)) for t in self._times() if np.isfinite(t).any()]
        return max(times, default=None)

    def _times(self) -> list[NDArray[np.float64]]:
        return [np.asarray(one.time, dtype=np.float64) for one in self._logged()]

    def _logged(self) -> list[Series]:
        return [one for one in self.series.values() if one.step.size]
