"""Metrics heatmap: all metrics of a run over its steps, each on its own scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.charts.figures import (
    FigureDict,
    as_figure,
    base_layout,
    compact_integers,
    empty_figure,
    encode,
)
from neural.tracking.charts.theme import Theme, sequential, short_label
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "MAX_CELLS_ACROSS",
    "MAX_METRICS",
    "MetricsHeatmap",
    "metrics_heatmap",
    "metrics_heatmap_dict",
    "metrics_heatmap_figure",
]

#: Rows in one heatmap.
MAX_METRICS = 100
#: Cells in one row; of longer runs a cell is the mean of a range of steps.
MAX_CELLS_ACROSS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetricsHeatmap:
    """Metrics over steps; a cell is the mean of the finite values in its range of steps.

    Attributes:
        names: Metric names, length ``M``.
        steps: First step of each column, shape ``(C,)``.
        width: Steps in a column; 1 where every step has its own.
        values: Mean of each cell, shape ``(M, C)``; NaN where nothing finite was logged.
        scaled: The same from 0 (smallest of the metric) to 1 (largest).
        hidden: Values that are not finite, over all metrics.
        total: Metrics there are; more than ``names`` when some were left out.
    """

    names: tuple[str, ...]
    steps: NDArray[np.int64]
    width: int
    values: NDArray[np.float64]
    scaled: NDArray[np.float64]
    hidden: int
    total: int

    def note(self) -> str:
        """Return in words how values became colours, and what is not on screen."""
        parts = ["each metric from its smallest to its largest value"]
        if self.width > 1:
            parts.append(f"a cell is the mean of {self.width:,} steps")
        if self.hidden:
            parts.append(f"{self.hidden:,} values are not finite")
        if len(self.names) < self.total:
            parts.append(f"{len(self.names)} of {self.total:,} metrics shown")
        return "; ".join(parts)


def metrics_heatmap(
    series: Mapping[str, Series],
    *,
    max_metrics: int = MAX_METRICS,
    max_across: int = MAX_CELLS_ACROSS,
) -> MetricsHeatmap:
    """Return the data of the heatmap.

    Args:
        series: The drawn view of each metric, in the order of the rows.
        max_metrics: Rows at most; metrics left out are counted in the note.
        max_across: Cells in a row at most, at least 1.
    """
    logged = {name: one for name, one in series.items() if one.step.size}
    chosen = dict(islice(logged.items(), max_metrics))
    steps, width = _columns(chosen, max_across)
    rows = [_row(one, steps) for one in chosen.values()]
    values = np.array([row for row, _ in rows]).reshape(len(rows), steps.size)
    return MetricsHeatmap(
        names=tuple(chosen),
        steps=steps,
        width=width,
        values=values,
        scaled=_scaled(values),
        hidden=sum(hidden for _, hidden in rows),
        total=len(logged),
    )


def metrics_heatmap_dict(heatmap: MetricsHeatmap, *, theme: Theme = "dark") -> FigureDict:
    """Draw the heatmap as a plain dict with typed arrays."""
    figure: FigureDict = encode(_draw(heatmap, theme))
    return figure


def metrics_heatmap_figure(heatmap: MetricsHeatmap, *, theme: Theme = "dark") -> go.Figure:
    """Draw the heatmap as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(heatmap, theme))


def _columns(series: Mapping[str, Series], most: int) -> tuple[NDArray[np.int64], int]:
    """Return the first step of each column and how many steps a column spans."""
    if not series:
        return np.empty(0, dtype=np.int64), 1
    steps = {np.asarray(one.step).tobytes(): np.asarray(one.step) for one in series.values()}
    logged = np.unique(np.concatenate(list(steps.values())))
    if logged.size <= most:
        return logged, 1
    first, last = int(logged[0]), int(logged[-1])
    width = -(-(last + 1 - first) // most)
    return np.arange(first, last + 1, width), width


def _row(one: Series, steps: NDArray[np.int64]) -> tuple[NDArray[np.float64], int]:
    """Return the mean of each cell of one metric, and how many values are not finite."""
    value = as_floats(one.value)
    is_finite = np.isfinite(value)
    column = np.searchsorted(steps, np.asarray(one.step)[is_finite], side="right") - 1
    counts = np.bincount(column, minlength=steps.size)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.bincount(column, value[is_finite], minlength=steps.size)
        means = np.where(counts > 0, sums / counts, np.nan)
    return means, int(value.size - np.count_nonzero(is_finite))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return every row from 0 to 1; a row that does not vary is all one half."""
    finite = np.where(np.isfinite(values), values, np.nan)
    scaled = np.full(values.shape, np.nan)
    for row, target in zip(finite, scaled, strict=True):
        there = ~np.isnan(row)
        if not there.any():
            continue
        low, high = row[there].min(), row[there].max()
        # Halves, because the distance of the largest floats is not a float.
        span = high / 2 - low / 2
        target[there] = (row[there] / 2 - low / 2) / span if span > 0 else 0.5
    return scaled


def _draw(heatmap: MetricsHeatmap, theme: Theme) -> FigureDict:
    title = "Metrics over steps"
    if not heatmap.names:
        return empty_figure("No metric was logged yet", title=title, theme=theme)
    layout = base_layout(theme, title, note=heatmap.note()) | {
        "xaxis": {"title": {"text": "Step"}, "showgrid": False, "zeroline": False},
        "yaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(heatmap.names))),
            "ticktext": [short_label(name, 32) for name in heatmap.names],
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        "height": max(320, 160 + 24 * len(heatmap.names)),
    }
    return {"data": [_cells(heatmap, theme)], "layout": layout}


def _cells(heatmap: MetricsHeatmap, theme: Theme) -> dict[str, Any]:
    spans = heatmap.width > 1
    where = f"{heatmap.width:,} steps around %{{x:,.0f}}" if spans else "step %{x}"
    return {
        "type": "heatmap",
        "uid": "metrics",
        "x": heatmap.steps + heatmap.width / 2 if spans else compact_integers(heatmap.steps),
        "y": np.arange(len(heatmap.names), dtype=np.int32),
        "z": heatmap.scaled.astype(np.float32),
        "customdata": heatmap.values,
        "zmin": 0,
        "zmax": 1,
        "colorscale": sequential(theme),
        "hoverongaps": False,
        "hovertemplate": f"%{{y}}<br>{where}<br>%{{customdata:.6~g}}<extra></extra>",
        "colorbar": {
            "tickvals": [0, 1],
            "ticktext": ["smallest", "largest"],
            "outlinewidth": 0,
            "thickness": 12,
        },
    }
