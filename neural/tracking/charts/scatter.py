"""Scatter: any param or result of many runs against any other, with its trend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural.tracking.analysis.run_columns import Column
from neural.tracking.analysis.trend import Trend, trend
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.noted_layout import LEGEND_BELOW, noted_layout
from neural.tracking.charts.points import (
    Points,
    column_axis,
    hidden_note,
    point_traces,
    points_of,
)
from neural.tracking.charts.theme import TOKENS, Theme

__all__ = ["Scatter", "scatter", "scatter_dict"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scatter:
    """Runs as points, and the line through them.

    Attributes:
        points: The runs.
        line: Least-squares line on these axes; ``None`` where there is none.
    """

    points: Points
    line: Trend | None


def scatter(
    x: Column,
    y: Column,
    *,
    color: Column | None = None,
    labels: Iterable[str] = (),
    log_x: bool | None = None,
    log_y: bool | None = False,
) -> Scatter:
    """Return the data of a scatter.

    Args:
        x: Column along x, ``N`` runs.
        y: Column along y, the same runs.
        color: Column of the colours; ``None`` gives all the same.
        labels: Names of the runs for people.
        log_x: Whether x is logarithmic; ``None`` follows the column.
        log_y: The same for y.
    """
    points = points_of(x, y, color=color, labels=labels, log_x=log_x, log_y=log_y)
    is_line = x.is_number and y.is_number
    line = trend(x.values, y.values, log_x=points.log_x, log_y=points.log_y) if is_line else None
    return Scatter(points=points, line=line)


def scatter_dict(data: Scatter, *, theme: Theme = "dark", compact: bool = False) -> FigureDict:
    """Draw the scatter as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    points = data.points
    title = f"{points.y.name} over {points.x.name}"
    if not points.shown.any():
        reason = f"No run has both {points.x.name!r} and {points.y.name!r} on these axes"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    layout = noted_layout(theme, title, _note(data), compact=compact) | {
        "xaxis": column_axis(points.x, is_log=points.log_x),
        "yaxis": column_axis(points.y, is_log=points.log_y),
        "legend": LEGEND_BELOW,
        "hovermode": "closest",
    }
    drawn = [] if data.line is None else [_line(data.line, theme)]
    figure: FigureDict = encode({"data": [*drawn, *point_traces(points, theme)], "layout": layout})
    return figure


def _note(data: Scatter) -> str:
    parts = [hidden_note(data.points)]
    if (line := data.line) is not None and np.isfinite(line.r):
        p = "< 0.001" if line.p < 0.001 else f"= {line.p:.3f}"
        parts.append(
            f"trend r = {line.r:.2f}, p {p}; rank correlation {line.rho:.2f}, n = {line.n:,}"
        )
    return "; ".join(parts).replace("-", "−")


def _line(line: Trend, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "uid": "trend",
        "mode": "lines",
        "x": line.x,
        "y": line.y,
        "line": {"color": TOKENS[theme]["muted"], "width": 2, "dash": "dash"},
        "showlegend": False,
        "hoverinfo": "skip",
    }
