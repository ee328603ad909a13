"""The controls above the charts of a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist, RadioItems, Select

from neural.tracking.analysis.aggregate import BANDS, STATISTICS
from neural.tracking.pages.addresses import AUTO
from neural.tracking.pages.board.ids import BoardIds
from neural.tracking.pages.board.ranking import LINES
from neural.tracking.pages.board.view import KINDS, MOST_SMOOTHING, WEIGHED, X_AXES, BoardView
from neural.tracking.pages.metric_sections import telling
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import labelled
from neural.tracking.ui.icons import icon

__all__ = ["AXES", "controls"]

#: Check boxes of the axes, by the key of the address that they set.
AXES: dict[str, str] = {
    "lx": "Log x",
    "y": "Log y",
    "clip": "Clip outliers",
    "lock": "Same y range in a section",
    "link": "Link zoom",
}
#: Metrics that are offered as x axis; any other can be typed.
MOST_OFFERED = 200


def controls(
    ids: BoardIds,
    view: BoardView,
    names: Sequence[str],
    groups: Mapping[str, str],
    runs: int = 1,
) -> html.Div:
    """Return the controls.

    Args:
        ids: Ids of the board.
        view: What they say at first.
        names: Metrics, offered as x axis.
        groups: By what runs can be put together, and what to call that.
        runs: How many runs there are.
    """
    search = dcc.Input(
        id=ids.search,
        type="text",
        value=view.search,
        debounce=0.3,
        placeholder="Words or patterns",
    )
    found = html.Div(id=ids.found, className="aq-search-found", role="status")
    return html.Div(
        [
            html.Div(
                [
                    *_smoothing(ids, view),
                    *_x_axis(ids, view, names),
                    html.Div(
                        [labelled("Metrics", search), found],
                        className="aq-control-search",
                        **attributes(data_typed="true"),
                    ),
                    html.Div(className="aq-spacer"),
                    _pager(ids),
                ],
                className="aq-controls",
            ),
            html.Div(
                [
                    labelled("Axes", _axes(ids, view)),
                    html.Div(labelled("Marks", _doctor(ids, view)), hidden=runs != 1),
                    *_grouping(ids, view, groups),
                    _amount(ids, view, names, runs),
                ],
                className="aq-controls aq-controls-more",
            ),
        ],
        className="aq-board-controls",
    )


def _smoothing(ids: BoardIds, view: BoardView) -> list[Component]:
    weight = dcc.Slider(
        id=ids.smoothing,
        min=0,
        max=MOST_SMOOTHING,
        step=0.001,
        value=view.smoothing,
        marks=None,
        updatemode="mouseup",
    )
    width = dcc.Input(id=ids.width, type="number", min=0, value=view.width, debounce=True)
    is_weighed = view.kind in WEIGHED
    return [
        html.Div(
            [
                html.Div(labelled("Smoothing", weight), className="aq-control-wide aq-by-weight"),
                html.Div(
                    labelled("Sigma in x, or points", width),
                    className="aq-control-narrow aq-by-width",
                ),
            ],
            id=f"{ids.smoothing}-amounts",
            className="aq-amounts",
            **attributes(data_by="weight" if is_weighed else "width"),
        ),
        labelled("Kind", _select(ids.kind, KINDS, view.kind)),
    ]


def _x_axis(ids: BoardIds, view: BoardView, names: Sequence[str]) -> list[Component]:
    # Not Dash's own radio buttons and check boxes: they call themselves a list box.
    kinds = RadioItems(
        id=ids.x,
        options=[{"value": value, "label": label} for value, label in X_AXES.items()],
        value=view.x,
        inline=True,
        className="aq-segments",
        inputClassName="btn-check",
        labelClassName="btn btn-outline-primary",
        labelCheckedClassName="active",
    )
    metric = dcc.Input(
        id=ids.x_metric,
        type="text",
        # Where nobody chose one, what many scripts log for just this.
        value=view.x_metric or next((name for name in names if name.lower() == "epoch"), ""),
        debounce=True,
        list=f"{ids.x_metric}-list",
        placeholder="Name of a metric",
    )
    offered = html.Datalist(
        [html.Option(value=name) for name in names[:MOST_OFFERED]], id=f"{ids.x_metric}-list"
    )
    return [
        labelled("X axis", kinds),
        html.Div(
            [labelled("Metric on x", metric), offered],
            id=f"{ids.x_metric}-field",
            className="aq-control-search",
            hidden=view.x != "metric",
        ),
    ]


def _axes(ids: BoardIds, view: BoardView) -> Checklist:
    chosen = {
        "lx": view.log_x,
        "y": view.log_y,
        "clip": view.clip,
        "lock": view.lock,
        "link": view.linked,
    }
    return Checklist(
        id=ids.axes,
        options=[{"value": value, "label": label} for value, label in AXES.items()],
        value=[key for key, is_on in chosen.items() if is_on],
        className="aq-checks",
    )


def _doctor(ids: BoardIds, view: BoardView) -> Checklist:
    return Checklist(
        id=ids.doctor,
        options=[{"value": "doctor", "label": "Doctor"}],
        value=["doctor"] if view.doctor else [],
        className="aq-checks",
    )


def _grouping(ids: BoardIds, view: BoardView, groups: Mapping[str, str]) -> list[Component]:
    group = view.group
    # A select takes an empty value for none that was chosen.
    offered = {key or "none": label for key, label in groups.items()} or {"none": "None"}
    by, then = group.by or "none", group.then or "none"
    offered.setdefault(by, by)
    further = {key: label for key, label in offered.items() if key != AUTO}
    further.setdefault(then, then)
    members = Checklist(
        id=ids.members,
        options=[{"value": "members", "label": "Members"}],
        value=["members"] if group.members else [],
        className="aq-checks",
    )
    how = [
        labelled("Line", _select(ids.statistic, STATISTICS, group.statistic)),
        labelled("Band", _select(ids.band, BANDS, group.band)),
        labelled("Behind", members),
    ]
    return [
        html.Div(
            labelled("Group by", _select(ids.group, offered, by)),
            hidden=len(offered) <= 1,
        ),
        html.Div(
            labelled("and by", _select(ids.then, further, then)),
            id=f"{ids.then}-field",
            hidden=group.by in ("", AUTO),
        ),
        html.Div(how, id=f"{ids.group}-how", className="aq-amounts", hidden=not group.by),
    ]


def _amount(ids: BoardIds, view: BoardView, names: Sequence[str], runs: int) -> html.Div:
    """Return how many lines a chart has, and which; where there are few runs, it has them all."""
    by = dcc.Input(
        id=ids.by,
        type="text",
        value=view.by or "",
        debounce=True,
        list=f"{ids.x_metric}-list",
        placeholder=next(iter(telling(names)), ""),
    )
    lines = _select(ids.lines, {str(most): f"{most:,}" for most in LINES}, str(view.lines))
    return html.Div(
        [
            labelled("Most lines", lines),
            html.Div(labelled("The best by", by), className="aq-control-search"),
        ],
        className="aq-amounts",
        hidden=runs <= LINES[0],
    )


def _select(select_id: str, options: Mapping[Any, str], value: str) -> Select:
    return Select(
        id=select_id,
        options=[{"value": key, "label": label} for key, label in options.items()],
        value=value,
        size="sm",
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
            step(ids.previous, "Sections before these", "aq-turn-left"),
            step(ids.next, "Sections after these", "aq-turn-right"),
        ],
        className="aq-pager",
    )
