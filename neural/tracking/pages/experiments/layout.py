"""What stands on the first page: the table of all runs, its filter, its figures, its drawers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from neural.tracking.pages.addresses import COMPARE, EXPERIMENTS
from neural.tracking.pages.experiments.bars import bulk_bar, toolbar, undo_bar
from neural.tracking.pages.experiments.filter import filter_box, filter_problem, no_match
from neural.tracking.pages.experiments.grid import column_defs
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.peek import peek_drawer
from neural.tracking.pages.experiments.picker import picker
from neural.tracking.pages.experiments.rows import (
    BLOCK,
    counts,
    first_block,
    rows,
    shown_columns,
)
from neural.tracking.pages.experiments.trash import trash_page
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.pages.experiments.views_menu import views_menu
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, page_header
from neural.tracking.ui.page import AppContext, PageLocation, search_string

__all__ = ["empty", "layout", "newest"]

SNIPPET = """from neural.tracking import ExperimentTracker

with ExperimentTracker("my_experiment") as tracker:
    tracker.log_hyperparameters({"lr": 0.001})
    for step in range(100):
        tracker.log_metrics({"loss": 1 / (step + 1)}, step=step)
"""


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page; the rows come when the table asks for them."""
    view = TableView.of(location)
    if view.trash:
        return html.Div(trash_page(context), className="aq-page")
    applied = _understood(view)
    columns = shown_columns(context, applied)
    has_runs = context.manager.count() > 0
    # With the page, so that the table need not ask for it.
    first = rows(context, first_block(view.sort), applied, columns)
    return html.Div(
        [
            *_stores(context, view, applied, columns, first),
            page_header(
                "Experiments",
                subtitle=html.Div(counts(context, applied), id=Ids.COUNTS),
                actions=_actions(context),
            ),
            html.Div([] if has_runs else empty(context), id=Ids.EMPTY, hidden=has_runs),
            html.Div(
                [
                    filter_box(view.filter),
                    toolbar(context, view),
                    bulk_bar(context),
                    undo_bar(),
                    no_match(found=first["rowCount"] > 0 or not applied.filter.strip()),
                    _grid(
                        column_defs(
                            columns,
                            view.sort,
                            grouped=bool(view.group),
                            widths=dict(view.widths),
                        )
                    ),
                ],
                id=Ids.TABLE,
                className="aq-table",
                hidden=not has_runs,
            ),
            picker(),
            peek_drawer(),
            dcc.Download(id=Ids.DOWNLOAD),
        ],
        className="aq-page aq-page-table",
    )


def _understood(view: TableView) -> TableView:
    """Return the view without a filter that cannot be understood."""
    return TableView.of(
        PageLocation(
            search=search_string(
                view.state() | ({"filter": ""} if filter_problem(view.filter) else {})
            )
        )
    )


def _stores(
    context: AppContext,
    view: TableView,
    applied: TableView,
    columns: Sequence[Any],
    first: Mapping[str, Any],
) -> list[Component]:
    kept = (Ids.SELECTED, Ids.HIDDEN)
    silent = (
        *(Ids.REREAD, Ids.LOOKS, Ids.REQUEST, Ids.ANSWER, Ids.SLOW_REQUEST, Ids.SLOW_ANSWER),
        *(Ids.CHANGED, Ids.ACT, Ids.UNDO, Ids.FOCUS, Ids.TYPED, Ids.HINTED, Ids.SETTLED),
    )
    filled: dict[str, Any] = {
        Ids.FILTER: applied.filter,
        Ids.SORT: list(view.sort),
        Ids.CHOSEN: list(view.columns),
        Ids.DENSITY: view.density,
        Ids.WIDTHS: dict(view.widths),
        Ids.ADDRESS: applied.state(),
        Ids.COLUMNS: columns,
        Ids.OPEN: [],
        Ids.SEEN: newest(context),
        Ids.FIRST: first,
    }
    return [
        # Said to be empty: a store that says nothing counts as changed once it is drawn, and
        # what follows from a selection would be asked for before the rows are there.
        *(dcc.Store(id=store, storage_type="session", data=None) for store in kept),
        *(dcc.Store(id=store) for store in silent),
        *(dcc.Store(id=store, data=data) for store, data in filled.items()),
    ]


def newest(context: AppContext) -> str:
    """Return when the newest run began, as the filter language reads it; empty without runs."""
    found = context.manager.search(limit=1)
    return str(found[0].get("start_time") or "") if found else ""


def _actions(context: AppContext) -> list[Component]:
    return [
        html.Button(
            id=Ids.NEW_RUNS,
            type="button",
            className="btn btn-outline-primary aq-new-runs",
            hidden=True,
        ),
        views_menu(context, EXPERIMENTS),
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
            **attributes(data_key="c"),
        ),
    ]


def empty(context: AppContext) -> html.Div:
    """Return what stands in the place of a table without runs."""
    where = html.Code(str(context.base_dir))
    why = html.P(["There is no run in ", where, ". Run this, and it shows up here as it trains:"])
    return empty_state("No runs yet", why, snippet=SNIPPET)


def _grid(definitions: Sequence[Mapping[str, Any]]) -> AgGrid:
    return AgGrid(
        id=Ids.GRID,
        columnDefs=list(definitions),
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "sortingOrder": ["desc", "asc", None],
            # A letter is a command here, not the beginning of an edit.
            "suppressKeyboardEvent": {"function": "aquariumIsCommand(params)"},
        },
        rowModelType="infinite",
        getRowId="params.data.id",
        dashGridOptions={
            "theme": {"function": "aquariumTheme(themeQuartz)"},
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": {"function": "aquariumCanSelect(params)"},
                "headerCheckbox": False,
                "isRowSelectable": {"function": "aquariumCanSelect(params)"},
            },
            "selectionColumnDef": {
                "headerName": "Select",
                "headerClass": "aq-head-hidden",
                "width": 40,
                "lockPosition": "left",
            },
            "suppressFieldDotNotation": True,
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 10,
            # No limit: the table miscounts what is on the way. assets/js/grid.js keeps the order.
            "maxConcurrentDatasourceRequests": -1,
            "maintainColumnOrder": True,
            "stopEditingWhenCellsLoseFocus": True,
            "tooltipShowDelay": 400,
            "ensureDomOrder": True,
            "rowBuffer": 5,
        },
        eventListeners={
            "modelUpdated": ["aquariumRestore(params)"],
            "rowSelected": ["aquariumSelected(params)"],
            "viewportChanged": ["aquariumLook(params)"],
            "cellKeyDown": ["aquariumKey(params)"],
            "cellFocused": ["aquariumFocus(params)"],
            "columnMoved": ["aquariumMoved(params)"],
            "columnResized": ["aquariumResized(params)"],
        },
        className="aq-ag-grid",
        style={"height": "var(--aq-grid-height)"},
    )
