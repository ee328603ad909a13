"""The bars over the table of runs: how it is shown, what to do with runs, taking it back."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from neural.tracking.pages.addresses import EXPERIMENTS
from neural.tracking.pages.experiments.export import FORMATS
from neural.tracking.pages.experiments.groups import group_options
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.view import ARCHIVED, VARYING, TableView
from neural.tracking.pages.export_link import export_matching, export_selected
from neural.tracking.pages.report_button import report_button
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import labelled, safe_link
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["bulk_bar", "toolbar", "undo_bar"]


def toolbar(context: AppContext, view: TableView) -> html.Div:
    """Return what shapes the table and what opens beside it."""
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
            _export_menu(context),
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


def _export_menu(context: AppContext) -> html.Details:
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
                    *export_matching(context),
                ],
                className="aq-menu-body aq-stack",
            ),
        ],
        className="aq-menu",
    )


def bulk_bar(context: AppContext) -> html.Div:
    """Return what can be done to the selected runs; hidden while there are none."""
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
            *export_selected(context),
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


def undo_bar() -> html.Div:
    """Return the line that says what was done and offers to take it back; hidden at first."""
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
