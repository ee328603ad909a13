"""Tab: every pair of several columns at once."""

from __future__ import annotations

from dash.development.base_component import Component

from neural.tracking.charts.scatter_matrix import (
    MAX_COLUMNS,
    scatter_matrix,
    scatter_matrix_dict,
)
from neural.tracking.pages.explore.controls import picker
from neural.tracking.pages.explore.runs import label_of, metric_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab

__all__ = ["TAB"]

#: Params and further metrics that are taken at first.
_PARAMS, _METRICS = 3, 1


def _columns(scene: Scene) -> list[str]:
    first = [metric_key(scene.metric)] if scene.metric else []
    others = [metric_key(name) for name in scene.whole.metrics if name != scene.metric]
    params = scene.numeric_params() or scene.varied_params()
    return scene.chosen("mc", [*first, *others[:_METRICS], *params[:_PARAMS]])


def _color(scene: Scene) -> str:
    color = scene.view.one("mk")
    return color if scene.has(color) else ""


def _controls(scene: Scene) -> list[Component]:
    label = f"Params and metrics (at most {MAX_COLUMNS})"
    return [
        picker(scene.whole, "mc", label, _columns(scene), multi=True),
        picker(scene.whole, "mk", "Colour", _color(scene), blank="None"),
    ]


def _draw(scene: Scene) -> list[Part]:
    facts = [scene.fact(key) for key in _columns(scene)]
    color = scene.fact(_color(scene)) if _color(scene) else ""
    columns = scene.table.columns(facts)
    shade = scene.table.column(color) if color else None
    data = scatter_matrix(columns, labels=scene.table.labels, color=shade)
    colored = f", color=columns[{color!r}]" if color else ""
    drawn = Drawn(
        name="pairs",
        title="Scatter matrix" + (f", colour: {label_of(color)}" if color else ""),
        figure=scatter_matrix_dict(data, theme=scene.theme, compact=True),
        about="Runs as points over every pair of the chosen params and metrics",
        facts=tuple(dict.fromkeys([*facts, *([color] if color else [])])),
        imports=(
            "from neural.tracking.charts.scatter_matrix import scatter_matrix, scatter_matrix_dict",
        ),
        code=(
            f"chosen = [columns[name] for name in {facts!r}]",
            f"data = scatter_matrix(chosen, labels=labels{colored})",
            "figure = go.Figure(scatter_matrix_dict(data))",
        ),
        ids=scene.table.ids,
    )
    return [drawn]


TAB = Tab(name="pairs", label="Scatter matrix", controls=_controls, draw=_draw)
