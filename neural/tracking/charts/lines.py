"""Lines of metrics: what is drawn of a series, and how much of it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.tracking.charts.positions import Points, View, XAxis, place, positions, window
from neural.tracking.downsampling import Reduction, downsample
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats
from neural.tracking.smoothing_along import smooth_along

__all__ = ["Counts", "Curve", "Line", "View", "XAxis", "line", "placed_values", "visible_values"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many points there were, and what became of them.

    Attributes:
        total: Points in the drawn range.
        drawn: Of these, points that are on screen as they were logged.
        nan: Values that are NaN.
        infinite: Values that are plus or minus infinity.
        nonpositive: Values <= 0 that a logarithmic y axis cannot show.
        unplaced: Points without a place on the x axis: <= 0 on a logarithmic one, or logged
            without a time.
    """

    total: int = 0
    drawn: int = 0
    nan: int = 0
    infinite: int = 0
    nonpositive: int = 0
    unplaced: int = 0

    @classmethod
    def of(cls, counts: Iterable[Counts]) -> Counts:
        """Return the sums of several."""
        kept = list(counts)
        return cls(
            total=sum([one.total for one in kept]),
            drawn=sum([one.drawn for one in kept]),
            nan=sum([one.nan for one in kept]),
            infinite=sum([one.infinite for one in kept]),
            nonpositive=sum([one.nonpositive for one in kept]),
            unplaced=sum([one.unplaced for one in kept]),
        )

    def note(self) -> str:
        """Return in words what is not on screen; empty when everything is.

        Example:
            >>> Counts(total=1_200_000, drawn=2_000, nan=3).note()
            '2,000 of 1,200,000 points drawn, extremes exact, 3 NaN'
        """
        hidden = self.nan + self.infinite + self.nonpositive + self.unplaced
        parts = []
        if self.drawn + hidden < self.total:
            parts.append(f"{self.drawn:,} of {self.total:,} points drawn, extremes exact")
        if self.nan:
            parts.append(f"{self.nan:,} NaN")
        if self.infinite:
            parts.append(f"{self.infinite:,} infinite")
        if self.nonpositive:
            parts.append(f"{self.nonpositive:,} ≤ 0 hidden by the log axis")
        if self.unplaced:
            parts.append(f"{self.unplaced:,} without a place on the x axis")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Points joined by a line; NaN in ``y`` breaks it. Arrays have shape ``(K,)``.

    Attributes:
        x: Ascending positions, int64 or float64, in the unit of the view.
        y: Values, float64.
        raw: Of a smoothed curve: the values that were logged at the same points.
    """

    x: NDArray[Any]
    y: Floats
    raw: Floats | None = None

    def isolated(self) -> NDArray[np.bool_]:
        """Return which points have no neighbour to be joined to, shape ``(K,)``.

        No line is drawn through such a point, so it has to be marked to be seen.
        """
        gap = np.concatenate(([True], ~np.isfinite(self.y), [True]))
        alone: NDArray[np.bool_] = ~gap[1:-1] & gap[:-2] & gap[2:]
        return alone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One series as it is drawn.

    Attributes:
        key: What the line stands for: a run id or a metric name.
        label: What people call it.
        curve: As logged.
        smoothed: The same series smoothed; ``None`` when smoothing is off.
        gap_x: Where NaN or infinities begin, shape ``(G,)``.
        gap_value: The value logged there, shape ``(G,)``.
        counts: What is drawn and what is not.
    """

    key: str
    label: str
    curve: Curve
    smoothed: Curve | None
    gap_x: NDArray[Any]
    gap_value: Floats
    counts: Counts


def line(
    series: Series,
    view: View,
    *,
    key: str,
    label: str | None = None,
    start: float | None = None,
    smoothed: Floats | None = None,
    along: Series | None = None,
) -> Line:
    """Return what is drawn of ``series``.

    Smoothing sees the full series; only its result is reduced.

    Args:
        series: The drawn view of a metric.
        view: Axes, smoothing and width.
        key: Identity of the line: run id or metric name.
        label: Name for people; ``None`` is ``key``.
        start: When the run began, in seconds since the Unix epoch; ``None`` takes its first
            point. Only for the relative axis.
        smoothed: A smoothed version of the values, shape ``(T,)``, in place of the view's.
        along: The drawn view of the metric on the x axis, where that is one.
    """
    x = positions(series, view.x, start=start, along=along)
    if smoothed is None and view.smoothing:
        smoothed = smooth_along(x, series.value, view.kind, view.smoothing)
    points = place(x, series.value, view, smoothed)
    hidden = points.below_axis(view)
    visible = np.where(hidden, np.nan, points.value)
    reduction = _reduced(points, visible, view)
    kept = reduction.kept
    gaps = kept[_begins_gap(points.value[kept])]
    nonpositive = int(np.count_nonzero(hidden & points.inside(view)))
    return Line(
        key=key,
        label=key if label is None else label,
        curve=Curve(x=points.x[kept], y=_finite_or_nan(visible[kept])),
        smoothed=_smoothed_curve(points, view),
        gap_x=points.x[gaps],
        gap_value=points.value[gaps],
        counts=Counts(
            total=reduction.total + points.unplaced,
            drawn=reduction.drawn,
            nan=reduction.nan - nonpositive,
            infinite=reduction.infinite,
            nonpositive=nonpositive,
            unplaced=points.unplaced,
        ),
    )


def placed_values(
    series: Series, view: View, *, start: float | None = None, along: Series | None = None
) -> tuple[Floats, Floats]:
    """Return positions on screen and values of a whole series, smoothed as the view says.

    What a group is reckoned from; arguments as for :func:`line`. Points that a logarithmic
    axis cannot show are left out.
    """
    x = positions(series, view.x, start=start, along=along)
    value = as_floats(series.value)
    if view.smoothing:
        value = smooth_along(x, value, view.kind, view.smoothing)
    points = place(x, value, view)
    shown = np.where(points.below_axis(view), np.nan, points.value)
    return as_floats(points.position), shown


def visible_values(
    series: Series, view: View, *, start: float | None = None, along: Series | None = None
) -> Floats:
    """Return the finite values in the range on screen, as logged; arguments as for :func:`line`.

    What an axis that is cut to the bulk of the values is made from.
    """
    x = positions(series, view.x, start=start, along=along)
    points = place(x, series.value, view)
    return points.value[points.inside(view) & ~points.below_axis(view) & np.isfinite(points.value)]


def _reduced(points: Points, values: Floats, view: View) -> Reduction:
    return downsample(
        points.position,
        values,
        columns=view.columns,
        x_range=window(view),
        overview=view.overview,
    )


def _begins_gap(values: Floats) -> NDArray[np.bool_]:
    """Return which values are not finite and have no such value before them."""
    is_gap = ~np.isfinite(values)
    begins: NDArray[np.bool_] = is_gap & ~np.concatenate(([False], is_gap[:-1]))
    return begins


def _smoothed_curve(points: Points, view: View) -> Curve | None:
    """Return the smoothed line, reduced by its own extremes, with the logged values beside."""
    if points.smoothed is None:
        return None
    shown = points.smoothed
    if view.log_y:
        shown = np.where(shown > 0, shown, np.nan)
    # It is smooth: two pixels to a column are as good as one, and it costs the most bytes.
    kept = _reduced(points, shown, replace(view, columns=max(1, view.columns // 2))).kept
    return Curve(x=points.x[kept], y=_finite_or_nan(shown[kept]), raw=points.value[kept])


def _finite_or_nan(values: Floats) -> Floats:
    """Return ``values`` with infinities as NaN, which is what Plotly breaks a line at."""
    return np.where(np.isfinite(values), values, np.nan)
