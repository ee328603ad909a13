"""The export page: which runs, where to, a dry run, one click, and the jobs that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural.errors import FilterSyntaxError, InvalidInputError, NeuralError, NotFoundError
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.store import Job
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.open_roots import OpenRoots
from neural.tracking.pages.experiments.filter import filter_problem, hints
from neural.tracking.pages.export.answers import check_answer, connection_answer, job_card
from neural.tracking.pages.export.chosen import Chosen, chosen_runs, described
from neural.tracking.pages.export.form import FIELDS, fields_of, spec_of
from neural.tracking.pages.export.ids import Ids
from neural.tracking.pages.export.layout import layout as page_layout
from neural.tracking.pages.export_link import EXPORT
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.components import notify
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string

__all__ = ["act", "job_list", "layout", "listed_jobs", "page", "register", "targets_of"]

#: Jobs that are listed, newest first.
MOST_JOBS = 20

#: What a callback needs to know which runs the page is about.
_WHICH = (
    State(Ids.SOURCE, "value"),
    State(Ids.GIVEN, "data"),
    State(Ids.SELECTION, "data"),
    State(Ids.FILTER_TEXT, "value"),
)
#: The fields, in the order of :func:`_values`.
_FORM = (
    State(Ids.PLATFORM, "value"),
    State(Ids.PARTS, "value"),
    State(Ids.ADDRESS, "value"),
    State(Ids.PROJECT, "value"),
    State(Ids.ENTITY, "value"),
    State(Ids.MODE, "value"),
    State(Ids.FOLDER, "value"),
    State(Ids.TAGS, "value"),
)


def targets_of(context: AppContext) -> PageTargets:
    """Return where the pages of an application may send runs."""
    return PageTargets(OpenRoots(context.base_dir, context.open_roots), context.export_to)


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page."""
    return page_layout(context, targets_of(context), location)


def listed_jobs(runner: JobRunner) -> list[Job | str]:
    """Return the newest exports as they stand; of one that cannot be read, why."""
    found: list[Job | str] = []
    for number in runner.store.numbers():
        try:
            job = runner.look(number)
        except NotFoundError:  # forgotten meanwhile
            continue
        except NeuralError as error:
            found.append(f"Job {number}: {error}")
            continue
        if job.spec.kind == "export":
            found.append(job)
        if len(found) == MOST_JOBS:
            break
    return found


def job_list(context: AppContext, jobs: Sequence[Job | str]) -> list[Component]:
    """Return what is shown of jobs."""
    if not jobs:
        return [html.P("None yet. What you export is listed here.", className="aq-muted")]
    return [
        html.P(job, className="aq-text-warn") if isinstance(job, str) else job_card(context, job)
        for job in jobs
    ]


def _chosen(context: AppContext, which: Any) -> Chosen:
    source, given, selection, text = which
    ids = given if source == "runs" else selection
    return chosen_runs(context.manager, source, ids or (), text or "")


def _values(form: Any) -> dict[str, Any]:
    return dict(zip(("platform", "parts", *FIELDS), form, strict=True))


def register(app: Dash, context: AppContext) -> None:
    """Connect the choice of runs, the fields, the buttons and the jobs."""
    runner = JobRunner(context.base_dir, targets_of(context))
    _register_choice(app, context)
    _register_filter(app, context)
    _register_fields(app, context)
    _register_buttons(app, context, runner)
    _register_jobs(app, context, runner)


def _register_choice(app: Dash, context: AppContext) -> None:
    in_browser(
        app, "aquariumExport", "selection", Output(Ids.SELECTION, "data"), Input(Ids.SOURCE, "id")
    )

    @callback(
        app,
        Output(Ids.CHOSEN, "children"),
        Output(Ids.FILTER_BOX, "hidden"),
        *(Input(state.component_id, state.component_property) for state in _WHICH),
    )
    def _count(*which: Any) -> tuple[Any, bool]:
        try:
            said = described(context.manager, _chosen(context, which))
        except FilterSyntaxError:  # its place is shown under the filter
            said = ["The filter cannot be understood."]
        return [html.Span(sentence) for sentence in said], which[0] != "filter"

    @callback(
        app,
        Output(Ids.FILTER_TEXT, "value"),
        Input(Ids.GROUP, "value"),
        prevent_initial_call=True,
    )
    def _group(text: str | None) -> Any:
        return text or no_update


def _register_filter(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PROBLEM, "children"),
        Input(Ids.FILTER_TEXT, "value"),
        prevent_initial_call=True,
    )
    def _understand(text: str | None) -> Any:
        return filter_problem(text or "")

    @callback(app, Output(Ids.HINTED, "data"), Input(Ids.TYPED, "data"), prevent_initial_call=True)
    def _hints(typed: dict[str, Any] | None) -> Any:
        return hints(context.manager, typed) if typed else no_update

    in_browser(
        app,
        "aquariumFilter",
        "hint",
        Output(Ids.QUIET, "data"),
        Input(Ids.HINTED, "data"),
        prevent_initial_call=True,
    )


def _register_fields(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        *(Output(Ids.field(name), "hidden") for name in FIELDS),
        Output(Ids.FOLDER, "placeholder"),
        Input(Ids.PLATFORM, "value"),
        prevent_initial_call=True,
    )
    def _show(platform: str) -> tuple[Any, ...]:
        shown = fields_of(platform)
        return (*(name not in shown for name in FIELDS), platform)

    @callback(
        app,
        Output(Ids.QUIET, "data", allow_duplicate=True),
        Input(Ids.PLATFORM, "value"),
        Input(Ids.SOURCE, "value"),
        Input(Ids.FILTER_TEXT, "value"),
        State(Ids.GIVEN, "data"),
        prevent_initial_call=True,
    )
    def _address(platform: str, source: str, text: str | None, given: list[str] | None) -> Any:
        state = {"runs": ",".join(given or ()), "from": source, "filter": text, "to": platform}
        step = {"search": search_string(state), "path": context.href(EXPORT), "push": False}
        # No output: for one outside the page Dash asks as soon as the page is drawn.
        dash.set_props(ShellIds.VIEW, {"data": step})
        return no_update


def _register_buttons(app: Dash, context: AppContext, runner: JobRunner) -> None:
    @callback(
        app,
        Output(Ids.TEST_JOB, "data"),
        Input(Ids.TEST, "n_clicks"),
        *_FORM,
        prevent_initial_call=True,
    )
    def _test(_clicks: int | None, *form: Any) -> int:
        return runner.submit(spec_of("test", (), _values(form)))

    @callback(
        app,
        Output(Ids.CHECK_JOB, "data"),
        Input(Ids.CHECK, "n_clicks"),
        *_WHICH,
        *_FORM,
        prevent_initial_call=True,
    )
    def _check(_clicks: int | None, *values: Any) -> int:
        return _submit("check", values)

    @callback(
        app,
        Output(Ids.CHANGED, "data"),
        Input(Ids.SEND, "n_clicks"),
        *_WHICH,
        *_FORM,
        prevent_initial_call=True,
    )
    def _send(_clicks: int | None, *values: Any) -> str:
        number = _submit("export", values)
        notify(f"Job #{number} was begun. It goes on if you leave this page.", kind="ok")
        return f"new {number}"

    def _submit(kind: str, values: Any) -> int:
        chosen = _chosen(context, values[: len(_WHICH)])
        if not chosen.names:
            raise InvalidInputError("Choose at least one run to export")
        spec = spec_of(kind, chosen.names, _values(values[len(_WHICH) :]))
        return runner.submit(spec, chosen.names)


def _register_jobs(app: Dash, context: AppContext, runner: JobRunner) -> None:
    @callback(
        app,
        Output(Ids.TEST_ANSWER, "children"),
        Output(Ids.CHECK_ANSWER, "children"),
        Output(Ids.JOBS, "children"),
        Output(Ids.SEEN, "data"),
        Output(Ids.TICK, "disabled"),
        Input(Ids.TICK, "n_intervals"),
        Input(Ids.TEST_JOB, "data"),
        Input(Ids.CHECK_JOB, "data"),
        Input(Ids.CHANGED, "data"),
        State(Ids.SEEN, "data"),
    )
    def _look(
        _tick: Any,
        test: int | None,
        check: int | None,
        _changed: Any,
        seen: Mapping[str, Any] | None,
    ) -> tuple[Any, ...]:
        asked, checked, jobs = _job(runner, test), _job(runner, check), listed_jobs(runner)
        prints = {"test": _print(asked), "check": _print(checked), "jobs": _print(jobs)}

        # What stays as it is is not drawn again: a focus or an open list in it would be lost.
        def news(name: str, draw: Callable[[], list[Component]]) -> Any:
            return no_update if (seen or {}).get(name) == prints[name] else draw()

        return (
            news("test", lambda: connection_answer(asked)),
            news("check", lambda: check_answer(checked)),
            news("jobs", lambda: job_list(context, jobs)),
            prints,
            not any(isinstance(job, Job) and job.is_active for job in (asked, checked, *jobs)),
        )

    @callback(
        app,
        Output(Ids.CHANGED, "data", allow_duplicate=True),
        Input(Ids.act(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _act(clicks: list[int | None]) -> str:
        pressed = ctx.triggered_id
        if not any(clicks) or not isinstance(pressed, Mapping):
            raise PreventUpdate
        act(runner, str(pressed["what"]), int(pressed["job"]))
        return f"{pressed['what']} {pressed['job']} {sum(filter(None, clicks))}"


def act(runner: JobRunner, what: str, number: int) -> None:
    """Do what a button of a job says.

    Args:
        runner: Works on the jobs.
        what: ``cancel``, ``go-on``, ``retry`` or ``forget``.
        number: The job.

    Raises:
        NotFoundError: There is no such job.
        RefusedError: It leads where this server may not send.
        InvalidInputError: There is no such button.
    """
    if what == "cancel":
        runner.cancel(number)
    elif what in ("go-on", "retry"):
        runner.go_on(number, failed=what == "retry")
    elif what == "forget":
        runner.store.remove(number)
    else:
        raise InvalidInputError(f"A job cannot be made to {what!r}")


def _job(runner: JobRunner, number: int | None) -> Job | None:
    if number is None:
        return None
    try:
        return runner.look(number)
    except NotFoundError:
        return None


def _print(value: object) -> str:
    """Return a short text that changes with a value."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


page = Page(
    path=EXPORT,
    title="Export",
    layout=layout,
    register=register,
    order=50,
    icon="export",
)
