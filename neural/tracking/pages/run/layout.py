"""What stands on the page of one run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural._clock import now
from neural.errors import NotFoundError, StorageError
from neural.tracking.charts.theme import Theme, run_styles
from neural.tracking.pages.addresses import compare_href, first_page, run_href
from neural.tracking.pages.board.data import ChartRun
from neural.tracking.pages.board.layout import BoardIds, board
from neural.tracking.pages.board.live import all_names
from neural.tracking.pages.board.view import BoardView
from neural.tracking.pages.compare.tables import swatch
from neural.tracking.pages.run import artifacts as run_artifacts
from neural.tracking.pages.run import media as run_media
from neural.tracking.pages.run import params as run_params
from neural.tracking.pages.run import system as run_system
from neural.tracking.pages.run.environment import environment_tab
from neural.tracking.pages.run.logs import logs_tab
from neural.tracking.pages.run.notes import notes_tab
from neural.tracking.pages.run.overview import damage, failure, overview
from neural.tracking.pages.tabs import panel, tab_row
from neural.tracking.records import SYSTEM_PREFIX, RunRecord, flatten
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.settings import SettingsStore
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, page_header, safe_link, status_badge, time_ago
from neural.tracking.ui.files import open_contained
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["PREFIX", "TABS", "Ids", "head", "layout", "media_in", "revision_of", "tab_content"]

#: Tabs and what they are called.
TABS: dict[str, str] = {
    "overview": "Overview",
    "charts": "Charts",
    "params": "Parameters",
    "artifacts": "Artifacts",
    "media": "Media",
    "logs": "Logs",
    "system": "System",
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
            dcc.Store(id=Ids.REVISION, data=revision_of(context, experiment_id)),
            dcc.Store(id=Ids.TAB_NAME, data=tab),
            html.Div(head(context, record), id=Ids.HEAD, className="aq-run-head"),
            _tabs(context, record, tab),
            panel(PREFIX, tab_content(context, record, tab, view=view), TABS[tab]),
        ],
        className="aq-page aq-page-run",
    )


def revision_of(context: AppContext, experiment_id: str) -> str:
    """Return what changes as soon as the run does; empty if it is gone."""
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
    own = record.experiment_id
    look = run_styles([own], context.manager.colors.load())[own]
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
        "media": len(media_in(context, record.experiment_id)),
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
        return [_charts(context, record, tab, view or BoardView())]
    if tab == "system":
        return _system(context, record, view or BoardView())
    if tab == "logs":
        return logs_tab(context, record)
    if tab == "params":
        return run_params.params_tab(record.params)
    if tab == "artifacts":
        artifacts = context.manager.artifacts(experiment_id)
        return run_artifacts.artifacts_tab(context, experiment_id, artifacts)
    if tab == "media":
        return run_media.media_tab(context, experiment_id, media_in(context, experiment_id), theme)
    if tab == "environment":
        environment = context.manager.environment(experiment_id)
        return environment_tab(environment, _diff(context, record))
    if tab == "notes":
        return notes_tab(record)
    return [*failure(_error(context, experiment_id)), *overview(context, record, now())]


def _charts(context: AppContext, record: RunRecord, tab: str, view: BoardView) -> Component:
    runs = [ChartRun(record.experiment_id, _name(record), record.start_time)]
    names, path = all_names(context, runs), run_href(context, record.experiment_id)
    now_at = context.manager.revision([record.experiment_id])
    return board(
        Ids.BOARD,
        runs,
        names,
        view,
        path=path,
        base={"tab": tab},
        revision=now_at,
        smoothing=SettingsStore(context.base_dir).load().smoothing,
    )


def _system(context: AppContext, record: RunRecord, view: BoardView) -> list[Component]:
    if not run_system.is_sampled(record):
        return [run_system.nothing_sampled()]
    if not view.search:
        # The charts of the other tab, searched for what the machine did, over time.
        view = replace(view, search=SYSTEM_PREFIX, x="relative")
    return [run_system.system_tiles(record), _charts(context, record, "system", view)]


def _name(record: RunRecord) -> str:
    return record.display_name or record.experiment_name


def media_in(context: AppContext, experiment_id: str) -> list[run_media.Medium]:
    """Return the media of a run by name."""
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
