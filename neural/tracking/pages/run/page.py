"""The page of one run: a head that follows it, and a tab for each thing to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural.errors import NotFoundError
from neural.tracking.pages.addresses import EXPERIMENTS, RUN, first_page, run_href
from neural.tracking.pages.board.live import register_board
from neural.tracking.pages.run import artifacts as run_artifacts
from neural.tracking.pages.run import media as run_media
from neural.tracking.pages.run import params as run_params
from neural.tracking.pages.run.doctor import register_doctor
from neural.tracking.pages.run.layout import (
    PREFIX,
    TABS,
    Ids,
    head,
    layout,
    media_in,
    revision_of,
    tab_content,
)
from neural.tracking.pages.run.notes import NotesIds, tag_list, tag_of
from neural.tracking.pages.tabs import tab_id
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import page_header, safe_link
from neural.tracking.ui.page import AppContext, Page, ShellIds, search_string

__all__ = ["TABS", "Ids", "head", "layout", "page", "register", "tab_content"]


def register(app: Dash, context: AppContext) -> None:
    """Connect head, tabs and what can be edited."""
    _register_live(app, context)
    _register_tabs(app, context)
    _register_notes(app, context)
    _register_looks(app, context)
    register_board(app, context, Ids.BOARD)
    register_doctor(app, context)


def _register_live(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.REVISION, "data"),
        Input(ShellIds.LIVE, "data"),
        State(Ids.RUN, "data"),
        State(Ids.REVISION, "data"),
    )
    def _look(_live: Any, experiment_id: str, before: str) -> str:
        revision = revision_of(context, experiment_id)
        if revision == before:
            raise PreventUpdate
        return revision

    @callback(
        app,
        Output(Ids.HEAD, "children"),
        Output(Ids.PANEL, "children", allow_duplicate=True),
        Input(Ids.REVISION, "data"),
        State(Ids.RUN, "data"),
        State(Ids.TAB_NAME, "data"),
        prevent_initial_call=True,
    )
    def _follow(_revision: str, experiment_id: str, tab: str) -> tuple[Any, Any]:
        try:
            record = context.manager.run(experiment_id)
        except NotFoundError as error:  # moved to the trash while somebody looks at it
            return _gone(context, error), no_update
        shown = tab_content(context, record, tab) if tab == "overview" else no_update
        return head(context, record), shown


def _gone(context: AppContext, error: NotFoundError) -> list[Component]:
    address, title = first_page(context)
    why = [html.P(str(error)), html.P(safe_link(title, address))]
    return [page_header("This run is gone"), html.Div(why, className="aq-state", role="status")]


def _register_tabs(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PANEL, "children"),
        Output(Ids.PANEL, "aria-label"),
        Output(tab_id(PREFIX, ALL), "aria-selected"),
        Output(Ids.TAB_NAME, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(tab_id(PREFIX, ALL), "n_clicks"),
        State(tab_id(PREFIX, ALL), "id"),
        State(Ids.RUN, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call=True,
    )
    def _choose(
        clicks: list[int | None], ids: list[dict[str, str]], experiment_id: str, theme: Any
    ) -> tuple[Any, ...]:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        tab = ctx.triggered_id["index"]
        record = context.manager.run(experiment_id)
        content = tab_content(context, record, tab, theme=theme or "dark")
        chosen = ["true" if one["index"] == tab else "false" for one in ids]
        address = search_string({"tab": "" if tab == "overview" else tab})
        path = run_href(context, experiment_id)
        view = {"search": address, "path": path, "push": True}
        return content, TABS[tab], chosen, tab, view


def _register_notes(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(NotesIds.SAVED, "children"),
        Output(Ids.HEAD, "children", allow_duplicate=True),
        Input(NotesIds.SAVE, "n_clicks"),
        State(NotesIds.NAME, "value"),
        State(NotesIds.NOTES, "value"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )
    def _save(clicks: int | None, name: str, notes: str, experiment_id: str) -> tuple[str, Any]:
        if not clicks:
            raise PreventUpdate
        context.manager.annotate(
            experiment_id, display_name=(name or "").strip(), notes=notes or ""
        )
        return "Saved", head(context, context.manager.run(experiment_id))

    @callback(
        app,
        Output(NotesIds.TAGS, "children"),
        Output(NotesIds.NEW_TAG, "value"),
        Output(Ids.HEAD, "children", allow_duplicate=True),
        Input(NotesIds.ADD_TAG, "n_clicks"),
        Input(NotesIds.NEW_TAG, "n_submit"),
        Input({"type": NotesIds.DROP_TAG, "index": ALL}, "n_clicks"),
        State(NotesIds.NEW_TAG, "value"),
        State(NotesIds.TAG_NAMES, "data"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )
    def _tags(
        _add: Any, _submit: Any, _drop: Any, text: str | None, names: list[str], experiment_id: str
    ) -> tuple[Any, Any, Any]:
        tags = _changed_tag(text or "", names)
        if not tags:
            raise PreventUpdate
        context.manager.annotate(experiment_id, tags=tags)
        record = context.manager.run(experiment_id)
        typed = no_update if isinstance(ctx.triggered_id, Mapping) else ""
        return tag_list(record.tags), typed, head(context, record)


def _changed_tag(typed: str, names: list[str]) -> dict[str, str | None]:
    """Return the tag that a click adds or, with ``None``, takes away."""
    cause = ctx.triggered_id
    if not ctx.triggered or not ctx.triggered[0]["value"]:  # a button that is only just there
        return {}
    if isinstance(cause, Mapping):
        return {names[cause["index"]]: None}
    tag = tag_of(typed)
    return {tag[0]: tag[1]} if tag else {}


def _register_looks(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(run_artifacts.PREVIEW, "children"),
        Input({"type": run_artifacts.LOOK, "index": ALL}, "n_clicks"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )
    def _look_into(clicks: list[int | None], experiment_id: str) -> Component:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        artifacts = context.manager.artifacts(experiment_id)
        chosen = artifacts[ctx.triggered_id["index"]]
        return run_artifacts.look_into(context, experiment_id, chosen)

    @callback(
        app,
        Output({"type": run_media.VIEW, "index": MATCH}, "children"),
        Input({"type": run_media.STEP, "index": MATCH}, "value"),
        State(Ids.RUN, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call=True,
    )
    def _show_medium(place: Any, experiment_id: str, theme: Any) -> Any:
        medium = media_in(context, experiment_id)[ctx.triggered_id["index"]]
        return run_media.show(context, experiment_id, medium.entries[int(place)], theme or "dark")

    @callback(
        app,
        Output(Ids.PANEL, "children", allow_duplicate=True),
        Input(ShellIds.THEME, "data"),
        State(Ids.TAB_NAME, "data"),
        State(Ids.RUN, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _recolour(theme: Any, tab: str, experiment_id: str) -> Any:
        # A page that is opened at this tab was drawn before anybody knew the theme.
        if tab != "media" or not theme:
            raise PreventUpdate
        return tab_content(context, context.manager.run(experiment_id), tab, theme=theme)

    @callback(
        app,
        Output(run_params.TABLE, "children"),
        Input(run_params.SEARCH, "value"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )
    def _search(words: str | None, experiment_id: str) -> Any:
        return run_params.params_table(context.manager.run(experiment_id).params, words or "")


page = Page(
    path=RUN,
    title="Run",
    layout=layout,
    register=register,
    nav_path=EXPERIMENTS,
)
