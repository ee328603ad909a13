"""Pareto front: runs that no other run beats in every chosen metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.pareto import pareto_front
from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import (
    FigureDict,
    compact_floats,
    empty_figure,
    encode,
)
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.points import (
    Points,
    column_axis,
    hidden_note,
    point_traces,
    points_of,
)
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme
from neural.tracking.records import Goal

__all__ = ["ParetoChart", "pareto_chart", "pareto_chart_dict"]

_WORDS: dict[Goal, str] = {"min": "less is better", "max": "more is better"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParetoChart:
    """Runs over two metrics, and which of them are on the front of all.

    Attributes:
        points: The runs, on the axes of the first two metrics.
        on_front: Which runs no other beats, shape ``(N,)``.
        goals: Direction of each metric.
        names: Their names; more than two when the front is of more than is drawn.
    """

    points: Points
    on_front: NDArray[np.bool_]
    goals: tuple[Goal, ...]
    names: tuple[str, ...]

    def note(self) -> str:
        """Return in words how many runs there are, and of what the front is."""
        count = int(np.count_nonzero(self.on_front & self.points.shown))
        front = f"{count:,} on the front (◆)"
        if len(self.names) > 2:
            front += f" of {len(self.names)} metrics, of which two are drawn"
        return f"{front}; {hidden_note(self.points)}"


def pareto_chart(
    metrics: Sequence[Column],
    goals: Sequence[Goal],
    *,
    labels: Iterable[str] = (),
    log_x: bool | None = False,
    log_y: bool | None = False,
) -> ParetoChart:
    """Return the data of the chart.

    Args:
        metrics: Two or more columns over the same ``N`` runs; the first two are drawn.
        goals: ``"min"`` or ``"max"`` for each.
        labels: Names of the runs for people.
        log_x: Whether x is logarithmic; ``None`` follows the column.
        log_y: The same for y.

    Raises:
        InvalidInputError: There are fewer than two metrics, or not a goal for each.
    """
    if len(metrics) < 2:
        raise InvalidInputError(f"a Pareto front needs two or more metrics, got {len(metrics)}")
    return ParetoChart(
        points=points_of(metrics[0], metrics[1], labels=labels, log_x=log_x, log_y=log_y),
        on_front=pareto_front(np.column_stack([one.values for one in metrics]), goals),
        goals=tuple(goals),
        names=tuple(one.name for one in metrics),
    )


def pareto_chart_dict(
    data: ParetoChart, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the chart as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    points = data.points
    title = f"Pareto front of {points.y.name} and {points.x.name}"
    if not points.shown.any():
        reason = f"No run has both {points.x.name!r} and {points.y.name!r} on these axes"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "xaxis": _axis(points.x, points.log_x, data.goals[0]),
        "yaxis": _axis(points.y, points.log_y, data.goals[1]),
        "hovermode": "closest",
        "showlegend": False,
    }
    front = data.on_front & points.shown
    traces = [*_front(data, front, theme), *_others(points, front, theme)]
    figure: FigureDict = encode({"data": traces, "layout": layout})
    return figure


def _axis(column: Column, is_log: bool, goal: Goal) -> dict[str, Any]:
    axis = column_axis(column, is_log=is_log)
    axis["title"]["text"] += f" ({_WORDS[goal]})"
    return axis


def _others(points: Points, front: NDArray[np.bool_], theme: Theme) -> list[dict[str, Any]]:
    """Return the marks: the front in colour and large, the others hollow and grey."""
    (trace,) = point_traces(points, theme)
    mine = front[np.flatnonzero(points.shown)]
    token = TOKENS[theme]
    trace["marker"] = {
        "size": np.where(mine, 13, 7).astype(np.int32),
        "color": [RUN_COLORS[theme][0] if one else token["neutral"] for one in mine],
        "symbol": ["diamond" if one else "circle-open" for one in mine],
        "line": {"width": 1.5, "color": token["panel"]},
    }
    return [trace]


def _front(data: ParetoChart, front: NDArray[np.bool_], theme: Theme) -> list[dict[str, Any]]:
    """Return the border of what the front beats, where it is one of the drawn metrics only."""
    rows = np.flatnonzero(front)
    if len(data.names) > 2 or rows.size < 2:
        return []
    points, x = data.points, data.points.x.values
    rows = rows[np.argsort(x[rows], kind="stable")]
    # Between two runs the border goes along what the worse of the two in x still reaches.
    shape = "hv" if data.goals[0] == "min" else "vh"
    return [
        {
            "type": "scatter",
            "uid": "front",
            "mode": "lines",
            "x": compact_floats(x[rows], is_log=points.log_x),
            "y": compact_floats(points.y.values[rows], is_log=points.log_y),
            "line": {"shape": shape, "color": RUN_COLORS[theme][0], "width": 2, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]
