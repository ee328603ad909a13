"""Runs against metrics: how far each value lies from the mean of its metric, the best ringed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.analysis.doctor.names import known_goal
from neural.tracking.charts.contrast import blend, ink
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import TOKENS, Theme, diverging, short_label
from neural.tracking.records import Goal
from neural.tracking.smoothing import as_floats

__all__ = ["MAX_RUNS", "RunsHeatmap", "runs_heatmap", "runs_heatmap_dict"]

#: Rows in one heatmap.
MAX_RUNS = 100
#: Deviations at which the colour is full.
_FULL = 2.5
_ROW_HEIGHT, _HEAD = 22, 170


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunsHeatmap:
    """One value a run and metric, each metric on its own scale.

    Attributes:
        labels: Names of the runs, length ``N``.
        metrics: Metric names, length ``M``.
        values: As logged, shape ``(N, M)``; NaN where a run has none.
        z: Deviations from the mean of the metric over these runs, shape ``(N, M)``; 0 for one
            that does not vary.
        best: ``(row, column)`` of the best run of each metric whose direction is known; all of
            several that are equal, none where all runs are.
        total: Runs there are; more than rows when some were left out.
    """

    labels: tuple[str, ...]
    metrics: tuple[str, ...]
    values: NDArray[np.float64]
    z: NDArray[np.float64]
    best: tuple[tuple[int, int], ...]
    total: int

    def note(self) -> str:
        """Return in words how values became colours, and what is not on screen."""
        parts = ["standard deviations from the mean of each metric; the best is ringed"]
        if missing := int(np.count_nonzero(~np.isfinite(self.values))):
            parts.append(f"{missing:,} missing (–)")
        if len(self.labels) < self.total:
            parts.append(f"{len(self.labels)} of {self.total:,} runs shown")
        return "; ".join(parts)


def runs_heatmap(
    metrics: Mapping[str, ArrayLike],
    labels: Sequence[str],
    *,
    goals: Mapping[str, Goal] | None = None,
    max_runs: int = MAX_RUNS,
) -> RunsHeatmap:
    """Return the data of the heatmap.

    Args:
        metrics: One value a run by metric, each of shape ``(N,)``; NaN where a run has none.
        labels: Names of the runs in the order of the rows, length ``N``.
        goals: Directions the user set; else known from the name. A metric whose direction
            nobody knows has no ring.
        max_runs: Rows at most; runs left out are counted in the note, and count for nothing.
    """
    names = tuple(labels)[:max_runs]
    table = np.full((len(names), len(metrics)), np.nan)
    for place, values in enumerate(metrics.values()):
        table[:, place] = as_floats(values)[:max_runs]
    table[~np.isfinite(table)] = np.nan
    return RunsHeatmap(
        labels=names,
        metrics=tuple(metrics),
        values=table,
        z=np.column_stack([_z(column) for column in table.T]) if metrics else table,
        best=_best(table, [known_goal(name, goals or {}) for name in metrics]),
        total=len(labels),
    )


def runs_heatmap_dict(
    heatmap: RunsHeatmap, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the heatmap as a plain dict; y of a cell is the row number of its run.

    Args:
        heatmap: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = "Runs and metrics"
    if not heatmap.labels or not heatmap.metrics:
        reason = "There is nothing to compare. Choose runs that share a metric"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    layout = noted_layout(theme, title, heatmap.note(), compact=compact) | {
        "xaxis": _ticks(heatmap.metrics, 22)
        | {"tickangle": -40 if sum(map(len, heatmap.metrics)) > 40 else 0},
        "yaxis": _ticks(heatmap.labels, 28) | {"range": [len(heatmap.labels) - 0.5, -0.5]},
        "plot_bgcolor": TOKENS[theme]["hairline"],
        "height": _HEAD + _ROW_HEIGHT * max(6, len(heatmap.labels)),
    }
    layout["meta"]["min_width"] = 260 + 36 * len(heatmap.metrics)
    figure: FigureDict = encode(
        {
            "data": [_cells(heatmap, theme), _rings(heatmap, theme), _blanks(heatmap, theme)],
            "layout": layout,
        }
    )
    return figure


def _z(column: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.isfinite(column)
    z = np.full(column.shape, np.nan)
    if there.any():
        finite = column[there]
        # Scaled first, so that squares of very large values stay finite.
        unit = float(np.abs(finite).max()) or 1.0
        deviation = float((finite / unit).std())
        centred = finite / unit - (finite / unit).mean()
        z[there] = centred / deviation if deviation > 1e-12 else 0.0
    return z


def _best(table: NDArray[np.float64], goals: list[Goal | None]) -> tuple[tuple[int, int], ...]:
    found = []
    for place, goal in enumerate(goals):
        column = table[:, place]
        if goal is None or not np.isfinite(column).any():
            continue
        best = np.nanmin(column) if goal == "min" else np.nanmax(column)
        if np.nanmin(column) == np.nanmax(column):
            continue  # where all are equal none is best
        found += [(int(row), place) for row in np.flatnonzero(column == best)]
    return tuple(found)


def _ticks(names: tuple[str, ...], length: int) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [short_label(name, length) for name in names],
        "range": [-0.5, len(names) - 0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
    }


def _cells(heatmap: RunsHeatmap, theme: Theme) -> dict[str, Any]:
    rows, columns = len(heatmap.labels), len(heatmap.metrics)
    return {
        "type": "heatmap",
        "uid": "runs",
        "x": np.arange(columns, dtype=np.int32),
        "y": np.arange(rows, dtype=np.int32),
        "z": heatmap.z.astype(np.float32),
        "customdata": heatmap.values,
        "text": _hover(heatmap),
        "zmin": -_FULL,
        "zmax": _FULL,
        "colorscale": diverging(theme),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": "%{text}%{customdata:.6~g}<br>%{z:+.2f} deviations<extra></extra>",
        "colorbar": {"title": {"text": "z"}, "outlinewidth": 0, "thickness": 12},
    }


def _hover(heatmap: RunsHeatmap) -> list[list[str]]:
    names = [short_label(name, 32) for name in heatmap.metrics]
    return [[f"{short_label(label)}<br>{name} = " for name in names] for label in heatmap.labels]


def _rings(heatmap: RunsHeatmap, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "uid": "best",
        "mode": "markers",
        "x": np.array([column for _, column in heatmap.best], dtype=np.int32),
        "y": np.array([row for row, _ in heatmap.best], dtype=np.int32),
        "marker": {
            "symbol": "circle-open",
            "size": 14,
            "color": [ink(_shade(heatmap.z[place], theme)) for place in heatmap.best],
            "line": {"width": 2.5},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _shade(z: float, theme: Theme) -> str:
    return blend(diverging(theme), float(np.clip(z / _FULL, -1, 1) + 1) / 2)


def _blanks(heatmap: RunsHeatmap, theme: Theme) -> dict[str, Any]:
    """Return a dash for each missing value: its colour alone could be taken for a small one."""
    rows, columns = np.nonzero(~np.isfinite(heatmap.values))
    return {
        "type": "scatter",
        "uid": "missing",
        "mode": "text",
        "x": columns.astype(np.int32),
        "y": rows.astype(np.int32),
        "text": ["–"] * rows.size,
        "textfont": {"size": 12, "color": TOKENS[theme]["muted"]},
        "hoverinfo": "skip",
        "showlegend": False,
    }
