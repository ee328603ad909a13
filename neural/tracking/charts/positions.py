"""Where the points of a series stand on the x axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.tracking.downsampling import DEFAULT_COLUMNS
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats
from neural.tracking.smoothing_along import Smoothing

__all__ = ["Points", "View", "XAxis", "place", "positions", "window"]

Floats: TypeAlias = NDArray[np.float64]
XAxis = Literal["step", "relative", "process", "time", "metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How series are looked at; the same for all lines of a chart.

    Attributes:
        x: ``"step"``, ``"relative"`` (seconds since the run began), ``"process"`` (the same of
            series without their pauses, see
            :func:`neural.tracking.analysis.pauses.without_pauses`), ``"time"`` (seconds since
            the Unix epoch) or ``"metric"`` (the value another metric had by then).
        x_metric: That metric.
        log_x: Logarithmic x axis; points at x <= 0 are hidden and counted.
        log_y: Logarithmic y axis; values <= 0 are hidden and counted.
        smoothing: How much, see ``amount`` of
            :func:`neural.tracking.smoothing_along.smooth_along`; 0 is off.
        kind: Which way of smoothing.
        columns: Pixel columns of the chart; at most twice as many points are drawn a line.
        x_range: First and last x on screen, in the unit of ``x``; ``None`` is all.
        overview: Columns over the whole series that are kept outside ``x_range``.
    """

    x: XAxis = "step"
    x_metric: str = ""
    log_x: bool = False
    log_y: bool = False
    smoothing: float = 0.0
    kind: Smoothing = "ema"
    columns: int = DEFAULT_COLUMNS
    x_range: tuple[float, float] | None = None
    overview: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """The points of a series that have a place on the x axis; shapes ``(T,)``.

    Attributes:
        x: In the unit of the view.
        position: Where they stand on screen: ``x``, or its logarithm.
        value: As logged.
        smoothed: The same smoothed, if anything is.
        unplaced: Points on screen that have no place.
    """

    x: NDArray[Any]
    position: NDArray[Any]
    value: Floats
    smoothed: Floats | None
    unplaced: int

    def below_axis(self, view: View) -> NDArray[np.bool_]:
        """Return which finite values a logarithmic y axis cannot show."""
        if not view.log_y:
            return np.zeros(self.value.size, dtype=np.bool_)
        return (self.value <= 0) & np.isfinite(self.value)

    def inside(self, view: View) -> NDArray[np.bool_]:
        """Return which points lie in the range on screen."""
        ends = window(view)
        if ends is None:
            return np.ones(self.value.size, dtype=np.bool_)
        return (self.position >= ends[0]) & (self.position <= ends[1])


def place(
    x: NDArray[Any], value: NDArray[Any], view: View, smoothed: Floats | None = None
) -> Points:
    """Return the points that have a place on the x axis.

    Args:
        x: Positions in the unit of the view, shape ``(T,)``.
        value: Values, shape ``(T,)``.
        view: The axes.
        smoothed: Smoothed values, shape ``(T,)``.
    """
    values = as_floats(value)
    is_placed = np.isfinite(x) & (x > 0) if view.log_x else np.isfinite(x)
    unplaced = 0
    if not is_placed.all():
        low, high = view.x_range or (-np.inf, np.inf)
        # Written so that a point without a time is in every range.
        unplaced = int(np.count_nonzero(~is_placed & ~(x < low) & ~(x > high)))
        x, values = x[is_placed], values[is_placed]
        smoothed = None if smoothed is None else smoothed[is_placed]
    position = np.log10(x) if view.log_x else x
    return Points(x=x, position=position, value=values, smoothed=smoothed, unplaced=unplaced)


def window(view: View) -> tuple[float, float] | None:
    """Return the range on screen in the unit of positions."""
    if view.x_range is None or not view.log_x:
        return view.x_range
    low, high = (float(np.log10(x)) if x > 0 else -np.inf for x in view.x_range)
    return low, high


def positions(
    series: Series, kind: XAxis, *, start: float | None = None, along: Series | None = None
) -> NDArray[Any]:
    """Return where the points of a series stand, shape ``(T,)``.

    Args:
        series: The drawn view of a metric.
        kind: Steps, seconds, or values of another metric.
        start: When the run began, in seconds since the Unix epoch; ``None`` takes its first
            point. Only for the relative axis.
        along: The metric on the x axis. Each point stands at its last value up to that step;
            those before its first value, and all without it, are NaN.
    """
    if kind == "step":
        return np.asarray(series.step)
    if kind == "metric":
        return _values_by(series.step, along)
    if kind == "time" or not series.time.size:
        return series.time
    elapsed: Floats = series.time - (np.nanmin(series.time) if start is None else start)
    return elapsed


def _values_by(steps: NDArray[Any], along: Series | None) -> Floats:
    """Return the last value of ``along`` up to each step."""
    found = np.full(steps.size, np.nan)
    if along is None or not along.step.size:
        return found
    order = np.argsort(along.step, kind="stable")
    last = np.searchsorted(along.step[order], steps, side="right") - 1
    known = last >= 0
    found[known] = as_floats(along.value)[order][last[known]]
    return found
