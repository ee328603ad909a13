"""From an address to what is shown: a page, "not found", or "went wrong"."""

from __future__ import annotations

import functools
import logging
import secrets
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from neural.errors import NeuralError, NotFoundError
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.components import error_state, notify, page_header, safe_link
from neural.tracking.ui.frame import FrameIds, nav_items
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, Page, ShellIds, find_page
from neural.tracking.ui.views_api import search_of

__all__ = ["on_callback_error", "register", "show"]

logger = logging.getLogger(__name__)


def show(context: AppContext, pathname: str, search: str) -> tuple[Component, str, Page | None]:
    """Return what to show for an address; never raises.

    Returns:
        The content, the title of the browser tab, and the page (``None``: no such page).
    """
    path = pathname.removeprefix(context.prefix)
    found = find_page(context.pages, path, search)
    if found is None:
        return _not_found(context, f"There is no page at {path}."), "Not found", None
    page, location = found
    try:
        location = replace(location, search=search_of(context, search))
        return page.layout(context, location), page.title, page
    except NotFoundError as error:
        return _not_found(context, str(error)), "Not found", page
    except Exception as error:  # noqa: BLE001 - the edge of a page: it must not blank the shell
        return _went_wrong(page, error), page.title, page


def _not_found(context: AppContext, reason: str) -> html.Div:
    return html.Div(
        [
            page_header("Not found"),
            html.Div(
                [
                    html.P([icon("info"), html.Span(reason)], className="aq-with-icon"),
                    safe_link(
                        "Go to the first page",
                        context.href("/"),
                        className="btn btn-outline-primary",
                    ),
                ],
                className="aq-state",
            ),
        ],
        className="aq-page aq-page-message",
    )


def _went_wrong(page: Page, error: Exception) -> html.Div:
    number = secrets.token_hex(4)
    logger.error("page %s failed (%s)", page.path, number, exc_info=error)
    # Our own errors are written for people; any other text may hold paths or data.
    reason = str(error) if isinstance(error, NeuralError) else "The program made a mistake."
    return html.Div(
        [
            page_header(page.title),
            error_state(
                "This page could not be drawn",
                reason,
                details=f"Error {number}; the terminal of the server shows the details.",
            ),
        ],
        className="aq-page aq-page-message",
    )


def on_callback_error(error: Exception) -> None:
    """Show a failed callback as a toast and log it; the outputs stay as they are."""
    if isinstance(error, NeuralError):
        notify(str(error), kind="error")
        return
    number = secrets.token_hex(4)
    logger.error("a callback failed (%s)", number, exc_info=error)
    notify(f"Something went wrong (error {number}, see the server's terminal).", kind="error")


def register(app: Dash, context: AppContext) -> None:
    """Connect the shell: address to page, page to title and focus, live state, theme, toasts."""

    @callback(
        app,
        Output(FrameIds.CONTENT, "children"),
        Output(FrameIds.NAV, "children"),
        Output(FrameIds.PAGE, "data"),
        Input(FrameIds.ROUTE, "data"),
        prevent_initial_call=True,
    )
    def _show(route: dict[str, Any]) -> tuple[Component, Component, dict[str, str]]:
        content, title, page = show(context, route["pathname"], route["search"])
        return content, nav_items(context, page), {"title": title, "path": route["pathname"]}

    _connect_browser(app)


def _connect_browser(app: Dash) -> None:
    """Connect what ``assets/js/shell.js`` does; none of it asks the server for a callback."""
    link = functools.partial(in_browser, app, "aquarium")
    link("route", Output(FrameIds.ROUTE, "data"), Input(ShellIds.LOCATION, "href"))
    link("write", Input(ShellIds.VIEW, "data"))
    link("arrived", Input(FrameIds.PAGE, "data"))
    link("toast", Input(ShellIds.TOAST, "data"))
    link("theme", Output(ShellIds.THEME, "data"), Input(ShellIds.LOCATION, "href"))
    link(
        "look",
        Output(ShellIds.LIVE, "data"),
        Input(FrameIds.TICK, "n_intervals"),
        State(ShellIds.LIVE, "data"),
    )
