"""What a test, a check and a job have to say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from neural._clock import now
from neural.tracking.export_jobs.spec import PLATFORMS, RunProgress
from neural.tracking.export_jobs.store import Job
from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.export.ids import Ids
from neural.tracking.pages.job_parts import job_line, job_state
from neural.tracking.pages.tables import table
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import partial_state, safe_href, safe_link, time_ago
from neural.tracking.ui.page import AppContext

__all__ = ["check_answer", "connection_answer", "job_card"]

_TIMES = re.compile(r" \([\d,]+ times\)$")

#: Runs of a job that are listed; those that failed come first.
MOST_LISTED = 200
#: Sentences about what is converted or did not arrive.
MOST_SENTENCES = 100


def connection_answer(job: Job | None) -> list[Component]:
    """Return what came of the last test of the connection; nothing if there was none."""
    if job is None:
        return []
    if job.is_active:
        return [job_line("refresh", "Asking…")]
    if job.state == "done":
        return [job_line("check", " ".join(job.notes), "aq-text-ok")]
    return [job_line("error", job.problem or "It was not tried.", "aq-text-error")]


def check_answer(job: Job | None) -> list[Component]:
    """Return what a dry run found: how much is new, and what cannot be held as it is."""
    if job is None:
        return []
    if job.is_active:
        return [_bar(job), job_line("refresh", f"Counting: {_so_far(job)}")]
    runs = job.in_state("done", "partly")
    failed = job.in_state("failed")
    parts: list[Component] = [job_line("info", _counts(runs), "")] if runs else []
    if job.problem:
        parts.append(job_line("error", job.problem, "aq-text-error"))
    if failed:
        parts.append(_sentences(f"{_some(len(failed))} cannot be sent", "failed", failed))
    lost = [run for run in job.runs if run.state == "partly"]
    if lost:
        parts.append(_sentences(f"Something of {_some(len(lost))} is left out", "failed", lost))
    warned = [run for run in runs if run.converted]
    if warned:
        parts.append(_sentences(_warnings(warned), "converted", warned))
    elif runs:
        parts.append(job_line("check", "The platform can hold all of it as it is.", "aq-text-ok"))
    return parts


def _counts(runs: Sequence[RunProgress]) -> str:
    new = sum(bool(run.sent) and not run.skipped for run in runs)
    updated = sum(bool(run.sent) and bool(run.skipped) for run in runs)
    things = sum(run.sent for run in runs)
    return (
        f"{new:,} new, {updated:,} with new data, {len(runs) - new - updated:,} already there; "
        f"{things:,} points, files and other things would be sent."
    )


def _alike(sentence: str) -> str:
    """Return a sentence without how often: runs differ in that, and say the same."""
    return _TIMES.sub("", sentence)


def _warnings(runs: Sequence[RunProgress]) -> str:
    count = len({_alike(sentence) for run in runs for sentence in run.converted})
    return f"{count:,} warning{'' if count == 1 else 's'}: what is converted"


def _sentences(summary: str, kind: str, runs: Sequence[RunProgress]) -> html.Details:
    """Return the sentences of runs, each once, with the number of runs it is about."""
    found = Counter(one for run in runs for one in dict.fromkeys(map(_alike, getattr(run, kind))))
    lines = [
        sentence if len(runs) == 1 else f"{sentence} ({_some(count)})"
        for sentence, count in found.most_common(MOST_SENTENCES)
    ]
    if len(found) > MOST_SENTENCES:
        lines.append(f"and {len(found) - MOST_SENTENCES:,} more")
    return partial_state(summary, lines)


def _some(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def job_card(context: AppContext, job: Job) -> html.Article:
    """Return one job: how far it is, what can be done about it, and each of its runs."""
    title = f"{_some(len(job.runs))} to {PLATFORMS.get(job.spec.platform, job.spec.platform)}"
    parts: list[Component] = [
        html.Div(
            [
                html.H3([html.Span(f"#{job.number} ", className="aq-muted"), title]),
                job_state(job.state),
                html.Span(time_ago(job.created, now()), className="aq-muted"),
                html.Div(_buttons(job), className="aq-actions aq-job-acts"),
            ],
            className="aq-job-head",
        ),
        html.Div(_place(job), className="aq-job-place"),
        html.Div(
            [_bar(job), html.Span(_so_far(job), className="aq-number")], className="aq-job-bar"
        ),
    ]
    if job.problem:
        parts.append(job_line("error", job.problem, "aq-text-error"))
    parts += [html.P(_sums(job.runs), className="aq-hint")]
    parts.append(_run_list(context, job))
    return html.Article(parts, className="aq-job", **attributes(data_job=str(job.number)))


def _place(job: Job) -> Component:
    place = job.spec.place or ""
    if job.spec.platform == "wandb":
        where = job.spec.options.get("dir", "")
        place = f"{place} ({job.spec.options.get('mode')}{', ' + where if where else ''})"
    return safe_link(place, place) if safe_href(place) and "://" in place else html.Code(place)


def _bar(job: Job) -> Component:
    return html.Progress(
        value=str(job.finished),
        max=str(max(1, len(job.runs))),
        className="aq-progress",
        **attributes(aria_label=f"Job {job.number}"),
    )


def _so_far(job: Job) -> str:
    failed = len(job.in_state("failed"))
    said = f"{job.finished:,} of {_some(len(job.runs))}"
    return f"{said}, {failed:,} failed" if failed else said


def _sums(runs: Iterable[RunProgress]) -> str:
    known = list(runs)
    converted = sum(len(run.converted) for run in known)
    lost = sum(len(run.failed) for run in known)
    words = [
        f"sent {sum(run.sent for run in known):,}",
        f"there already {sum(run.skipped for run in known):,}",
        f"converted {converted:,}",
        f"did not arrive {lost:,}",
    ]
    return " · ".join(words)


def _buttons(job: Job) -> list[Component]:
    if job.is_active:
        return [_button("Cancel", "cancel", job)]
    found = []
    again = len(job.in_state("failed", "partly"))
    if len(job.runs) > job.finished:
        found.append(_button("Go on", "go-on", job, kind="primary"))
    if again:
        found.append(_button(f"Retry {again:,}", "retry", job, kind="primary"))
    return [*found, _button("Forget", "forget", job)]


def _button(words: str, what: str, job: Job, *, kind: str = "outline-primary") -> html.Button:
    return html.Button(
        words,
        id=Ids.act(what, job.number),
        type="button",
        className=f"btn btn-{kind} btn-sm",
        **attributes(aria_label=f"{words}: job {job.number}"),
    )


def _run_list(context: AppContext, job: Job) -> html.Details:
    order = {"failed": 0, "partly": 1, "running": 2}
    shown = sorted(job.runs, key=lambda run: order.get(run.state, 3))[:MOST_LISTED]
    rows = [_run_row(context, run) for run in shown]
    label = f"Runs of job {job.number}"
    left = len(job.runs) - len(shown)
    more = [html.P(f"and {_some(left)} more", className="aq-hint")] if left else []
    heads = ("Run", "State", "+Sent", "+There", "Result")
    return html.Details(
        [html.Summary("Runs"), table(heads, rows, label=label), *more], className="aq-job-runs"
    )


def _run_row(context: AppContext, run: RunProgress) -> html.Tr:
    name = safe_link(run.name or run.run_id, run_href(context, run.run_id))
    cells = [html.Th(name, scope="row"), html.Td(job_state(run.state))]
    cells += [html.Td(f"{count:,}", className="aq-cell-end") for count in (run.sent, run.skipped)]
    return html.Tr([*cells, html.Td(_result(run), className="aq-wrap")])


def _result(run: RunProgress) -> list[Component]:
    parts: list[Component] = []
    if run.state == "failed":
        parts.append(html.Div(run.message, className="aq-text-error"))
    elif run.url is not None:
        is_address = run.url.startswith(("http://", "https://"))
        parts.append(safe_link("Open", run.url) if is_address else html.Code(run.url))
    if run.state == "partly":
        parts += [html.Div(sentence, className="aq-text-error") for sentence in run.failed[:20]]
    if run.converted:
        summary = html.Summary(f"{len(run.converted):,} converted")
        lines = [html.Li(sentence) for sentence in run.converted[:MOST_SENTENCES]]
        parts.append(html.Details([summary, html.Ul(lines)]))
    return parts
