"""The answers and the jobs of the export page, looked at each second while something goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural.errors import InvalidInputError, NeuralError, NotFoundError
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.store import Job
from neural.tracking.pages.export.answers import check_answer, connection_answer, job_card
from neural.tracking.pages.export.ids import Ids
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext

__all__ = ["act", "job_list", "listed_jobs", "register_jobs"]

#: Jobs that are listed, newest first.
MOST_JOBS = 20


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


def register_jobs(app: Dash, context: AppContext, runner: JobRunner) -> None:
    """Connect the list of jobs and the answers to what goes on, and the buttons of jobs.

    Args:
        app: The application.
        context: What it shows.
        runner: Works on the jobs.
    """

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
