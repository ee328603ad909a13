"""Several panels in one figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neural.tracking.charts.figures import FigureDict, base_layout
from neural.tracking.charts.lines import Counts, Line, View
from neural.tracking.charts.theme import RunStyle, Theme, short_label
from neural.tracking.charts.traces import axes, gap_axis, line_traces

__all__ = ["COLUMNS", "MAX_PANELS", "ROW_HEIGHT", "CurveGrid", "curve_grid"]

#: Panels side by side.
COLUMNS = 2
#: Height of a row of panels in pixels.
ROW_HEIGHT = 400
#: Panels in one figure unless more are asked for; the note says how many are left out.
MAX_PANELS = 50

#: Share of the width left free between two panels.
_GUTTER = 0.08
#: Height left free between two rows, in pixels: title above, x axis below.
_ROW_GAP = 90
#: Height above the first and below the last row, in pixels.
_TOP, _BOTTOM = 96, 56

_RUN = RunStyle(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveGrid:
    """One panel for each metric of a run, and nothing left to work out.

    Attributes:
        title: Title of the figure.
        lines: One line a panel, in the order of the panels.
        view: The view they were made for.
        total: Metrics there are; more than panels when some were left out.
    """

    title: str
    lines: tuple[Line, ...]
    view: View
    total: int

    @property
    def counts(self) -> Counts:
        """What is drawn and what is hidden, over all panels."""
        return Counts.of(line.counts for line in self.lines)

    def note(self) -> str:
        """Return in words what is not on screen; empty when everything is."""
        parts = [self.counts.note()]
        if len(self.lines) < self.total:
            parts.append(f"{len(self.lines)} of {self.total:,} metrics shown: name those you want")
        return "; ".join(filter(None, parts))


def curve_grid(grid: CurveGrid, theme: Theme = "dark") -> FigureDict:
    """Draw panels in rows of two, each with its own axes."""
    rows = -(-len(grid.lines) // COLUMNS)
    layout = base_layout(theme, grid.title, note=grid.note()) | {
        "height": rows * ROW_HEIGHT,
        "showlegend": False,
        "annotations": [],
        "hovermode": "closest",
    }
    layout["margin"] = {"l": 56, "r": 16, "t": _TOP, "b": _BOTTOM}
    # Titles stand at the top of the container, however high the figure is.
    layout["title"] |= {"yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 16}}
    data: list[dict[str, Any]] = []
    for number, line in enumerate(grid.lines, start=1):
        frame = axes(grid.view, [line])
        left, right = _across(number, len(grid.lines))
        bottom, top = _down(number, rows)
        suffix = "" if number == 1 else str(number)
        layout[f"xaxis{suffix}"] = frame.x | {"domain": [left, right], "anchor": f"y{suffix}"}
        layout[f"yaxis{suffix}"] = frame.y | {"domain": [bottom, top], "anchor": f"x{suffix}"}
        layout["annotations"].append(_panel_title(line, left, top))
        gap_panel = len(grid.lines) + number
        if line.gap_x.size:
            layout[f"yaxis{gap_panel}"] = gap_axis(number)
        data += line_traces(
            line, _RUN, frame, theme=theme, panel=number, gap_panel=gap_panel, unified=False
        )
    return {"data": data, "layout": layout}


def _across(number: int, panels: int) -> tuple[float, float]:
    """Return left and right end of a panel as shares of the width; one alone takes it all."""
    if panels == 1:
        return 0.0, 1.0
    width = (1 - _GUTTER) / COLUMNS
    left = ((number - 1) % COLUMNS) * (width + _GUTTER)
    return round(left, 6), round(left + width, 6)


def _down(number: int, rows: int) -> tuple[float, float]:
    """Return lower and upper end of a panel as shares of the height."""
    inner = rows * ROW_HEIGHT - _TOP - _BOTTOM
    height = (inner - (rows - 1) * _ROW_GAP) / rows
    top = inner - ((number - 1) // COLUMNS) * (height + _ROW_GAP)
    return round(max(top - height, 0) / inner, 6), round(top / inner, 6)


def _panel_title(line: Line, left: float, top: float) -> dict[str, Any]:
    return {
        "text": short_label(line.label, 44),
        "xref": "paper",
        "yref": "paper",
        "x": left,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 4,
        "font": {"size": 13},
        "showarrow": False,
    }
