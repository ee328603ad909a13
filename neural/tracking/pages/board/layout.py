"""Curves of one or several runs by section, with their controls; part of two pages.

A chart is read and drawn when it comes into sight. While its runs are being written only the
arrays of the lines that changed travel, so that zoom, legend and scroll stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.pages.addresses import plain_id
from neural.tracking.pages.board.controls import controls
from neural.tracking.pages.board.data import ChartRun
from neural.tracking.pages.board.ids import BoardIds
from neural.tracking.pages.board.view import BoardView
from neural.tracking.pages.metric_sections import (
    BoardPage,
    Found,
    SectionPage,
    board_page,
    search_names,
    sections,
    telling,
)
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state
from neural.tracking.ui.folds import fold
from neural.tracking.ui.icons import icon

__all__ = ["CHART_HEIGHT_PX", "BoardIds", "board", "board_list"]

CHART_HEIGHT_PX = 240


def board(
    ids: BoardIds,
    runs: Sequence[ChartRun],
    names: Sequence[str],
    view: BoardView,
    *,
    path: str,
    base: Mapping[str, Any],
    revision: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    smoothing: float = 0.0,
) -> html.Div:
    """Return controls and charts; the charts are empty until they come into sight.

    Args:
        ids: Ids of this board.
        runs: The runs to draw, in the order of their colours.
        names: Metrics of the runs, in the order of the charts.
        view: What the controls say at first.
        path: Path of the page, the prefix included.
        base: State in the address that is not the board's.
        revision: What the manager says of the runs' state right now.
        groups: By what the runs can be put together, and what to call that; ``None`` offers
            nothing.
        smoothing: What the settings say, for a view that says nothing.
    """
    view = view.starting(BoardView(smoothing=smoothing, by=next(iter(telling(names)), None)))
    listed, shown = board_list(ids, names, view)
    return html.Div(
        [
            dcc.Store(id=ids.runs, data=list(runs)),
            dcc.Store(id=ids.revision, data=dict(revision or {})),
            dcc.Store(id=ids.shown, data=shown),
            dcc.Store(id=ids.base, data={"path": path, "state": dict(base)}),
            dcc.Store(id=ids.view, data=view.look()),
            dcc.Store(id=ids.act),
            dcc.Store(id=ids.ask),
            dcc.Store(id=ids.answer),
            fold("board", "Controls", [controls(ids, view, names, groups or {}, len(runs))]),
            html.Div(listed, id=ids.list, className="aq-sections"),
        ],
        className="aq-board",
        **attributes(data_board=ids.prefix),
    )


def board_list(
    ids: BoardIds, names: Sequence[str], view: BoardView
) -> tuple[list[Component], dict[str, Any]]:
    """Return the sections of one page of charts, and the state that was drawn.

    Args:
        ids: Ids of the board.
        names: All metrics of the runs.
        view: Search, pages, pinned metrics and toggled sections.

    Returns:
        The sections, and for the board's ``shown`` store the state of the list as in the
        address, with ``"sections"`` (their names, and their metrics that have a chart),
        ``"names"`` (which metrics there are), ``"pages"`` and what stands beside the search.
    """
    found = search_names(names, view.search)
    groups = sections(found.names, view.pinned)
    page = board_page(
        groups, view.closed([group.name for group in groups]), dict(view.pages), view.number
    )
    shown = {
        **{key: view.state()[key] for key in ("q", "at", "toggled", "pin")},
        "page": page.number,
        "sections": [[one.section.name, list(one.drawn)] for one in page.listed],
        "names": plain_id("\0".join(names)),
        "text": _sections_text(page),
        "pages": page.pages,
        "found": _found_text(found, names, view.search),
        "problem": found.problem,
    }
    if not groups:
        return [_nothing(names, view.search)], shown
    own = {metric: dict(one) for metric, one in view.own}
    listed: list[Component] = [
        _section(ids, place, one, view, own) for place, one in enumerate(page.listed)
    ]
    return listed, shown


def _sections_text(page: BoardPage) -> str:
    """Return which page of sections is shown, where there are several."""
    return f"Page {page.number:,} of {page.pages:,}" if page.pages > 1 else ""


def _found_text(found: Found, names: Sequence[str], search: str) -> str:
    return f"{len(found.names):,} of {len(names):,} metrics" if search.strip() else ""


def _nothing(names: Sequence[str], search: str) -> Component:
    if names:
        why = html.P(f"None of the {len(names):,} metrics has “{search}” in its name.")
        return empty_state("No metric matches", why)
    why = html.P("Nothing was logged yet. Charts appear here with the first call.")
    call = 'tracker.log_metrics({"loss": loss}, step=step)'
    return empty_state("No metrics", why, snippet=call)


def _section(
    ids: BoardIds, place: int, one: SectionPage, view: BoardView, own: Mapping[str, Any]
) -> html.Section:
    group = one.section
    toggle = html.Button(
        [
            icon("chevron"),
            html.Span(group.name, className="aq-section-name"),
            html.Span(f"{len(group.metrics):,}", className="aq-count"),
        ],
        id=ids.toggle(place),
        type="button",
        className="aq-section-toggle",
        **attributes(aria_expanded="true" if one.drawn else "false"),
    )
    head = html.Div([html.H2(toggle), *_turns(one)], className="aq-section-head")
    charts = [
        _chart(ids, metric, own.get(metric, {}), metric in view.pinned) for metric in one.drawn
    ]
    body = [html.Div(charts, className="aq-grid-charts")] if charts else []
    return html.Section([head, *body], className="aq-section")


def _turns(one: SectionPage) -> list[Component]:
    """Return the arrows that lead through the charts of a section with several pages."""
    if one.pages <= 1:
        return []
    text = f"{one.first:,}–{one.last:,} of {len(one.section.metrics):,}"
    turns = [
        _act(
            "chevron",
            f"{label} of {one.section.name}",
            f"aq-icon-button {turned}",
            "turn",
            disabled=not 1 <= number <= one.pages,
            data_value=f"{number}:{one.section.name}",
        )
        for label, turned, number in (
            ("Charts before these", "aq-turn-left", one.number - 1),
            ("Charts after these", "aq-turn-right", one.number + 1),
        )
    ]
    words = html.Span(text, className="aq-number aq-muted")
    return [html.Div([words, *turns], className="aq-pager")]


def _act(
    icon_name: str, label: str, class_name: str, act: str, *, disabled: bool = False, **more: str
) -> html.Button:
    """Return a button that ``assets/js/charts_menu.js`` does the work of."""
    return html.Button(
        icon(icon_name),
        type="button",
        disabled=disabled,
        className=class_name,
        title=label,
        **attributes(aria_label=label, data_act=act, **more),
    )


def _chart(ids: BoardIds, metric: str, own: Mapping[str, Any], is_pinned: bool) -> html.Section:
    index = plain_id(metric)
    pin = "Unpin" if is_pinned else "Pin"
    small = "aq-icon-button aq-chart-button"
    acts = [
        _act(
            "pin",
            f"{pin} {metric}",
            small,
            "pin",
            data_value=metric,
            aria_pressed="true" if is_pinned else "false",
        ),
        _act("expand", f"{metric} over the full screen", small, "full", aria_pressed="false"),
        _act("settings", f"Settings and export of {metric}", small, "menu"),
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H3(metric, title=metric, className="aq-chart-name"),
                    html.Div(acts, className="aq-chart-acts"),
                ],
                className="aq-chart-head",
            ),
            html.Div(id=ids.chart("note", index), className="aq-chart-note"),
            html.Div(
                id=ids.chart("slot", index),
                className="aq-chart-slot",
                style={"height": f"{CHART_HEIGHT_PX}px"},
            ),
            dcc.Store(id=ids.chart("seen", index)),
            dcc.Store(id=ids.chart("own", index), data=dict(own)),
            dcc.Store(id=ids.chart("mark", index)),
        ],
        className="aq-card aq-chart",
        **attributes(data_board=ids.prefix, data_index=index, data_metric=metric),
    )
