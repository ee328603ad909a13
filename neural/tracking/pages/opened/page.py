"""Open a folder: other trackers' runs beside ours, read where they lie, and closed again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural.errors import InvalidInputError, NeuralError
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import Job
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.lens.manager import LensManager
from neural.tracking.lens.opened import OpenedFolders
from neural.tracking.open_roots import OpenRoots
from neural.tracking.pages.opened.ids import Ids
from neural.tracking.pages.opened.lists import folder_list, import_list, kind_title
from neural.tracking.sources import sources
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import card, empty_state, labelled, notify, page_header
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, Page, PageLocation

__all__ = ["layout", "page", "register"]

#: Imports that are listed, newest first.
MOST_JOBS = 10
_TICK_MS = 1000


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; without an open root it says how to get one."""
    roots = OpenRoots(context.base_dir, context.open_roots)
    head = page_header(
        "Open",
        subtitle="Runs of other trackers, shown beside yours where they lie. Nothing in them is "
        "changed.",
    )
    shown = [_form(roots), *_lists()] if roots.roots else [_how(), *_lists()]
    return html.Div(
        [
            *(dcc.Store(id=store) for store in (Ids.CHANGED, Ids.SEEN)),
            dcc.Interval(id=Ids.TICK, interval=_TICK_MS),
            head,
            *shown,
        ],
        className="aq-page aq-export",
    )


def _how() -> Component:
    why = html.P(
        "A page may only read folders that were named when Aquarium was started. In a terminal, "
        "neural open shows any."
    )
    box = empty_state("No folder may be opened", why, snippet="neural ui --open-root ~/experiments")
    # The callbacks look for these.
    return html.Div([box, html.Div(_fields(), hidden=True)])


def _form(roots: OpenRoots) -> Component:
    hint = f"Below {', '.join(map(str, (*roots.roots, roots.exports)))}"
    return card("Open a folder", html.Div(_fields(hint, str(roots.roots[0])), className="aq-stack"))


def _fields(hint: str | None = None, first: str = "") -> list[Component]:
    path = dcc.Input(
        id=Ids.PATH,
        type="text",
        value=first,
        placeholder="/data/mlruns",
        autoComplete="off",
        spellCheck="false",
        className="aq-text",
    )
    kinds = [{"label": kind_title(kind), "value": kind} for kind in sources]
    kind = dcc.Dropdown(id=Ids.KIND, options=kinds, placeholder="told by its content")
    button = html.Button(
        [icon("folder"), html.Span("Open")],
        id=Ids.OPEN,
        type="button",
        className="btn btn-primary aq-with-icon",
    )
    return [labelled("File or folder", path, hint=hint), labelled("Kind", kind), button]


def _lists() -> list[Component]:
    return [
        card("Open now", html.Div(id=Ids.FOLDERS, className="aq-jobs")),
        card("Imports", html.Div(id=Ids.IMPORTS, className="aq-jobs")),
    ]


def register(app: Dash, context: AppContext) -> None:
    """Connect opening, closing, importing, and the lists of both."""
    roots = OpenRoots(context.base_dir, context.open_roots)
    runner = JobRunner(context.base_dir, PageTargets(roots))
    _register_opening(app, context, roots)
    _register_lists(app, context, runner)
    _register_buttons(app, context, runner)


def _opened(context: AppContext) -> OpenedFolders:
    if not isinstance(context.manager, LensManager):
        raise InvalidInputError("This application shows runs of its own store only")
    return context.manager.opened


def _register_opening(app: Dash, context: AppContext, roots: OpenRoots) -> None:
    @callback(
        app,
        Output(Ids.CHANGED, "data"),
        Input(Ids.OPEN, "n_clicks"),
        State(Ids.PATH, "value"),
        State(Ids.KIND, "value"),
        running=[(Output(Ids.OPEN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _open(clicks: int | None, path: str | None, kind: str | None) -> str:
        key = _opened(context).open(roots.existing(path or ""), kind or None)
        notify("It is open: its runs stand in every table and chart until you close it.", kind="ok")
        return f"open {key} {clicks}"


def _register_lists(app: Dash, context: AppContext, runner: JobRunner) -> None:
    @callback(
        app,
        Output(Ids.FOLDERS, "children"),
        Output(Ids.IMPORTS, "children"),
        Output(Ids.SEEN, "data"),
        Output(Ids.TICK, "disabled"),
        Input(Ids.TICK, "n_intervals"),
        Input(Ids.CHANGED, "data"),
        State(Ids.SEEN, "data"),
    )
    def _look(_tick: Any, _changed: Any, seen: list[str] | None) -> tuple[Any, ...]:
        lens = context.manager
        folders = lens.opened.folders() if isinstance(lens, LensManager) else []
        jobs = _imports(runner)
        prints = [_print(folders), _print(jobs)]
        before = seen or ["", ""]
        return (
            no_update if before[0] == prints[0] else folder_list(context, folders),
            no_update if before[1] == prints[1] else import_list(jobs),
            prints,
            not any(job.is_active for job in jobs),
        )


def _print(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _imports(runner: JobRunner) -> list[Job]:
    found: list[Job] = []
    for number in runner.store.numbers():
        try:
            job = runner.look(number)
        except NeuralError:  # of a damaged one the export page tells
            continue
        found += [job] if job.spec.kind == "import" else []
        if len(found) == MOST_JOBS:
            break
    return found


def _register_buttons(app: Dash, context: AppContext, runner: JobRunner) -> None:
    @callback(
        app,
        Output(Ids.CHANGED, "data", allow_duplicate=True),
        Input(Ids.folder(ALL, ALL), "n_clicks"),
        Input(Ids.job(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _act(folders: list[int | None], jobs: list[int | None]) -> str:
        pressed = ctx.triggered_id
        clicks = [number for number in (*folders, *jobs) if number]
        if not clicks or not isinstance(pressed, Mapping):
            raise PreventUpdate
        if pressed["type"] == "opened-folder":
            _act_on_folder(context, runner, str(pressed["what"]), str(pressed["key"]))
        else:
            _act_on_job(runner, str(pressed["what"]), int(pressed["job"]))
        return f"{pressed} {sum(clicks)}"


def _act_on_folder(context: AppContext, runner: JobRunner, what: str, key: str) -> None:
    opened = _opened(context)
    if what == "close":
        opened.close(key)
        return
    for folder in opened.folders():
        if folder.key == key:
            spec = JobSpec(kind="import", platform=folder.kind or "", place=str(folder.path))
            number = runner.submit(spec)
            notify(f"Job #{number} copies its runs into the store.", kind="ok")


def _act_on_job(runner: JobRunner, what: str, number: int) -> None:
    if what == "cancel":
        runner.cancel(number)
    elif what == "go-on":
        runner.go_on(number, failed=True)
    elif what == "forget":
        runner.store.remove(number)


page = Page(
    path="/open",
    title="Open",
    layout=layout,
    register=register,
    order=60,
    icon="folder",
)
