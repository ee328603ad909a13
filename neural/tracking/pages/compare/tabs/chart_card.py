"""A chart in a box of its own: title, what is not on screen, the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.figures import FigureDict
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import card, graph
from neural.tracking.ui.icons import icon

__all__ = ["chart_card"]

HEIGHT_PX = 440


def chart_card(
    graph_id: str,
    title: str,
    figure: FigureDict,
    *,
    label: str,
    hint: str = "",
    actions: Sequence[Component] = (),
    after: Sequence[Component] = (),
) -> html.Section:
    """Return the card of a chart; one that needs more width than there is scrolls sideways.

    Args:
        graph_id: Id of the ``dcc.Graph``.
        title: Plain text.
        figure: Compact figure, its note in ``layout.meta["note"]``.
        label: What the chart shows, for screen readers.
        hint: What can be done with it.
        actions: Buttons in the head of the card.
        after: What stands under the chart.
    """
    meta = figure["layout"].get("meta", {})
    height = figure["layout"].get("height", HEIGHT_PX)
    style: dict[str, Any] = {"height": f"{height}px"}
    if meta.get("min_width"):
        style["minWidth"] = f"{meta['min_width']}px"
    notes = [html.P(text, className="aq-hint") for text in (hint, meta.get("note", "")) if text]
    drawn = graph(graph_id, figure, label=label, style=style)
    scroll = html.Div(drawn, className="aq-scroll-x")
    gives = [_give(title)] if figure["data"] else []
    return card(title, [*notes, scroll, *after], actions=[*actions, *gives])


def _give(title: str) -> html.Button:
    """Return the button that offers the chart as files and as a table, see charts_give.js."""
    words = f"{title} as file or table"
    return html.Button(
        icon("download"),
        type="button",
        className="aq-icon-button aq-chart-button",
        title=words,
        **attributes(aria_label=words, data_act="give", data_title=title),
    )
