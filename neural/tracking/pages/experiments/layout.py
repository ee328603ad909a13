"""What stands on the first page: the table of all runs, its filter, its figures, its drawers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from neural.tracking.pages.addresses import COMPARE, EXPERIMENTS
from neural.tracking.pages.experiments.export import FORMATS
from neural.tracking.pages.experiments.filter import filter_box, filter_problem, no_match
from neural.tracking.pages.experiments.grid import column_defs
from neural.tracking.pages.experiments.groups import group_options
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
from neural.tracking.pages.experiments.view import ARCHIVED, VARYING, TableView
from neural.tracking.pages.experiments.views_menu import views_menu
from neural.tracking.pages.report_button import report_button
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, labelled, page_header, safe_link
from neural.tracking.ui.icons import icon
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
                    _toolbar(context, view),
                    _bulk_bar(),
                    _undo_bar(),
                    no_match(found=first["rowCount"] > 0 or not applied.filter.strip()),
                    _grid(column_defs(columns, view.sort, grouped=bool(view.group))),
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


def _toolbar(context: AppContext, view: TableView) -> html.Div:
    group = dcc.Dropdown(
        id=Ids.GROUP,
        options=group_options(context.manager, view.group),
        value=list(view.group),
        multi=True,
        placeholder="none",
        className="aq-group-by",
    )
    options = dbc.Checklist(
        id=Ids.OPTIONS,
        options=[
            {"label": "Hide constant columns", "value": VARYING},
            {"label": "Archived runs", "value": ARCHIVED},
        ],
        value=view.options,
        className="aq-checks",
    )
    return html.Div(
        [
            labelled("Group by", group),
            options,
            html.Div(className="aq-spacer"),
            _opens("Columns", "columns", Ids.PICKER_BUTTON, Ids.PICKER),
            _opens("Peek", "eye", Ids.PEEK_BUTTON, Ids.PEEK),
            _export_menu(),
            safe_link(
                "Trash",
                context.href(EXPERIMENTS, {"trash": "1"}),
                className="btn btn-outline-primary btn-sm",
            ),
        ],
        className="aq-toolbar",
    )


def _opens(words: str, icon_name: str, button_id: str, drawer: str) -> html.Button:
    return html.Button(
        [icon(icon_name), html.Span(words)],
        id=button_id,
        type="button",
        className="btn btn-outline-primary btn-sm",
        **attributes(data_opens=drawer, aria_expanded="false", aria_controls=drawer),
    )


def _export_menu() -> html.Details:
    buttons = [
        html.Button(
            kind,
            id={"type": Ids.EXPORT, "format": kind},
            type="button",
            className="btn btn-outline-primary btn-sm",
        )
        for kind in FORMATS
    ]
    return html.Details(
        [
            html.Summary(
                [icon("download"), html.Span("Export")], className="btn btn-outline-primary btn-sm"
            ),
            html.Div(
                [
                    html.Div("Download the table as", className="aq-label"),
                    html.Div(buttons, className="aq-actions"),
                    html.Div(
                        "All runs that match, in this order, with these columns.",
                        className="aq-hint",
                    ),
                ],
                className="aq-menu-body aq-stack",
            ),
        ],
        className="aq-menu",
    )


def _bulk_bar() -> html.Div:
    tag = dcc.Input(id=Ids.TAG_TEXT, type="text", placeholder="baseline, team: vision")
    return html.Div(
        [
            html.Span(id=Ids.BULK_COUNT, className="aq-bulk-count"),
            _small("Select all", Ids.SELECT_ALL),
            html.Div(labelled("Tags", tag, hidden=True), className="aq-bulk-tag"),
            _small("Add tag", Ids.ADD_TAG),
            _small("Remove tag", Ids.DROP_TAG),
            _small("Pin", Ids.PIN),
            _small("Unpin", Ids.UNPIN),
            _small("Archive", Ids.ARCHIVE),
            _small("Unarchive", Ids.UNARCHIVE),
            _small("Move to trash", Ids.DISCARD),
            report_button("experiments"),
        ],
        id=Ids.BULK,
        className="aq-bulk",
        hidden=True,
        role="group",
        **attributes(aria_label="What to do with the selected runs"),
    )


def _small(words: str, button_id: str) -> html.Button:
    return html.Button(
        words, id=button_id, type="button", className="btn btn-outline-primary btn-sm"
    )


def _undo_bar() -> html.Div:
    return html.Div(
        [
            html.Span(id=Ids.UNDO_TEXT),
            _small("Undo", Ids.UNDO_BUTTON),
            html.Button(
                icon("close"),
                id=Ids.UNDO_CLOSE,
                type="button",
                className="aq-icon-button",
                **attributes(aria_label="Close message"),
            ),
        ],
        id=Ids.UNDO_BAR,
        className="aq-banner aq-undo",
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
        },
        className="aq-ag-grid",
        style={"height": "var(--aq-grid-height)"},
    )
