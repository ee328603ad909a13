"""What stands on the page that compares runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist

from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.addresses import first_page
from neural.tracking.pages.compare.compared import compared, labels
from neural.tracking.pages.compare.comparison import Comparison, read_state, revisions, state_of
from neural.tracking.pages.compare.tabs.boards import BOARD
from neural.tracking.pages.compare.tabs.brushes import apply_brushes, brushes_of
from neural.tracking.pages.compare.tabs.columns import metrics_of
from neural.tracking.pages.compare.tabs.runs_pane import runs_pane
from neural.tracking.pages.compare.tabs.tab import Cache, TabView
from neural.tracking.pages.compare.tabs.tabs import LABELS, STATE_KEYS, TABS, tab_named
from neural.tracking.pages.export_link import export_compared
from neural.tracking.pages.report_button import report_button
from neural.tracking.pages.tabs import panel, tab_row
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import (
    card,
    empty_state,
    loading_state,
    page_header,
    partial_state,
    safe_link,
)
from neural.tracking.ui.folds import fold
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["PREFIX", "TABS", "Ids", "layout", "tab_body", "tab_content", "tab_controls", "view_of"]

#: Runs that are offered when none was chosen.
MOST_OFFERED = 30

PREFIX = "compare"


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    #: Store: the state of the page as in the address, see ``comparison.state_of``; keys with
    #: ``_`` in front stay out of it.
    STATE = "compare-state"
    TAB_NAME = "compare-tab-name"
    RUNS = "compare-runs"
    PANEL = f"{PREFIX}-panel"
    CONTROLS = "compare-controls"
    BODY = "compare-body"
    #: Store: what was pressed in the list of runs, ``{"what": …, "run": …}``.
    ACT = "compare-act"
    DOWNLOAD = "compare-download"
    CHOICE = "compare-choice"
    GO = "compare-go"
    REVISION = "compare-revision"
    #: Store that no callback writes: what waits for it is called when the page is opened.
    OPENED = "compare-opened"
    BOARD = BOARD


def view_of(
    context: AppContext,
    state: Mapping[str, Any],
    *,
    theme: Theme = "dark",
    cache: Cache | None = None,
) -> TabView:
    """Return what the tabs show, as a state describes it.

    Args:
        context: The application.
        state: See :func:`neural.tracking.pages.compare.comparison.state_of`.
        theme: Theme of charts.
        cache: Keeps what took long.
    """
    return TabView(
        context=context,
        comparison=apply_brushes(read_state(context, state), brushes_of(state)),
        state=state,
        theme=theme,
        cache=cache or Cache(),
    )


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; without runs in the address it offers some."""
    state = state_of(location, STATE_KEYS)
    view = view_of(context, state)
    notes = _notes(view.comparison)
    if not view.comparison.runs:
        offer = _offer(context) if not notes else _way_out(context)
        return html.Div([page_header("Compare"), *notes, *offer], className="aq-page")
    tab = tab_named(location.get("tab"))
    count = len(view.comparison.runs)
    # What takes long comes a moment later, when the page stands.
    body = tab_body(view, tab) if TABS[tab].is_board else [loading_state()]
    inside: list[Component] = [
        fold(
            "compare-controls",
            "Controls",
            [html.Div(tab_controls(view, tab), id=Ids.CONTROLS, className="aq-stack-tight")],
        ),
        html.Div(body, id=Ids.BODY, className="aq-stack"),
    ]
    return html.Div(
        [
            dcc.Store(id=Ids.STATE, data=state),
            dcc.Store(id=Ids.TAB_NAME, data=tab),
            dcc.Store(id=Ids.REVISION, data=revisions(context, state)),
            dcc.Store(id=Ids.ACT),
            dcc.Store(id=Ids.OPENED, data=True),
            dcc.Download(id=Ids.DOWNLOAD),
            page_header(
                "Compare",
                subtitle=f"{count:,} run{'' if count == 1 else 's'}",
                actions=[report_button(PREFIX), *_export(context, view.comparison), _more(context)],
            ),
            *notes,
            html.Div(
                [
                    fold(
                        "compare-runs",
                        f"Runs ({count:,})",
                        [html.Div(runs_pane(context, view.comparison, state), id=Ids.RUNS)],
                    ),
                    html.Div(
                        [_tabs(view.comparison, tab), panel(PREFIX, inside, LABELS[tab])],
                        className="aq-compare-main",
                    ),
                ],
                className="aq-compare",
            ),
        ],
        className="aq-page",
    )


def _export(context: AppContext, comparison: Comparison) -> list[Component]:
    return export_compared(context, (run.id for run in comparison.runs))


def _notes(comparison: Comparison) -> list[Component]:
    notes: list[Component] = []
    if comparison.missing:
        words = f"{len(comparison.missing):,} of the chosen runs cannot be found"
        reasons = [f"{run}: in the trash, or of another base_dir" for run in comparison.missing]
        notes.append(partial_state(words, reasons))
    if comparison.left_out:
        words = f"Only the first {MAX_LINES} of the chosen runs are compared"
        notes.append(partial_state(words, [f"{comparison.left_out:,} runs are left out"]))
    broken = [
        f"{label}: {problem}"
        for record, label in zip(comparison.records, comparison.labels, strict=True)
        for problem in record.problems
    ]
    if broken:
        count = sum(bool(record.problems) for record in comparison.records)
        words = f"{count:,} of {len(comparison.records):,} runs cannot be read in full"
        notes.append(partial_state(words, broken))
    return notes


def _more(context: AppContext) -> Component:
    address, _ = first_page(context)
    return safe_link("Choose other runs", address, className="btn btn-outline-primary")


def _way_out(context: AppContext) -> list[Component]:
    return [html.Div(_more(context))]


def _offer(context: AppContext) -> list[Component]:
    """Return a list of the newest runs to choose from."""
    runs = [compared(context.manager.run(row["experiment_id"])) for row in _newest(context)]
    if not runs:
        why = html.P("There is no run to compare yet.")
        return [empty_state("No runs yet", why, snippet="python examples/digits.py")]
    choice = Checklist(
        id=Ids.CHOICE,
        options=[
            {"value": run.id, "label": f"{label} ({run.status})"}
            for run, label in zip(runs, labels(runs), strict=True)
        ],
        value=[],
        className="aq-checks aq-checks-column",
    )
    go = html.Button("Compare", id=Ids.GO, type="button", className="btn btn-primary")
    inside = [html.Div(choice, role="group", **attributes(aria_label="Runs to compare")), go]
    return [card("Choose runs", html.Div(inside, className="aq-stack"))]


def _newest(context: AppContext) -> list[dict[str, Any]]:
    return list(context.manager.search(limit=MOST_OFFERED))


def _tabs(comparison: Comparison, chosen: str) -> html.Div:
    counts = {"charts": len(metrics_of(comparison))}
    return tab_row(PREFIX, LABELS, chosen, counts=counts, about="What to compare")


def tab_controls(view: TabView, name: str) -> list[Component]:
    """Return the controls of a tab."""
    tab = TABS[name]
    return tab.controls(view, tab.chosen(view))


def tab_body(view: TabView, name: str) -> list[Component]:
    """Return what stands under the controls of a tab."""
    tab = TABS[name]
    return tab.body(view, tab.chosen(view))


def tab_content(view: TabView, name: str) -> list[Component]:
    """Return all of a tab."""
    return [*tab_controls(view, name), *tab_body(view, name)]
