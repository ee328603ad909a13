"""Connects what the browser does for the table of runs by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable

from dash import Dash, Input, Output, State

from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.ui.callbacks import in_browser
from neural.tracking.ui.page import ShellIds

__all__ = ["register"]


def register(app: Dash) -> None:
    """Connect what ``grid.js`` and ``filter.js`` do; none of it asks the server for a callback."""
    link: Callable[..., None] = functools.partial(in_browser, app, "aquariumGrid")
    # Dash wants an output on the page, or it looks for the inputs on every other page too.
    link(
        "attach",
        Output(Ids.REREAD, "data"),
        Input(Ids.GRID, "id"),
        State(Ids.DENSITY, "data"),
        State(Ids.FIRST, "data"),
        State(Ids.SORT, "data"),
        State(Ids.WIDTHS, "data"),
    )
    quiet = functools.partial(link, prevent_initial_call=True)
    quiet("answer", _quietly(Ids.REREAD), Input(Ids.ANSWER, "data"))
    quiet("slow", _quietly(Ids.REREAD), Input(Ids.SLOW_ANSWER, "data"))
    quiet("paint", _quietly(Ids.REREAD), Input(Ids.LOOKS, "data"), Input(Ids.HIDDEN, "data"))
    quiet("top", _quietly(Ids.REREAD), Input(Ids.NEW_RUNS, "n_clicks"))
    quiet(
        "reread",
        _quietly(Ids.REREAD),
        Input(Ids.FILTER, "data"),
        Input(Ids.GROUP, "value"),
        Input(Ids.OPTIONS, "value"),
        Input(ShellIds.LIVE, "data"),
        Input(Ids.CHANGED, "data"),
    )
    # On its own: with the columns among its inputs, the call above would wait for their answer.
    quiet("reread", _quietly(Ids.REREAD), Input(Ids.COLUMNS, "data"))
    quiet("clear", _quietly(Ids.SELECTED), Input(Ids.DESELECT, "n_clicks"))
    link(
        "offer",
        Output(Ids.COMPARE, "children"),
        Output(Ids.COMPARE, "href"),
        Output(Ids.COMPARE, "title"),
        Output(Ids.COMPARE, "className"),
        Output(Ids.DESELECT, "hidden"),
        Output(Ids.BULK, "hidden"),
        Output(Ids.BULK_COUNT, "children"),
        Input(Ids.SELECTED, "data"),
        Input(Ids.HIDDEN, "data"),
        State(Ids.COMPARE, "href"),
        prevent_initial_call=True,  # a selection that was kept comes back by itself
    )
    in_browser(
        app,
        "aquariumFilter",
        "hint",
        _quietly(Ids.REREAD),
        Input(Ids.HINTED, "data"),
        prevent_initial_call=True,
    )


def _quietly(store: str) -> Output:
    return Output(store, "data", allow_duplicate=True)
