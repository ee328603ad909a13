"""First tab of a run's page: how it ended, its figures, where it ran."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.metric_sections import telling
from neural.tracking.pages.run.doctor import doctor_slot
from neural.tracking.pages.tables import definitions, table
from neural.tracking.records import MetricSummary, RunRecord
from neural.tracking.summary import infer_goal
from neural.tracking.ui.components import card, empty_state, number, partial_state, safe_link
from neural.tracking.ui.format import format_duration, format_number, format_time, relative_time
from neural.tracking.ui.page import AppContext

__all__ = ["damage", "failure", "overview", "tiles"]

#: Metrics that get a tile of their own.
TILES = 4
#: Rows of the table of metrics; of more, the charts tab finds the one that is wanted.
MOST_ROWS = 200
FIGURES = ("Last", "Best", "At step", "Smallest", "Largest", "Mean", "Points", "NaN")


def overview(context: AppContext, record: RunRecord, now: float) -> list[Component]:
    """Return the content of the tab.

    Args:
        context: The application.
        record: The run.
        now: The present, in seconds since the Unix epoch.
    """
    return [
        tiles(record, now),
        doctor_slot(context, record.experiment_id),
        html.Div([_metrics_card(context, record), _facts_card(record)], className="aq-columns"),
    ]


def damage(record: RunRecord) -> list[Component]:
    """Return a note about what of the run cannot be read; empty when all can."""
    if not record.problems:
        return []
    count = len(record.problems)
    summary = "One thing" if count == 1 else f"{count} things"
    words = f"{summary} of this run cannot be read; everything else is shown"
    return [partial_state(words, record.problems)]


def tiles(record: RunRecord, now: float) -> html.Div:
    """Return the figures a reader looks for first."""
    shown = [_metric_tile(record, name) for name in telling(record.metrics, record.goals)[:TILES]]
    ended = record.status not in ("running", "created")
    seconds = record.duration
    if not ended and record.start_time is not None:
        seconds = max(0.0, now - record.start_time)
    steps = max((m.last_step for m in record.metrics.values()), default=None)
    return html.Div(
        [
            *shown,
            _tile("Last step", format_number(steps), f"{record.entries:,} calls logged"),
            _tile("Duration", format_duration(seconds), _since(record, now)),
        ],
        className="aq-tiles",
    )


def _since(record: RunRecord, now: float) -> str:
    verb = "started" if record.end_time is None else "ended"
    time = record.start_time if record.end_time is None else record.end_time
    return f"{verb} {relative_time(time, now)}"


def _metric_tile(record: RunRecord, name: str) -> html.Div:
    metric = record.metrics[name]
    value, step = metric.best(record.goals.get(name) or infer_goal(name))
    best = "never a number" if value is None else f"best {format_number(value)} at step {step:,}"
    return _tile(name, format_number(metric.last), best)


def _tile(name: str, value: str, below: str) -> html.Div:
    return html.Div(
        [
            html.Div(name, className="aq-tile-name", title=name),
            html.Div(value, className="aq-tile-value"),
            html.Div(below, className="aq-hint"),
        ],
        className="aq-tile",
    )


def _metrics_card(context: AppContext, record: RunRecord) -> html.Section:
    if not record.metrics:
        why = html.P("This run has logged no metric yet. The first call makes it appear here.")
        call = 'tracker.log_metrics({"loss": loss}, step=step)'
        return card("Metrics", empty_state("No metrics", why, snippet=call))
    names = list(record.metrics)
    parts: list[Component] = [_metrics_table(record, names[:MOST_ROWS])]
    if len(names) > MOST_ROWS:
        charts = safe_link("Charts", run_href(context, record.experiment_id, "charts"))
        more = f"{len(names) - MOST_ROWS:,} more metrics: search for them under "
        parts.append(html.P([more, charts, "."], className="aq-hint"))
    return card(f"Metrics ({len(names):,})", parts)


def _metrics_table(record: RunRecord, names: Iterable[str]) -> html.Div:
    heads = ("Metric", *(f"+{head}" for head in FIGURES))
    body = [_metric_row(record, name, record.metrics[name]) for name in names]
    return table(heads, body, label="Metrics")


def _metric_row(record: RunRecord, name: str, metric: MetricSummary) -> html.Tr:
    goal = record.goals.get(name) or infer_goal(name)
    best, step = metric.best(goal)
    direction = "smallest is best" if goal == "min" else "largest is best"
    figures = (metric.last, best, step, metric.min, metric.max, metric.mean)
    return html.Tr(
        [
            html.Th(name, scope="row", title=direction),
            *(html.Td(number(figure), className="aq-cell-end") for figure in figures),
            html.Td(f"{metric.count:,}", className="aq-cell-end"),
            html.Td(
                f"{metric.nan_count:,}" if metric.nan_count else "",
                className="aq-cell-end aq-text-warn",
            ),
        ]
    )


def _facts_card(record: RunRecord) -> html.Section:
    facts: list[tuple[str, Any]] = [
        ("Id", html.Code(record.experiment_id)),
        ("Experiment", record.experiment_name),
        ("Group", record.group),
        ("Repeat", record.repeat),
        ("Parent", record.parent),
        ("Started", format_time(record.start_time)),
        ("Ended", None if record.end_time is None else format_time(record.end_time)),
        ("Host", record.host),
        ("Process", record.pid),
        ("Folder", html.Code(record.folder)),
    ]
    notes = [html.P(record.notes, className="aq-notes")] if record.notes.strip() else []
    return card("Run", [definitions(facts), *notes])


def failure(error: Any) -> list[Component]:
    """Return why a run failed, with its traceback; empty when nothing was kept.

    Args:
        error: ``{"type", "message", "traceback"}`` as it stands in the run's metadata.
    """
    if not isinstance(error, dict) or not (error.get("type") or error.get("message")):
        return []
    words = ": ".join(str(error[key]) for key in ("type", "message") if error.get(key))
    parts: list[Component] = [html.P(words, className="aq-text-error aq-wrap")]
    if error.get("traceback"):
        trace = html.Pre(str(error["traceback"])[-20_000:], className="aq-trace", tabIndex=0)
        parts.append(html.Details([html.Summary("Traceback"), trace]))
    return [card("Why it failed", parts)]
