"""What is sent to the charts on screen: a whole chart, what is new of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html, no_update
from dash.development.base_component import Component

from neural.tracking.pages.board.data import Chart
from neural.tracking.pages.board.ids import BoardIds
from neural.tracking.pages.board.layout import CHART_HEIGHT_PX
from neural.tracking.pages.board.marks import changes
from neural.tracking.pages.board.ranking import LINES
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, graph

__all__ = ["chart_graph", "note_of", "tick", "update"]


def chart_graph(ids: BoardIds, index: str, metric: str, chart: Chart) -> Component:
    """Return the component that a card gets when it comes into sight.

    Args:
        ids: Ids of the board.
        index: Of the card.
        metric: Of the chart.
        chart: It.
    """
    return graph(
        ids.chart("graph", index),
        chart.figure,
        label=f"Chart of {metric}",
        style={"height": f"{CHART_HEIGHT_PX}px"},
    )


def update(chart: Chart, before: Mapping[str, Any] | None) -> Any:
    """Return what to send to a chart on screen: nothing, a patch, or all of it.

    Args:
        chart: As it should be.
        before: Mark of what is on screen; ``None`` if that is nothing.
    """
    if before == chart.mark:
        return no_update
    patch = changes(chart.figure, before, chart.mark) if before else None
    return chart.figure if patch is None else patch


def note_of(chart: Chart) -> list[Component]:
    """Return what stands under the name of a chart: badges, and what is not on screen."""
    parts: list[Component] = [badge(text, kind="warn") for text in chart.badges]
    if chart.note:
        parts.append(html.Span(chart.note))
    if chart.more is not None:
        parts.append(_more(chart.more))
    return parts


def _more(lines: int) -> html.Button:
    """Return what shows more lines in every chart, see ``assets/js/charts_menu.js``."""
    steps = [step for step in LINES if step >= lines] or [LINES[-1]]
    return html.Button(
        f"Show {lines:,}",
        type="button",
        className="aq-link-button",
        **attributes(data_act="lines", data_value=str(steps[0])),
    )


def tick(
    made: Callable[[Any, Any], Chart],
    graphs: Sequence[Mapping[str, str]],
    places: Sequence[Mapping[str, str]],
    marks: Sequence[Any],
    seen: Sequence[Any],
    own: Sequence[Any],
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return what is new of each chart on screen, of each note and of each mark.

    One request for all charts: twelve cost the server and the browser more than their contents.

    Args:
        made: Returns the chart of a card from what it saw and what it has of its own.
        graphs: Ids of the charts on screen.
        places: Ids of all cards.
        marks: Of each card, what is on screen.
        seen: Of each card, its metric and width; ``None`` before it came into sight.
        own: What each card has of its own.
    """
    figures: dict[str, Any] = {}
    notes: list[Any] = [no_update] * len(places)
    now: list[Any] = [no_update] * len(places)
    mounted = {one["index"] for one in graphs}
    for i, place in enumerate(places):
        if not seen[i] or place["index"] not in mounted:
            continue
        chart = made(seen[i], own[i])
        if chart.mark != marks[i]:
            figures[place["index"]], now[i] = update(chart, marks[i]), chart.mark
        notes[i] = note_of(chart)
    return [figures.get(one["index"], no_update) for one in graphs], notes, now
