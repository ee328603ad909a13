"""Tables of texts, and names with their values side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes

__all__ = ["definitions", "region", "table"]


def table(heads: Sequence[str], body: Sequence[Component], *, label: str) -> html.Div:
    """Return a table of texts that scrolls inside its box.

    Args:
        heads: Column headings; ``+`` before one marks a column of numbers, set to the right.
        body: Rows, ``html.Tr``.
        label: What the table holds, for screen readers.
    """
    head = html.Thead(html.Tr([_head(text) for text in heads]))
    return region(html.Table([head, html.Tbody(list(body))], className="aq-list"), label)


def _head(text: str) -> html.Th:
    side = "aq-cell-end" if text.startswith("+") else ""
    return html.Th(text.removeprefix("+"), scope="col", className=side)


def region(content: Component, label: str) -> html.Div:
    """Return a box in which ``content`` scrolls, reachable by keyboard."""
    return html.Div(
        content, className="aq-scroll", tabIndex=0, role="region", **attributes(aria_label=label)
    )


def definitions(facts: Iterable[tuple[str, Any]]) -> html.Dl:
    """Return names and values side by side; a value that is ``None`` is left out."""
    return html.Dl(
        [
            part
            for name, value in facts
            if value is not None
            for part in (html.Dt(name), html.Dd(str(value) if isinstance(value, int) else value))
        ],
        className="aq-facts",
    )
