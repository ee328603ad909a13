"""Tab: parallel coordinates, whose brushes choose the runs of the whole page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.parallel_coordinates import (
    MAX_AXES,
    ParallelCoordinates,
    parallel_coordinates,
)
from neural.tracking.charts.parallel_lines import parallel_lines_dict
from neural.tracking.pages.explore.brushes import brushes_of, ranges_of, with_box
from neural.tracking.pages.explore.controls import checks, picker
from neural.tracking.pages.explore.heatmap import best_first
from neural.tracking.pages.explore.run_list import run_list
from neural.tracking.pages.explore.runs import label_of, metric_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.ui.components import card

__all__ = ["NAME", "TAB", "brush_texts"]

#: Name of the chart.
NAME = "parallel"
#: What an option holds that was emptied on purpose.
NONE = "none"
_AXES = 7


def _axes(scene: Scene) -> list[str]:
    result = [metric_key(scene.metric)] if scene.metric else []
    return scene.chosen("ax", [*scene.varied_params()[:_AXES], *result])


def _log(scene: Scene, keys: list[str]) -> list[str]:
    """Return the keys of the logarithmic axes: those that were chosen, else those that fit."""
    columns = zip(keys, scene.whole.columns(map(scene.fact, keys)), strict=True)
    chosen = scene.view.many("plog")
    return [key for key, one in columns if (key in chosen if chosen else one.prefers_log)]


def _controls(scene: Scene) -> list[Component]:
    return [picker(scene.whole, "ax", "Axes", _axes(scene), multi=True)]


def _data(scene: Scene) -> tuple[ParallelCoordinates, list[str], list[Column]]:
    """Return what the chart shows, the names of its columns and the columns."""
    keys = _axes(scene)[:MAX_AXES]
    facts = [scene.fact(key) for key in keys]
    columns = scene.whole.columns(facts)
    log = _log(scene, keys)
    named = list(zip(keys, columns, strict=True))
    data = parallel_coordinates(
        columns,
        color=scene.whole.column(scene.target) if scene.metric else None,
        log={one.name: key in log for key, one in named},
        flipped=[one.name for key, one in named if key in scene.view.many("pflip")],
    )
    return data, facts, columns


def _draw(scene: Scene) -> list[Part]:
    data, facts, columns = _data(scene)
    brushes = brushes_of(scene.view.brush)
    ranges = {
        number: stretches
        for number, (fact, one, axis) in enumerate(zip(facts, columns, data.axes, strict=True))
        if (stretches := ranges_of(brushes, fact, one, is_log=axis.is_log))
    }
    labels = scene.whole.labels
    figure = parallel_lines_dict(
        data, labels=labels, brushes=ranges, theme=scene.theme, compact=True
    )
    log = {axis.name: axis.is_log for axis in data.axes}
    flipped = [axis.name for axis in data.axes if axis.is_flipped]
    code = f"list(columns.values()), log={log!r}, flipped={flipped!r}"
    return [
        Drawn(
            name=NAME,
            title="Parallel coordinates",
            figure=figure,
            about="One line a run over an axis for each chosen param and metric; "
            "a box that is drawn over an axis keeps the runs that go through it",
            facts=tuple(facts),
            imports=(
                "from neural.tracking.charts.parallel_coordinates import (",
                "    parallel_coordinates,",
                "    parallel_coordinates_dict,",
                ")",
            ),
            code=(
                f"data = parallel_coordinates({code})",
                "figure = go.Figure(parallel_coordinates_dict(data))",
            ),
            controls=_toggles(scene, data, columns),
            ids=scene.whole.ids,
        )
    ]


def _toggles(
    scene: Scene, data: ParallelCoordinates, columns: Sequence[Column]
) -> tuple[Component, ...]:
    named = list(zip(_axes(scene), data.axes, columns, strict=False))
    numbers = {key: axis.name[:32] for key, axis, one in named if one.is_number}
    log = [key for key, axis, _ in named if axis.is_log]
    every = {key: axis.name[:32] for key, axis, _ in named}
    flipped = [key for key, axis, _ in named if axis.is_flipped]
    return (
        *([checks("plog", "Logarithmic", numbers, log)] if numbers else []),
        checks("pflip", "Upside down", every, flipped),
    )


def brush_texts(scene: Scene, box: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    """Return the brushes of the view after a box was drawn.

    Args:
        scene: What is on screen.
        box: ``{"x": [from, to], "y": [from, to]}``.
    """
    data, facts, columns = _data(scene)
    found = with_box(brushes_of(scene.view.brush), box, data, facts, columns)
    return tuple(brush.text for brush in found)


def _below(scene: Scene) -> list[Component]:
    if not scene.view.brush:
        hint = "Draw a box over an axis to keep only the runs that go through it, on all tabs."
        return [html.P(hint, className="aq-hint")]
    facts = [scene.fact(key) for key in _axes(scene)]
    rows = best_first(scene).tolist()
    content = run_list(scene, rows, facts)
    return [card(f"Runs in the brushes, best {label_of(scene.target)} first", content)]


TAB = Tab(
    name="parallel", label="Parallel coordinates", controls=_controls, draw=_draw, below=_below
)
