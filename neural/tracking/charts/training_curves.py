"""Training curves: every metric of a run over its steps, one panel each."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

from neural.tracking.charts.figures import FigureDict, as_figure, empty_figure, encode
from neural.tracking.charts.grid import MAX_PANELS, CurveGrid, curve_grid
from neural.tracking.charts.lines import View, line
from neural.tracking.charts.theme import Theme
from neural.tracking.records import Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["training_curves", "training_curves_dict", "training_curves_figure"]

_NOTHING = "No metric was logged yet. Call tracker.log_metrics({'loss': loss}) in the training loop"


def training_curves(
    series: Mapping[str, Series], *, view: View | None = None, max_panels: int = MAX_PANELS
) -> CurveGrid:
    """Return the data of the training curves of one run.

    Args:
        series: The drawn view of each metric, in the order of the panels. A metric without
            a point gets no panel.
        view: Axes, smoothing and width; ``None`` draws steps, unsmoothed.
        max_panels: Panels at most; those left out are counted in the note.
    """
    view = view or View()
    logged = {name: one for name, one in series.items() if one.step.size}
    return CurveGrid(
        title="Training curves",
        lines=tuple(line(one, view, key=name) for name, one in islice(logged.items(), max_panels)),
        view=view,
        total=len(logged),
    )


def training_curves_dict(grid: CurveGrid, *, theme: Theme = "dark") -> FigureDict:
    """Draw the curves as a plain dict with typed arrays."""
    figure: FigureDict = encode(_draw(grid, theme))
    return figure


def training_curves_figure(grid: CurveGrid, *, theme: Theme = "dark") -> go.Figure:
    """Draw the curves as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(grid, theme))


def _draw(grid: CurveGrid, theme: Theme) -> FigureDict:
    if not grid.lines:
        return empty_figure(_NOTHING, title=grid.title, theme=theme)
    return curve_grid(grid, theme)
