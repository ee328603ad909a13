"""Contour: a result over two params, interpolated between the runs that were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.analysis.surface import Surface, surface
from neural.tracking.charts.figures import FigureDict, empty_figure, encode
from neural.tracking.charts.log_axis import log_color_bar, log_words
from neural.tracking.charts.mark_scale import mark_scale
from neural.tracking.charts.noted_layout import LEGEND_BELOW, noted_layout
from neural.tracking.charts.points import (
    Points,
    column_axis,
    hidden_note,
    point_traces,
    points_of,
)
from neural.tracking.charts.theme import Theme, short_label

__all__ = ["Contour", "contour", "contour_dict"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contour:
    """Runs as points, and what lies between them.

    Attributes:
        points: The runs, coloured by the result.
        surface: Interpolated values; ``None`` where the runs span no area.
    """

    points: Points
    surface: Surface | None


def contour(
    x: Column,
    y: Column,
    result: Column,
    *,
    labels: Iterable[str] = (),
    log_x: bool | None = None,
    log_y: bool | None = None,
    log_color: bool | None = False,
) -> Contour:
    """Return the data of the chart.

    Between the runs it is :func:`neural.tracking.analysis.surface.surface`: linear over
    triangles, nothing outside. Names have no distances, so with them there are only points.

    Args:
        x: Column along x, ``N`` runs.
        y: Column along y, the same runs.
        result: Column of the colours, the same runs.
        labels: Names of the runs for people.
        log_x: Whether x is logarithmic; ``None`` follows the column.
        log_y: The same for y.
        log_color: Whether the colours are those of the logarithm of the result, and what lies
            between the runs is linear in it; ``None`` follows the result.

    Raises:
        MissingExtraError: SciPy is not installed.
    """
    points = points_of(
        x, y, color=result, labels=labels, log_x=log_x, log_y=log_y, log_color=log_color
    )
    between = None
    if x.is_number and y.is_number and result.is_number:
        between = surface(
            x.values, y.values, _shades(points), log_x=points.log_x, log_y=points.log_y
        )
    return Contour(points=points, surface=between)


def _shades(points: Points) -> NDArray[np.float64]:
    """Return what the colours stand for: the result or its logarithm; NaN where it has none."""
    assert points.color is not None
    if not points.log_color:
        return points.color.values
    positive = np.where(points.colored, points.color.values, np.nan)
    logarithms: NDArray[np.float64] = np.log10(positive)
    return logarithms


def contour_dict(data: Contour, *, theme: Theme = "dark", compact: bool = False) -> FigureDict:
    """Draw the chart as a plain dict; ``customdata`` of a mark is the row number of its run.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    points, color = data.points, data.points.color
    name = color.name if color is not None else ""
    title = f"{name} over {points.x.name} and {points.y.name}"
    if not points.shown.any():
        reason = f"No run has both {points.x.name!r} and {points.y.name!r} on these axes"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    between = "linear between runs, blank beyond them"
    if data.surface is None:
        between = "too few places to interpolate between"
    if color is not None and points.log_color:
        between += f"; {log_words(color.values, 'colours')}"
    layout = noted_layout(theme, title, f"{hidden_note(points)}; {between}", compact=compact) | {
        "xaxis": column_axis(points.x, is_log=points.log_x) | {"showgrid": False},
        "yaxis": column_axis(points.y, is_log=points.log_y) | {"showgrid": False},
        "hovermode": "closest",
        "legend": LEGEND_BELOW,
    }
    drawn = [] if data.surface is None else [_area(data.surface, points, theme)]
    marks = point_traces(points, theme, bar=data.surface is None)
    figure: FigureDict = encode({"data": [*drawn, *marks], "layout": layout})
    return figure


def _area(between: Surface, points: Points, theme: Theme) -> dict[str, Any]:
    color = points.color
    assert color is not None
    finite = _shades(points)[points.colored]
    return {
        "type": "contour",
        "uid": "between",
        "x": between.x,
        "y": between.y,
        "z": between.z.astype(np.float32),
        "zmin": float(finite.min()),
        "zmax": float(finite.max()),
        "colorscale": mark_scale(theme),
        "ncontours": 14,
        "contours": {"coloring": "fill", "showlines": False},
        "connectgaps": False,
        "hoverinfo": "skip",
        "colorbar": {
            "title": {"text": short_label(color.name, 20), "side": "right"},
            "outlinewidth": 0,
            "thickness": 12,
        }
        | (log_color_bar(color.values) if points.log_color else {}),
    }
