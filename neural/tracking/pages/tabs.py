"""The row of tabs of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes

__all__ = ["panel", "tab_id", "tab_row"]


def tab_id(prefix: str, name: Any) -> dict[str, Any]:
    """Return the id of the tab ``name`` of the page with ``prefix``."""
    return {"type": f"{prefix}-tab", "index": name}


def tab_row(
    prefix: str, labels: Mapping[str, str], chosen: str, *, counts: Mapping[str, int], about: str
) -> html.Div:
    """Return the tabs; arrow keys move between them (assets/js/tabs.js).

    Args:
        prefix: Of the ids of this page.
        labels: Name of each tab and what it is called.
        chosen: Name of the tab that is open.
        counts: How many things there are in a tab, by its name.
        about: What the tabs are about, for screen readers.
    """
    return html.Div(
        [_tab(prefix, name, label, counts.get(name, 0), chosen) for name, label in labels.items()],
        className="aq-tabs",
        role="tablist",
        **attributes(aria_label=about),
    )


def _tab(prefix: str, name: str, label: str, count: int, chosen: str) -> html.Button:
    number = [html.Span(f"{count:,}", className="aq-count")] if count else []
    return html.Button(
        [html.Span(label), *number],
        id=tab_id(prefix, name),
        type="button",
        role="tab",
        className="aq-tab",
        **attributes(aria_selected="true" if name == chosen else "false"),
    )


def panel(prefix: str, children: list[Component], label: str) -> html.Div:
    """Return what the open tab shows; its id is ``<prefix>-panel``."""
    return html.Div(
        children,
        id=f"{prefix}-panel",
        className="aq-panel",
        role="tabpanel",
        **attributes(aria_label=label),
    )
