"""A look at the focused run beside the table: what it is, its figures, what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural._clock import now
from neural.errors import NotFoundError
from neural.tracking.charts.theme import RUN_COLORS, run_slot
from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.experiments.grid import short, tag_text
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.param_diff import value_text
from neural.tracking.records import RunRecord, flatten
from neural.tracking.storage.facts import goal_of
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import (
    labelled,
    number,
    partial_state,
    safe_link,
    status_badge,
    time_ago,
)
from neural.tracking.ui.format import format_duration
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["peek_body", "peek_drawer"]

#: Lines of a list; the page of the run has them all.
MOST_LINES = 30


def peek_drawer() -> html.Aside:
    """Return the drawer, closed and empty."""
    close = html.Button(
        icon("close"),
        id=Ids.PEEK_CLOSE,
        type="button",
        className="aq-icon-button",
        **attributes(aria_label="Close the look at a run", data_closes="true"),
    )
    return html.Aside(
        [
            html.Div([html.H2("Run"), close], className="aq-drawer-head"),
            html.Div(id=Ids.PEEK_BODY, className="aq-drawer-body aq-stack"),
        ],
        id=Ids.PEEK,
        className="aq-drawer",
        hidden=True,
        **attributes(aria_label="Look at a run"),
    )


def peek_body(context: AppContext, run: str | None) -> list[Component]:
    """Return what the drawer shows of a run.

    Args:
        context: The application.
        run: Exact id; ``None`` where no run is focused.
    """
    if not run:
        return [html.P("Choose a row to see its run here.", className="aq-muted")]
    try:
        record = context.manager.run(run)
    except NotFoundError:
        return [html.P("This run is not there any more.", className="aq-muted")]
    problems = list(record.problems)
    return [
        _head(context, record),
        *([partial_state("Not all of this run can be read", problems)] if problems else []),
        _facts(record),
        *_figures(record),
        *_params(record),
        _said(record),
        _colors(context, run),
    ]


def _head(context: AppContext, record: RunRecord) -> html.Div:
    name = short(record.display_name or record.experiment_name)
    return html.Div(
        [
            html.H3(safe_link(name, run_href(context, record.experiment_id)), className="aq-title"),
            html.Div(
                [status_badge(record.status), html.Code(record.experiment_id)],
                className="aq-known",
            ),
        ]
    )


def _facts(record: RunRecord) -> html.Dl:
    known: dict[str, Any] = {
        "Experiment": record.experiment_name,
        "Started": time_ago(record.start_time, now()),
        "Duration": format_duration(record.duration),
        "Group": record.group,
        "Repeat": record.repeat,
        "Host": record.host,
    }
    return _definitions((name, value) for name, value in known.items() if value not in (None, ""))


def _definitions(pairs: Any) -> html.Dl:
    parts = [part for name, value in pairs for part in (html.Dt(name), html.Dd(value))]
    return html.Dl(parts, className="aq-facts")


def _said(record: RunRecord) -> html.Div:
    tags = ", ".join(tag_text(*tag) for tag in record.tags.items())
    name = dcc.Input(
        id=Ids.PEEK_NAME,
        type="text",
        value=record.display_name or "",
        placeholder=record.experiment_name,
    )
    tag_box = dcc.Input(
        id=Ids.PEEK_TAGS, type="text", value=tags, placeholder="baseline, team: vision"
    )
    notes = dcc.Textarea(id=Ids.PEEK_NOTES, value=record.notes, rows=3, className="aq-textarea")
    save = html.Button("Save", id=Ids.PEEK_SAVE, type="button", className="btn btn-primary btn-sm")
    return html.Div(
        [labelled("Name", name), labelled("Tags", tag_box), labelled("Notes", notes), save],
        className="aq-stack",
    )


def _colors(context: AppContext, run: str) -> html.Div:
    chosen = context.manager.colors.load()
    slot = run_slot(run, chosen)
    buttons = [
        html.Button(
            html.Span(className=f"aq-dot aq-slot-{i}", **attributes(aria_hidden="true")),
            id={"type": Ids.COLOR, "index": i},
            type="button",
            className="aq-icon-button",
            title=f"Colour {i + 1}",
            **attributes(aria_label=f"Colour {i + 1}", aria_pressed=str(i == slot).lower()),
        )
        for i in range(len(RUN_COLORS["dark"]))
    ]
    own = html.Button(
        "Own",
        id={"type": Ids.COLOR, "index": -1},
        type="button",
        className="btn btn-link btn-sm",
        disabled=run not in chosen,
        title="Back to the colour that its id gives it",
    )
    return html.Div(
        [
            html.Div("Colour in tables and charts", className="aq-label"),
            html.Div([*buttons, own], className="aq-actions aq-colors"),
        ],
        role="group",
        **attributes(aria_label="Colour in tables and charts"),
    )


def _figures(record: RunRecord) -> list[Component]:
    if not record.metrics:
        return [html.P("Nothing was logged yet.", className="aq-muted")]
    lines = []
    for name, metric in islice(record.metrics.items(), MOST_LINES):
        value, step = metric.best(goal_of(record, name))
        best = (
            [number(value), html.Span(f" @{step}", className="aq-muted")]
            if step is not None
            else []
        )
        lines.append(
            html.Tr(
                [
                    html.Th(name, scope="row"),
                    html.Td(number(metric.last), className="aq-cell-end"),
                    html.Td(best, className="aq-cell-end"),
                ]
            )
        )
    words = ("Metric", "last", "best")
    head = html.Thead(
        html.Tr(
            [
                html.Th(w, scope="col", className="aq-cell-end" if i else "")
                for i, w in enumerate(words)
            ]
        )
    )
    return [
        html.Table([head, html.Tbody(lines)], className="aq-list"),
        *_more(len(record.metrics) - MOST_LINES, "metrics"),
    ]


def _params(record: RunRecord) -> list[Component]:
    params = list(flatten(record.params))
    if not params:
        return []
    shown: Sequence[tuple[str, Any]] = params[:MOST_LINES]
    return [
        html.H3("Parameters"),
        _definitions((name, html.Code(short(value_text(value)))) for name, value in shown),
        *_more(len(params) - MOST_LINES, "parameters"),
    ]


def _more(hidden: int, what: str) -> list[Component]:
    if hidden <= 0:
        return []
    return [html.P(f"{hidden:,} more {what} on the page of the run.", className="aq-hint")]
