"""Charts on their cards: title, note, buttons, controls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.figures import FigureDict
from neural.tracking.pages.explore.ids import Ids
from neural.tracking.pages.explore.scene import Drawn, Part
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import graph
from neural.tracking.ui.icons import icon

__all__ = ["chart_card", "parts_of"]

HEIGHT_PX = 420


def parts_of(parts: Iterable[Part]) -> list[Component]:
    """Return what stands on the page: charts on cards, the rest as it is."""
    return [chart_card(part) if isinstance(part, Drawn) else part for part in parts]


def chart_card(drawn: Drawn) -> html.Section:
    """Return the card of one chart; ``assets/js/charts_give.js`` works its buttons."""
    meta = drawn.figure["layout"].get("meta") or {}
    is_empty = not drawn.figure["data"]
    head = html.Div(
        [
            html.H2(drawn.title, title=drawn.title, className="aq-chart-name"),
            html.Div([] if is_empty else _buttons(drawn), className="aq-chart-acts"),
        ],
        className="aq-chart-head",
    )
    warning = str(meta.get("warning") or "")
    # The figure says both in one line, for where there is no card round it.
    words = str(meta.get("note") or "").removeprefix(f"⚠ {warning}").strip()
    note = html.Div(words, className="aq-chart-note")
    controls = html.Div(list(drawn.controls), className="aq-controls aq-explore-own")
    return html.Section(
        [
            head,
            *_warning(warning),
            note,
            *([controls] if drawn.controls else []),
            _plot(drawn, meta),
        ],
        className="aq-card aq-chart aq-explore-chart",
        **attributes(data_explore=drawn.name, data_title=drawn.title),
    )


def _warning(text: str) -> list[Component]:
    if not text:
        return []
    return [
        html.Div(
            [icon("warning"), html.Span(text)],
            className="aq-banner aq-banner-warn",
            role="status",
        )
    ]


def _plot(drawn: Drawn, meta: dict[str, Any]) -> html.Div:
    height = 180 if not drawn.figure["data"] else drawn.figure["layout"].get("height", HEIGHT_PX)
    # What needs more room than there is scrolls sideways, reachable by keyboard.
    style = {"height": f"{height}px", "minWidth": f"{meta.get('min_width', 0)}px"}
    plot = graph(Ids.graph(drawn.name), _kept(drawn), label=drawn.about, style=style)
    return html.Div(
        plot,
        className="aq-chart-slot aq-explore-scroll",
        tabIndex=0,
        role="region",
        **attributes(aria_label=drawn.title),
    )


def _kept(drawn: Drawn) -> FigureDict:
    """Return the figure, zoomed as it is as long as it shows the same on the same axes."""
    layout = drawn.figure["layout"]
    scales = [layout.get(axis, {}).get("type", "") for axis in ("xaxis", "yaxis")]
    return {**drawn.figure, "layout": {**layout, "uirevision": "|".join([drawn.title, *scales])}}


def _buttons(drawn: Drawn) -> list[Component]:
    acts = (("expand", "over the full screen", "full"), ("download", "as file or code", "give"))
    return [
        html.Button(
            icon(icon_name),
            type="button",
            className="aq-icon-button aq-chart-button",
            title=f"{drawn.title} {words}",
            **attributes(aria_label=f"{drawn.title} {words}", data_act=act, data_title=drawn.title),
        )
        for icon_name, words, act in acts
    ]
