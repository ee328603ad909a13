"""Results in the order in which the runs began, and the best of them so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import FigureDict, compact_floats, empty_figure, encode
from neural.tracking.charts.log_axis import log_words
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.points import Points, column_axis, hidden_note, point_traces, points_of
from neural.tracking.charts.theme import RUN_COLORS, Theme
from neural.tracking.records import Goal
from neural.tracking.smoothing import as_floats

__all__ = ["BestSoFar", "best_so_far", "best_so_far_dict"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BestSoFar:
    """Runs as points, and the best up to each.

    Attributes:
        points: The runs over their place in the order of their starts, counted from 1.
        place: Places of the runs with a result, ascending, shape ``(T,)``.
        best: The best result up to each of them, shape ``(T,)``.
        improved: Place of the run that brought the best of all; 0 without a result.
        goal: Which direction is better.
    """

    points: Points
    place: NDArray[np.int64]
    best: NDArray[np.float64]
    improved: int
    goal: Goal

    def note(self) -> str:
        """Return in words how long ago the best was found, and what is not on screen."""
        parts = [hidden_note(self.points)]
        if self.place.size:
            since = int(np.count_nonzero(self.place > self.improved))
            what = f"{since:,} runs since brought no better" if since else "the last one"
            parts.append(f"best {self.best[-1]:.5g} by run {self.improved:,}, {what}")
        if self.points.log_y:
            parts.append(log_words(self.points.y.values))
        return "; ".join(parts)


def best_so_far(
    result: Column,
    starts: ArrayLike,
    goal: Goal,
    *,
    labels: Iterable[str] = (),
    log_y: bool | None = None,
) -> BestSoFar:
    """Return the data of the chart.

    Args:
        result: Column along y, ``N`` runs.
        starts: When each began, shape ``(N,)``; runs without a time come last, as given.
        goal: Which direction is better.
        labels: Names of the runs for people.
        log_y: Whether y is logarithmic; ``None`` follows the result.
    """
    times = as_floats(starts)
    order = np.argsort(np.where(np.isfinite(times), times, np.inf), kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(1, order.size + 1)
    x = Column("run, in order of start", place.astype(np.float64))
    points = points_of(x, result, labels=labels, log_x=False, log_y=log_y)
    known = order[result.there[order]]
    values = result.values[known]
    best = (np.minimum if goal == "min" else np.maximum).accumulate(values)
    improved = int(place[known[np.argmax(best == best[-1])]]) if best.size else 0
    return BestSoFar(points=points, place=place[known], best=best, improved=improved, goal=goal)


def best_so_far_dict(
    data: BestSoFar, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the chart as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    points = data.points
    title = f"{points.y.name} in the order of the runs"
    if not data.place.size or not points.shown.any():
        reason = f"No run has a finite {points.y.name!r}"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "xaxis": column_axis(points.x) | {"rangemode": "tozero"},
        "yaxis": column_axis(points.y, is_log=points.log_y),
        "hovermode": "closest",
        "showlegend": False,
    }
    traces = [_line(data, theme), *point_traces(points, theme)]
    figure: FigureDict = encode({"data": traces, "layout": layout})
    return figure


def _line(data: BestSoFar, theme: Theme) -> dict[str, Any]:
    y = np.where(data.best > 0, data.best, np.nan) if data.points.log_y else data.best
    return {
        "type": "scatter",
        "uid": "best",
        "mode": "lines",
        "x": np.append(data.place, data.points.x.values.size).astype(np.int32),
        "y": compact_floats(np.append(y, y[-1])),
        "line": {"shape": "hv", "width": 2, "color": RUN_COLORS[theme][1]},
        "hovertemplate": "best so far %{y:.6~g}<extra></extra>",
    }
