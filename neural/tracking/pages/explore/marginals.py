"""Histograms along the axes of a scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural.tracking.charts.figures import FigureDict, compact_floats, encode
from neural.tracking.charts.points import Points
from neural.tracking.charts.theme import RUN_COLORS, Theme

__all__ = ["with_marginals"]

_BINS = 30
#: Share of the plot that the scatter keeps.
_KEPT = 0.84


def with_marginals(figure: FigureDict, points: Points, theme: Theme) -> FigureDict:
    """Return the figure of a scatter with a histogram above it and one at its right.

    Args:
        figure: From ``scatter_dict``; its axes are narrowed.
        points: What it shows.
        theme: Theme.
    """
    layout = dict(figure["layout"])
    layout["xaxis"] = {**layout["xaxis"], "domain": [0, _KEPT]}
    layout["yaxis"] = {**layout["yaxis"], "domain": [0, _KEPT]}
    bare: dict[str, Any] = {
        "domain": [_KEPT + 0.02, 1],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "rangemode": "tozero",
        "fixedrange": True,
    }
    layout |= {"xaxis2": bare | {"anchor": "y"}, "yaxis2": bare | {"anchor": "x"}, "bargap": 0.05}
    above = _bars(points, "x", theme) | {"xaxis": "x", "yaxis": "y2"}
    beside = _bars(points, "y", theme) | {"xaxis": "x2", "yaxis": "y", "orientation": "h"}
    return {"data": [*figure["data"], *encode([above, beside])], "layout": layout}


def _bars(points: Points, axis: str, theme: Theme) -> dict[str, Any]:
    column = points.x if axis == "x" else points.y
    is_log = points.log_x if axis == "x" else points.log_y
    values = column.values[points.shown]
    if column.levels:
        centres = np.arange(len(column.levels), dtype=np.float64)
        counts = np.bincount(values.astype(np.intp), minlength=centres.size)
        widths = np.full(centres.size, 0.8)
    else:
        scaled = np.log10(values) if is_log else values
        counts, edges = np.histogram(scaled, bins=_BINS)
        ends = 10.0**edges if is_log else edges
        middle = (edges[:-1] + edges[1:]) / 2
        centres = 10.0**middle if is_log else middle
        widths = np.diff(ends)
    along, up = (axis, "y") if axis == "x" else (axis, "x")
    return {
        "type": "bar",
        "uid": f"margin-{axis}",
        along: compact_floats(centres, is_log=is_log),
        up: counts.astype(np.int32),
        "width": widths,
        "marker": {"color": RUN_COLORS[theme][0], "opacity": 0.55, "line": {"width": 0}},
        "showlegend": False,
        "hovertemplate": f"%{{{up}}} runs<extra></extra>",
    }
