"""The Explore page: connects its controls, charts and tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import ALL, MATCH, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural._clock import now
from neural.errors import NeuralError
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.experiments.filter import filter_problem, hints
from neural.tracking.pages.explore import parallel
from neural.tracking.pages.explore.cards import parts_of
from neural.tracking.pages.explore.clicks import register_clicks
from neural.tracking.pages.explore.controls import options_for, pool_of, shown_values
from neural.tracking.pages.explore.exports import register_answers
from neural.tracking.pages.explore.ids import PREFIX, Ids
from neural.tracking.pages.explore.layout import (
    content_class,
    controls_of,
    counts,
    header_controls,
)
from neural.tracking.pages.explore.layout import layout as page_layout
from neural.tracking.pages.explore.live import register_live, shape_of
from neural.tracking.pages.explore.panels import Panels, panels_for, tab_of
from neural.tracking.pages.explore.scene import Drawn, Scene
from neural.tracking.pages.explore.tabs import TABS
from neural.tracking.pages.explore.view import ExploreView, is_new_step
from neural.tracking.pages.tabs import tab_id
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.components import error_state, loading_state
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string

__all__ = ["EXPLORE", "drawn", "layout", "page", "register", "with_settings"]

EXPLORE = "/explore"

State_ = Mapping[str, Any]


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; see :func:`neural.tracking.pages.explore.layout.layout`."""
    return page_layout(panels_for(context), location)


def register(app: Dash, context: AppContext) -> None:
    """Connect filter, controls, tabs, charts and what they give away."""
    panels = panels_for(context)
    _register_filter(app, context)
    _register_settings(app, panels)
    _register_tabs(app, panels)
    _register_charts(app, panels)
    register_clicks(app, context, panels)
    register_live(app, panels)
    _register_address(app, context)
    register_answers(app, context, panels)


def _register_filter(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PROBLEM, "children"),
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(Ids.FILTER_TEXT, "value"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _understand(text: str | None, state: State_) -> tuple[Any, Any]:
        problem = filter_problem(text or "")
        if problem or (text or "") == (state.get("filter") or ""):
            return problem, no_update
        return problem, ExploreView.from_state(state).with_option("filter", text).state()

    @callback(app, Output(Ids.HINTED, "data"), Input(Ids.TYPED, "data"), prevent_initial_call=True)
    def _hints(typed: dict[str, Any] | None) -> Any:
        return hints(context.manager, typed) if typed else no_update

    in_browser(
        app,
        "aquariumFilter",
        "hint",
        Output(Ids.QUIET, "data"),
        Input(Ids.HINTED, "data"),
        prevent_initial_call=True,
    )


def _register_settings(app: Dash, panels: Panels) -> None:
    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(Ids.setting(ALL), "value"),
        Input(Ids.picker(ALL), "value"),
        State(Ids.STATE, "data"),
        State(Ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _set(_settings: Any, _pickers: Any, state: State_, revision: str | None) -> Any:
        pressed = [
            (parts["index"], item["value"])
            for item in dash.ctx.triggered
            if isinstance(parts := dash.ctx.triggered_prop_ids.get(item["prop_id"]), dict)
        ]
        scene = panels.scene(ExploreView.from_state(state), revision=revision)
        now = with_settings(scene, pressed, _controls_on(panels, scene))
        if now == scene.view:
            raise PreventUpdate
        return now.state()

    @callback(
        app,
        Output(Ids.picker(MATCH), "options"),
        Input(Ids.picker(MATCH), "search_value"),
        State(Ids.picker(MATCH), "value"),
        State(Ids.STATE, "data"),
        State(Ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _search(words: str | None, value: Any, state: State_, revision: str | None) -> Any:
        cause = dash.ctx.triggered_id
        if not isinstance(cause, Mapping):
            raise PreventUpdate
        table = panels.table(ExploreView.from_state(state), revision)
        chosen = value if isinstance(value, list) else [value] if value else []
        return options_for(table, pool_of(cause["index"]), words or "", chosen)


def _controls_on(panels: Panels, scene: Scene) -> list[Component]:
    """Return all controls that are on the page in this state."""
    parts = panels.parts(scene) if scene.whole.rows else []
    own = [one for part in parts if isinstance(part, Drawn) for one in part.controls]
    return [*header_controls(scene), *controls_of(scene), *own]


def with_settings(
    scene: Scene, pressed: Sequence[tuple[str, Any]], controls: Sequence[Component]
) -> ExploreView:
    """Return the view after controls changed.

    A control that only just appeared reports its value too; that is no choice of anybody's.

    Args:
        scene: What is on screen.
        pressed: Keys and values of the controls that reported.
        controls: All controls, as they were drawn.
    """
    shown, view = shown_values(controls), scene.view
    for key, value in pressed:
        if key not in shown or value in (shown[key], None) or (not value and not shown[key]):
            continue
        emptied = isinstance(value, list) and not value
        view = view.with_option(key, [parallel.NONE] if emptied else value)
    if not any(value is None and shown.get(key) for key, value in pressed):
        return view
    for key, value in pressed:
        if value is None and shown.get(key):  # a choice was cleared
            view = view.with_option(key, "")
    return view


def _register_tabs(app: Dash, panels: Panels) -> None:
    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Output(Ids.PANEL, "aria-label"),
        Output(tab_id(PREFIX, ALL), "aria-selected"),
        Output(Ids.CONTENT, "children", allow_duplicate=True),
        Output(Ids.BELOW, "children", allow_duplicate=True),
        Input(tab_id(PREFIX, ALL), "n_clicks"),
        State(tab_id(PREFIX, ALL), "id"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _choose(clicks: list[int | None], ids: list[dict[str, str]], state: State_) -> Any:
        if not any(clicks) or not isinstance(dash.ctx.triggered_id, Mapping):
            raise PreventUpdate
        tab = dash.ctx.triggered_id["index"]
        selected = ["true" if one["index"] == tab else "false" for one in ids]
        view = ExploreView.from_state(state).with_option("tab", tab)
        return view.state(), TABS[tab].label, selected, loading_state(6), []

    @callback(
        app,
        Output(Ids.CONTROLS, "children"),
        Input(Ids.STATE, "data"),
        State(Ids.ADDRESS, "data"),
        prevent_initial_call=True,
    )
    def _controls(state: State_, before: State_) -> Any:
        view, old = ExploreView.from_state(state), ExploreView.from_state(before or {})
        # Controls that somebody is using stay as they are, or they would lose the focus.
        same = all(getattr(view, one) == getattr(old, one) for one in ("tab", "metric", "filter"))
        return no_update if same else controls_of(panels.scene(view))


def _register_charts(app: Dash, panels: Panels) -> None:
    @callback(
        app,
        Output(Ids.CONTENT, "children"),
        Output(Ids.CONTENT, "className"),
        Output(Ids.BELOW, "children"),
        Output(Ids.COUNTS, "children"),
        Output(Ids.UNBRUSH, "hidden"),
        Output(Ids.DRAWN, "data"),
        Output(Ids.SHAPE, "data"),
        Input(Ids.STATE, "data"),
        Input(ShellIds.THEME, "data"),
        Input(Ids.NEWS, "n_clicks"),
        Input(Ids.FOLLOWED, "data"),
    )
    def _draw(state: State_, theme: Theme | None, *_news: Any) -> tuple[Any, ...]:
        return drawn(panels, state, theme or "dark")


def drawn(panels: Panels, state: State_, theme: Theme) -> tuple[Any, ...]:
    """Return what follows the state.

    It is: the charts and their class, what is below, the counts, whether there is no brush to
    clear, the revision of the runs, and what :func:`~.live.shape_of` says of them.

    Args:
        panels: What draws.
        state: Of the page.
        theme: Theme.
    """
    scene = panels.scene(ExploreView.from_state(state), theme)
    try:
        content: Any = parts_of(panels.parts(scene))
    except NeuralError as error:
        content = [error_state("This cannot be drawn", str(error))]
    below = tab_of(scene.view).below
    rest = below(scene) if below and scene.whole.rows and scene.metric else []
    return (
        content,
        content_class(scene),
        rest,
        counts(scene),
        not scene.view.brush,
        scene.whole.revision,
        shape_of(panels, scene.view, now()),
    )


def _register_address(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Output(Ids.ADDRESS, "data"),
        Input(Ids.STATE, "data"),
        State(Ids.ADDRESS, "data"),
        prevent_initial_call=True,
    )
    def _address(state: dict[str, Any], before: dict[str, Any]) -> tuple[Any, Any]:
        if state == before:  # the page was drawn from the address that says just this
            return no_update, no_update
        view = {"search": search_string(state), "path": context.href(EXPLORE)}
        return {**view, "push": is_new_step(before, state)}, state


page = Page(
    path=EXPLORE,
    title="Explore",
    layout=layout,
    register=register,
    order=30,
    icon="explore",
)
