"""Curves of one or several runs by section, with their controls; part of two pages.

A chart is read and drawn when it comes into sight. While its runs are being written only the
arrays of the lines that changed travel, so that zoom, legend and scroll stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist, RadioItems

from neural.tracking.pages.addresses import plain_id
from neural.tracking.pages.board_view import MOST_SMOOTHING, X_AXES, BoardView
from neural.tracking.pages.chart_data import ChartRun, blank
from neural.tracking.pages.metric_sections import (
    ChartPage,
    Section,
    chart_page,
    matching,
    sections,
)
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import empty_state, graph, labelled
from neural.tracking.ui.icons import icon

__all__ = ["BoardIds", "board", "board_list", "pager_text"]

CHART_HEIGHT_PX = 240


class BoardIds:
    """Ids of one board; the prefix tells boards of different pages apart.

    Args:
        prefix: Of all ids.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.smoothing = f"{prefix}-smoothing"
        self.x = f"{prefix}-x"
        self.log = f"{prefix}-log"
        self.search = f"{prefix}-search"
        self.previous = f"{prefix}-previous"
        self.next = f"{prefix}-next"
        self.pager = f"{prefix}-pager"
        self.list = f"{prefix}-list"
        #: Store: the runs, as ``ChartRun`` lists.
        self.runs = f"{prefix}-runs"
        #: Store: what tells one state of the runs from the next.
        self.revision = f"{prefix}-revision"
        #: Store: search, page and sections of the list, and what it was made from.
        self.shown = f"{prefix}-shown"
        self.updated = f"{prefix}-updated"
        #: Store: ``{"path", "state"}``, what of the address is not the board's.
        self.base = f"{prefix}-base"

    def toggle(self, index: Any) -> dict[str, Any]:
        """Return the id of the heading of a section, by its place in the list."""
        return {"type": f"{self.prefix}-toggle", "index": index}

    def chart(self, part: str, metric: Any) -> dict[str, Any]:
        """Return the id of a part of a chart: ``graph``, ``note``, ``seen`` or ``mark``."""
        return {"type": f"{self.prefix}-{part}", "index": metric}


def board(
    ids: BoardIds,
    runs: Sequence[ChartRun],
    names: Sequence[str],
    view: BoardView,
    *,
    path: str,
    base: Mapping[str, Any],
    revision: Mapping[str, str] | None = None,
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
    """
    listed, shown = board_list(ids, names, view)
    return html.Div(
        [
            dcc.Store(id=ids.runs, data=list(runs)),
            dcc.Store(id=ids.revision, data=dict(revision or {})),
            dcc.Store(id=ids.shown, data=shown),
            dcc.Store(id=ids.base, data={"path": path, "state": dict(base)}),
            _controls(ids, view),
            html.Div(listed, id=ids.list, className="aq-sections"),
        ],
        className="aq-board",
    )


def _controls(ids: BoardIds, view: BoardView) -> html.Div:
    smoothing = dcc.Slider(
        id=ids.smoothing,
        min=0,
        max=MOST_SMOOTHING,
        step=0.001,
        value=view.smoothing,
        marks=None,
        updatemode="mouseup",
    )
    # Not Dash's own radio buttons and check boxes: they call themselves a list box.
    x = RadioItems(
        id=ids.x,
        options=[{"value": value, "label": label} for value, label in X_AXES.items()],
        value=view.x,
        inline=True,
        className="aq-segments",
        inputClassName="btn-check",
        labelClassName="btn btn-outline-primary",
        labelCheckedClassName="active",
    )
    log = Checklist(
        id=ids.log,
        options=[{"value": "log", "label": "Logarithmic"}],
        value=["log"] if view.log_y else [],
        className="aq-checks",
    )
    search = dcc.Input(
        id=ids.search,
        type="text",
        value=view.search,
        debounce=0.3,
        placeholder="Search metrics",
    )
    return html.Div(
        [
            html.Div(labelled("Smoothing", smoothing), className="aq-control-wide"),
            labelled("X axis", x),
            labelled("Y axis", log),
            html.Div(labelled("Metrics", search), className="aq-control-search"),
            html.Div(className="aq-spacer"),
            _pager(ids),
        ],
        className="aq-controls",
    )


def _pager(ids: BoardIds) -> html.Div:
    def step(button_id: str, label: str, turned: str) -> html.Button:
        return html.Button(
            icon("chevron"),
            id=button_id,
            type="button",
            className=f"aq-icon-button {turned}",
            title=label,
            **attributes(aria_label=label),
        )

    return html.Div(
        [
            html.Time(
                id=ids.updated, className="aq-hint", hidden=True, **attributes(data_verb="updated")
            ),
            html.Span(id=ids.pager, className="aq-number aq-muted", role="status"),
            step(ids.previous, "Charts before these", "aq-turn-left"),
            step(ids.next, "Charts after these", "aq-turn-right"),
        ],
        className="aq-pager",
    )


def board_list(
    ids: BoardIds, names: Sequence[str], view: BoardView
) -> tuple[list[Component], dict[str, Any]]:
    """Return the sections of one page of charts, and the state that was drawn.

    Args:
        ids: Ids of the board.
        names: All metrics of the runs.
        view: Search, page and toggled sections.

    Returns:
        The sections, and ``{"search", "number", "toggled", "sections", "names", "text",
        "pages"}`` for the board's ``shown`` store.
    """
    groups = sections(matching(names, view.search))
    closed = view.closed([group.name for group in groups])
    page = chart_page(groups, closed, view.number)
    shown = {
        "search": view.search,
        "number": page.number,
        "toggled": list(view.toggled),
        "sections": [group.name for group, _ in page.groups],
        "names": plain_id("\0".join(names)),
        "text": pager_text(page),
        "pages": page.pages,
    }
    if not groups:
        return [_nothing(names, view.search)], shown
    listed: list[Component] = [
        _section(ids, place, group, drawn) for place, (group, drawn) in enumerate(page.groups)
    ]
    if page.unlisted:
        more = f"{page.unlisted:,} more closed sections are not listed: search for a metric."
        listed.append(html.P(more, className="aq-hint"))
    return listed, shown


def pager_text(page: ChartPage) -> str:
    """Return which charts of how many are shown.

    Example:
        >>> pager_text(ChartPage((), 1, 4, 1, 12, 43))
        'Charts 1–12 of 43'
    """
    if not page.total:
        return "No charts"
    return f"Charts {page.first:,}–{page.last:,} of {page.total:,}"


def _nothing(names: Sequence[str], search: str) -> Component:
    if names:
        why = html.P(f"None of the {len(names):,} metrics has “{search}” in its name.")
        return empty_state("No metric matches", why)
    why = html.P("Nothing was logged yet. Charts appear here with the first call.")
    call = 'tracker.log_metrics({"loss": loss}, step=step)'
    return empty_state("No metrics", why, snippet=call)


def _section(ids: BoardIds, place: int, group: Section, drawn: Sequence[str]) -> html.Section:
    heading = html.H2(
        html.Button(
            [
                icon("chevron"),
                html.Span(group.name, className="aq-section-name"),
                html.Span(f"{len(group.metrics):,}", className="aq-count"),
            ],
            id=ids.toggle(place),
            type="button",
            className="aq-section-toggle",
            **attributes(aria_expanded="true" if drawn else "false"),
        )
    )
    charts = [_chart(ids, metric) for metric in drawn]
    body = [html.Div(charts, className="aq-grid-charts")] if charts else []
    return html.Section([heading, *body], className="aq-section")


def _chart(ids: BoardIds, metric: str) -> html.Section:
    index = plain_id(metric)
    drawing = graph(
        ids.chart("graph", index),
        blank(),
        label=f"Chart of {metric}",
        style={"height": f"{CHART_HEIGHT_PX}px"},
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H3(metric, title=metric, className="aq-chart-name"),
                    html.Span(id=ids.chart("note", index), className="aq-chart-note"),
                ],
                className="aq-chart-head",
            ),
            drawing,
            dcc.Store(id=ids.chart("seen", index)),
            dcc.Store(id=ids.chart("mark", index)),
        ],
        className="aq-card aq-chart",
        **attributes(data_board=ids.prefix, data_index=index, data_metric=metric),
    )
