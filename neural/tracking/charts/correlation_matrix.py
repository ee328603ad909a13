"""Correlation matrix: which metrics of a run, or columns of many runs, rise and fall together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.correlations import Method, correlations
from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.contrast import blend, ink
from neural.tracking.charts.figures import (
    FigureDict,
    as_figure,
    base_layout,
    empty_figure,
    encode,
)
from neural.tracking.charts.theme import TOKENS, Theme, diverging, escape_text, short_label
from neural.tracking.correlation import align, pearson
from neural.tracking.records import Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "MAX_METRICS",
    "CorrelationMatrix",
    "correlation_matrix",
    "correlation_matrix_dict",
    "correlation_matrix_figure",
    "correlation_matrix_of_runs",
]

#: Metrics in one matrix; with more its cells are too small to tell apart.
MAX_METRICS = 50
#: Up to this many metrics the coefficient is written into the cells.
_WRITTEN = 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationMatrix:
    """Correlations of the metrics of one run over its steps, or of columns over many runs.

    Attributes:
        names: Metric names, length ``M``.
        coefficients: Pearson's r or Spearman's rho, shape ``(M, M)``; NaN where the data say
            nothing.
        pairs: Steps (or runs) at which both are finite, shape ``(M, M)``.
        total: Metrics there are; more than ``names`` when some were left out.
        p_values: Two-sided, shape ``(M, M)``; ``None`` over steps, which depend on one another.
        method: Which coefficient it is.
        over: What the pairs are: ``"steps"`` or ``"runs"``.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    pairs: NDArray[np.int64]
    total: int
    p_values: NDArray[np.float64] | None = None
    method: Method = "pearson"
    over: str = "steps"


def correlation_matrix(
    series: Mapping[str, Series], *, max_metrics: int = MAX_METRICS
) -> CorrelationMatrix:
    """Return the correlation of every pair of metrics over the steps both have.

    Args:
        series: The drawn view of each metric, in the order of rows and columns.
        max_metrics: Metrics at most; those left out are counted in the note.
    """
    logged = {name: one for name, one in series.items() if one.step.size}
    chosen = dict(islice(logged.items(), max_metrics))
    coefficients, pairs = pearson(align(chosen)[1])
    return CorrelationMatrix(
        names=tuple(chosen), coefficients=coefficients, pairs=pairs, total=len(logged)
    )


def correlation_matrix_of_runs(
    columns: Mapping[str, Column],
    *,
    method: Method = "spearman",
    clustered: bool = True,
    max_metrics: int = MAX_METRICS,
) -> CorrelationMatrix:
    """Return the correlation of every pair of params and results over the runs that have both.

    Args:
        columns: By name, one value a run each; those of names and those that do not vary are
            left out.
        method: ``"spearman"`` for any monotone relation, ``"pearson"`` for straight ones.
        clustered: Whether columns that go together become neighbours.
        max_metrics: Columns at most; those left out are counted in the note.
    """
    usable = {name: one for name, one in columns.items() if one.is_number and one.varies}
    chosen = {name: one.values for name, one in islice(usable.items(), max_metrics)}
    found = correlations(chosen, method=method, clustered=clustered)
    return CorrelationMatrix(
        names=found.names,
        coefficients=found.coefficients,
        pairs=found.pairs,
        total=len(usable),
        p_values=found.p_values,
        method=method,
        over="runs",
    )


def correlation_matrix_dict(
    matrix: CorrelationMatrix, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the matrix as a plain dict with typed arrays.

    Args:
        matrix: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    figure: FigureDict = encode(_draw(matrix, theme, compact=compact))
    return figure


def correlation_matrix_figure(matrix: CorrelationMatrix, *, theme: Theme = "dark") -> go.Figure:
    """Draw the matrix as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(matrix, theme))


def _draw(matrix: CorrelationMatrix, theme: Theme, *, compact: bool = False) -> FigureDict:
    title = "Correlation of metrics" if matrix.over == "steps" else "Correlation over runs"
    if len(matrix.names) < 2:
        return empty_figure(_too_few(matrix), title="" if compact else title, theme=theme)
    layout = base_layout(theme, title, note=_note(matrix), compact=compact) | {
        "xaxis": _names_axis(matrix.names) | {"tickangle": -45 if _is_wide(matrix) else 0},
        "yaxis": _names_axis(matrix.names) | {"autorange": "reversed"},
        # Cells that say nothing must not look like those that say zero.
        "plot_bgcolor": TOKENS[theme]["hairline"],
        "height": max(420, 160 + 28 * len(matrix.names)),
    }
    # A click tells the place of a cell; the names as they were logged stand here.
    layout["meta"]["names"] = list(matrix.names)
    layout["meta"]["min_width"] = 190 + 46 * min(len(matrix.names), _WRITTEN)
    written = [_numbers(matrix, theme)] if len(matrix.names) <= _WRITTEN else []
    return {"data": [_cells(matrix, theme), *written], "layout": layout}


def _note(matrix: CorrelationMatrix) -> str:
    name = "Pearson's r" if matrix.method == "pearson" else "Spearman's ρ"
    what = "steps both metrics have" if matrix.over == "steps" else "runs that have both"
    note = f"{name} over the {what}; blank where these say nothing"
    if len(matrix.names) < matrix.total:
        note += f"; {len(matrix.names)} of {matrix.total:,} metrics shown"
    return note


def _too_few(matrix: CorrelationMatrix) -> str:
    count = len(matrix.names) or "none"
    if matrix.over == "steps":
        return f"A correlation needs at least two metrics. This run has {count}"
    return f"A correlation needs two columns of numbers that vary. These runs have {count}"


def _is_wide(matrix: CorrelationMatrix) -> bool:
    """Return whether the names do not fit side by side."""
    return sum(map(len, matrix.names)) > 60


def _names_axis(names: tuple[str, ...]) -> dict[str, Any]:
    """Return an axis of names: whole ones as categories, shortened ones as ticks."""
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [escape_text(name) for name in names],
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [short_label(name, 24) for name in names],
        "showgrid": False,
        "ticks": "",
    }


def _cells(matrix: CorrelationMatrix, theme: Theme) -> dict[str, Any]:
    labels = [escape_text(name) for name in matrix.names]
    return {
        "type": "heatmap",
        "uid": "correlation",
        "x": labels,
        "y": labels,
        "z": matrix.coefficients.astype(np.float32),
        "customdata": _details(matrix),
        "zmin": -1,
        "zmax": 1,
        "colorscale": diverging(theme),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": True,
        "hovertemplate": _hover(matrix),
        "colorbar": {"title": {"text": _sign(matrix)}, "outlinewidth": 0, "thickness": 12},
    }


def _sign(matrix: CorrelationMatrix) -> str:
    return "r" if matrix.method == "pearson" else "ρ"


def _details(matrix: CorrelationMatrix) -> NDArray[Any]:
    """Return what only the tooltip tells: n, and p where it means something."""
    if matrix.p_values is None:
        return matrix.pairs.astype(np.int32)
    return np.stack((matrix.pairs.astype(np.float64), matrix.p_values), axis=-1)


def _hover(matrix: CorrelationMatrix) -> str:
    start = f"%{{y}}<br>%{{x}}<br>{_sign(matrix)} = %{{z:.3f}}, "
    if matrix.p_values is None:
        return start + "n = %{customdata}<extra></extra>"
    return start + "n = %{customdata[0]:.0f}, p = %{customdata[1]:.2~g}<extra></extra>"


def _numbers(matrix: CorrelationMatrix, theme: Theme) -> dict[str, Any]:
    """Return the coefficients as text, each in the ink that reads best on its cell."""
    cells = [
        (float(r), escape_text(matrix.names[column]), escape_text(matrix.names[row]))
        for (row, column), r in np.ndenumerate(matrix.coefficients)
        if not np.isnan(r)
    ]
    scale = diverging(theme)
    return {
        "type": "scatter",
        "uid": "numbers",
        "mode": "text",
        "x": [column for _, column, _ in cells],
        "y": [row for _, _, row in cells],
        "text": [f"{r:.2f}".replace("-", "−") for r, _, _ in cells],
        "textfont": {"size": 11, "color": [ink(blend(scale, (r + 1) / 2)) for r, _, _ in cells]},
        "hoverinfo": "skip",
        "showlegend": False,
    }
