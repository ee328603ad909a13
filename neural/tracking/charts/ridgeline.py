"""Ridgeline: how the values of a metric are spread, range of steps after range of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neural.tracking.analysis.spread import Ridge, ridges
from neural.tracking.charts.contrast import blend
from neural.tracking.charts.figures import (
    FigureDict,
    compact_floats,
    empty_figure,
    encode,
)
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text
from neural.tracking.records import Series

__all__ = ["Ridgeline", "ridgeline", "ridgeline_dict"]

#: Heights of the highest ridge, in distances between ridges.
_OVERLAP = 1.9
#: Share of the height of a ridge below which it is not drawn.
_NOTHING = 0.004


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ridgeline:
    """Densities over steps.

    Attributes:
        metric: Metric name.
        ridges: First range of steps first; empty when nothing varies.
    """

    metric: str
    ridges: tuple[Ridge, ...]


def ridgeline(metric: str, series: Series, *, most: int = 12) -> Ridgeline:
    """Return the data of the chart.

    Args:
        metric: Metric name.
        series: The metric as drawn.
        most: Ridges at most.
    """
    return Ridgeline(metric=metric, ridges=tuple(ridges(series, most=most)))


def ridgeline_dict(data: Ridgeline, *, theme: Theme = "dark", compact: bool = False) -> FigureDict:
    """Draw the ridges as a plain dict, the first at the top, later ones in front.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = f"Distribution of {data.metric} over steps"
    if not data.ridges:
        reason = f"{data.metric!r} has too few different values to show how they are spread"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    n, count = sum(one.n for one in data.ridges), len(data.ridges)
    layout = noted_layout(
        theme, title, f"{n:,} values; density by Gaussian kernel", compact=compact
    ) | {
        "xaxis": {"title": {"text": escape_text(data.metric)}, "zeroline": False},
        "yaxis": {
            "title": {"text": "Steps"},
            "tickmode": "array",
            "tickvals": [count - 1 - place for place in range(count)],
            "ticktext": [_span(one) for one in data.ridges],
            "range": [-0.25, count - 1 + _OVERLAP + 0.1],
            "zeroline": False,
        },
        "showlegend": False,
        "hovermode": "closest",
        "height": max(360, 150 + 36 * count),
    }
    highest = max(float(one.density.height.max()) for one in data.ridges)
    drawn = [_ridge(one, place, count, highest, theme) for place, one in enumerate(data.ridges)]
    figure: FigureDict = encode({"data": drawn, "layout": layout})
    return figure


def _span(one: Ridge) -> str:
    return f"{one.first:,}" if one.first == one.last else f"{one.first:,} – {one.last:,}"


def _ridge(one: Ridge, place: int, count: int, highest: float, theme: Theme) -> dict[str, Any]:
    base = count - 1 - place
    # A line along the bottom of what is next to nothing says nothing.
    there = np.flatnonzero(one.density.height > _NOTHING * one.density.height.max())
    drawn = slice(max(0, there[0] - 1), there[-1] + 2)
    height = base + one.density.height[drawn] / highest * _OVERLAP
    x = one.density.x[drawn]
    share = place / max(1, count - 1)
    # Mixed with the panel and not transparent: a ridge covers the ones behind it.
    fill = blend([(0.0, TOKENS[theme]["panel"]), (1.0, RUN_COLORS[theme][0])], 0.25 + 0.5 * share)
    hover = f"steps {_span(one)}<br>median {one.median:.5g}, n = {one.n:,}"
    return {
        "type": "scatter",
        "uid": f"ridge-{place}",
        "mode": "lines",
        "x": compact_floats(np.concatenate((x, x[::-1]))),
        "y": np.concatenate((height, np.full(x.size, base))).astype(np.float32),
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 1.2, "color": TOKENS[theme]["text"]},
        "hoveron": "fills",
        "text": hover,
        "hoverinfo": "text",
    }
