"""Smoothed curves: every metric of a run as a moving average, what was logged behind it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

from neural.tracking.charts.figures import FigureDict, as_figure, empty_figure, encode
from neural.tracking.charts.grid import MAX_PANELS, CurveGrid, curve_grid
from neural.tracking.charts.lines import View, line
from neural.tracking.charts.theme import Theme
from neural.tracking.records import Series
from neural.tracking.smoothing import moving_average

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["smoothed_curves", "smoothed_curves_dict", "smoothed_curves_figure"]


def smoothed_curves(
    series: Mapping[str, Series],
    window: int = 10,
    *,
    view: View | None = None,
    max_panels: int = MAX_PANELS,
) -> CurveGrid:
    """Return the data of the smoothed curves of one run.

    Args:
        series: The drawn view of each metric, in the order of the panels. A metric without
            a point gets no panel; one with fewer points than the window is kept.
        window: Values in the trailing average, at least 1.
        view: Axes and width; ``None`` draws steps.
        max_panels: Panels at most; those left out are counted in the note.

    Raises:
        InvalidInputError: ``window`` is below 1.
    """
    view = view or View()
    logged = {name: one for name, one in series.items() if one.step.size}
    return CurveGrid(
        title=f"Smoothed curves, mean of the last {window} values",
        lines=tuple(
            line(one, view, key=name, smoothed=moving_average(one.value, window))
            for name, one in islice(logged.items(), max_panels)
        ),
        view=view,
        total=len(logged),
    )


def smoothed_curves_dict(grid: CurveGrid, *, theme: Theme = "dark") -> FigureDict:
    """Draw the curves as a plain dict with typed arrays."""
    figure: FigureDict = encode(_draw(grid, theme))
    return figure


def smoothed_curves_figure(grid: CurveGrid, *, theme: Theme = "dark") -> go.Figure:
    """Draw the curves as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(grid, theme))


def _draw(grid: CurveGrid, theme: Theme) -> FigureDict:
    if not grid.lines:
        return empty_figure("Nothing to smooth: no metric was logged yet", theme=theme)
    return curve_grid(grid, theme)
