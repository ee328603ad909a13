"""The menu of saved views of one page: open, save, rename, delete, without leaving the page."""

from __future__ import annotations

from dash import html

from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import safe_link
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["views_menu"]


def views_menu(context: AppContext, page: str) -> html.Details:
    """Return the menu, closed; ``assets/js/views_menu.js`` fills it when it opens.

    Args:
        context: The application.
        page: Path of the page whose views it lists: ``"/"``.
    """
    save = html.Button(
        [icon("save"), html.Span("Save this view…")],
        type="button",
        className="btn btn-primary btn-sm",
        **attributes(data_views_save="true"),
    )
    return html.Details(
        [
            html.Summary(
                [icon("views"), html.Span("Views")],
                className="btn btn-outline-primary",
            ),
            html.Div(
                [
                    html.Ul(className="aq-views-menu", **attributes(aria_label="Saved views")),
                    html.Div(
                        [
                            save,
                            safe_link(
                                "All views", context.href("/views"), className="btn btn-link"
                            ),
                        ],
                        className="aq-actions",
                    ),
                ],
                className="aq-menu-body aq-stack",
            ),
        ],
        className="aq-menu",
        **attributes(data_views=page),
    )
