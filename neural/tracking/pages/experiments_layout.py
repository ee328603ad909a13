"""What stands on the first page: the table of all runs, its filter, its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from neural.errors import FilterSyntaxError
from neural.tracking.pages.addresses import COMPARE, EXPERIMENTS, run_href
from neural.tracking.pages.run_grid import (
    Column,
    choose_columns,
    column_defs,
    grid_row,
    sort_keys,
)
from neural.tracking.query import parse
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, labelled, page_header, safe_link
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["BLOCK", "Ids", "counts", "filter_problem", "layout", "rows"]

#: Rows that travel at once; also how many of the newest runs decide about the columns.
BLOCK = 100
#: Statuses that the page counts; what ended as it should needs no attention.
COUNTED = ("running", "failed", "crashed", "cancelled")

SNIPPET = """from neural.tracking import ExperimentTracker

with ExperimentTracker("my_experiment") as tracker:
    tracker.log_hyperparameters({"lr": 0.001})
    for step in range(100):
        tracker.log_metrics({"loss": 1 / (step + 1)}, step=step)
"""


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    #: As typed, and as last understood.
    FILTER_TEXT = "experiments-filter-text"
    FILTER = "experiments-filter"
    PROBLEM = "experiments-filter-problem"
    GRID = "experiments-grid"
    #: Stores: the block of rows that the table asks for, and the one it gets.
    REQUEST = "experiments-request"
    ANSWER = "experiments-answer"
    COLUMNS = "experiments-columns"
    TABLE = "experiments-table"
    EMPTY = "experiments-empty"
    NO_MATCH = "experiments-no-match"
    CLEAR_FILTER = "experiments-clear-filter"
    COUNTS = "experiments-counts"
    SORT = "experiments-sort"
    #: Written by nobody: Dash wants an output on the page for what only acts in the browser.
    REREAD = "experiments-reread"
    SELECTED = "experiments-selected"
    #: Store: classes of the swatches of the selected runs, by id.
    LOOKS = "experiments-looks"
    COMPARE = "experiments-compare"
    DESELECT = "experiments-deselect"


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; the rows come when the table asks for them."""
    text, sort = location.get("filter"), location.get_all("sort")
    problem = filter_problem(text)
    applied = "" if problem else text
    total = context.manager.count()
    columns = choose_columns(context.manager.search(limit=BLOCK))
    return html.Div(
        [
            dcc.Store(id=Ids.SELECTED, storage_type="session"),
            dcc.Store(id=Ids.FILTER, data=applied),
            dcc.Store(id=Ids.SORT, data=sort),
            dcc.Store(id=Ids.REREAD),
            dcc.Store(id=Ids.LOOKS),
            dcc.Store(id=Ids.REQUEST),
            dcc.Store(id=Ids.ANSWER),
            dcc.Store(id=Ids.COLUMNS, data=columns),
            page_header(
                "Experiments",
                subtitle=html.Div(counts(context, applied), id=Ids.COUNTS),
                actions=_actions(context),
            ),
            html.Div(_empty(context), id=Ids.EMPTY, hidden=total > 0),
            html.Div(
                [_filter(text, problem), _no_match(), _grid(column_defs(columns, sort))],
                id=Ids.TABLE,
                className="aq-table",
                hidden=total == 0,
            ),
        ],
        className="aq-page aq-page-table",
    )


def _actions(context: AppContext) -> list[Component]:
    return [
        html.Button(
            "Clear selection",
            id=Ids.DESELECT,
            type="button",
            className="btn btn-link",
            hidden=True,
        ),
        html.A(
            "Compare",
            id=Ids.COMPARE,
            href=context.href(COMPARE),
            className="btn btn-outline-primary",
        ),
    ]


def _empty(context: AppContext) -> html.Div:
    where = html.Code(str(context.base_dir))
    why = html.P(["There is no run in ", where, ". Run this, and it shows up here as it trains:"])
    return empty_state("No runs yet", why, snippet=SNIPPET)


def _filter(text: str, problem: list[Component]) -> html.Div:
    control = dcc.Input(
        id=Ids.FILTER_TEXT,
        value=text,
        type="text",
        debounce=0.4,
        placeholder="metrics.val_acc.best > 0.9 and status = 'completed'",
        autoComplete="off",
        spellCheck="false",
        className="aq-filter-input",
    )
    return html.Div(
        [
            labelled("Filter", control, hidden=True),
            html.Div(
                problem,
                id=Ids.PROBLEM,
                className="aq-filter-problem",
                **attributes(aria_live="polite"),
            ),
        ],
        className="aq-filter",
        **attributes(data_filter="true"),
    )


def _no_match() -> html.Div:
    return html.Div(
        [
            html.Span("No run matches this filter."),
            html.Button(
                "Clear filter",
                id=Ids.CLEAR_FILTER,
                type="button",
                className="btn btn-outline-primary btn-sm",
            ),
        ],
        id=Ids.NO_MATCH,
        className="aq-banner",
        role="status",
        hidden=True,
    )


def _grid(definitions: Sequence[Mapping[str, Any]]) -> AgGrid:
    return AgGrid(
        id=Ids.GRID,
        columnDefs=list(definitions),
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "sortingOrder": ["desc", "asc", None],
        },
        rowModelType="infinite",
        getRowId="params.data.id",
        dashGridOptions={
            "theme": {"function": "aquariumTheme(themeQuartz)"},
            "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False},
            "selectionColumnDef": {
                "headerName": "Select",
                "headerClass": "aq-head-hidden",
                "width": 40,
            },
            "suppressFieldDotNotation": True,
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 10,
            # No limit: the table miscounts what is on the way. assets/js/grid.js keeps the order.
            "maxConcurrentDatasourceRequests": -1,
            "maintainColumnOrder": True,
            "tooltipShowDelay": 400,
            "ensureDomOrder": True,
        },
        eventListeners={
            "modelUpdated": ["aquariumRestore(params)"],
            "cellKeyDown": ["aquariumKey(params)"],
        },
        className="aq-ag-grid",
        style={"height": "var(--aq-grid-height)"},
    )


def filter_problem(text: str) -> list[Component]:
    """Return what is wrong with a filter and where, ready to show; empty if it is fine."""
    try:
        parse(text)
    except FilterSyntaxError as error:
        before, rest = error.text[: error.position], error.text[error.position :]
        wrong = html.Mark(rest[:1] or " ", className="aq-filter-mark")
        return [
            html.Span(error.message),
            html.Code([before[-60:], wrong, rest[1:60]], className="aq-filter-place"),
        ]
    return []


def rows(
    context: AppContext, request: Mapping[str, Any], text: str, columns: Sequence[Column]
) -> dict[str, Any]:
    """Return one block of the table.

    Args:
        context: The application.
        request: What the table asks for: ``startRow``, ``endRow``, ``sortModel``, and the
            ``number`` under which it will know the answer.
        text: The filter.
        columns: The columns that depend on what was logged.
    """
    start, end = int(request["startRow"]), int(request["endRow"])
    found = context.manager.page(
        text,
        sort=sort_keys(request.get("sortModel") or ()) or None,
        limit=max(0, min(end - start, BLOCK)),
        offset=max(0, start),
    )
    shown = [
        {**grid_row(row, columns), "href": run_href(context, row["experiment_id"])}
        for row in found.rows
    ]
    return {"number": request.get("number"), "rowData": shown, "rowCount": found.total}


def counts(context: AppContext, text: str) -> list[Component]:
    """Return the line of figures: "1,204 runs · 3 running · 2 failed".

    Args:
        context: The application.
        text: The filter in force; the line then says how many runs it leaves.
    """
    total = context.manager.count()
    words = f"{total:,} run{'' if total == 1 else 's'}"
    if text.strip():
        words = f"{context.manager.count(text):,} of {words}"
    parts: list[Component] = [html.Span(words)]
    for status in COUNTED:
        wanted = f"status = '{status}'"
        if number := context.manager.count(wanted):
            href = context.href(EXPERIMENTS, {"filter": wanted})
            parts.append(safe_link(f"{number:,} {status}", href, className="aq-count"))
    return parts
