"""Where what is pressed on a chart of the Explore page leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.explore import matrix, parallel
from neural.tracking.pages.explore.ids import Ids
from neural.tracking.pages.explore.panels import Panels
from neural.tracking.pages.explore.scene import Scene
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext, ShellIds

__all__ = ["clicked", "register_clicks"]

State_ = Mapping[str, Any]


def register_clicks(app: Dash, context: AppContext, panels: Panels) -> None:
    """Connect what is pressed on charts: cells, points, boxes over axes."""

    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Input(Ids.graph(ALL), "clickData"),
        State(Ids.STATE, "data"),
        State(Ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _click(_clicks: Any, state: State_, revision: str | None) -> tuple[Any, Any]:
        cause, value = dash.ctx.triggered_id, dash.ctx.triggered[0]["value"]
        if not isinstance(cause, Mapping) or not value or not value.get("points"):
            raise PreventUpdate
        scene = panels.scene(ExploreView.from_state(state), revision=revision)
        view, run = clicked(panels, scene, cause["index"], value["points"][0])
        if view == scene.view and run is None:
            raise PreventUpdate
        return (
            no_update if view == scene.view else view.state(),
            no_update if run is None else run_href(context, run),
        )

    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(Ids.graph(ALL), "selectedData"),
        State(Ids.STATE, "data"),
        State(Ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _brush(_data: Any, state: State_, revision: str | None) -> Any:
        cause, value = dash.ctx.triggered_id, dash.ctx.triggered[0]["value"] or {}
        box = value.get("range") or {}
        is_mine = isinstance(cause, Mapping) and cause["index"] == parallel.NAME
        if not is_mine or not {"x", "y"} <= set(box):
            raise PreventUpdate
        scene = panels.scene(ExploreView.from_state(state), revision=revision)
        now = scene.view.with_option("brush", list(parallel.brush_texts(scene, box)))
        if now == scene.view:
            raise PreventUpdate
        return now.state()

    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(Ids.UNBRUSH, "n_clicks"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _unbrush(_clicks: int | None, state: State_) -> Any:
        return ExploreView.from_state(state).with_option("brush", []).state()


def clicked(
    panels: Panels, scene: Scene, chart: str, point: Mapping[str, Any]
) -> tuple[ExploreView, str | None]:
    """Return where a click on a chart leads: another view, or the page of a run.

    Args:
        panels: What draws.
        scene: What is on screen.
        chart: Name of the chart.
        point: What Plotly says of the point or cell.
    """
    view = scene.view
    if chart == matrix.MATRIX:
        for key, value in matrix.cell_state(scene, str(point["x"]), str(point["y"])).items():
            view = view.with_option(key, value)
        return view, None
    found = panels.chart(scene, chart)
    row = point.get("y") if chart == "heatmap" else point.get("customdata")
    if found is None or not isinstance(row, int | float) or not 0 <= row < len(found.ids):
        return view, None
    return view, found.ids[int(row)]
