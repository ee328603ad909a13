"""The folders that are open, and the imports that were made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from neural._clock import now
from neural.tracking.export_jobs.store import Job
from neural.tracking.lens.opened import OpenedFolder
from neural.tracking.pages.addresses import EXPERIMENTS
from neural.tracking.pages.job_parts import job_line, job_state
from neural.tracking.pages.opened.ids import Ids
from neural.tracking.query.printer import spell_text
from neural.tracking.sources import sources
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, partial_state, safe_link, time_ago
from neural.tracking.ui.page import AppContext

__all__ = ["folder_list", "import_list", "kind_title"]

#: What was left out is listed up to here; ``neural open --json`` lists all.
MOST_SKIPPED = 500


def kind_title(kind: str) -> str:
    """Return what people call a kind of source; its own name where it is not known."""
    return sources.load(kind).title if kind in sources else kind


def folder_list(context: AppContext, folders: Sequence[OpenedFolder]) -> list[Component]:
    """Return the folders that are open, each with its runs and what is not shown of it."""
    if not folders:
        return [html.P("None. Nothing of other trackers is shown.", className="aq-muted")]
    return [_folder(context, folder) for folder in folders]


def _folder(context: AppContext, folder: OpenedFolder) -> html.Article:
    count = sum(folder.runs.values())
    some = f"{count:,} run{'' if count == 1 else 's'}"
    kinds = [badge(f"{kind_title(kind)}: {n:,}", kind="tag") for kind, n in folder.runs.items()]
    found = ", ".join(spell_text(kind) for kind in folder.runs)
    shown = context.href(EXPERIMENTS, {"filter": f"tags.source in ({found})"})
    parts: list[Component] = [
        html.Div(
            [html.H3(html.Code(str(folder.path))), *kinds, _buttons(folder)],
            className="aq-job-head",
        ),
        html.Div(safe_link(f"Show {some} in the table", shown), className="aq-job-place"),
    ]
    if folder.problem:
        parts.append(job_line("error", folder.problem, "aq-text-error"))
    if folder.skipped:
        left = len(folder.skipped)
        lines = [str(one) for one in folder.skipped[:MOST_SKIPPED]]
        more = [f"and {left - MOST_SKIPPED:,} more"] if left > MOST_SKIPPED else []
        words = f"{left:,} thing{'' if left == 1 else 's'} left out: file, byte, reason"
        parts.append(partial_state(words, [*lines, *more]))
    return html.Article(parts, className="aq-job", **attributes(data_folder=folder.key))


def _buttons(folder: OpenedFolder) -> html.Div:
    return html.Div(
        [
            _button("Import into the store", Ids.folder("import", folder.key), str(folder.path)),
            _button("Close", Ids.folder("close", folder.key), str(folder.path)),
        ],
        className="aq-actions aq-job-acts",
    )


def _button(words: str, button_id: dict[str, str], what: str) -> html.Button:
    return html.Button(
        words,
        id=button_id,
        type="button",
        className="btn btn-outline-primary btn-sm",
        **attributes(aria_label=f"{words}: {what}"),
    )


def import_list(jobs: Sequence[Job]) -> list[Component]:
    """Return the imports, newest first."""
    if not jobs:
        return [html.P("None yet.", className="aq-muted")]
    return [_import(job) for job in jobs]


def _import(job: Job) -> html.Article:
    acts = ["cancel"] if job.is_active else ["forget"]
    if job.state in ("stopped", "cancelled", "failed"):
        acts = ["go-on", *acts]
    words = {"cancel": "Cancel", "forget": "Forget", "go-on": "Import again"}
    buttons = [_button(words[a], Ids.job(a, job.number), f"job {job.number}") for a in acts]
    parts: list[Component] = [
        html.Div(
            [
                html.H3([html.Span(f"#{job.number} ", className="aq-muted"), "Import"]),
                job_state(job.state),
                html.Span(time_ago(job.created, now()), className="aq-muted"),
                html.Div(buttons, className="aq-actions aq-job-acts"),
            ],
            className="aq-job-head",
        ),
        html.Div(html.Code(job.spec.place or ""), className="aq-job-place"),
        html.P(_outcomes(job), className="aq-hint"),
    ]
    if job.problem:
        parts.append(job_line("error", job.problem, "aq-text-error"))
    refused = [f"{run.name}: {run.message}" for run in job.in_state("failed")]
    if refused:
        parts.append(partial_state(f"{len(refused):,} refused", refused[:MOST_SKIPPED]))
    if job.notes:
        parts.append(partial_state(f"{len(job.notes):,} left out", job.notes[:MOST_SKIPPED]))
    return html.Article(parts, className="aq-job")


def _outcomes(job: Job) -> str:
    if job.is_active:
        return "Copying; each run appears in the table when it is whole."
    found = Counter(run.message.partition(":")[0] for run in job.runs)
    points = sum(run.sent for run in job.runs)
    words = [f"{count:,} {outcome}" for outcome, count in found.items()]
    return " · ".join([*words, f"{points:,} points"])
