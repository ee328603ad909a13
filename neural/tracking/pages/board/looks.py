"""How one chart is looked at, how finely it is drawn, and where its y axis ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from neural.tracking.charts.lines import Line, View
from neural.tracking.downsampling import DEFAULT_COLUMNS
from neural.tracking.pages.board.ranking import LINES
from neural.tracking.pages.board.view import GroupView

__all__ = ["Look", "coarseness", "columns_for", "extent_of", "padded", "view_for"]

#: Bytes of the arrays of a chart of few lines, of one line of many, and of all lines together; a
#: third more as they travel.
USUAL_BYTES = 170_000
MOST_LINE_BYTES = 8_500
MOST_BYTES = 850_000
#: Pixel columns of a line, however many lines there are, and however wide the chart is.
FEWEST_COLUMNS = 25
MOST_COLUMNS = 4000
#: Part of a line's columns that a zoomed chart keeps of what lies outside.
OVERVIEW = 4
#: What is left free above and below the values on an axis with given ends.
PADDING = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one chart is looked at.

    Attributes:
        view: Axes and smoothing; its columns are worked out here.
        width: Width of the plot in pixels; 0 is not known.
        clip: Whether the y axis is cut to the bulk of the values.
        ends: Lower and upper end of the y axis; ``None`` is automatic.
        shared: Metrics whose charts have the same y axis as this one.
        group: How runs are put together.
        labels: Label of its group by run id, where they are.
        lines: Most lines that are drawn of runs by themselves.
        by: Metric that says which, where there are more.
    """

    view: View = field(default_factory=View)
    width: int = 0
    clip: bool = False
    ends: tuple[float | None, float | None] = (None, None)
    shared: tuple[str, ...] = ()
    group: GroupView = field(default_factory=GroupView)
    labels: Mapping[str, str] = field(default_factory=dict)
    lines: int = LINES[-1]
    by: str = ""


def view_for(lines: int, look: Look) -> View:
    """Return the view of a chart with the columns that so many lines may have."""
    if look.view.x_range is None:
        return replace(look.view, columns=columns_for(lines, look.view, look.width))
    width = look.width or DEFAULT_COLUMNS
    overview = max(1, columns_for(lines, look.view, width + width // OVERVIEW) // (OVERVIEW + 1))
    return replace(look.view, columns=min(width, OVERVIEW * overview), overview=overview)


def columns_for(lines: int, view: View, width: int = 0) -> int:
    """Return how finely lines are drawn, so that a chart stays light however many there are.

    Args:
        lines: How many there are.
        view: Steps travel in four bytes, times in eight; a smoothed line has its raw one behind
            it, and the raw values for the tooltip.
        width: Width of the plot in pixels; 0 is not known.
    """
    x = 4 if view.x == "step" else 8
    # Each column of a line has a smallest and a largest point; a smoothed line has half as many.
    column = 2 * (x + 4) + ((x + 8) if view.smoothing else 0)
    lines = max(1, lines)
    wanted = max(USUAL_BYTES // lines, min(MOST_LINE_BYTES, MOST_BYTES // lines)) // column
    return max(FEWEST_COLUMNS, min(width or DEFAULT_COLUMNS, wanted, MOST_COLUMNS))


def extent_of(lines: Sequence[Line], *, is_log: bool = False) -> tuple[float, float] | None:
    """Return the smallest and the largest value that lines show; ``None`` without any."""
    values = [one.curve.y[np.isfinite(one.curve.y)] for one in lines]
    shown = np.concatenate([np.zeros(0), *values])
    if is_log:
        shown = shown[shown > 0]
    return (float(shown.min()), float(shown.max())) if shown.size else None


def padded(extent: tuple[float, float], *, is_log: bool) -> tuple[float, float]:
    """Return the ends of an axis that shows ``extent`` with something free on either side."""
    low, high = extent
    if is_log and low > 0:
        factor = (high / low) ** PADDING if high > low else 2.0
        return low / factor, high * factor
    free = PADDING * (high - low) or abs(high) * PADDING or 1.0
    return low - free, high + free


def coarseness(look: Look, view: View) -> str:
    """Return in words where the extremes are not those of every single pixel, else nothing."""
    if not look.width or view.columns >= look.width:
        return ""
    return f"one pair of extremes for {look.width / view.columns:.1f} pixels"
