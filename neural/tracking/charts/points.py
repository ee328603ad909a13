"""Points of runs: axes made of columns, marks coloured by a column, what hover says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import compact_floats
from neural.tracking.charts.log_axis import is_log as is_log_scale
from neural.tracking.charts.log_axis import log_axis, log_color_bar
from neural.tracking.charts.mark_scale import mark_scale
from neural.tracking.charts.theme import (
    RUN_COLORS,
    TOKENS,
    Theme,
    escape_text,
    short_label,
)

__all__ = [
    "MAX_POINTS",
    "SYMBOLS",
    "Points",
    "column_axis",
    "hidden_note",
    "jittered",
    "point_traces",
    "points_of",
]

#: Shapes of the marks of names, the second cue beside their colour.
SYMBOLS: Final = (
    *("circle", "diamond", "square", "triangle-up", "cross", "x", "triangle-down", "star"),
)
_MOST_NAMES = len(SYMBOLS)
#: Points in one chart; with more a browser stutters and nobody tells them apart.
MAX_POINTS: Final = 10_000
#: Up to this many points each says its name; the texts of more would outweigh the numbers.
_MOST_TEXTS = 3000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Runs as points.

    Attributes:
        x: Column along x.
        y: Column along y.
        color: Column of the colours; ``None`` gives all the same.
        labels: Names of the runs for people, length ``N``.
        log_x: Whether the x axis is logarithmic.
        log_y: Whether the y axis is.
        shown: Runs that are drawn, shape ``(N,)``: those with a place on both axes, or some
            of them where there are very many.
        thinned: Runs that have a place and are not drawn.
        log_color: Whether numbers colour by their logarithm.
    """

    x: Column
    y: Column
    color: Column | None
    labels: tuple[str, ...]
    log_x: bool
    log_y: bool
    shown: NDArray[np.bool_]
    thinned: int = 0
    log_color: bool = False

    @property
    def colored(self) -> NDArray[np.bool_]:
        """Which runs have a value that the colours can show, shape ``(N,)``."""
        if self.color is None:
            return np.zeros(self.shown.size, dtype=np.bool_)
        return self.color.there & ((self.color.values > 0) if self.log_color else True)


def points_of(
    x: Column,
    y: Column,
    *,
    color: Column | None = None,
    labels: Iterable[str] = (),
    log_x: bool | None = None,
    log_y: bool | None = False,
    log_color: bool | None = False,
    most: int = MAX_POINTS,
) -> Points:
    """Return runs as points.

    Args:
        x: Column along x, ``N`` runs.
        y: Column along y, the same runs.
        color: Column of the colours.
        labels: Names of the runs; numbered when there are none.
        log_x: Whether x is logarithmic; ``None`` follows the column. Never for names.
        log_y: The same for y.
        log_color: The same for the colours.
        most: Runs drawn at most, evenly chosen; those left out are counted in the note.
    """
    log_x = x.is_number and (x.prefers_log if log_x is None else log_x)
    log_y = y.is_number and (y.prefers_log if log_y is None else log_y)
    shown = x.there & y.there
    shown &= (x.values > 0) if log_x else True
    shown &= (y.values > 0) if log_y else True
    names = tuple(labels) or tuple(f"run {i + 1}" for i in range(x.values.size))
    placed = np.flatnonzero(shown)
    if thinned := max(0, placed.size - most):
        shown = np.zeros(shown.size, dtype=np.bool_)
        shown[placed[np.linspace(0, placed.size - 1, most).astype(np.intp)]] = True
    return Points(
        x=x,
        y=y,
        color=color,
        labels=names,
        log_x=log_x,
        log_y=log_y,
        shown=shown,
        thinned=thinned,
        log_color=bool(
            color is not None and color.is_number and is_log_scale(color.values, log_color)
        ),
    )


def hidden_note(points: Points) -> str:
    """Return in words how many runs are drawn, and why the others are not."""
    shown, total = int(np.count_nonzero(points.shown)), points.shown.size
    if shown == total:
        return f"{total:,} runs"
    if points.thinned:
        return f"{shown:,} of {shown + points.thinned:,} runs drawn, evenly chosen"
    return f"{shown:,} of {total:,} runs; the others lack a value that these axes can show"


def column_axis(column: Column, *, is_log: bool = False) -> dict[str, Any]:
    """Return the axis of a column: its name as the title, names as ticks."""
    axis: dict[str, Any] = {"title": {"text": short_label(column.name)}, "zeroline": False}
    if column.levels:
        places = list(range(len(column.levels)))
        texts = [short_label(level, 20) for level in column.levels]
        axis |= {"tickmode": "array", "tickvals": places, "ticktext": texts}
        axis |= {"range": [-0.6, len(column.levels) - 0.4], "showgrid": False}
    elif is_log:
        axis |= log_axis(column.values)
    return axis


def jittered(column: Column) -> NDArray[np.float64]:
    """Return the places of a column; of names moved a little sideways, so none is covered.

    The movement is the same each time: runs of one name follow one another from left to right.
    """
    if not column.levels:
        return column.values
    moved = column.values.copy()
    for level in range(len(column.levels)):
        mine = np.flatnonzero(column.values == level)
        golden = (np.arange(mine.size) * 0.618) % 1.0
        moved[mine] += (golden - 0.5) * 0.4 if mine.size > 1 else 0.0
    return moved


def point_traces(
    points: Points, theme: Theme, *, axes: tuple[str, str] = ("x", "y"), bar: bool = True
) -> list[dict[str, Any]]:
    """Return the marks; ``customdata`` of each is the row number of its run.

    Numbers colour along a scale, up to eight names get a trace with an own shape each. Runs
    without the colouring value are hollow, not left out.

    Args:
        points: What to draw.
        theme: Theme.
        axes: Ids of the axes.
        bar: Whether a colour bar stands beside it.
    """
    rows, color = np.flatnonzero(points.shown), points.color
    if color is None:
        marker = {"color": RUN_COLORS[theme][0], "opacity": 0.85}
        return [_trace(points, rows, "runs", marker, theme, axes)]
    if color.levels and len(color.levels) <= _MOST_NAMES:
        known = _named(points, rows, color, theme, axes)
    else:
        mine = rows[points.colored[rows]]
        marker = _scale(points, color, mine, theme, bar=bar)
        known = [_trace(points, mine, "runs", marker, theme, axes)]
    lacking = rows[~points.colored[rows]]
    if not lacking.size:
        return known
    hollow = {"color": TOKENS[theme]["neutral"], "symbol": "circle-open"}
    name = f"no {short_label(color.name, 24)}"
    legend = {"showlegend": True, "name": name}
    return [*known, _trace(points, lacking, "lacking", hollow, theme, axes) | legend]


def _named(
    points: Points, rows: NDArray[np.intp], color: Column, theme: Theme, axes: tuple[str, str]
) -> list[dict[str, Any]]:
    traces = []
    for number, level in enumerate(color.levels):
        mine = rows[color.values[rows] == number]
        marker = {"color": RUN_COLORS[theme][number], "symbol": SYMBOLS[number]}
        trace = _trace(points, mine, f"level-{number}", marker, theme, axes)
        traces.append(trace | {"name": short_label(level, 24), "showlegend": axes[0] == "x"})
    return traces


def _scale(
    points: Points, color: Column, rows: NDArray[np.intp], theme: Theme, *, bar: bool
) -> dict[str, Any]:
    values = color.values[points.colored]
    shades = np.log10(color.values[rows]) if points.log_color else color.values[rows]
    marker: dict[str, Any] = {
        "color": compact_floats(shades),
        "colorscale": mark_scale(theme),
        "showscale": bar,
    }
    if rows.size:
        finite = np.log10(values) if points.log_color else values
        marker |= {"cmin": float(finite.min()), "cmax": float(finite.max())}
    if bar:
        marker["colorbar"] = {
            "title": {"text": short_label(color.name, 20), "side": "right"},
            "outlinewidth": 0,
            "thickness": 12,
        } | (log_color_bar(values) if points.log_color else {})
    return marker


def _trace(
    points: Points,
    rows: NDArray[np.intp],
    uid: str,
    marker: dict[str, Any],
    theme: Theme,
    axes: tuple[str, str],
) -> dict[str, Any]:
    return {
        "type": "scatter",
        # Plotly makes selectors of it: no blanks.
        "uid": f"{uid}-{axes[0]}{axes[1]}",
        "mode": "markers",
        "x": compact_floats(jittered(points.x)[rows], is_log=points.log_x),
        "y": compact_floats(jittered(points.y)[rows], is_log=points.log_y),
        "xaxis": axes[0],
        "yaxis": axes[1],
        "customdata": rows.astype(np.int32),
        "marker": {"size": 8, "line": {"width": 1, "color": TOKENS[theme]["panel"]}} | marker,
        "showlegend": False,
        **_hover(points, rows),
    }


def _hover(points: Points, rows: NDArray[np.intp]) -> dict[str, Any]:
    if rows.size > _MOST_TEXTS:
        return {"hovertemplate": "%{x:.5~g}, %{y:.5~g}<extra></extra>"}
    texts = [_told(points, int(row)) for row in rows]
    return {"text": texts, "hovertemplate": "%{text}<extra></extra>"}


def _told(points: Points, row: int) -> str:
    """Return what is said of one run; names are cut and escaped."""
    columns: Sequence[Column | None] = (points.x, points.y, points.color)
    known = {one.name: one for one in columns if one is not None}
    lines = [
        f"{short_label(name, 32)} = {short_label(one.text(float(one.values[row])), 32)}"
        for name, one in known.items()
    ]
    return "<br>".join((escape_text(points.labels[row]), *lines))
