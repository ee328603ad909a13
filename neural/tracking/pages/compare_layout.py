"""What stands on the page that compares runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist

from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.addresses import COMPARE, compare_href, first_page, run_href
from neural.tracking.pages.board_view import BoardView
from neural.tracking.pages.chart_board import BoardIds, board
from neural.tracking.pages.chart_board_groups import choices, rows_of
from neural.tracking.pages.chart_board_live import all_names
from neural.tracking.pages.compare_tables import params_table, runs_list, values_table
from neural.tracking.pages.compared import compared, labels
from neural.tracking.pages.comparison import Comparison, ids_of, read, revisions, state_of
from neural.tracking.pages.report_button import report_button
from neural.tracking.pages.tabs import panel, tab_row
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import (
    badge,
    card,
    empty_state,
    page_header,
    partial_state,
    safe_link,
)
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["PREFIX", "TABS", "Ids", "layout", "params_rows", "runs_card", "tab_content"]

#: Tabs and what they are called; the first is open at first.
TABS: dict[str, str] = {"charts": "Charts", "params": "Parameters", "values": "Values"}

#: Runs that are offered when none was chosen.
MOST_OFFERED = 30

PREFIX = "compare"


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    #: Store: ``{"runs", "baseline", "all"}`` as in the address.
    STATE = "compare-state"
    TAB_NAME = "compare-tab-name"
    RUNS = "compare-runs"
    PANEL = f"{PREFIX}-panel"
    ALL_PARAMS = "compare-all-params"
    CHOICE = "compare-choice"
    GO = "compare-go"
    REVISION = "compare-revision"
    BOARD = BoardIds("compare-charts")


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; without runs in the address it offers some."""
    comparison = read(context, location.get_ids("runs"), location.get("baseline"))
    notes = _notes(comparison)
    if not comparison.runs:
        offer = _offer(context) if not notes else _way_out(context)
        return html.Div([page_header("Compare"), *notes, *offer], className="aq-page")
    tab = location.get("tab") if location.get("tab") in TABS else "charts"
    state = state_of(location)
    view = BoardView.from_location(location)
    count = len(comparison.runs)
    return html.Div(
        [
            dcc.Store(id=Ids.STATE, data=state),
            dcc.Store(id=Ids.TAB_NAME, data=tab),
            dcc.Store(id=Ids.REVISION, data=revisions(context, state)),
            page_header(
                "Compare",
                subtitle=f"{count:,} run{'' if count == 1 else 's'}",
                actions=[report_button(PREFIX), _more(context)],
            ),
            *notes,
            html.Div(
                [
                    html.Div(runs_card(context, comparison, state), id=Ids.RUNS),
                    html.Div(
                        [
                            _tabs(comparison, tab),
                            panel(
                                PREFIX,
                                tab_content(context, comparison, tab, state, view=view),
                                TABS[tab],
                            ),
                        ],
                        className="aq-compare-main",
                    ),
                ],
                className="aq-compare",
            ),
        ],
        className="aq-page",
    )


def _notes(comparison: Comparison) -> list[Component]:
    notes: list[Component] = []
    if comparison.missing:
        words = f"{len(comparison.missing):,} of the chosen runs cannot be found"
        reasons = [f"{run}: in the trash, or of another base_dir" for run in comparison.missing]
        notes.append(partial_state(words, reasons))
    if comparison.left_out:
        words = f"Only the first {MAX_LINES} of the chosen runs are compared"
        notes.append(partial_state(words, [f"{comparison.left_out:,} runs are left out"]))
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


def runs_card(context: AppContext, comparison: Comparison, state: Mapping[str, Any]) -> Component:
    """Return the list of the runs, each with what can be done with it."""
    ids = [run.id for run in comparison.runs]
    actions = {
        run.id: _actions(context, state, run.id, label, place == comparison.baseline)
        for place, (run, label) in enumerate(zip(comparison.runs, comparison.labels, strict=True))
    }
    return card(
        "Runs",
        runs_list(
            comparison.runs,
            comparison.labels,
            comparison.styles,
            hrefs={run_id: run_href(context, run_id) for run_id in ids},
            actions=actions,
        ),
    )


def _actions(
    context: AppContext, state: Mapping[str, Any], run_id: str, label: str, is_baseline: bool
) -> list[Component]:
    others = [one for one in ids_of(state) if one != run_id]
    pinned = {**state, "baseline": run_id, "tab": "params"}
    pin = (
        badge("baseline", icon_name="pin")
        if is_baseline
        else safe_link(
            icon("pin"),
            context.href(COMPARE, pinned),
            className="aq-icon-button",
            title="Compare parameters with this run",
            **attributes(aria_label=f"Make {label} the baseline"),
        )
    )
    remove = safe_link(
        icon("close"),
        compare_href(context, others),
        className="aq-icon-button",
        title="Leave this run out",
        **attributes(aria_label=f"Leave out {label}"),
    )
    return [pin, remove]


def _tabs(comparison: Comparison, chosen: str) -> html.Div:
    counts = {"values": len({name for run in comparison.runs for name in run.values})}
    return tab_row(PREFIX, TABS, chosen, counts=counts, about="What to compare")


def tab_content(
    context: AppContext,
    comparison: Comparison,
    tab: str,
    state: Mapping[str, Any],
    *,
    view: BoardView | None = None,
    theme: Theme = "dark",
) -> list[Component]:
    """Return the content of one tab.

    Args:
        context: The application.
        comparison: The runs.
        tab: One of :data:`TABS`.
        state: What of the address is the page's.
        view: How the curves are looked at.
        theme: Theme of charts that are drawn at once.
    """
    if tab == "charts":
        runs = comparison.chart_runs()
        names = all_names(context, runs)
        now_at = revisions(context, state)
        path, shown = context.href(COMPARE), view or BoardView()
        groups = choices(rows_of(context, [run.id for run in runs]))
        drawn = board(
            Ids.BOARD,
            runs,
            names,
            shown,
            path=path,
            base=state,
            revision=now_at,
            groups=groups,
        )
        return [drawn]
    if tab == "values":
        table = values_table(comparison.runs, comparison.labels, comparison.styles)
        return [card("Best and last values", table)]
    show_all = Checklist(
        id=Ids.ALL_PARAMS,
        options=[{"value": "all", "label": "Also those that are the same in all runs"}],
        value=["all"] if state.get("all") else [],
        className="aq-checks",
    )
    rows = html.Div(params_rows(comparison, state), id="compare-params")
    group = html.Div(show_all, role="group", **attributes(aria_label="Which parameters"))
    return [card("Parameters", [group, rows])]


def params_rows(comparison: Comparison, state: Mapping[str, Any]) -> list[Component]:
    """Return the table of the parameters that ``state`` asks for."""
    return params_table(
        comparison.runs,
        comparison.labels,
        comparison.styles,
        baseline=comparison.baseline,
        only_differing=not state.get("all"),
    )
