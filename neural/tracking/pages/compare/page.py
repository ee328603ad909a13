"""The page that compares runs: all that they logged, were made of and printed, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from neural.tracking.pages.addresses import COMPARE, compare_href, run_href
from neural.tracking.pages.board.live import register_board
from neural.tracking.pages.compare.comparison import ids_of, revisions
from neural.tracking.pages.compare.layout import (
    PREFIX,
    Ids,
    layout,
    tab_body,
    tab_content,
    tab_controls,
    view_of,
)
from neural.tracking.pages.compare.state import (
    BY,
    address_of,
    after_act,
    after_setting,
    after_tab,
    caused_by,
)
from neural.tracking.pages.compare.tabs import parallel, scatter
from neural.tracking.pages.compare.tabs import table as table_tab
from neural.tracking.pages.compare.tabs.boards import base_of
from neural.tracking.pages.compare.tabs.runs_pane import runs_pane
from neural.tracking.pages.compare.tabs.tab import Cache, Tab, setting_id
from neural.tracking.pages.compare.tabs.tabs import LABELS, TABS
from neural.tracking.pages.experiments.export import FORMATS
from neural.tracking.pages.report_button import register_report
from neural.tracking.pages.tabs import tab_id
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import loading_state
from neural.tracking.ui.page import AppContext, Page, ShellIds

__all__ = ["TABS", "Ids", "layout", "page", "register", "tab_body", "tab_content", "view_of"]


def register(app: Dash, context: AppContext) -> None:
    """Connect tabs, settings, the list of runs and what follows the runs."""
    cache = Cache()
    _register_tabs(app, context, cache)
    _register_body(app, context, cache)
    for tab in TABS.values():
        if tab.keys:
            _register_settings(app, context, cache, tab)
    _register_runs(app, context)
    _register_charts(app, context, cache)
    _register_export(app, context, cache)
    _register_choice(app, context)
    _register_live(app, context)
    register_board(app, context, Ids.BOARD)
    register_report(app, context, PREFIX, State(Ids.STATE, "data"), ids_of)


def _register_tabs(app: Dash, context: AppContext, cache: Cache) -> None:
    here = context.href(COMPARE)

    @callback(
        app,
        Output(Ids.CONTROLS, "children"),
        Output(Ids.BODY, "children"),
        Output(Ids.PANEL, "aria-label"),
        Output(tab_id(PREFIX, ALL), "aria-selected"),
        Output(Ids.TAB_NAME, "data"),
        Output(Ids.STATE, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(tab_id(PREFIX, ALL), "n_clicks"),
        State(tab_id(PREFIX, ALL), "id"),
        State(Ids.STATE, "data"),
        State(Ids.TAB_NAME, "data"),
        State(ShellIds.VIEW, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call=True,
    )
    def _choose(
        clicks: list[int | None],
        ids: list[dict[str, str]],
        before: dict[str, Any],
        left: str,
        written: Any,
        theme: Any,
    ) -> tuple[Any, ...]:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        name = ctx.triggered_id["index"]
        mine = written if isinstance(written, Mapping) and written.get("path") == here else None
        state = after_tab(before, left, name, mine)
        view = view_of(context, state, theme=theme or "dark", cache=cache)
        # What takes long follows, see _register_body.
        body = tab_body(view, name) if TABS[name].is_board else [loading_state()]
        chosen = ["true" if one["index"] == name else "false" for one in ids]
        address = {"search": address_of(state, name), "path": here, "push": True}
        return tab_controls(view, name), body, LABELS[name], chosen, name, state, address


def _register_body(app: Dash, context: AppContext, cache: Cache) -> None:
    here = context.href(COMPARE)

    @callback(
        app,
        Output(Ids.BODY, "children", allow_duplicate=True),
        Output(Ids.CONTROLS, "children", allow_duplicate=True),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(Ids.STATE, "data"),
        Input(Ids.TAB_NAME, "data"),
        Input(Ids.REVISION, "data"),
        Input(Ids.OPENED, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _fill(
        state: dict[str, Any], name: str, _revision: Any, _opened: Any, theme: Any
    ) -> tuple[Any, Any, Any]:
        causes = {item["prop_id"].rpartition(".")[0] for item in ctx.triggered}
        by = caused_by(state) if Ids.STATE in causes else ""
        tab = TABS[name]
        if tab.is_board:
            if by != "act":
                raise PreventUpdate
            # Without PreventUpdate: what is set beside the outputs would go with it.
            _to_board(context, state, name)
            return no_update, no_update, no_update
        if causes == {Ids.REVISION} and not tab.is_live:
            raise PreventUpdate
        view = view_of(context, state, theme=theme or "dark", cache=cache)
        controls = tab_controls(view, name) if by in ("act", "redraw", "brush") else no_update
        body = tab_body(view, name)
        if by in ("", "tab"):
            return body, controls, no_update
        push = bool(state.get("_push", True))
        return body, controls, {"search": address_of(state, name), "path": here, "push": push}

    @callback(
        app,
        Output(Ids.BODY, "children", allow_duplicate=True),
        Input(ShellIds.THEME, "data"),
        State(Ids.STATE, "data"),
        State(Ids.TAB_NAME, "data"),
        prevent_initial_call=True,
    )
    def _recolour(theme: Any, state: dict[str, Any], name: str) -> Any:
        if TABS[name].is_board:  # it follows the theme by itself
            raise PreventUpdate
        return tab_body(view_of(context, state, theme=theme or "dark", cache=cache), name)


def _to_board(context: AppContext, state: dict[str, Any], name: str) -> None:
    """Tell the board of charts which runs are in sight; it draws and writes the address itself."""
    view = view_of(context, state)
    runs = view.shown.chart_runs()
    dash.set_props(Ids.BOARD.runs, {"data": [list(run) for run in runs]})
    dash.set_props(Ids.BOARD.base, {"data": base_of(view, name)})
    now = dict(context.manager.revision([run.id for run in runs]))
    dash.set_props(Ids.BOARD.revision, {"data": now})


def _register_settings(app: Dash, context: AppContext, cache: Cache, tab: Tab) -> None:
    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        *(Input(setting_id(key), "value") for key in tab.keys),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _set(*given: Any) -> dict[str, Any]:
        *values, state = given
        view = view_of(context, state, cache=cache)
        changed = after_setting(view, tab, values)
        if changed is None:  # the controls only just appeared
            raise PreventUpdate
        cause = str(ctx.triggered_id or "")
        return {**changed, "_push": cause not in {setting_id(key) for key in tab.replaces}}


def _register_runs(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(Ids.ACT, "data"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _act(act: Any, state: dict[str, Any]) -> dict[str, Any]:
        changed = after_act(state, act)
        if changed is None:
            raise PreventUpdate
        return {**changed, "_push": True}

    @callback(
        app,
        Output(Ids.RUNS, "children"),
        Input(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _list(state: dict[str, Any]) -> Any:
        if caused_by(state) not in ("act", "brush") and not _is_new_baseline(state):
            raise PreventUpdate
        return runs_pane(context, view_of(context, state).comparison, state)


def _is_new_baseline(state: Mapping[str, Any]) -> bool:
    return caused_by(state) in ("set", "redraw") and bool(state.get("baseline"))


def _register_charts(app: Dash, context: AppContext, cache: Cache) -> None:
    @callback(
        app,
        Output(Ids.STATE, "data", allow_duplicate=True),
        Input(parallel.GRAPH, "selectedData"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _brush(box: Any, state: dict[str, Any]) -> dict[str, Any]:
        if not box:
            raise PreventUpdate
        changed = parallel.brushed_state(view_of(context, state, cache=cache), box)
        if changed["brush"] == state.get("brush", []):
            raise PreventUpdate
        return {**changed, BY: "brush", "_push": True}

    @callback(
        app,
        Output(ShellIds.LOCATION, "href", allow_duplicate=True),
        Input(scatter.GRAPH, "clickData"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _open(click: Any, state: dict[str, Any]) -> str:
        run = scatter.clicked_run(view_of(context, state, cache=cache), click)
        if run is None:
            raise PreventUpdate
        return run_href(context, run)


def _register_export(app: Dash, context: AppContext, cache: Cache) -> None:
    @callback(
        app,
        Output(Ids.DOWNLOAD, "data"),
        Input({"type": table_tab.EXPORT, "index": ALL}, "n_clicks"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _export(clicks: list[int | None], state: dict[str, Any]) -> dict[str, Any]:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        ending, write = FORMATS[ctx.triggered_id["index"]]
        text = write(table_tab.table_to_keep(view_of(context, state, cache=cache)))
        return {"content": text, "filename": f"comparison.{ending}"}


def _register_choice(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(ShellIds.LOCATION, "href"),
        Input(Ids.GO, "n_clicks"),
        State(Ids.CHOICE, "value"),
        prevent_initial_call=True,
    )
    def _go(clicks: int | None, chosen: list[str]) -> str:
        if not clicks or not chosen:
            raise PreventUpdate
        return compare_href(context, chosen)


def _register_live(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.REVISION, "data"),
        Output(Ids.RUNS, "children", allow_duplicate=True),
        Input(ShellIds.LIVE, "data"),
        State(Ids.STATE, "data"),
        State(Ids.REVISION, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _follow(_live: Any, state: dict[str, Any], before: Any) -> tuple[Any, Any]:
        now = revisions(context, state)
        if now == before:
            raise PreventUpdate
        return now, runs_pane(context, view_of(context, state).comparison, state)


page = Page(
    path=COMPARE,
    title="Compare",
    layout=layout,
    register=register,
    order=20,
    icon="compare",
)
