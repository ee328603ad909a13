"""The first page: the table of all runs, and what its parts do."""

from __future__ import annotations

import functools
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from neural.tracking.charts.theme import run_styles
from neural.tracking.pages.addresses import EXPERIMENTS
from neural.tracking.pages.compare_tables import swatch_class
from neural.tracking.pages.experiments_layout import (
    BLOCK,
    Ids,
    counts,
    filter_problem,
    layout,
    rows,
)
from neural.tracking.pages.run_grid import (
    Column,
    choose_columns,
    column_defs,
    sort_keys,
    with_new,
)
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.page import AppContext, Page, ShellIds, search_string

__all__ = ["Ids", "counts", "filter_problem", "layout", "page", "register", "rows"]


def register(app: Dash, context: AppContext) -> None:
    """Connect the table, the filter and the selection."""
    _register_table(app, context)
    _register_address(app, context)
    _register_selection(app)

    @callback(
        app,
        Output(Ids.PROBLEM, "children"),
        Output(Ids.FILTER, "data"),
        Input(Ids.FILTER_TEXT, "value"),
        State(Ids.FILTER, "data"),
        prevent_initial_call=True,
    )
    def _understand(text: str | None, applied: str) -> tuple[list[Component], Any]:
        problem = filter_problem(text or "")
        return problem, no_update if problem or (text or "") == applied else text or ""


def _register_table(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.ANSWER, "data"),
        Output(Ids.NO_MATCH, "hidden"),
        Output(Ids.SORT, "data"),
        Input(Ids.REQUEST, "data"),
        State(Ids.FILTER, "data"),
        State(Ids.COLUMNS, "data"),
        State(Ids.SORT, "data"),
        prevent_initial_call=True,
    )
    def _rows(
        request: dict[str, Any], text: str, columns: list[Any], sort: list[str]
    ) -> tuple[Any, Any, Any]:
        answer = rows(context, request, text, [Column(*column) for column in columns])
        wanted = sort_keys(request.get("sortModel") or ())
        found = answer["rowCount"] > 0 or not text.strip()
        return answer, found, no_update if wanted == sort else wanted

    @callback(
        app,
        Output(Ids.COUNTS, "children"),
        Output(Ids.EMPTY, "hidden"),
        Output(Ids.TABLE, "hidden"),
        Output(Ids.GRID, "columnDefs"),
        Output(Ids.COLUMNS, "data"),
        Input(ShellIds.LIVE, "data"),
        Input(Ids.FILTER, "data"),
        State(Ids.COLUMNS, "data"),
    )
    def _news(_live: Any, text: str, shown: list[Any]) -> tuple[Any, ...]:
        has_runs = context.manager.count() > 0
        before = [Column(*column) for column in shown]
        now = with_new(before, choose_columns(context.manager.search(limit=BLOCK)))
        changed = (no_update, no_update) if now == before else (column_defs(now), now)
        return counts(context, text), has_runs, not has_runs, *changed

    link = functools.partial(in_browser, app, "aquariumGrid")
    # Dash wants an output on the page, or it looks for the inputs on every other page too.
    link("attach", Output(Ids.REREAD, "data"), Input(Ids.GRID, "id"))
    link("answer", _quietly(Ids.REREAD), Input(Ids.ANSWER, "data"), prevent_initial_call=True)
    link(
        "reread",
        _quietly(Ids.REREAD),
        Input(Ids.FILTER, "data"),
        Input(ShellIds.LIVE, "data"),
        Input(Ids.COLUMNS, "data"),
        prevent_initial_call=True,
    )


def _quietly(store: str) -> Output:
    return Output(store, "data", allow_duplicate=True)


def _register_address(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(Ids.FILTER, "data"),
        Input(Ids.SORT, "data"),
        prevent_initial_call=True,
    )
    def _address(text: str, sort: list[str]) -> dict[str, str]:
        search = search_string({"filter": text, "sort": sort})
        return {"search": search, "path": context.href(EXPERIMENTS)}

    @callback(
        app,
        Output(Ids.FILTER_TEXT, "value"),
        Input(Ids.CLEAR_FILTER, "n_clicks"),
        prevent_initial_call=True,
    )
    def _clear(_clicks: int | None) -> str:
        return ""


def _register_selection(app: Dash) -> None:
    in_browser(
        app,
        "aquariumGrid",
        "select",
        Output(Ids.SELECTED, "data"),
        Input(Ids.GRID, "selectedRows"),
        State(Ids.SELECTED, "data"),
    )
    in_browser(
        app,
        "aquariumGrid",
        "clear",
        Output(Ids.SELECTED, "data", allow_duplicate=True),
        Input(Ids.DESELECT, "n_clicks"),
        prevent_initial_call=True,
    )
    in_browser(
        app,
        "aquariumGrid",
        "offer",
        Output(Ids.COMPARE, "children"),
        Output(Ids.COMPARE, "href"),
        Output(Ids.COMPARE, "className"),
        Output(Ids.DESELECT, "hidden"),
        Input(Ids.SELECTED, "data"),
        State(Ids.COMPARE, "href"),
    )

    @callback(app, Output(Ids.LOOKS, "data"), Input(Ids.SELECTED, "data"))
    def _looks(selected: list[str] | None) -> dict[str, str]:
        return {run: swatch_class(style) for run, style in run_styles(selected or ()).items()}

    in_browser(
        app,
        "aquariumGrid",
        "paint",
        _quietly(Ids.REREAD),
        Input(Ids.LOOKS, "data"),
        prevent_initial_call=True,
    )


page = Page(
    path=EXPERIMENTS,
    title="Experiments",
    layout=layout,
    register=register,
    order=10,
    icon="experiments",
)
