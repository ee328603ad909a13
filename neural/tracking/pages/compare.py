"""The page that compares runs: their curves, their parameters, their best values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from dash_bootstrap_components import Checklist

from neural.errors import NotFoundError
from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.charts.theme import RunStyle, Theme, run_styles
from neural.tracking.pages.addresses import COMPARE, compare_href, first_page, run_href
from neural.tracking.pages.board_view import BoardView
from neural.tracking.pages.chart_board import BoardIds, board
from neural.tracking.pages.chart_board_live import all_names, register_board
from neural.tracking.pages.chart_data import ChartRun
from neural.tracking.pages.compare_tables import params_table, runs_list, values_table
from neural.tracking.pages.compared import Compared, compared, labels
from neural.tracking.pages.tabs import panel, tab_id, tab_row
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import (
    badge,
    card,
    empty_state,
    page_header,
    partial_state,
    safe_link,
)
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string

__all__ = ["TABS", "Comparison", "Ids", "layout", "page", "read", "register", "tab_content"]

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


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The runs of a comparison.

    Attributes:
        runs: Those that are there, in the order in which they were chosen.
        labels: What to call each.
        styles: What each looks like, everywhere on the page.
        missing: Ids that lead nowhere.
        left_out: How many were chosen beyond the most that can be drawn.
        baseline: Place of the run that the others are compared with.
    """

    runs: tuple[Compared, ...]
    labels: tuple[str, ...]
    styles: tuple[RunStyle, ...]
    missing: tuple[str, ...] = ()
    left_out: int = 0
    baseline: int = 0

    def chart_runs(self) -> list[ChartRun]:
        """Return the runs as charts need them."""
        pairs = zip(self.runs, self.labels, strict=True)
        return [ChartRun(run.id, label, run.start) for run, label in pairs]


def read(context: AppContext, experiment_ids: Sequence[str], baseline: str = "") -> Comparison:
    """Return the runs with these ids; ids that lead nowhere are named, not refused."""
    wanted = list(dict.fromkeys(experiment_ids))
    runs, missing = [], []
    for experiment_id in wanted[:MAX_LINES]:
        try:
            runs.append(compared(context.manager.run(experiment_id)))
        except NotFoundError:
            missing.append(experiment_id)
    places = [place for place, run in enumerate(runs) if run.id == baseline]
    return Comparison(
        runs=tuple(runs),
        labels=tuple(labels(runs)),
        styles=tuple(run_styles(run.id for run in runs).values()),
        missing=tuple(missing),
        left_out=max(0, len(wanted) - MAX_LINES),
        baseline=places[0] if places else 0,
    )


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; without runs in the address it offers some."""
    comparison = read(context, location.get_ids("runs"), location.get("baseline"))
    notes = _notes(comparison)
    if not comparison.runs:
        offer = _offer(context) if not notes else _way_out(context)
        return html.Div([page_header("Compare"), *notes, *offer], className="aq-page")
    tab = location.get("tab") if location.get("tab") in TABS else "charts"
    state = _state(location)
    view = BoardView.from_location(location)
    count = len(comparison.runs)
    return html.Div(
        [
            dcc.Store(id=Ids.STATE, data=state),
            dcc.Store(id=Ids.TAB_NAME, data=tab),
            dcc.Store(id=Ids.REVISION, data=_revisions(context, state)),
            page_header(
                "Compare",
                subtitle=f"{count:,} run{'' if count == 1 else 's'}",
                actions=[_more(context)],
            ),
            *notes,
            html.Div(
                [
                    html.Div(_runs(context, comparison, state), id=Ids.RUNS),
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


def _state(location: PageLocation) -> dict[str, Any]:
    return {
        "runs": ",".join(location.get_ids("runs")),
        "baseline": location.get("baseline"),
        "all": location.get("all"),
    }


def _ids(state: Mapping[str, Any]) -> list[str]:
    return [part for part in str(state["runs"]).split(",") if part]


def _revisions(context: AppContext, state: Mapping[str, Any]) -> dict[str, str]:
    return dict(context.manager.revision(_ids(state)))


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


def _runs(context: AppContext, comparison: Comparison, state: Mapping[str, Any]) -> Component:
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
    others = [one for one in _ids(state) if one != run_id]
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
        return [board(Ids.BOARD, runs, names, view or BoardView(), base=state)]
    if tab == "values":
        table = values_table(comparison.runs, comparison.labels, comparison.styles)
        return [card("Best and last values", table)]
    show_all = Checklist(
        id=Ids.ALL_PARAMS,
        options=[{"value": "all", "label": "Also those that are the same in all runs"}],
        value=["all"] if state.get("all") else [],
        className="aq-checks",
    )
    rows = html.Div(_params(comparison, state), id="compare-params")
    group = html.Div(show_all, role="group", **attributes(aria_label="Which parameters"))
    return [card("Parameters", [group, rows])]


def _params(comparison: Comparison, state: Mapping[str, Any]) -> list[Component]:
    return params_table(
        comparison.runs,
        comparison.labels,
        comparison.styles,
        baseline=comparison.baseline,
        only_differing=not state.get("all"),
    )


def register(app: Dash, context: AppContext) -> None:
    """Connect tabs, choice and what follows the runs."""
    _register_tabs(app, context)
    _register_choice(app, context)
    _register_live(app, context)
    register_board(app, context, Ids.BOARD)


def _read_state(context: AppContext, state: Mapping[str, Any]) -> Comparison:
    return read(context, _ids(state), str(state.get("baseline") or ""))


def _register_tabs(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PANEL, "children"),
        Output(Ids.PANEL, "aria-label"),
        Output(tab_id(PREFIX, ALL), "aria-selected"),
        Output(Ids.TAB_NAME, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(tab_id(PREFIX, ALL), "n_clicks"),
        State(tab_id(PREFIX, ALL), "id"),
        State(Ids.STATE, "data"),
        State(ShellIds.THEME, "data"),
        prevent_initial_call=True,
    )
    def _choose(
        clicks: list[int | None], ids: list[dict[str, str]], state: dict[str, Any], theme: Any
    ) -> tuple[Any, ...]:
        if not any(clicks) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        tab = ctx.triggered_id["index"]
        content = tab_content(
            context, _read_state(context, state), tab, state, theme=theme or "dark"
        )
        chosen = ["true" if one["index"] == tab else "false" for one in ids]
        search = search_string({**state, "tab": None if tab == "charts" else tab})
        return content, TABS[tab], chosen, tab, {"search": search, "push": True}

    @callback(
        app,
        Output("compare-params", "children"),
        Output(Ids.STATE, "data"),
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(Ids.ALL_PARAMS, "value"),
        State(Ids.STATE, "data"),
        prevent_initial_call=True,
    )
    def _which(chosen: list[str], state: dict[str, Any]) -> tuple[Any, Any, Any]:
        changed = {**state, "all": "1" if chosen else ""}
        search = search_string({**changed, "tab": "params"})
        return _params(_read_state(context, changed), changed), changed, {"search": search}


def _register_choice(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(ShellIds.LOCATION, "href"),
        Input(Ids.GO, "n_clicks"),
        State(Ids.CHOICE, "value"),
        prevent_initial_call=True,
    )
    def _go(clicks: int | None, chosen: list[str]) -> str:
        if not clicks or not chosen:
            raise PreventUpdate
        return compare_href(context, chosen)


def _register_live(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.REVISION, "data"),
        Output(Ids.RUNS, "children"),
        Output(Ids.PANEL, "children", allow_duplicate=True),
        Input(ShellIds.LIVE, "data"),
        State(Ids.STATE, "data"),
        State(Ids.REVISION, "data"),
        State(Ids.TAB_NAME, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _follow(_live: Any, state: dict[str, Any], before: Any, tab: str) -> tuple[Any, Any, Any]:
        now = _revisions(context, state)
        if now == before:
            raise PreventUpdate
        comparison = _read_state(context, state)
        content = tab_content(context, comparison, tab, state) if tab == "values" else no_update
        return now, _runs(context, comparison, state), content


page = Page(
    path=COMPARE,
    title="Compare",
    layout=layout,
    register=register,
    order=20,
    icon="compare",
)
