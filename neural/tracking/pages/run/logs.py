"""Tab of a run's page: what it printed, with its colours, followed while it runs."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist

from neural.tracking.records import RunRecord
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, labelled
from neural.tracking.ui.format import format_size
from neural.tracking.ui.icons import icon
from neural.tracking.ui.logs_socket import log_sizes, log_url, raw_url, socket_url
from neural.tracking.ui.page import AppContext

__all__ = ["logs_tab"]

#: Streams and what they are called.
NAMES = {"stdout": "Output", "stderr": "Errors"}

SNIPPET = """with ExperimentTracker("my_experiment", capture_output=True) as tracker:
    print("kept with the run")
"""


def logs_tab(context: AppContext, record: RunRecord) -> list[Component]:
    """Return the content of the tab; assets/js/logs.js fills and follows it."""
    sizes = log_sizes(context, record.experiment_id)
    alive = record.status in ("created", "running")
    # While a run goes on, what it has not printed yet may come.
    streams = list(NAMES) if sizes and alive else [name for name in NAMES if sizes.get(name)]
    if not streams:
        why = html.P("Nothing that this run printed was kept. To keep it, say so when it starts.")
        return [empty_state("No logs", why, snippet=SNIPPET)]
    return [_bar(context, record, streams, sizes), _view(context, record, streams, alive)]


def _bar(
    context: AppContext, record: RunRecord, streams: list[str], sizes: dict[str, int]
) -> html.Div:
    find = dcc.Input(
        id="run-logs-find", type="text", placeholder="Find in what is shown", autoComplete="off"
    )
    options = Checklist(
        id="run-logs-options",
        options=[{"value": "follow", "label": "Follow"}, {"value": "wrap", "label": "Wrap lines"}],
        value=["follow"],
        inline=True,
        className="aq-checks",
    )
    return html.Div(
        [
            html.Div(
                [_stream(name, sizes.get(name, 0)) for name in streams],
                className="aq-log-streams btn-group",
                role="group",
                **attributes(aria_label="What was printed"),
            ),
            html.Div(labelled("Find", find, hidden=True), className="aq-control-search"),
            html.Span(id="run-logs-hits", className="aq-hint", role="status"),
            labelled("While the run goes on", options, hidden=True),
            html.Div(className="aq-spacer"),
            html.Span(id="run-logs-note", className="aq-hint", role="status"),
            *[_download(context, record, name) for name in streams],
        ],
        className="aq-log-bar",
    )


def _stream(name: str, size: int) -> html.Button:
    return html.Button(
        [html.Span(NAMES[name]), html.Span(format_size(size), className="aq-count")],
        type="button",
        className="btn btn-outline-primary",
        **attributes(data_log_stream=name, aria_pressed="false"),
    )


def _download(context: AppContext, record: RunRecord, name: str) -> html.A:
    # Behind both: only one is shown, that of the stream that is.
    return html.A(
        [icon("download"), html.Span("Raw")],
        href=raw_url(context, record.experiment_id, name),
        download=f"{record.experiment_id}-{name}.log",
        className="btn btn-outline-primary aq-log-raw",
        **attributes(data_log_raw=name, aria_label=f"Download {NAMES[name].lower()} as a file"),
    )


def _view(context: AppContext, record: RunRecord, streams: list[str], alive: bool) -> html.Div:
    return html.Div(
        id="run-logs",
        className="aq-log",
        # Not live: a screen reader would read every line of a training aloud.
        role="log",
        tabIndex=0,
        **attributes(
            aria_live="off",
            aria_label="What the run printed",
            data_log=log_url(context, record.experiment_id),
            data_socket=socket_url(context, record.experiment_id),
            data_streams=" ".join(streams),
            data_alive="true" if alive else "false",
        ),
    )
