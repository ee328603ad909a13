"""Lines of groups of runs: the middle, a band around it, the members faint behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.aggregate import GroupLine
from neural.tracking.charts.figures import compact_floats, compact_integers
from neural.tracking.charts.lines import Line
from neural.tracking.charts.theme import RunStyle, Theme, short_label
from neural.tracking.charts.traces import Axes, trace_uid

__all__ = ["GroupCurve", "group_traces"]

#: Opacity of the band, and of what single members logged behind it.
_BAND_OPACITY: Final = 0.18
_MEMBER_OPACITY: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupCurve:
    """One group as it is drawn.

    Attributes:
        key: What the line stands for; begins with ``"group:"``.
        label: What people call it.
        line: The figure and its band; x in the unit of the view.
        members: Lines of the runs in it; empty where they are not shown.
    """

    key: str
    label: str
    line: GroupLine
    members: tuple[Line, ...] = ()


def group_traces(
    group: GroupCurve, style: RunStyle, frame: Axes, *, theme: Theme = "dark"
) -> list[dict[str, Any]]:
    """Return the traces of one group: members, band, and the line that bears its name last.

    ``customdata`` of the line is the number of members that have a value at each point.

    Args:
        group: Data.
        style: Colour and dashes.
        frame: Axes of the panel.
        theme: Theme.
    """
    color = style.color(theme)
    shared = {"type": "scatter", "legendgroup": trace_uid(group.key), "xaxis": "x", "yaxis": "y"}
    traces = [shared | _member(group, one, style, frame, color) for one in group.members]
    if group.line.lower is not None and group.line.upper is not None:
        traces.append(shared | _band(group, style, frame, color))
    line = group.line
    return [
        *traces,
        shared
        | _identity(group, style, "line", "n")
        | {
            "name": short_label(group.label),
            "showlegend": True,
            "mode": "lines" if line.x.size > 1 else "markers",
            "x": _x(line.x, frame),
            "y": compact_floats(line.center, is_log=frame.view.log_y),
            "customdata": compact_integers(line.n),
            "line": {"color": color, "width": 2, "dash": style.dash},
            "marker": {"color": color, "size": 5},
            "hovertemplate": "%{y:.6~g} (n = %{customdata})",
        },
    ]


def _identity(group: GroupCurve, style: RunStyle, part: str, tip: str = "") -> dict[str, Any]:
    meta = {"key": group.key, "part": part, "slot": style.slot, "tip": tip, "name": group.label}
    return {"uid": trace_uid(group.key, part), "meta": meta, "showlegend": False}


def _member(
    group: GroupCurve, line: Line, style: RunStyle, frame: Axes, color: str
) -> dict[str, Any]:
    curve = line.smoothed or line.curve
    return _identity(group, style, "member") | {
        "uid": trace_uid(f"{group.key}/{line.key}", "member"),
        "mode": "lines",
        "x": _x(curve.x, frame),
        "y": compact_floats(curve.y, is_log=frame.view.log_y),
        "opacity": _MEMBER_OPACITY,
        "hoverinfo": "skip",
        "line": {"color": color, "width": 1},
    }


def _band(group: GroupCurve, style: RunStyle, frame: Axes, color: str) -> dict[str, Any]:
    """Return the band as one closed outline for each stretch that has both edges."""
    x, y = _outlines(group.line, is_log=frame.view.log_y)
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return _identity(group, style, "band") | {
        "mode": "lines",
        "x": x * frame.factor,
        "y": compact_floats(y, is_log=frame.view.log_y),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{_BAND_OPACITY})",
        "line": {"color": color, "width": 0},
        "hoverinfo": "skip",
    }


def _outlines(line: GroupLine, *, is_log: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    lower, upper = np.asarray(line.lower), np.asarray(line.upper)
    if is_log:
        positive = [one[one > 0] for one in (lower, upper, line.center)]
        floor = min((one.min() for one in positive if one.size), default=1.0)
        # A band that reaches to zero ends at the foot of what a logarithmic axis shows.
        lower = np.where(lower <= 0, floor, lower)
    there = np.flatnonzero(np.isfinite(lower) & np.isfinite(upper))
    x: list[NDArray[Any]] = []
    y: list[NDArray[Any]] = []
    gap = np.array([np.nan])
    for stretch in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        if stretch.size:
            back = stretch[::-1]
            x += [line.x[stretch], line.x[back], line.x[stretch[:1]], gap]
            y += [lower[stretch], upper[back], lower[stretch[:1]], gap]
    if not x:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(x)[:-1], np.concatenate(y)[:-1]


def _x(x: NDArray[Any], frame: Axes) -> NDArray[Any]:
    if frame.view.x == "step" and (x == np.round(x)).all():
        return compact_integers(x)
    on_axis: NDArray[np.float64] = x * frame.factor
    return on_axis
