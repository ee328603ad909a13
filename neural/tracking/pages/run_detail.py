"""The page of one run: a head that follows it, and a tab for each thing to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural._clock import now
from neural.errors import NotFoundError, StorageError
from neural.tracking.charts.theme import Theme, run_styles
from neural.tracking.pages import run_artifacts, run_media, run_params
from neural.tracking.pages.addresses import EXPERIMENTS, RUN, compare_href, first_page
from neural.tracking.pages.board_view import BoardView
from neural.tracking.pages.chart_board import BoardIds, board
from neural.tracking.pages.chart_board_live import all_names, register_board
from neural.tracking.pages.chart_data import ChartRun
from neural.tracking.pages.compare_tables import swatch
from neural.tracking.pages.run_environment import environment_tab
from neural.tracking.pages.run_notes import NotesIds, notes_tab, tag_list, tag_of
from neural.tracking.pages.run_overview import damage, failure, overview
from neural.tracking.pages.tabs import panel, tab_id, tab_row
from neural.tracking.records import RunRecord, flatten
from neural.tracking.storage.layout import RunPaths
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import badge, page_header, safe_link, status_badge, time_ago
from neural.tracking.ui.files import open_contained
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string

__all__ = ["TABS", "Ids", "head", "layout", "page", "register", "tab_content"]

#: Tabs and what they are called.
TABS: dict[str, str] = {
    "overview": "Overview",
    "charts": "Charts",
    "params": "Parameters",
    "artifacts": "Artifacts",
    "media": "Media",
    "environment": "Environment",
    "notes": "Notes",
}

#: Of a longer diff only the start is read.
MOST_DIFF_BYTES = 1_000_000


PREFIX = "run"


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    RUN = "run-id"
    REVISION = "run-revision"
    HEAD = "run-head"
    TAB_NAME = "run-tab-name"
    PANEL = f"{PREFIX}-panel"
    BOARD = BoardIds("run-charts")


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page.

    Raises:
        NotFoundError: There is no such run.
    """
    experiment_id = location.params["experiment_id"]
    record = context.manager.run(experiment_id)
    tab = location.get("tab") if location.get("tab") in TABS else "overview"
    view = BoardView.from_location(location)
    return html.Div(
        [
            dcc.Store(id=Ids.RUN, data=experiment_id),
            dcc.Store(id=Ids.REVISION, data=_revision(context, experiment_id)),
            dcc.Store(id=Ids.TAB_NAME, data=tab),
            html.Div(head(context, record), id=Ids.HEAD, className="aq-run-head"),
            _tabs(context, record, tab),
            panel(PREFIX, tab_content(context, record, tab, view=view), TABS[tab]),
        ],
        className="aq-page aq-page-run",
    )


def _revision(context: AppContext, experiment_id: str) -> str:
    return str(context.manager.revision([experiment_id]).get(experiment_id, ""))


def head(context: AppContext, record: RunRecord) -> list[Component]:
    """Return what stands above the tabs: name, status, tags, what cannot be read."""
    address, title = first_page(context)
    back = safe_link([icon("arrow-left"), title], address)
    compare = safe_link(
        [icon("compare"), html.Span("Compare")],
        compare_href(context, [record.experiment_id]),
        className="btn btn-outline-primary",
    )
    tags = [badge(_tag_text(*tag), kind="tag") for tag in record.tags.items()]
    look = run_styles([record.experiment_id])[record.experiment_id]
    known = [
        swatch(look),
        status_badge(record.status),
        *([badge("archived", icon_name="folder")] if record.archived else []),
        html.Code(record.experiment_id, className="aq-muted"),
        html.Span(["started ", time_ago(record.start_time, now())], className="aq-muted"),
        *_sign_of_life(record),
        *tags,
    ]
    return [
        html.Nav(back, className="aq-crumbs", **attributes(aria_label="Breadcrumb")),
        page_header(
            record.display_name or record.experiment_name,
            subtitle=html.Div(known, className="aq-known"),
            actions=[compare],
        ),
        *damage(record),
    ]


def _sign_of_life(record: RunRecord) -> list[Component]:
    if record.status != "running" or record.updated is None:
        return []
    return [html.Span(["last value ", time_ago(record.updated, now())], className="aq-muted")]


def _tag_text(name: str, text: str) -> str:
    return f"{name}: {text}" if text else name


def _tabs(context: AppContext, record: RunRecord, chosen: str) -> html.Div:
    counts = {
        "charts": len(record.metrics),
        "params": sum(1 for _ in flatten(record.params)),
        "artifacts": len(context.manager.artifacts(record.experiment_id)),
        "media": len(_media(context, record.experiment_id)),
    }
    # Most runs have no media, and a tab that is always empty is in the way.
    shown = {
        name: label
        for name, label in TABS.items()
        if name != "media" or counts["media"] or chosen == "media"
    }
    return tab_row(PREFIX, shown, chosen, counts=counts, about="What to know of this run")


def tab_content(
    context: AppContext,
    record: RunRecord,
    tab: str,
    *,
    view: BoardView | None = None,
    theme: Theme = "dark",
) -> list[Component]:
    """Return the content of one tab.

    Args:
        context: The application.
        record: The run.
        tab: One of :data:`TABS`.
        view: How the curves are looked at.
        theme: Theme of charts that are drawn at once.
    """
    experiment_id = record.experiment_id
    if tab == "charts":
        runs = [ChartRun(experiment_id, _name(record), record.start_time)]
        names, base = all_names(context, runs), {"tab": "charts"}
        return [board(Ids.BOARD, runs, names, view or BoardView(), base=base)]
    if tab == "params":
        return run_params.params_tab(record.params)
    if tab == "artifacts":
        artifacts = context.manager.artifacts(experiment_id)
        return run_artifacts.artifacts_tab(context, experiment_id, artifacts)
    if tab == "media":
        return run_media.media_tab(context, experiment_id, _media(context, experiment_id), theme)
    if tab == "environment":
        environment = context.manager.environment(experiment_id)
        return environment_tab(environment, _diff(context, record))
    if tab == "notes":
        return notes_tab(record)
    return [*failure(_error(context, experiment_id)), *overview(context, record, now())]


def _name(record: RunRecord) -> str:
    return record.display_name or record.experiment_name


def _media(context: AppContext, experiment_id: str) -> list[run_media.Medium]:
    return run_media.media_of(context.manager.media(experiment_id))


def _error(context: AppContext, experiment_id: str) -> Any:
    tracker = context.manager.get_experiment(experiment_id)
    try:
        return None if tracker is None else tracker.metadata.get("error")
    except StorageError:  # it is among the run's problems already
        return None


def _diff(context: AppContext, record: RunRecord) -> str:
    paths = RunPaths(context.base_dir / record.folder)
    try:
        with open_contained(paths.root, paths.git_diff) as file:
            return file.read(MOST_DIFF_BYTES).decode(errors="replace")
    except NotFoundError:
        return ""


def register(app: Dash, context: AppContext) -> None:
    """Connect head, tabs and what can be edited."""
    _register_live(app, context)
    _register_tabs(app, context)
    _register_notes(app, context)
    _register_looks(app, context)
    register_board(app, context, Ids.BOARD)


def _register_live(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.REVISION, "data"),
        Input(ShellIds.LIVE, "data"),
        State(Ids.RUN, "data"),
        State(Ids.REVISION, "data"),
    )
    def _look(_live: Any, experiment_id: str, before: str) -> str:
        revision = _revision(context, experiment_id)
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
        view = {"search": address, "push": True}
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
        medium = _media(context, experiment_id)[ctx.triggered_id["index"]]
        return run_media.show(context, experiment_id, medium.entries[int(place)], theme or "dark")

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
