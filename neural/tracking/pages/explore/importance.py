"""Tab: which params matter for the result, and how far to trust that."""

from __future__ import annotations

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from neural.tracking.analysis.param_importance import ImportanceReport, param_importance
from neural.tracking.charts.importance_bars import (
    Panels,
    importance_bars,
    importance_bars_dict,
)
from neural.tracking.charts.slices import slices, slices_dict
from neural.tracking.pages.explore.runs import label_of, param_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.ui.components import empty_state

__all__ = ["SLICES_MIN_WIDTH", "TAB", "report"]

#: Params whose slices are drawn.
_SLICES = 6
#: Pixels that three panels side by side need.
SLICES_MIN_WIDTH = 720


def report(scene: Scene) -> ImportanceReport:
    """Return what the runs say of the params; a forest takes seconds, so it is kept."""
    table, target = scene.table, scene.target

    def judge() -> ImportanceReport:
        params = [row.get("hyperparameters") or {} for row in table.rows]
        return param_importance(label_of(target), params, scene.result.values)

    return table.kept(("importance", target), judge)


def _controls(_scene: Scene) -> list[Component]:
    return []


def _draw(scene: Scene) -> list[Part]:
    found = report(scene)
    if not found.params:
        return [empty_state("Nothing can be told yet", html.P(found.warning))]
    # Each on a card of its own: side by side on a narrow screen they would cover one another.
    cards = [
        _bars(
            scene,
            found,
            "correlation",
            f"How params go with {found.target}",
            "How far the order of the runs by each param is that of their results",
        )
    ]
    if found.r2 is not None:
        title = f"Importance of params for {found.target}"
        about = "How much each param matters for the result, the most important first"
        cards.insert(0, _bars(scene, found, "forest", title, about))
    return [*cards, _slices(scene, found)]


def _bars(scene: Scene, found: ImportanceReport, panel: Panels, title: str, about: str) -> Drawn:
    data = importance_bars(found)
    if panel == "correlation" and data.has_forest:  # the warning stands on the card beside it
        data = replace(data, warning="", note=f"{found.runs:,} runs")
    figure = importance_bars_dict(data, theme=scene.theme, compact=True, panels=panel)
    return Drawn(
        name="importance" if panel == "forest" else panel,
        title=title,
        figure=figure,
        about=about,
        facts=(scene.target, *(param_key(one.name) for one in found.params)),
        imports=(
            "from neural.tracking.analysis.param_importance import param_importance",
            "from neural.tracking.charts.importance_bars import (",
            "    importance_bars,",
            "    importance_bars_dict,",
            ")",
        ),
        code=(
            f"result = columns[{scene.target!r}]",
            "params = [run['hyperparameters'] for run in runs]",
            "report = param_importance(result.name, params, result.values)",
            f"figure = go.Figure(importance_bars_dict(importance_bars(report), panels={panel!r}))",
        ),
    )


def _slices(scene: Scene, found: ImportanceReport) -> Drawn:
    facts = [param_key(one.name) for one in found.params[:_SLICES]]
    data = slices(scene.result, scene.table.columns(facts), labels=scene.table.labels, log_y=None)
    figure = slices_dict(data, theme=scene.theme, compact=True)
    figure["layout"]["meta"]["min_width"] = SLICES_MIN_WIDTH
    return Drawn(
        name="top-slices",
        title=f"{found.target} over the params that matter most",
        figure=figure,
        about=f"Runs as points: {found.target} over each of the most important params",
        facts=(scene.target, *facts),
        imports=("from neural.tracking.charts.slices import slices, slices_dict",),
        code=(
            f"params = [columns[name] for name in {facts!r}]",
            f"data = slices(columns[{scene.target!r}], params, labels=labels, log_y=None)",
            "figure = go.Figure(slices_dict(data))",
        ),
        ids=scene.table.ids,
    )


TAB = Tab(
    name="importance",
    label="Importance",
    controls=_controls,
    draw=_draw,
    wide=True,
    is_slow=True,
)
