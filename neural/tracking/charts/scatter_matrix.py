"""Scatter matrix: every pair of several columns at once, and each column's own distribution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import FigureDict, compact_floats, empty_figure, encode
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.points import MAX_POINTS, Points, column_axis, point_traces, points_of
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, short_label
from neural.tracking.correlation import spearman_matrix

__all__ = ["MAX_COLUMNS", "ScatterMatrix", "scatter_matrix", "scatter_matrix_dict"]

#: Columns at most: with more a panel is too small to see anything in.
MAX_COLUMNS = 7
_BINS = 20
_PANEL_PX, _GAP = 130, 0.018
#: Marks of a panel, in pixels.
_MARK = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScatterMatrix:
    """All pairs of ``K`` columns.

    Attributes:
        columns: They, length ``K``.
        pairs: The panels below the diagonal: row, column and what is in it, row by row.
        rho: Spearman's rank correlation of each pair, shape ``(K, K)``; NaN where either has
            names or too few runs have both.
        n: Runs that have both, shape ``(K, K)``.
        total: Columns there were; more than ``K`` when some were left out.
    """

    columns: tuple[Column, ...]
    pairs: tuple[tuple[int, int, Points], ...]
    rho: NDArray[np.float64]
    n: NDArray[np.int64]
    total: int

    def note(self) -> str:
        """Return in words what is drawn where, and what is not."""
        runs = self.columns[0].values.size if self.columns else 0
        parts = [f"{runs:,} runs; above the diagonal: Spearman's rank correlation and n"]
        if any(panel.thinned for _, _, panel in self.pairs):
            most = max(int(np.count_nonzero(panel.shown)) for _, _, panel in self.pairs)
            parts.append(f"{most:,} a panel drawn, evenly chosen")
        if len(self.columns) < self.total:
            parts.append(f"{len(self.columns)} of {self.total:,} columns shown")
        return "; ".join(parts)


def scatter_matrix(
    columns: Sequence[Column],
    *,
    labels: Iterable[str] = (),
    color: Column | None = None,
    max_columns: int = MAX_COLUMNS,
) -> ScatterMatrix:
    """Return the data of the chart; an axis is logarithmic where that fits its column.

    Args:
        columns: Columns over the same ``N`` runs.
        labels: Names of the runs for people.
        color: Column of the colours.
        max_columns: Columns at most; those left out are counted in the note.
    """
    kept, names = tuple(columns[:max_columns]), tuple(labels)
    panels = len(kept) * (len(kept) - 1) // 2
    pairs = tuple(
        (
            row,
            column,
            points_of(
                kept[column],
                kept[row],
                labels=names,
                color=color,
                log_y=None,
                log_color=None,
                most=MAX_POINTS // max(1, panels),
            ),
        )
        for row in range(len(kept))
        for column in range(row)
    )
    # Names have no order, so they have no rank either.
    numbers = [one.values if one.is_number else np.full(one.values.size, np.nan) for one in kept]
    rho, n = spearman_matrix(np.column_stack(numbers)) if kept else (np.empty((0, 0)),) * 2
    return ScatterMatrix(
        columns=kept, pairs=pairs, rho=rho, n=n.astype(np.int64), total=len(columns)
    )


def scatter_matrix_dict(
    data: ScatterMatrix, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the matrix as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = "Scatter matrix"
    if len(data.columns) < 2:
        reason = "A scatter matrix needs two columns or more"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    size = len(data.columns)
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "height": 130 + _PANEL_PX * size,
        "hovermode": "closest",
        "showlegend": False,
        "bargap": 0.05,
        "annotations": _correlations(data, theme),
    }
    layout["meta"]["min_width"] = 120 + 105 * size
    for number in range(size):
        layout |= _axes(data, number)
    traces = [_bars(data, number, theme) for number in range(size)]
    for row, column, panel in data.pairs:
        axes = _axis("x", column), _axis("y", row)
        traces += [_small(one) for one in point_traces(panel, theme, axes=axes, bar=False)]
    figure: FigureDict = encode({"data": traces, "layout": layout})
    return figure


def _axis(letter: str, number: int) -> str:
    return letter if number == 0 else f"{letter}{number + 1}"


def _domain(number: int, size: int) -> list[float]:
    width = (1 - _GAP * (size - 1)) / size
    return [number * (width + _GAP), number * (width + _GAP) + width]


def _axes(data: ScatterMatrix, number: int) -> dict[str, Any]:
    """Return the axes of one column: along the bottom, up the left side, and of its bars."""
    size, column = len(data.columns), data.columns[number]
    is_log = column.prefers_log
    across, up = _domain(number, size), _domain(size - 1 - number, size)
    small = {"tickfont": {"size": 10}, "nticks": 4}
    title = {"text": short_label(column.name, 18), "font": {"size": 11}}
    bottom = column_axis(column, is_log=is_log) | small
    left = column_axis(column, is_log=is_log) | small
    # Of the first row there is no panel that its axis could belong to: its name alone stands there.
    left |= {"title": title} if number else {"visible": False}
    bars: dict[str, Any] = {"rangemode": "tozero", "visible": False, "fixedrange": True}
    return {
        f"xaxis{number + 1 if number else ''}": bottom
        | {"domain": across, "anchor": _axis("y", size - 1), "title": title},
        f"yaxis{number + 1 if number else ''}": left | {"domain": up, "anchor": "x"},
        f"yaxis{size + number + 1}": bars | {"domain": up, "anchor": _axis("x", number)},
    }


def _bars(data: ScatterMatrix, number: int, theme: Theme) -> dict[str, Any]:
    """Return how the values of one column are spread, on the diagonal."""
    column = data.columns[number]
    values, is_log = column.values[column.there], column.prefers_log
    scaled = np.log10(values) if is_log else values
    if column.levels:
        edges = np.arange(len(column.levels) + 1) - 0.5
    else:
        edges = np.histogram_bin_edges(scaled, bins=_BINS) if scaled.size else np.array([0.0, 1.0])
    counts, edges = np.histogram(scaled, bins=edges)
    ends = np.power(10.0, edges) if is_log else edges
    return {
        "type": "bar",
        "uid": f"bars-{number}",
        # The middle in size, not on the axis: a bar reaches as far to either side.
        "x": compact_floats((ends[:-1] + ends[1:]) / 2, is_log=is_log),
        "width": np.diff(ends),
        "y": counts.astype(np.int32),
        "xaxis": _axis("x", number),
        "yaxis": f"y{len(data.columns) + number + 1}",
        "marker": {"color": RUN_COLORS[theme][0], "opacity": 0.55, "line": {"width": 0}},
        "showlegend": False,
        "hovertemplate": f"{short_label(column.name, 24)} %{{x:.4~g}}: %{{y}} runs<extra></extra>",
    }


def _small(trace: dict[str, Any]) -> dict[str, Any]:
    return {**trace, "marker": {**trace["marker"], "size": _MARK}, "showlegend": False}


def _correlations(data: ScatterMatrix, theme: Theme) -> list[dict[str, Any]]:
    """Return the figures above the diagonal, and the name of the first row."""
    size, tokens = len(data.columns), TOKENS[theme]
    base = {"xref": "paper", "yref": "paper", "showarrow": False}
    found = [
        base
        | {
            "x": sum(_domain(column, size)) / 2,
            "y": sum(_domain(size - 1 - row, size)) / 2,
            "text": _words(float(data.rho[row, column]), int(data.n[row, column])),
            "font": {
                "size": 12,
                "color": tokens["text" if _strong(data, row, column) else "muted"],
            },
        }
        for row in range(size)
        for column in range(row + 1, size)
    ]
    font = {"size": 11, "color": tokens["muted"]}
    name = {"text": short_label(data.columns[0].name, 18), "font": font}
    place = {"x": 0, "xanchor": "right", "xshift": -8, "y": sum(_domain(size - 1, size)) / 2}
    return [*found, base | place | name | {"textangle": -90}]


def _strong(data: ScatterMatrix, row: int, column: int) -> bool:
    return bool(abs(data.rho[row, column]) >= 0.5)


def _words(rho: float, n: int) -> str:
    if not np.isfinite(rho):
        return "–"
    return f"ρ = {rho:+.2f}<br>n = {n:,}".replace("-", "−")
