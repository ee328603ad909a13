"""Parallel coordinates as plain lines, for pages on which no script may be made from text.

The ``parcoords`` trace of Plotly compiles its shaders in the browser, which a strict content
security policy forbids, and it needs WebGL. These lines need neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.charts.contrast import blend
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.mark_scale import mark_scale
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.parallel_coordinates import Axis, ParallelCoordinates, brushed
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text, short_label

__all__ = ["axes_in", "parallel_lines_dict", "places_in"]

#: Colours of a scale that lines are sorted into; a trace each.
_SHADES = 12
#: How far beside an axis a box may end that is meant for it, in distances between axes.
_NEAR = 0.2
#: Up to so many runs each point says whose it is.
_MOST_TEXTS = 300
_GREY_OPACITY: Final = 0.14

Ranges = Mapping[int, Sequence[Sequence[float]]]


def parallel_lines_dict(
    data: ParallelCoordinates,
    *,
    labels: Sequence[str] = (),
    brushes: Ranges | None = None,
    theme: Theme = "dark",
    compact: bool = False,
) -> FigureDict:
    """Draw the chart as a plain dict; ``customdata`` of a point is the row number of its run.

    A box that is drawn on it selects nothing by itself: :func:`axes_in` and :func:`places_in`
    say what it means.

    Args:
        data: What to draw.
        labels: Names of the runs, shown where there are not too many.
        brushes: Stretches of places (0 to 1) by number of the axis; runs outside are grey.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = "Parallel coordinates"
    if len(data.axes) < 2 or not data.runs:
        reason = "Choose at least two params or metrics, and runs that have them"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    ranges = brushes or {}
    passes = brushed(data, ranges)
    heights = np.stack([_heights(axis) for axis in data.axes], axis=1)
    layout = noted_layout(theme, title, data.note(), compact=compact)
    layout |= _frame(data, ranges, theme)
    layout["meta"]["min_width"] = 180 + 88 * len(data.axes)
    texts = [escape_text(label) for label in labels] if data.runs <= _MOST_TEXTS else []
    grey = np.flatnonzero(~passes)
    traces = [_lines(heights, grey, TOKENS[theme]["neutral"], "others", texts)] if grey.size else []
    if traces:
        traces[0] |= {"opacity": _GREY_OPACITY, "hoverinfo": "skip", "hovertemplate": None}
    for number, (color, rows) in enumerate(_colored(data, np.flatnonzero(passes), theme)):
        traces.append(_lines(heights, rows, color, f"runs-{number}", texts))
    figure: FigureDict = encode({"data": [*traces, *_bar(data, theme)], "layout": layout})
    return figure


def axes_in(data: ParallelCoordinates, x: Sequence[float]) -> list[int]:
    """Return the numbers of the axes that a box between two x is meant for."""
    low, high = min(x), max(x)
    inside = [i for i in range(len(data.axes)) if low - _NEAR <= i <= high + _NEAR]
    if inside:
        return inside
    return [int(np.clip(round((low + high) / 2), 0, len(data.axes) - 1))]


def places_in(axis: Axis, y: Sequence[float]) -> tuple[float, float]:
    """Return the stretch of places of an axis that lies between two y."""
    low, high = min(y), max(y)
    if axis.is_flipped and high >= 0:
        return max(0.0, 1 - high), 1 - max(0.0, low)
    return low, high


def _heights(axis: Axis) -> NDArray[np.float64]:
    """Return where runs cross an axis; the place of missing values is at the bottom always."""
    if not axis.is_flipped:
        return axis.places
    return np.where(axis.places < 0, axis.places, 1 - axis.places)


def _height(axis: Axis, place: float) -> float:
    return 1 - place if axis.is_flipped and place >= 0 else place


def _lines(
    heights: NDArray[np.float64],
    rows: NDArray[np.intp],
    color: str,
    uid: str,
    texts: Sequence[str],
) -> dict[str, Any]:
    """Return the lines of some runs as one trace, with a gap behind each."""
    count = heights.shape[1]
    x = np.tile(np.append(np.arange(count, dtype=np.float32), np.nan), rows.size)
    y = np.full((rows.size, count + 1), np.nan, dtype=np.float32)
    y[:, :count] = heights[rows]
    hover = (
        {
            "text": [texts[int(row)] for row in rows for _ in range(count + 1)],
            "hovertemplate": "%{text}<extra></extra>",
        }
        if texts
        else {"hoverinfo": "skip"}
    )
    return {
        "type": "scatter",
        "uid": uid,
        # Marks are what a click finds, and what lets Plotly offer the box.
        "mode": "lines+markers",
        "x": x,
        "y": y.reshape(-1),
        "customdata": np.repeat(rows, count + 1).astype(np.int32),
        "line": {"color": color, "width": 1.3},
        "marker": {"color": color, "size": 4},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "connectgaps": False,
        "showlegend": False,
        **hover,
    }


def _colored(
    data: ParallelCoordinates, rows: NDArray[np.intp], theme: Theme
) -> list[tuple[str, NDArray[np.intp]]]:
    """Return colours, and the runs that have each."""
    color = data.color
    if color is None or not color.there.any():
        return [(TOKENS[theme]["accent"], rows)] if rows.size else []
    values = color.values[rows]
    known = np.isfinite(values)
    found = [(TOKENS[theme]["neutral"], rows[~known])]
    if color.levels:
        slots = RUN_COLORS[theme]
        places = np.where(known, values, -1).astype(np.intp)
        found += [(slots[i % len(slots)], rows[places == i]) for i in range(len(color.levels))]
    else:
        finite = color.values[color.there]
        span = float(np.ptp(finite)) or 1.0
        share = np.where(known, (values - finite.min()) / span, -1)
        place = np.where(share < 0, -1, np.minimum((share * _SHADES).astype(int), _SHADES - 1))
        scale = mark_scale(theme)
        shades = [blend(scale, (i + 0.5) / _SHADES) for i in range(_SHADES)]
        found += [(shades[i], rows[place == i]) for i in range(_SHADES)]
    return [(shade, mine) for shade, mine in found if mine.size]


def _bar(data: ParallelCoordinates, theme: Theme) -> list[dict[str, Any]]:
    """Return a trace that shows nothing but the scale of the colours."""
    color = data.color
    if color is None or color.levels or not color.there.any():
        return []
    finite = color.values[color.there]
    title = {"text": short_label(color.name, 20), "side": "right"}
    return [
        {
            "type": "scatter",
            "uid": "scale",
            "mode": "markers",
            "x": [None],
            "y": [None],
            "marker": {
                "color": [float(finite.min())],
                "cmin": float(finite.min()),
                "cmax": float(finite.max()),
                "colorscale": mark_scale(theme),
                "showscale": True,
                "colorbar": {"title": title, "outlinewidth": 0, "thickness": 12},
            },
            "showlegend": False,
            "hoverinfo": "skip",
        }
    ]


def _frame(data: ParallelCoordinates, brushes: Ranges, theme: Theme) -> dict[str, Any]:
    token, count = TOKENS[theme], len(data.axes)
    bottom = -0.2 if any(axis.missing for axis in data.axes) else -0.06
    names = [short_label(axis.name, 24) + (" (log)" if axis.is_log else "") for axis in data.axes]
    shapes = [_axis_line(number, token["border"]) for number in range(count)]
    for number, stretches in brushes.items():
        shapes += [_brush(number, data.axes[number], one, token["accent"]) for one in stretches]
    return {
        "xaxis": {
            "tickmode": "array",
            "tickvals": list(range(count)),
            "ticktext": names,
            "tickangle": -20 if sum(map(len, names)) > 70 else 0,
            "range": [-0.4, count - 0.6],
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "fixedrange": True,
        },
        "yaxis": {"visible": False, "range": [bottom, 1.06], "fixedrange": True},
        "annotations": _ticks(data.axes, token["text"], token["panel"]),
        "shapes": shapes,
        "dragmode": "select",
        "hovermode": "closest",
        "height": 460,
    }


def _axis_line(number: int, color: str) -> dict[str, Any]:
    ends = {"x0": number, "x1": number, "y0": -0.02, "y1": 1.02}
    return {"type": "line", **ends, "line": {"color": color, "width": 1.5}, "layer": "below"}


def _brush(number: int, axis: Axis, stretch: Sequence[float], color: str) -> dict[str, Any]:
    ends = [_height(axis, float(place)) for place in stretch]
    low, high = max(min(ends), -0.18), min(max(ends), 1.04)
    return {
        "type": "rect",
        "x0": number - 0.07,
        "x1": number + 0.07,
        "y0": low,
        "y1": high,
        "line": {"color": color, "width": 1.5},
        "fillcolor": color,
        "opacity": 0.35,
    }


def _ticks(axes: Sequence[Axis], color: str, ground: str) -> list[dict[str, Any]]:
    return [
        {
            "x": number,
            "y": _height(axis, place),
            # Texts of levels are escaped where they were shortened.
            "text": text,
            "xanchor": "left",
            "xshift": 5,
            "showarrow": False,
            "font": {"size": 11, "color": color},
            "bgcolor": ground,
            "borderpad": 1,
        }
        for number, axis in enumerate(axes)
        for place, text in _apart(axis.ticks)
    ]


def _apart(ticks: Collection[tuple[float, str]], least: float = 0.045) -> list[tuple[float, str]]:
    """Return the ticks that stand far enough from each other to be read."""
    found: list[tuple[float, str]] = []
    for place, text in sorted(ticks):
        if not found or place - found[-1][0] >= least:
            found.append((place, text))
    return found
