"""Connects what changes runs: cells, rows, many at once, the trash; and taking it back."""

from __future__ import annotations

import secrets
from typing import Any

import dash
from dash import Dash, Input, Output, State, no_update

from neural.tracking.pages.experiments.edit import Done, apply, edit_cell, toggle, undo
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.trash import action_words, freed, purge_question, trash_list
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import notify
from neural.tracking.ui.format import format_size
from neural.tracking.ui.page import AppContext

__all__ = ["register", "tell"]

#: What each button of the bar does to the selected runs.
_BUTTONS = {
    Ids.ADD_TAG: "tag",
    Ids.DROP_TAG: "untag",
    Ids.PIN: "pin",
    Ids.UNPIN: "unpin",
    Ids.ARCHIVE: "archive",
    Ids.UNARCHIVE: "unarchive",
    Ids.DISCARD: "discard",
}


def register(app: Dash, context: AppContext) -> None:
    """Connect the edits, the bar of the selection, undoing and the trash."""
    _register_edits(app, context)
    _register_bulk(app, context)
    _register_trash(app, context)


def tell(done: Done) -> str:
    """Say on the page what was done and offer to take it back; returns a mark of the change."""
    dash.set_props(Ids.UNDO, {"data": dict(done.back)})
    dash.set_props(Ids.UNDO_TEXT, {"children": done.text})
    dash.set_props(Ids.UNDO_BUTTON, {"hidden": not done.back})
    dash.set_props(Ids.UNDO_BAR, {"hidden": not done.text})
    if done.failed:
        more = f" (and {len(done.failed) - 1:,} more)" if len(done.failed) > 1 else ""
        notify(f"{done.failed[0]}{more}", kind="error")
    return secrets.token_hex(4)


def _changed() -> Output:
    return Output(Ids.CHANGED, "data", allow_duplicate=True)


def _register_edits(app: Dash, context: AppContext) -> None:
    @callback(app, _changed(), Input(Ids.GRID, "cellValueChanged"), prevent_initial_call=True)
    def _edit(changes: list[dict[str, Any]] | dict[str, Any] | None) -> Any:
        found = changes if isinstance(changes, list) else [changes] if changes else []
        done = [
            edit_cell(context.manager, one["rowId"], one["colId"], one.get("value"))
            for one in found
        ]
        return tell(done[-1]) if done else no_update

    @callback(app, _changed(), Input(Ids.ACT, "data"), prevent_initial_call=True)
    def _act(asked: dict[str, Any] | None) -> Any:
        if not asked or asked.get("act") != "pin":
            return no_update
        return tell(toggle(context.manager, str(asked["id"])))

    @callback(
        app,
        _changed(),
        Input(Ids.UNDO_BUTTON, "n_clicks"),
        State(Ids.UNDO, "data"),
        prevent_initial_call=True,
    )
    def _undo(_clicks: int | None, back: dict[str, Any] | None) -> Any:
        return tell(undo(context.manager, back)) if back else no_update

    @callback(
        app,
        Output(Ids.UNDO_BAR, "hidden"),
        Input(Ids.UNDO_CLOSE, "n_clicks"),
        prevent_initial_call=True,
    )
    def _close(_clicks: int | None) -> bool:
        return True


def _register_bulk(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        _changed(),
        *(Input(button, "n_clicks") for button in _BUTTONS),
        State(Ids.SELECTED, "data"),
        State(Ids.TAG_TEXT, "value"),
        prevent_initial_call=True,
    )
    def _bulk(*values: Any) -> Any:
        selected, text = values[-2:]
        act = _BUTTONS.get(str(dash.ctx.triggered_id))
        if not act or not selected:
            return no_update
        if act in ("tag", "untag") and not (text or "").strip():
            notify("Type the tag first, such as baseline or team: vision.", kind="warn")
            return no_update
        done = apply(context.manager, act, selected, text or "")
        if act == "discard":
            gone = dict(done.back.get("values") or {})
            dash.set_props(Ids.SELECTED, {"data": [run for run in selected if run not in gone]})
        return tell(done)


def _register_trash(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.TRASH_LIST, "children"),
        Input(Ids.RESTORE, "n_clicks"),
        State(Ids.TRASH_CHOSEN, "value"),
        prevent_initial_call=True,
    )
    def _restore(_clicks: int | None, chosen: list[str] | None) -> Any:
        ids = chosen or [row["experiment_id"] for row in context.manager.trash()]
        number = sum(context.manager.restore_experiment(run) for run in ids)
        notify(f"{number:,} run{' is' if number == 1 else 's are'} back.", kind="ok")
        return trash_list(context)

    @callback(
        app,
        Output(Ids.RESTORE, "children"),
        Output(Ids.PURGE, "children"),
        Input(Ids.TRASH_CHOSEN, "value"),
        prevent_initial_call=True,
    )
    def _words(chosen: list[str] | None) -> tuple[str, str]:
        return action_words(len(chosen or ()), len(context.manager.trash()))

    @callback(
        app,
        Output(Ids.PURGE_ASK, "children"),
        Input(Ids.PURGE, "n_clicks"),
        State(Ids.TRASH_CHOSEN, "value"),
        prevent_initial_call=True,
    )
    def _ask(_clicks: int | None, chosen: list[str] | None) -> Any:
        return purge_question(*freed(context, chosen or None))

    @callback(
        app,
        Output(Ids.TRASH_LIST, "children", allow_duplicate=True),
        Input(Ids.PURGE_SURE, "n_clicks"),
        State(Ids.TRASH_CHOSEN, "value"),
        prevent_initial_call=True,
    )
    def _purge(_clicks: int | None, chosen: list[str] | None) -> Any:
        size = context.manager.purge(chosen or None)
        notify(f"Deleted for good; {format_size(size)} are free again.", kind="ok")
        return trash_list(context)

    @callback(
        app,
        Output(Ids.PURGE_ASK, "children", allow_duplicate=True),
        Input(Ids.PURGE_NO, "n_clicks"),
        prevent_initial_call=True,
    )
    def _keep(_clicks: int | None) -> list[Any]:
        return []
