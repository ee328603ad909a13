"""The page that compares runs: their curves, their parameters, their best values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from neural.tracking.pages.addresses import COMPARE, compare_href
from neural.tracking.pages.chart_board_live import register_board
from neural.tracking.pages.compare_layout import (
    PREFIX,
    TABS,
    Ids,
    layout,
    params_rows,
    runs_card,
    tab_content,
)
from neural.tracking.pages.comparison import ids_of, read_state, revisions
from neural.tracking.pages.report_button import register_report
from neural.tracking.pages.tabs import tab_id
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext, Page, ShellIds, search_string

__all__ = ["TABS", "Ids", "layout", "page", "register", "tab_content"]


def register(app: Dash, context: AppContext) -> None:
    """Connect tabs, choice and what follows the runs."""
    _register_tabs(app, context)
    _register_choice(app, context)
    _register_live(app, context)
    register_board(app, context, Ids.BOARD)
    register_report(app, context, PREFIX, State(Ids.STATE, "data"), ids_of)


def _register_tabs(app: Dash, context: AppContext) -> None:
    here = context.href(COMPARE)

    @callback(
        app,
        Output(Ids.PANEL, "children"),
        Output(Ids.PANEL, "aria-label"),
        Output(tab_id(PREFIX, ALL), "aria-selected"),
        Output(Ids.TAB_NAME, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(tab_id(PREFIX, ALL), "n_clicks"),
        State(tab_id(PREFIX, ALL), "id"),
        State(Ids.STATE, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call=True,
    )
    def _choose(
        clicks: list[int | None], ids: list[dict[str, str]], state: dict[str, Any], theme: Any
    ) -> tuple[Any, ...]:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        tab = ctx.triggered_id["index"]
        content = tab_content(
            context, read_state(context, state), tab, state, theme=theme or "dark"
        )
        chosen = ["true" if one["index"] == tab else "false" for one in ids]
        search = search_string({**state, "tab": None if tab == "charts" else tab})
        return content, TABS[tab], chosen, tab, {"search": search, "path": here, "push": True}

    @callback(
        app,
        Output("compare-params", "children"),
        Output(Ids.STATE, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(Ids.ALL_PARAMS, "value"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _which(chosen: list[str], state: dict[str, Any]) -> tuple[Any, Any, Any]:
        changed = {**state, "all": "1" if chosen else ""}
        search = search_string({**changed, "tab": "params"})
        return (
            params_rows(read_state(context, changed), changed),
            changed,
            {"search": search, "path": here},
        )


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
        Output(Ids.RUNS, "children"),
        Output(Ids.PANEL, "children", allow_duplicate=True),
        Input(ShellIds.LIVE, "data"),
        State(Ids.STATE, "data"),
        State(Ids.REVISION, "data"),
        State(Ids.TAB_NAME, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _follow(_live: Any, state: dict[str, Any], before: Any, tab: str) -> tuple[Any, Any, Any]:
        now = revisions(context, state)
        if now == before:
            raise PreventUpdate
        comparison = read_state(context, state)
        content = tab_content(context, comparison, tab, state) if tab == "values" else no_update
        return now, runs_card(context, comparison, state), content


page = Page(
    path=COMPARE,
    title="Compare",
    layout=layout,
    register=register,
    order=20,
    icon="compare",
)
