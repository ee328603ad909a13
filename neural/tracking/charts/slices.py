"""Slices: a result over each param, side by side on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.log_axis import log_words
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.points import MAX_POINTS, Points, column_axis, point_traces, points_of
from neural.tracking.charts.theme import Theme

__all__ = ["ACROSS", "MAX_PANELS", "Slices", "slices", "slices_dict"]

#: Panels in one chart, and side by side.
MAX_PANELS, ACROSS = 12, 3
_GAPACROSS, _ROW_HEIGHT = 0.05, 250


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slices:
    """One panel a param.

    Attributes:
        result: The column along all y axes.
        panels: Params that vary, one a panel.
        total: Params that vary; more than panels when some were left out.
    """

    result: Column
    panels: tuple[Points, ...]
    total: int

    def note(self) -> str:
        """Return in words how many runs there are, and what is not on screen."""
        parts = [f"{int(np.count_nonzero(self.result.there)):,} runs with a result"]
        if any(panel.thinned for panel in self.panels):
            drawn = max(int(np.count_nonzero(panel.shown)) for panel in self.panels)
            parts.append(f"{drawn:,} a panel drawn, evenly chosen")
        if len(self.panels) < self.total:
            parts.append(f"{len(self.panels)} of {self.total:,} params shown")
        if self.panels and self.panels[0].log_y:
            parts.append(log_words(self.result.values))
        return "; ".join(parts)


def slices(
    result: Column,
    params: Sequence[Column],
    *,
    labels: Iterable[str] = (),
    color: Column | None = None,
    log_y: bool | None = False,
    max_panels: int = MAX_PANELS,
) -> Slices:
    """Return the data of the chart.

    Args:
        result: Column along y, ``N`` runs.
        params: One a panel, the same runs; those that do not vary are left out.
        labels: Names of the runs for people.
        color: Column of the colours, such as the order in which the runs began.
        log_y: Whether y is logarithmic; ``None`` follows the result.
        max_panels: Panels at most; params left out are counted in the note.
    """
    varied = [one for one in params if one.varies and one.there.any()]
    names = tuple(labels)
    most = MAX_POINTS // max(1, min(len(varied), max_panels))
    panels = [
        points_of(one, result, labels=names, color=color, log_y=log_y, most=most)
        for one in varied[:max_panels]
    ]
    return Slices(result=result, panels=tuple(panels), total=len(varied))


def slices_dict(
    data: Slices, *, theme: Theme = "dark", compact: bool = False, across: int = ACROSS
) -> FigureDict:
    """Draw the panels as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
        across: Panels side by side; 1 for a narrow screen.
    """
    title = f"{data.result.name} over each param"
    if not data.panels or not data.result.there.any():
        reason = "No param differs between the runs that have this result"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    across = max(1, min(across, len(data.panels)))
    rows = ceil(len(data.panels) / across)
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "height": 110 + _ROW_HEIGHT * rows,
        "hovermode": "closest",
        "showlegend": False,
    }
    traces: list[dict[str, Any]] = []
    for number, panel in enumerate(data.panels):
        mark = "" if number == 0 else str(number + 1)
        layout |= _axes(panel, number, rows, across)
        traces += point_traces(panel, theme, axes=(f"x{mark}", f"y{mark}"), bar=number == 0)
    figure: FigureDict = encode({"data": traces, "layout": layout})
    return figure


def _axes(panel: Points, number: int, rows: int, across: int) -> dict[str, Any]:
    mark = "" if number == 0 else str(number + 1)
    row, place = divmod(number, across)
    width = (1 - _GAPACROSS * (across - 1)) / across
    left = place * (width + _GAPACROSS)
    gap = 0.28 / rows if rows > 1 else 0.0
    height = (1 - gap * (rows - 1)) / rows
    bottom = (rows - 1 - row) * (height + gap)
    up = column_axis(panel.y, is_log=panel.log_y)
    if place:
        up |= {"title": {"text": ""}, "showticklabels": False, "ticks": ""}
    if number:
        up["matches"] = "y"
    return {
        f"xaxis{mark}": column_axis(panel.x, is_log=panel.log_x)
        | {"domain": [left, left + width], "anchor": f"y{mark}"},
        f"yaxis{mark}": up
        | {"domain": [max(0.0, bottom), min(1.0, bottom + height)], "anchor": f"x{mark}"},
    }
