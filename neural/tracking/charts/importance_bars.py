"""Importance of params: what the forest loses without each, and how it goes with the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neural.tracking.analysis.param_importance import ImportanceReport, ParamImportance
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text, short_label

__all__ = ["MAX_PARAMS", "ImportanceBars", "Panels", "importance_bars", "importance_bars_dict"]

#: Which panels of the chart: both side by side, or one of them.
Panels = Literal["both", "forest", "correlation"]

#: Bars in one chart.
MAX_PARAMS = 20
_ROW_HEIGHT = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImportanceBars:
    """The strongest params of a report.

    Attributes:
        target: Name of the result.
        params: The most important first.
        total: Params that were judged.
        has_forest: Whether there are importances of a forest beside the correlations.
        note: Runs, R² and what was left out, in words.
        warning: Why not to trust it; empty when nothing speaks against it.
    """

    target: str
    params: tuple[ParamImportance, ...]
    total: int
    has_forest: bool
    note: str
    warning: str


def importance_bars(report: ImportanceReport, *, max_params: int = MAX_PARAMS) -> ImportanceBars:
    """Return the data of the chart.

    Args:
        report: From :func:`neural.tracking.analysis.param_importance.param_importance`.
        max_params: Bars at most; those left out are counted in the note.
    """
    parts = [f"{report.runs:,} runs"]
    if report.r2 is not None:
        parts.append(f"forest explains {max(report.r2, 0.0):.0%} of unseen runs (R² of 5 folds)")
    if len(report.params) > max_params:
        parts.append(f"{max_params} of {len(report.params)} params shown")
    if not all(one.is_ranked for one in report.params):
        parts.append("○ names: strength without a sign")
    if report.left_out:
        parts.append(f"{len(report.left_out)} params cannot be judged")
    return ImportanceBars(
        target=report.target,
        params=report.params[:max_params],
        total=len(report.params),
        has_forest=report.r2 is not None,
        note="; ".join(parts),
        warning=report.warning,
    )


def importance_bars_dict(
    data: ImportanceBars,
    *,
    theme: Theme = "dark",
    compact: bool = False,
    panels: Panels = "both",
) -> FigureDict:
    """Draw the bars as a plain dict; a warning stands above them, where nobody can miss it.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
        panels: Which panels; without a forest there is none but the correlations.
    """
    shown: Panels = panels if data.has_forest else "correlation"
    title = f"Importance for {data.target}"
    if not data.params:
        return empty_figure(data.warning, title="" if compact else title, theme=theme)
    note = f"⚠ {data.warning} {data.note}" if data.warning else data.note
    layout = noted_layout(theme, title, note, compact=compact) | _axes(data, shown)
    layout["meta"]["warning"] = data.warning
    layout["height"] = 150 + _ROW_HEIGHT * max(4, len(data.params))
    if data.warning and not compact:
        layout["title"]["subtitle"]["font"] = {"size": 12, "color": TOKENS[theme]["warn"]}
    bars = []
    if shown != "correlation":
        bars.append(_permutations(data, theme))
    if shown != "forest":
        axis = "x2" if shown == "both" else "x"
        bars += [_effects(data, theme, axis), *_linear(data, theme, axis)]
    figure: FigureDict = encode({"data": bars, "layout": layout})
    return figure


def _axes(data: ImportanceBars, shown: Panels) -> dict[str, Any]:
    both = shown == "both"
    effect = {
        "title": {"text": "Rank correlation (◇ Pearson)"},
        "range": [-1.05, 1.05],
        "domain": [0.54, 1] if both else [0, 1],
        "zeroline": True,
        "zerolinewidth": 2,
    }
    axes: dict[str, Any] = {
        "yaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(data.params))),
            "ticktext": [short_label(one.name, 28) for one in data.params],
            "range": [len(data.params) - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
        },
        "showlegend": False,
        "hovermode": "closest",
        "bargap": 0.35,
    }
    if shown == "correlation":
        return axes | {"xaxis": effect}
    forest: dict[str, Any] = {"title": {"text": "R² lost when shuffled"}, "rangemode": "tozero"}
    if not both:
        return axes | {"xaxis": forest}
    forest["domain"] = [0, 0.5]
    return axes | {"xaxis": forest, "xaxis2": effect | {"anchor": "y"}}


def _permutations(data: ImportanceBars, theme: Theme) -> dict[str, Any]:
    params = data.params
    return {
        "type": "bar",
        "uid": "permutation",
        "orientation": "h",
        "x": np.array([one.permutation for one in params]),
        "y": np.arange(len(params), dtype=np.int32),
        "error_x": {
            "type": "data",
            "array": np.array([one.deviation for one in params]),
            "color": TOKENS[theme]["muted"],
            "thickness": 1.5,
            "width": 4,
        },
        "marker": {"color": RUN_COLORS[theme][0]},
        "text": [f"{one.permutation:.2f}".replace("-", "−") for one in params],
        "textposition": "none",
        "customdata": np.array([one.deviation for one in params]),
        "hovertemplate": "%{y}<br>R² falls by %{x:.3f} ± %{customdata:.3f}<extra></extra>",
    }


def _effects(data: ImportanceBars, theme: Theme, axis: str) -> dict[str, Any]:
    """Return the correlations as points on stems: signed ones filled, names hollow."""
    params = data.params
    effects = np.array([one.effect for one in params])
    return {
        "type": "scatter",
        "uid": "effect",
        "mode": "markers",
        "x": effects,
        "y": np.arange(len(params), dtype=np.int32),
        "xaxis": axis,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": np.maximum(-np.nan_to_num(effects), 0),
            "arrayminus": np.maximum(np.nan_to_num(effects), 0),
            "color": RUN_COLORS[theme][1],
            "thickness": 3,
            "width": 0,
        },
        "marker": {
            "size": 11,
            "color": RUN_COLORS[theme][1],
            "symbol": ["circle" if one.is_ranked else "circle-open" for one in params],
            "line": {"width": 2, "color": RUN_COLORS[theme][1]},
        },
        "text": [_hover(one) for one in params],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _linear(data: ImportanceBars, theme: Theme, axis: str) -> list[dict[str, Any]]:
    """Return Pearson's correlations as hollow marks: far from the other, the line is bent."""
    known = [(place, one) for place, one in enumerate(data.params) if np.isfinite(one.linear)]
    if not known:
        return []
    return [
        {
            "type": "scatter",
            "uid": "linear",
            "mode": "markers",
            "x": np.array([one.linear for _, one in known]),
            "y": np.array([place for place, _ in known], dtype=np.int32),
            "xaxis": axis,
            "marker": {
                "size": 9,
                "symbol": "diamond-open",
                "color": TOKENS[theme]["text"],
                "line": {"width": 1.5},
            },
            "text": [
                f"{escape_text(one.name)}<br>Pearson r = {one.linear:+.2f}" for _, one in known
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]


def _hover(one: ParamImportance) -> str:
    name = escape_text(one.name)
    if not one.is_ranked:
        return f"{name}<br>its names explain {one.effect:.2f} of the order, n = {one.runs:,}"
    p = "< 0.001" if one.p_value < 0.001 else f"= {one.p_value:.3f}"
    return f"{name}<br>ρ = {one.effect:+.2f}, p {escape_text(p)}, n = {one.runs:,}"
