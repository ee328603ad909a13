"""Lines as Plotly traces and axes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.charts.figures import compact_floats, compact_integers
from neural.tracking.charts.lines import Curve, Line, View
from neural.tracking.charts.theme import RunStyle, Theme, short_label

__all__ = ["Axes", "axes", "elapsed_unit", "gap_axis", "line_traces", "trace_uid"]

#: Up to this many points each one is marked; more would hide the line.
_MARKED = 40
#: From this many points on a line that was not smoothed is thinner.
_DENSE = 300
#: Opacity of what was logged behind its smoothed line.
_RAW_OPACITY = 0.3

#: Upper end in seconds, length in seconds and sign of the units of elapsed time.
_UNITS: Final = ((300, 1.0, "s"), (3 * 3600, 60.0, "min"), (3 * 86400, 3600.0, "h"))
_DAY: Final = (86400.0, "d")

#: Whole numbers at the ticks ("0.2", not "2"), and few enough for the smallest card.
_LOG_Y: Final = {"type": "log", "tickformat": "~g", "nticks": 4}
_LOG_X: Final = {"type": "log", "tickformat": "~s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What all lines of one panel share.

    Attributes:
        x: Plotly layout of the x axis.
        y: Plotly layout of the y axis.
        factor: Multiplies positions of the view to give those on the axis.
        view: The view both were made for.
        hover: What stands before the x value in a tooltip.
    """

    x: dict[str, Any]
    y: dict[str, Any]
    factor: float
    view: View
    hover: str


def elapsed_unit(view: View, lines: Sequence[Line]) -> tuple[float, str]:
    """Return length in seconds and sign of the unit that the elapsed time of ``lines`` has."""
    if view.x not in ("relative", "process"):
        return 1.0, "s"
    last = max((float(one.curve.x[-1]) for one in lines if one.curve.x.size), default=0.0)
    return next(((seconds, sign) for end, seconds, sign in _UNITS if last < end), _DAY)


def axes(view: View, lines: Sequence[Line], *, unit: tuple[float, str] | None = None) -> Axes:
    """Return the axes of a panel with ``lines``; elapsed time is in a fitting unit.

    Args:
        view: What the lines were made for.
        lines: They.
        unit: Unit of elapsed time; ``None`` is :func:`elapsed_unit` of the lines.
    """
    y = dict(_LOG_Y) if view.log_y else {"type": "linear"}
    x: dict[str, Any] = dict(_LOG_X) if view.log_x else {"type": "linear"}
    factor = 1.0
    if view.x == "step":
        title, hover = "Step", "step "
    elif view.x == "metric":
        title, hover = short_label(view.x_metric), f"{short_label(view.x_metric)} "
    elif view.x == "time":
        title, factor, hover = "Time (UTC)", 1000.0, ""
        x = {"type": "date"}
    else:
        seconds, sign = unit or elapsed_unit(view, lines)
        kind = "Elapsed" if view.x == "relative" else "Elapsed without pauses"
        title, factor, hover = f"{kind} ({sign})", 1 / seconds, ""
    x["title"] = {"text": title}
    if view.x_range is not None:
        ends = np.array(view.x_range) * factor
        x["range"] = (np.log10(np.maximum(ends, 1e-300)) if view.log_x else ends).tolist()
    return Axes(x=x, y=y, factor=factor, view=view, hover=hover)


def gap_axis(panel: int = 1) -> dict[str, Any]:
    """Return an invisible y axis from 0 to 1 over a panel; marks of NaN stand at its foot."""
    return {
        "overlaying": "y" if panel == 1 else f"y{panel}",
        "anchor": "x" if panel == 1 else f"x{panel}",
        "range": [0, 1],
        "visible": False,
        "fixedrange": True,
    }


def line_traces(
    line: Line,
    style: RunStyle,
    frame: Axes,
    *,
    theme: Theme = "dark",
    panel: int = 1,
    gap_panel: int | None = None,
    unified: bool = False,
) -> list[dict[str, Any]]:
    """Return the traces of one line, the one that bears its name last.

    ``meta`` says which line they belong to and which part they are: ``"line"``, ``"raw"`` what
    was logged behind a smoothed line, ``"points"`` those without neighbours, ``"gaps"`` where
    NaN or infinities begin. ``uid`` stands for both; a live chart may replace the arrays of
    its traces as long as their uids stay the same.

    Args:
        line: Data.
        style: Colour and dashes.
        frame: Axes of the panel.
        theme: Theme.
        panel: Number of the panel's axes, from 1.
        gap_panel: Number of the axis made by :func:`gap_axis`; ``None`` leaves the marks out.
        unified: Whether one tooltip tells all lines, with x in its head.
    """
    shared = {
        "type": "scatter",
        "legendgroup": trace_uid(line.key),
        "showlegend": False,
        "xaxis": "x" if panel == 1 else f"x{panel}",
        "yaxis": "y" if panel == 1 else f"y{panel}",
    }
    color = style.color(theme)
    main = line.smoothed or line.curve
    traces = []
    if line.smoothed is not None:
        raw = _drawn(line.curve, frame) | {
            **_identity(line, style, "raw"),
            "mode": "lines",
            "opacity": _RAW_OPACITY,
            "hoverinfo": "skip",
            "line": {"color": color, "width": 1},
        }
        traces.append(shared | raw)
    if gap_panel is not None and line.gap_x.size:
        marks = _gap_marks(line, color, frame, gap_panel)
        traces.append(shared | _identity(line, style, "gaps") | marks)
    finite = int(np.count_nonzero(np.isfinite(main.y)))
    alone = main.isolated()
    if finite > _MARKED and alone.any():
        points = _points(main, alone, color, frame)
        traces.append(shared | _identity(line, style, "points") | points)
    named = _drawn(main, frame) | {
        **_identity(line, style, "line"),
        "name": short_label(line.label),
        "showlegend": True,
        "mode": "lines" if finite > _MARKED else "lines+markers",
        "line": {"color": color, "width": _width(line), "dash": style.dash},
        "marker": {"color": color, "size": 5},
        "hovertemplate": _hover(main, frame, unified),
    }
    return [*traces, shared | named]


def trace_uid(key: str, part: str = "") -> str:
    """Return a name that plotly.js can use in a CSS selector, whatever the key is.

    Args:
        key: What the line stands for.
        part: Which part of it the trace is.
    """
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"t{digest}{part}"


def _identity(line: Line, style: RunStyle, part: str) -> dict[str, Any]:
    return {
        "uid": trace_uid(line.key, part),
        "meta": {"key": line.key, "part": part, "slot": style.slot, "name": line.label},
    }


def _width(line: Line) -> float:
    """Return the width of a line in pixels; thin where the noise of many points piles up."""
    return 1.75 if line.smoothed is not None or line.curve.x.size < _DENSE else 1.25


def _drawn(curve: Curve, frame: Axes) -> dict[str, Any]:
    """Return the arrays of a curve as small as they may be."""
    arrays: dict[str, Any] = {
        "x": _x(curve.x, frame),
        "y": compact_floats(curve.y, is_log=frame.view.log_y),
    }
    if curve.raw is not None:
        arrays["customdata"] = compact_floats(curve.raw)
    return arrays


def _x(positions: NDArray[Any], frame: Axes) -> NDArray[Any]:
    """Return positions on the axis: int32 steps, float64 times."""
    if frame.view.x == "step":
        return compact_integers(positions)
    on_axis: NDArray[np.float64] = positions * frame.factor
    return on_axis


def _points(curve: Curve, alone: NDArray[np.bool_], color: str, frame: Axes) -> dict[str, Any]:
    return {
        "mode": "markers",
        "x": _x(curve.x[alone], frame),
        "y": compact_floats(curve.y[alone], is_log=frame.view.log_y),
        "marker": {"color": color, "size": 4},
        "hoverinfo": "skip",
    }


def _gap_marks(line: Line, color: str, frame: Axes, gap_panel: int) -> dict[str, Any]:
    """Return crosses at the foot of the panel where NaN or infinities begin."""
    name = short_label(line.label)
    return {
        "mode": "markers",
        "x": _x(line.gap_x, frame),
        "y": np.zeros(line.gap_x.size, dtype=np.float32),
        "yaxis": f"y{gap_panel}",
        "cliponaxis": False,
        "marker": {"color": color, "size": 8, "symbol": "x"},
        "text": [_NAMES.get(value, "NaN") for value in line.gap_value.tolist()],
        "hovertemplate": f"{name}: %{{text}} from {frame.hover}%{{x}} on<extra></extra>",
    }


_NAMES = {np.inf: "+infinity", -np.inf: "-infinity"}


def _hover(curve: Curve, frame: Axes, unified: bool) -> str:
    """Return the tooltip of a line; the value to 6 digits is more than the axis can tell."""
    value = "%{y:.6~g}"
    if curve.raw is not None:
        value += " (logged %{customdata:.6~g})"
    return value if unified else f"{value}<br>{frame.hover}%{{x}}"
