"""Saved views: open, rename, copy the link of, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural._clock import now
from neural.tracking.pages.tables import table
from neural.tracking.storage.views import MOST_NAME_CHARACTERS, ViewStore
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import empty_state, notify, page_header, safe_link, time_ago
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, Page, PageLocation, find_page
from neural.tracking.ui.views_api import listed_views

__all__ = ["Ids", "layout", "page", "register", "views_list"]


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    LIST = "views-list"

    @staticmethod
    def name(view_id: Any) -> dict[str, Any]:
        """Return the id of the field with the name of a view."""
        return {"type": "views-name", "index": view_id}

    @staticmethod
    def delete(view_id: Any) -> dict[str, Any]:
        """Return the id of what deletes a view, once it was confirmed."""
        return {"type": "views-delete", "index": view_id}


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page."""
    return html.Div(
        [
            page_header("Views", subtitle="What was saved of pages, kept with the runs."),
            html.Div(views_list(context, listed_views(context)), id=Ids.LIST),
        ],
        className="aq-page aq-page-views",
    )


def views_list(context: AppContext, views: Sequence[Mapping[str, Any]]) -> list[Component]:
    """Return the table of ``views``, or how the first one is made."""
    if not views:
        why = html.P(
            [
                "Set a page up as you like it, then press ",
                icon("save"),
                " in the top bar, or Ctrl K and “Save this view”. It is kept with the runs.",
            ]
        )
        return [empty_state("No saved views", why)]
    rows = [_damaged(view) if "problem" in view else _row(context, view) for view in views]
    return [table(("Name", "Page", "Saved", "Actions"), rows, label="Saved views")]


def _row(context: AppContext, view: Mapping[str, Any]) -> html.Tr:
    name = dcc.Input(
        id=Ids.name(view["id"]),
        type="text",
        value=view["name"],
        debounce=True,
        maxLength=MOST_NAME_CHARACTERS,
        className="aq-inline-edit",
    )
    copy = html.Button(
        icon("link"),
        type="button",
        className="aq-icon-button",
        title="Copy link",
        **attributes(aria_label=f"Copy the link of {view['name']}", data_copy_href=view["href"]),
    )
    return html.Tr(
        [
            html.Td(html.Label([html.Span("Name", className="visually-hidden"), name])),
            html.Td(_page_title(context, view["page"])),
            html.Td(time_ago(view["created"], now())),
            html.Td(
                html.Div(
                    [
                        safe_link("Open", view["href"], className="btn btn-outline-primary"),
                        copy,
                        _delete(view["id"], view["name"]),
                    ],
                    className="aq-actions",
                )
            ),
        ]
    )


def _damaged(view: Mapping[str, Any]) -> html.Tr:
    problem = html.Span([icon("warning"), html.Span(view["problem"])], className="aq-with-icon")
    return html.Tr(
        [
            html.Td(problem, colSpan=3, className="aq-text-warn aq-wrap"),
            html.Td(html.Div(_delete(view["id"], view["name"]), className="aq-actions")),
        ]
    )


def _page_title(context: AppContext, path: str) -> str:
    found = find_page(context.pages, path) if path.startswith("/") else None
    return found[0].title if found else path


def _delete(view_id: str, name: str) -> Component:
    button = html.Button(
        icon("trash"),
        type="button",
        className="aq-icon-button",
        title="Delete",
        **attributes(aria_label=f"Delete {name}"),
    )
    question = f"Delete the view “{name}”? Links to it will lead nowhere."
    return dcc.ConfirmDialogProvider(button, id=Ids.delete(view_id), message=question)


def register(app: Dash, context: AppContext) -> None:
    """Connect renaming and deleting."""
    store = ViewStore(context.base_dir)

    @callback(
        app,
        Input(Ids.name(ALL), "value"),
        State(Ids.name(ALL), "id"),
        prevent_initial_call=True,
    )
    def _rename(names: list[str | None], ids: list[dict[str, str]]) -> None:
        known = {view["id"]: view["name"] for view in store.list()}
        for name, one in zip(names, ids, strict=True):
            # Fields that have only just appeared come here too.
            if one["index"] in known and (name or "") != known[one["index"]]:
                store.rename(one["index"], name or "")
                notify(f"Renamed to “{name}”.", kind="ok")

    @callback(
        app,
        Output(Ids.LIST, "children"),
        Input(Ids.delete(ALL), "submit_n_clicks"),
        prevent_initial_call=True,
    )
    def _delete_view(confirmed: list[int | None]) -> list[Component]:
        if not any(confirmed) or not isinstance(ctx.triggered_id, Mapping):
            raise PreventUpdate
        store.delete(ctx.triggered_id["index"])
        notify("The view is deleted.", kind="ok")
        return views_list(context, listed_views(context))


page = Page(
    path="/views",
    title="Views",
    layout=layout,
    register=register,
    order=80,
    icon="views",
)
