"""One metric as the rules look at it: finite, in order, and as levels that noise cannot fool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.tracking.records import Goal, Series
from neural.tracking.smoothing import as_floats

__all__ = ["FEWEST_POINTS", "Curve", "Levels", "curve_of"]

Floats: TypeAlias = NDArray[np.float64]

#: With fewer points no rule about the shape of a curve says anything: a bend of three points
#: is as often noise as not.
FEWEST_POINTS = 8
#: Blocks of a long curve: a level is then the median of 2 % of the points, fine enough to
#: say where something began, and steady enough to compare.
_BLOCKS = 50
#: A median absolute deviation times this is the standard deviation of normal noise.
_MAD_TO_DEVIATION = 1.4826
#: A median is this much less steady than a mean, for normal noise.
_MEDIAN_TO_MEAN = 1.2533
#: Differences below this share of the largest value may be rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """A curve in at most 50 blocks with equally many points each.

    Attributes:
        value: Median of each block, shape ``(B,)``; less is better.
        first: First step of each block, shape ``(B,)``.
        last: Last step of each block, shape ``(B,)``.
        noise: Standard deviation of a level around the course of the curve. It is the larger
            of two estimates: from neighbouring points (sees noise that changes from point to
            point) and from second differences of the levels (sees noise that drifts).
    """

    value: Floats
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    noise: float


@dataclass(frozen=True, eq=False)
class Curve:
    """The finite values of one metric, ascending in step, one a step, less is better.

    Attributes:
        name: Metric name.
        step: Shape ``(T,)``, ascending.
        value: Shape ``(T,)``; of metrics to maximise the negative.
        sign: -1 where ``value`` is the negative of what was logged, else 1.
    """

    name: str
    step: NDArray[np.int64]
    value: Floats
    sign: int = 1

    @cached_property
    def levels(self) -> Levels | None:
        """The curve in blocks; ``None`` when it has too few points to be judged."""
        if self.step.size < FEWEST_POINTS:
            return None
        blocks = max(FEWEST_POINTS, min(_BLOCKS, self.step.size // 4))
        edges = np.linspace(0, self.step.size, blocks + 1).astype(np.intp)
        value = np.array([np.median(self.value[a:b]) for a, b in pairwise(edges)])
        size = self.step.size / blocks
        return Levels(
            value,
            self.step[edges[:-1]],
            self.step[edges[1:] - 1],
            _noise(self.value, value, size),
        )

    def shown(self, value: float) -> float:
        """Return a level as it was logged, in its own sign."""
        return self.sign * value

    def level_at(self, step: int) -> float:
        """Return the level of the block that holds ``step``, or of the nearest one."""
        if self.levels is None:
            return float("nan")
        place = int(np.searchsorted(self.levels.first, step, side="right")) - 1
        return float(self.levels.value[max(0, place)])


def curve_of(name: str, series: Series, goal: Goal | None) -> Curve:
    """Return a series as a curve: NaN and infinities dropped, ordered, the last of a step kept.

    Args:
        name: Metric name.
        series: The metric as it was logged.
        goal: ``"max"`` turns it round; ``None`` counts as ``"min"``.
    """
    value = as_floats(series.value)
    is_finite = np.isfinite(value)
    step, value = np.asarray(series.step, dtype=np.int64)[is_finite], value[is_finite]
    if step.size and not (np.diff(step) > 0).all():
        # Of a step that was logged twice, the last value counts.
        step, place = np.unique(step[::-1], return_index=True)
        value = value[::-1][place]
    sign = -1 if goal == "max" else 1
    return Curve(name, step, sign * value, sign)


def _noise(points: Floats, levels: Floats, size: float) -> float:
    """Return the standard deviation of a level; never quite zero, because of rounding."""
    neighbours = _deviation(np.diff(points)) / np.sqrt(2.0)
    from_points = neighbours * (_MEDIAN_TO_MEAN if size > 2 else 1.0) / np.sqrt(max(size, 1.0))
    # The second difference of independent values has six times their variance.
    from_levels = _deviation(np.diff(levels, 2)) / np.sqrt(6.0)
    rounding = _ROUNDING * float(np.abs(points).max())
    return float(max(from_points, from_levels, rounding))


def _deviation(values: Floats) -> float:
    """Return the standard deviation as the median of the distances from the median tells it."""
    if not values.size:
        return 0.0
    return float(_MAD_TO_DEVIATION * np.median(np.abs(values - np.median(values))))
