"""Parallel coordinates: one axis a param or result, one line a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.mark_scale import mark_scale
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import TOKENS, Theme, short_label

__all__ = [
    "MAX_AXES",
    "MAX_LINES",
    "Axis",
    "ParallelCoordinates",
    "brushed",
    "parallel_coordinates",
    "parallel_coordinates_dict",
]

#: Axes and lines in one chart.
MAX_AXES, MAX_LINES = 16, 2000
#: Where a run without a value crosses the axis, which otherwise goes from 0 to 1.
_MISSING: Final = -0.12
_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """One axis.

    Attributes:
        name: Name of the column.
        places: Height of each run, 0 to 1, or below 0 where it has no value; shape ``(N,)``.
        ticks: Heights and texts.
        is_log: Whether it is logarithmic.
        is_flipped: Whether the smallest value is at the top.
        missing: Runs without a value that the axis can show.
        ends: Values at the heights 0 and 1; of a logarithmic axis their logarithms to base 10.
    """

    name: str
    places: NDArray[np.float64]
    ticks: tuple[tuple[float, str], ...]
    is_log: bool
    is_flipped: bool
    missing: int
    ends: tuple[float, float] = (0.0, 1.0)

    def value_at(self, place: float) -> float:
        """Return the value at a height of the axis; inverse of :meth:`place_of`."""
        low, high = self.ends
        value = low + place * ((high - low) or 1.0) if high > low else low + (place - 0.5)
        return float(10.0**value) if self.is_log else float(value)

    def place_of(self, value: float) -> float:
        """Return the height of a value, which may lie beyond the ends."""
        low, high = self.ends
        if self.is_log:
            value = float(np.log10(value)) if value > 0 else -np.inf
        return float((value - low) / (high - low)) if high > low else 0.5 + value - low


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParallelCoordinates:
    """All axes, and the column of the colours.

    Attributes:
        axes: In order.
        color: Column of the colours over the drawn runs; ``None`` gives all the same.
        runs: Lines.
        total_runs: Runs there are; more than lines when some were left out.
        total_axes: Axes asked for.
    """

    axes: tuple[Axis, ...]
    color: Column | None
    runs: int
    total_runs: int
    total_axes: int

    def note(self) -> str:
        """Return in words how much is drawn, and what is not."""
        parts = [f"{self.runs:,} runs"]
        if self.runs < self.total_runs:
            parts = [f"{self.runs:,} of {self.total_runs:,} runs shown"]
        if len(self.axes) < self.total_axes:
            parts.append(f"{len(self.axes)} of {self.total_axes} axes shown")
        if any(axis.missing for axis in self.axes):
            parts.append("– stands for a missing value")
        if self.color is not None:
            parts.append(f"colour: {self.color.name}")
        return "; ".join(parts)


def parallel_coordinates(
    columns: Sequence[Column],
    *,
    color: Column | None = None,
    log: Mapping[str, bool] | None = None,
    flipped: Collection[str] = (),
    max_axes: int = MAX_AXES,
    max_lines: int = MAX_LINES,
) -> ParallelCoordinates:
    """Return the data of the chart.

    Args:
        columns: One an axis, over the same ``N`` runs.
        color: Column of the colours.
        log: Whether an axis is logarithmic, by name; else it follows its column.
        flipped: Names of the axes that are upside down.
        max_axes: Axes at most; those left out are counted in the note.
        max_lines: Lines at most; the first ones are drawn.
    """
    total = columns[0].values.size if columns else 0
    axes = [
        _axis(one, max_lines, (log or {}).get(one.name), is_flipped=one.name in flipped)
        for one in columns[:max_axes]
    ]
    shown = None if color is None else Column(color.name, color.values[:max_lines], color.levels)
    return ParallelCoordinates(
        axes=tuple(axes),
        color=shown,
        runs=min(total, max_lines),
        total_runs=total,
        total_axes=len(columns),
    )


def brushed(
    data: ParallelCoordinates, ranges: Mapping[int, Sequence[Sequence[float]]]
) -> NDArray[np.bool_]:
    """Return which runs pass the brushes of the chart, shape ``(N,)``.

    Args:
        data: What was drawn.
        ranges: Brushed stretches by number of the axis, each ``(low, high)`` as Plotly's
            ``constraintrange`` gives them. A run has to be in one of them on every such axis.
    """
    passes = np.ones(data.runs, dtype=np.bool_)
    for number, stretches in ranges.items():
        places = data.axes[number].places
        inside = np.zeros(data.runs, dtype=np.bool_)
        for low, high in stretches:
            inside |= (places >= low) & (places <= high)
        passes &= inside
    return passes


def parallel_coordinates_dict(
    data: ParallelCoordinates, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the chart as a plain dict; line ``i`` is run ``i``.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = "Parallel coordinates"
    if len(data.axes) < 2 or not data.runs:
        reason = "Choose at least two params or metrics, and runs that have them"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    layout = noted_layout(theme, title, data.note(), compact=compact)
    layout["margin"] |= {"l": 72, "r": 72, "b": 84, "t": layout["margin"]["t"] + 16}
    layout["height"] = 460
    layout["meta"]["min_width"] = 180 + 88 * len(data.axes)
    figure: FigureDict = encode({"data": [_lines(data, theme)], "layout": layout})
    return figure


def _axis(one: Column, most: int, log: bool | None, *, is_flipped: bool) -> Axis:
    values = one.values[:most]
    is_log = one.is_number and (one.prefers_log if log is None else log)
    values = np.where((values > 0) if is_log else np.isfinite(values), values, np.nan)
    scaled = np.log10(values) if is_log else values
    finite = scaled[np.isfinite(scaled)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if one.levels:
        low, high = 0.0, float(max(1, len(one.levels) - 1))
    span = (high - low) or 1.0
    places = (scaled - low) / span if high > low else np.where(np.isfinite(scaled), 0.5, np.nan)
    missing = int(np.count_nonzero(~np.isfinite(places)))
    ticks = _ticks(one, low, high, is_log=is_log)
    if missing:
        ticks.insert(0, (_MISSING, "–"))
    return Axis(
        name=one.name,
        places=np.where(np.isfinite(places), places, _MISSING),
        ticks=tuple(ticks),
        is_log=is_log,
        is_flipped=is_flipped,
        missing=missing,
        ends=(low, high),
    )


def _ticks(one: Column, low: float, high: float, *, is_log: bool) -> list[tuple[float, str]]:
    span = (high - low) or 1.0
    if one.levels:
        return [(i / span, short_label(level, 16)) for i, level in enumerate(one.levels)]
    if high == low:
        return [(0.5, f"{10.0**low if is_log else low:.4g}")]
    distinct = np.unique(one.values[np.isfinite(one.values)])
    if distinct.size <= _TICKS + 1:
        values = distinct[distinct > 0] if is_log else distinct
    elif is_log:
        values = 10.0 ** np.array([low, *np.arange(np.ceil(low + 0.1), high - 0.1), high])
    else:
        values = _round_numbers(low, high)
    places = np.log10(values) if is_log else values
    return [((p - low) / span, f"{v:.4g}") for p, v in zip(places, values, strict=True)]


def _round_numbers(low: float, high: float) -> NDArray[np.float64]:
    """Return about five round numbers between two ends."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(size for size in (1, 2, 5, 10) if size * power >= rough)
    first, last = np.ceil(low / step), np.floor(high / step)
    return np.asarray(np.arange(first, last + 1) * step, dtype=np.float64)


def _lines(data: ParallelCoordinates, theme: Theme) -> dict[str, Any]:
    token = TOKENS[theme]
    return {
        "type": "parcoords",
        "uid": "runs",
        "dimensions": [_dimension(axis) for axis in data.axes],
        "line": _colors(data, theme),
        "unselected": {"line": {"color": token["neutral"], "opacity": 0.12}},
        "labelangle": 20,
        "labelside": "bottom",
        "labelfont": {"color": token["text"], "size": 12},
        "tickfont": {"color": token["muted"], "size": 11},
        "rangefont": {"color": "rgba(0,0,0,0)", "size": 1},
    }


def _dimension(axis: Axis) -> dict[str, Any]:
    ends = (_MISSING - 0.03 if axis.missing else 0.0, 1.0)
    return {
        "label": short_label(axis.name, 24) + (" (log)" if axis.is_log else ""),
        "values": axis.places.astype(np.float32),
        "range": list(reversed(ends)) if axis.is_flipped else list(ends),
        "tickvals": [place for place, _ in axis.ticks],
        "ticktext": [text for _, text in axis.ticks],
    }


def _colors(data: ParallelCoordinates, theme: Theme) -> dict[str, Any]:
    color = data.color
    if color is None or not color.there.any():
        return {"color": TOKENS[theme]["accent"]}
    finite = color.values[color.there]
    low, high = float(finite.min()), float(finite.max())
    # A run without the value gets the colour below the scale, which is grey.
    span = (high - low) or 1.0
    below = low - 0.08 * span
    scale = [(0.07 + 0.93 * at, shade) for at, shade in mark_scale(theme)]
    grey = TOKENS[theme]["neutral"]
    return {
        "color": np.where(color.there, color.values, below),
        "cmin": below,
        "cmax": low + span,
        "colorscale": [(0.0, grey), (0.069, grey), *scale],
        "showscale": not color.levels,
        "colorbar": {
            "title": {"text": short_label(color.name, 20), "side": "right"},
            "outlinewidth": 0,
            "thickness": 12,
        },
    }
