"""What is new of a chart: marks that travel with each request, and patches made from them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from dash import Patch

from neural.tracking.charts.figures import FigureDict

__all__ = ["changes", "mark", "trace_mark"]

#: What of a trace changes while a run logs; all else makes it another chart.
_ARRAYS = ("x", "y", "customdata", "text")


def mark(figure: FigureDict, traces: Sequence[Sequence[int]] | None = None) -> dict[str, Any]:
    """Return what tells this figure from another, small enough to travel with each request.

    Args:
        figure: It.
        traces: Its traces' :func:`trace_mark`, where they are known.

    Returns:
        ``{"layout": …, "shape": …, "traces": […]}``: a number for the layout, one for everything
        of the traces but their data, and one for the data of each.
    """
    marks = [trace_mark(trace) for trace in figure["data"]] if traces is None else traces
    # What is hidden is told beside the chart.
    layout = {**figure["layout"], "meta": None}
    return {
        "layout": _number(layout),
        "shape": _number([shape for shape, _ in marks]),
        "traces": [data for _, data in marks],
    }


def trace_mark(trace: Mapping[str, Any]) -> list[int]:
    """Return a number for what a trace looks like and one for its data."""
    look = {key: value for key, value in trace.items() if key not in _ARRAYS}
    return [_number(look), _number([trace.get(key) for key in _ARRAYS])]


def changes(figure: FigureDict, before: Mapping[str, Any], now: Mapping[str, Any]) -> Patch | None:
    """Return what is not as before; ``None`` if more differs than data and layout.

    Args:
        figure: The chart as it should be.
        before: :func:`mark` of the chart that is on screen.
        now: The mark of ``figure``.
    """
    if before.get("shape") != now["shape"] or len(before["traces"]) != len(now["traces"]):
        return None
    patch = Patch()
    if before.get("layout") != now["layout"]:
        patch["layout"] = figure["layout"]
    for i, trace in enumerate(figure["data"]):
        if before["traces"][i] != now["traces"][i]:
            for key in _ARRAYS:
                if key in trace:
                    patch["data"][i][key] = trace[key]
    return patch


def _number(value: Any) -> int:
    return zlib.crc32(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))
