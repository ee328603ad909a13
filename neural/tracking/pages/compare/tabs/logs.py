"""Tab of the comparison: what the runs printed, side by side."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.errors import NeuralError
from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.compare.tables import swatch
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, select
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, safe_link
from neural.tracking.ui.logs_socket import log_sizes, log_url

__all__ = ["TAB"]

_STREAMS = {"stdout": "Output", "stderr": "Errors"}
#: Logs side by side.
FIRST_LOGS, MOST_LOGS = 2, 6

SNIPPET = """with ExperimentTracker("my_experiment", capture_output=True) as tracker:
    print("kept with the run")
"""


def _with_logs(view: TabView) -> dict[str, dict[str, int]]:
    """Return the sizes of the logs of each run in sight that has any."""
    found = {}
    for run in view.shown.runs:
        try:
            sizes = log_sizes(view.context, run.id)
        except NeuralError:  # moved to the trash while somebody looks at it
            continue
        if any(sizes.values()):
            found[run.id] = sizes
    return found


def _chosen(view: TabView) -> Chosen:
    known = _with_logs(view)
    return {
        "lr": view.several("lr", known, tuple(known)[:FIRST_LOGS])[:MOST_LOGS],
        "ls": view.one("ls", _STREAMS, "stdout"),
    }


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    names = view.comparison.names
    known = {run_id: names[run_id] for run_id in _with_logs(view)}
    if not known:
        return []
    return [
        bar(
            dropdown("lr", f"Runs (at most {MOST_LOGS})", known, chosen["lr"], several=True),
            select("ls", "Stream", _STREAMS, chosen["ls"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not chosen["lr"]:
        why = html.P("Nothing that these runs printed was kept. To keep it, say so at the start.")
        return [empty_state("No logs", why, snippet=SNIPPET)]
    panes = [_pane(view, run_id, chosen["ls"][0]) for run_id in chosen["lr"]]
    return [html.Div(panes, className="aq-logs-beside")]


def _pane(view: TabView, run_id: str, stream: str) -> html.Section:
    place = next(i for i, run in enumerate(view.comparison.runs) if run.id == run_id)
    run, label = view.comparison.runs[place], view.comparison.labels[place]
    name = [
        swatch(view.comparison.styles[place]),
        safe_link(label, run_href(view.context, run_id, "logs"), className="aq-run-label"),
    ]
    # What is shown changes with its address: another stream is another element.
    return html.Section(
        [
            html.H2(name, className="aq-card-head aq-run-line"),
            html.Div(className="aq-hint aq-log-note", role="status"),
            html.Div(
                className="aq-log aq-log-beside",
                role="log",
                tabIndex=0,
                **attributes(
                    aria_live="off",
                    aria_label=f"{_STREAMS[stream]} of {label}",
                    data_compare_log=f"{log_url(view.context, run_id)}{stream}",
                    data_alive="true" if run.status in ("created", "running") else "false",
                ),
            ),
        ],
        className="aq-card",
        key=f"{run_id}-{stream}",
    )


TAB = Tab(
    name="logs",
    label="Logs",
    keys=("lr", "ls"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    is_live=False,
)
