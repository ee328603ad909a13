"""Links to the export page with the runs that a page is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["EXPORT", "export_compared", "export_matching", "export_selected"]

EXPORT = "/export"


def export_selected(context: AppContext) -> list[Component]:
    """Return the link for the runs that are selected in the table; none without the page."""
    return _link(context, "Export…", {"from": "selection"}, "btn-sm")


def export_matching(context: AppContext) -> list[Component]:
    """Return the link for the runs that the filter of the table finds.

    The filter as it stands when it is pressed is put in by assets/js/export.js.
    """
    marked = attributes(data_export_matching="true")
    return _link(context, "To other platforms…", {"from": "filter"}, "btn-sm", marked)


def export_compared(context: AppContext, ids: Iterable[str]) -> list[Component]:
    """Return the link for runs that stand side by side; the address of the page says which.

    Args:
        context: The application.
        ids: The runs when the page was drawn.
    """
    marked = attributes(data_export_compared="true")
    return _link(context, "Export…", {"runs": ",".join(ids)}, "", marked)


def _link(
    context: AppContext,
    words: str,
    state: dict[str, str],
    size: str,
    marked: Mapping[str, Any] | None = None,
) -> list[Component]:
    if not any(page.path == EXPORT for page in context.pages):
        return []  # a program of its own with few pages
    return [
        html.A(
            [icon("export"), html.Span(words)],
            href=context.href(EXPORT, state),
            className=f"btn btn-outline-primary {size} aq-with-icon".replace("  ", " "),
            **(marked or {}),
        )
    ]
