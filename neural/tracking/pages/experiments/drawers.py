"""Connects what stands beside the table: the choice of columns, the look at a run, the export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dash
from dash import ALL, Dash, Input, Output, State, no_update

from neural.tracking.pages.experiments.changes import tell
from neural.tracking.pages.experiments.columns import Column, at_column
from neural.tracking.pages.experiments.edit import (
    Done,
    edit_cell,
    set_tags,
    typed_tags,
)
from neural.tracking.pages.experiments.export import FORMATS
from neural.tracking.pages.experiments.grid import short, tag_text
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.peek import peek_body
from neural.tracking.pages.experiments.picker import (
    available,
    merged_choice,
    picker_lists,
    shown_list,
    value_at_best,
)
from neural.tracking.pages.experiments.slow import SlowCells
from neural.tracking.pages.experiments.table import exported
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext

__all__ = ["register"]


def register(
    app: Dash,
    context: AppContext,
    states: Sequence[State],
    view_of: Callable[..., TableView],
    slow: SlowCells,
) -> None:
    """Connect the drawers and the export.

    Args:
        app: The application.
        context: The store.
        states: What says which view the table shows, and
        view_of: what makes a view of it.
        slow: Works out slow cells.
    """
    _register_picker(app, context)
    _register_choice(app)
    _register_peek(app, context)

    @callback(
        app,
        Output(Ids.DOWNLOAD, "data"),
        Input({"type": Ids.EXPORT, "format": ALL}, "n_clicks"),
        State(Ids.COLUMNS, "data"),
        *states,
        prevent_initial_call=True,
    )
    def _export(_clicks: list[Any], columns: list[Any], *state: Any) -> Any:
        pressed = dash.ctx.triggered_id
        if not pressed:
            return no_update
        ending, write = FORMATS[pressed["format"]]
        shown = [Column(*column) for column in columns]
        content = write(exported(context, view_of(*state), shown, slow))
        return {"content": content, "filename": f"runs.{ending}", "type": "text/plain"}


def _register_picker(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PICKER_LISTS, "children"),
        Output(Ids.PICKER_SHOWN, "children"),
        Input(Ids.PICKER, "hidden"),
        Input(Ids.PICKER_SEARCH, "value"),
        Input(Ids.PICKER_STAT, "value"),
        Input(Ids.COLUMNS, "data"),
        prevent_initial_call=True,
    )
    def _lists(hidden: bool, search: str | None, figure: str, columns: list[Any]) -> Any:
        if hidden:
            return no_update, no_update
        shown = [Column(*column) for column in columns]
        found = available(context.manager, search or "", figure)
        return picker_lists(found, [column.key for column in shown]), shown_list(shown)

    @callback(
        app,
        Output(Ids.AT_BOX, "children"),
        Input(Ids.PICKER, "hidden"),
        prevent_initial_call=True,
    )
    def _metrics(hidden: bool) -> Any:
        return no_update if hidden else value_at_best(context.manager.all_metric_names())


def _chosen() -> Output:
    return Output(Ids.CHOSEN, "data", allow_duplicate=True)


def _register_choice(app: Dash) -> None:
    @callback(
        app,
        _chosen(),
        Input({"type": Ids.PICKER_LIST, "section": ALL}, "value"),
        State({"type": Ids.PICKER_LIST, "section": ALL}, "options"),
        State(Ids.COLUMNS, "data"),
        prevent_initial_call=True,
    )
    def _tick(ticked: list[list[str]], options: list[list[dict[str, Any]]], columns: Any) -> Any:
        before = [column[0] for column in columns]
        offered = [str(option["value"]) for part in options for option in part]
        after = merged_choice(before, offered, [key for part in ticked for key in part or ()])
        return no_update if after == before else after

    @callback(
        app,
        _chosen(),
        Input({"type": Ids.PICKER_DROP, "index": ALL}, "n_clicks"),
        State(Ids.COLUMNS, "data"),
        prevent_initial_call=True,
    )
    def _drop(_clicks: list[Any], columns: list[Any]) -> Any:
        pressed = dash.ctx.triggered_id
        keys = [column[0] for column in columns]
        if not pressed or not 0 <= pressed["index"] < len(keys):
            return no_update
        return [key for place, key in enumerate(keys) if place != pressed["index"]]

    @callback(
        app,
        _chosen(),
        Input(Ids.AT_ADD, "n_clicks"),
        State(Ids.AT_METRIC, "value"),
        State(Ids.AT_OTHER, "value"),
        State(Ids.COLUMNS, "data"),
        prevent_initial_call=True,
    )
    def _add(_clicks: int | None, metric: str | None, other: str | None, columns: Any) -> Any:
        if not metric or not other:
            return no_update
        return [*(column[0] for column in columns), at_column(metric, other).key]

    @callback(app, _chosen(), Input(Ids.PICKER_RESET, "n_clicks"), prevent_initial_call=True)
    def _reset(_clicks: int | None) -> list[str]:
        return []


def _register_peek(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PEEK_BODY, "children"),
        Input(Ids.FOCUS, "data"),
        Input(Ids.PEEK, "hidden"),
        Input(Ids.CHANGED, "data"),
        prevent_initial_call=True,
    )
    def _peek(run: str | None, hidden: bool, _changed: Any) -> Any:
        return no_update if hidden else peek_body(context, run)

    @callback(
        app,
        Output(Ids.CHANGED, "data", allow_duplicate=True),
        Input({"type": Ids.COLOR, "index": ALL}, "n_clicks"),
        State(Ids.FOCUS, "data"),
        prevent_initial_call=True,
    )
    def _color(_clicks: list[Any], run: str | None) -> Any:
        pressed = dash.ctx.triggered_id
        if not pressed or not run:
            return no_update
        slot = int(pressed["index"])
        context.manager.colors.choose(run, None if slot < 0 else slot)
        return tell(Done("", {}))

    @callback(
        app,
        Output(Ids.CHANGED, "data", allow_duplicate=True),
        Input(Ids.PEEK_SAVE, "n_clicks"),
        State(Ids.FOCUS, "data"),
        State(Ids.PEEK_NAME, "value"),
        State(Ids.PEEK_TAGS, "value"),
        State(Ids.PEEK_NOTES, "value"),
        prevent_initial_call=True,
    )
    def _save(_clicks: int | None, run: str | None, name: Any, tags: Any, notes: Any) -> Any:
        if not run:
            return no_update
        record = context.manager.run(run)
        edit_cell(context.manager, run, "name", name or record.experiment_name)
        edit_cell(context.manager, run, "notes", notes)
        known = [short(tag_text(*tag)) for tag in record.tags.items()]
        set_tags(context.manager, run, typed_tags(tags or "", known))
        return tell(Done("Name, tags and notes are kept.", {}))
