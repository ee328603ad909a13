"""The first page: the table of all runs, and what its parts do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import Dash, Input, Output, State, no_update

from neural.tracking.charts.theme import run_styles
from neural.tracking.pages.addresses import EXPERIMENTS
from neural.tracking.pages.compare.tables import swatch_class
from neural.tracking.pages.experiments import browser, changes, drawers
from neural.tracking.pages.experiments.columns import Column
from neural.tracking.pages.experiments.filter import filter_problem, hints
from neural.tracking.pages.experiments.grid import column_defs, sort_keys
from neural.tracking.pages.experiments.groups import GroupedRuns
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.layout import empty, layout, newest
from neural.tracking.pages.experiments.rows import BLOCK, counts, rows, shown_columns
from neural.tracking.pages.experiments.slow import SlowCells
from neural.tracking.pages.experiments.ties import Ties
from neural.tracking.pages.experiments.view import ARCHIVED, VARYING, TableView, is_step
from neural.tracking.pages.report_button import register_report
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext, Page, ShellIds, search_string

__all__ = ["page", "register"]

#: What a callback needs to know which view the table shows.
_VIEW = (
    State(Ids.FILTER, "data"),
    State(Ids.SORT, "data"),
    State(Ids.CHOSEN, "data"),
    State(Ids.GROUP, "value"),
    State(Ids.OPTIONS, "value"),
    State(Ids.DENSITY, "data"),
    State(Ids.WIDTHS, "data"),
)


def _view(
    text: str | None,
    sort: Sequence[str] | None,
    chosen: Sequence[str] | None,
    group: Sequence[str] | None,
    options: Sequence[str] | None,
    density: str | None,
    widths: dict[str, int] | None,
) -> TableView:
    """Return the view that the components of the page say, in the order of ``_VIEW``."""
    return TableView(
        filter=text or "",
        sort=tuple(sort or ()),
        columns=tuple(chosen or ()),
        group=tuple(group or ()),
        varying=VARYING in (options or ()),
        archived=ARCHIVED in (options or ()),
        density=density or "",
        widths=tuple((widths or {}).items()),
    )


def register(app: Dash, context: AppContext) -> None:
    """Connect the table, the filter, the selection, the drawers and what changes runs."""
    slow = SlowCells(context.manager)
    _register_filter(app, context)
    _register_rows(app, context, slow)
    _register_news(app, context)
    _register_address(app, context)
    _register_selection(app, context)
    register_report(
        app, context, "experiments", State(Ids.SELECTED, "data"), lambda chosen: chosen or ()
    )
    browser.register(app)
    changes.register(app, context)
    drawers.register(app, context, _VIEW, _view, slow)


def _register_filter(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PROBLEM, "children"),
        Output(Ids.FILTER, "data"),
        Input(Ids.FILTER_TEXT, "value"),
        State(Ids.FILTER, "data"),
        prevent_initial_call=True,
    )
    def _understand(text: str | None, applied: str) -> tuple[Any, Any]:
        problem = filter_problem(text or "")
        return problem, no_update if problem or (text or "") == applied else text or ""

    @callback(
        app,
        Output(Ids.FILTER_TEXT, "value"),
        Input(Ids.CLEAR_FILTER, "n_clicks"),
        prevent_initial_call=True,
    )
    def _clear(_clicks: int | None) -> str:
        return ""

    @callback(app, Output(Ids.HINTED, "data"), Input(Ids.TYPED, "data"), prevent_initial_call=True)
    def _hints(typed: dict[str, Any] | None) -> Any:
        return hints(context.manager, typed) if typed else no_update


def _register_rows(app: Dash, context: AppContext, slow: SlowCells) -> None:
    groups, ties = GroupedRuns(context.manager), Ties(context.manager)

    @callback(
        app,
        Output(Ids.ANSWER, "data"),
        Output(Ids.NO_MATCH, "hidden"),
        Output(Ids.SORT, "data"),
        Input(Ids.REQUEST, "data"),
        State(Ids.COLUMNS, "data"),
        State(Ids.NO_MATCH, "hidden"),
        *_VIEW,
        prevent_initial_call=True,
    )
    def _rows(
        request: dict[str, Any], columns: list[Any], was_found: bool, *state: Any
    ) -> tuple[Any, Any, Any]:
        view = _view(*state)
        answer = rows(context, request, view, [Column(*column) for column in columns], groups, ties)
        wanted = sort_keys(request.get("sortModel") or ())
        found = answer["rowCount"] > 0 or not view.filter.strip()
        # What stays as it is is not drawn again: it would stand in the way of the rows.
        changed = no_update if found == was_found else found
        return answer, changed, no_update if wanted == list(view.sort) else wanted

    @callback(
        app,
        Output(Ids.SLOW_ANSWER, "data"),
        Input(Ids.SLOW_REQUEST, "data"),
        prevent_initial_call=True,
    )
    def _slow(request: dict[str, Any] | None) -> Any:
        if not request:
            return no_update
        groups = request.get("groups") or {}
        runs = [run for run in request["ids"] if run not in groups]
        found = slow.cells(runs, request["keys"]) | slow.means(groups, request["keys"])
        return {"number": request["number"], "cells": found}


def _register_news(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.COUNTS, "children"),
        Output(Ids.EMPTY, "hidden"),
        Output(Ids.EMPTY, "children"),
        Output(Ids.TABLE, "hidden"),
        Output(Ids.GRID, "columnDefs"),
        Output(Ids.COLUMNS, "data"),
        Output(Ids.NEW_RUNS, "children"),
        Output(Ids.NEW_RUNS, "hidden"),
        Input(ShellIds.LIVE, "data"),
        Input(Ids.CHANGED, "data"),
        Input(Ids.SETTLED, "data"),
        Input(Ids.CHOSEN, "data"),
        Input(Ids.OPTIONS, "value"),
        Input(Ids.GROUP, "value"),
        State(Ids.COLUMNS, "data"),
        State(Ids.SEEN, "data"),
        *_VIEW,
        prevent_initial_call=True,  # the page was drawn with all of it
    )
    def _news(*values: Any) -> tuple[Any, ...]:
        shown, seen, *state = values[6:]
        view, before = _view(*state), [Column(*column) for column in shown]
        pressed = {str(one).split(".")[0] for one in dash.ctx.triggered_prop_ids}
        # What somebody chose anew replaces the columns; news only ever adds some.
        chose = bool(pressed & {Ids.CHOSEN, Ids.OPTIONS})
        now = shown_columns(context, view, () if chose or view.varying else before)
        same = now == before and Ids.GROUP not in pressed
        definitions = column_defs(
            now, view.sort, grouped=bool(view.group), widths=dict(view.widths)
        )
        changed = (no_update, no_update) if same else (definitions, now)
        has_runs = context.manager.count() > 0
        new = context.manager.count(f"created > '{seen}'") if seen else 0
        words = f"{new:,} new run{'' if new == 1 else 's'}"
        why = no_update if has_runs else empty(context)
        return counts(context, view), has_runs, why, not has_runs, *changed, words, new == 0

    @callback(
        app,
        Output(Ids.SEEN, "data"),
        Output(Ids.NEW_RUNS, "hidden", allow_duplicate=True),
        Input(Ids.NEW_RUNS, "n_clicks"),
        prevent_initial_call=True,
    )
    def _seen(_clicks: int | None) -> tuple[str, bool]:
        return newest(context), True


def _register_address(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.ADDRESS, "data"),
        Input(Ids.SETTLED, "data"),
        State(Ids.FILTER, "data"),
        *(Input(state.component_id, state.component_property) for state in _VIEW[1:]),
        State(Ids.ADDRESS, "data"),
        prevent_initial_call=True,
    )
    def _address(_settled: Any, *values: Any) -> Any:
        *state, before = values
        after = _view(*state).state()
        if after == before:  # the page was drawn from the address that says just this
            return no_update
        search, path = search_string(after), context.href(EXPERIMENTS)
        # No output: for one outside the page Dash asks as soon as the page is drawn.
        step = {"search": search, "path": path, "push": is_step(before, after)}
        dash.set_props(ShellIds.VIEW, {"data": step})
        return after


def _register_selection(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.LOOKS, "data"),
        Input(Ids.SELECTED, "data"),
        Input(Ids.CHANGED, "data"),
        prevent_initial_call=True,  # a selection that was kept comes back by itself
    )
    def _looks(selected: list[str] | None, _changed: Any) -> dict[str, str]:
        styles = run_styles((selected or ())[:BLOCK], context.manager.colors.load())
        return {run: swatch_class(style) for run, style in styles.items()}

    @callback(
        app,
        Output(Ids.SELECTED, "data", allow_duplicate=True),
        Input(Ids.SELECT_ALL, "n_clicks"),
        State(Ids.SELECTED, "data"),
        *_VIEW,
        prevent_initial_call=True,
    )
    def _select_all(_clicks: int | None, selected: list[str] | None, *state: Any) -> list[str]:
        found = context.manager.search(_view(*state).wanted, limit=MOST_SELECTED)
        return list(dict.fromkeys([*(selected or ()), *(row["experiment_id"] for row in found)]))

    @callback(
        app,
        Output(Ids.SELECT_ALL, "children"),
        Input(Ids.BULK, "hidden"),
        Input(Ids.SETTLED, "data"),
        Input(ShellIds.LIVE, "data"),
        *_VIEW,
        prevent_initial_call=True,
    )
    def _matching(hidden: bool, _settled: Any, _live: Any, *state: Any) -> Any:
        if hidden:
            return no_update
        number = context.manager.count(_view(*state).wanted)
        return f"Select all {min(number, MOST_SELECTED):,} matching"


#: More ids than this do not fit into one request of the browser.
MOST_SELECTED = 20_000


page = Page(
    path=EXPERIMENTS,
    title="Experiments",
    layout=layout,
    register=register,
    order=10,
    icon="experiments",
)
