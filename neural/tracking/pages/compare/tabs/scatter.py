"""Tab of the comparison: anything of the runs over anything else, with its trend."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from neural.tracking.analysis.seeds import is_seed_name
from neural.tracking.charts.scatter import Scatter, scatter, scatter_dict
from neural.tracking.pages.compare.tabs.chart_card import chart_card
from neural.tracking.pages.compare.tabs.columns import (
    column_of,
    number_choices,
    params_of,
    telling_metrics,
)
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, toggles
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.ui.components import empty_state

__all__ = ["GRAPH", "TAB", "clicked_run"]

GRAPH = "compare-scatter-graph"
_LOG = {"x": "x", "y": "y"}


def _chosen(view: TabView) -> Chosen:
    choices = number_choices(view.comparison)
    metric = next(iter(telling_metrics(view.comparison)), "")
    color = view.asked("sc")
    return {
        "sx": view.one("sx", choices, _first_number(view)),
        "sy": view.one("sy", choices, f"metrics.{metric}.best" if metric else "duration"),
        "sc": color if color and color[0] in choices else ("none",),
        "sl": view.several("sl", _LOG, ()),
    }


def _first_number(view: TabView) -> str:
    """Return the first param that tells most runs apart: a number that all have, and no seed."""
    for name in params_of(view.comparison):
        column = column_of(view.comparison, f"params.{name}")
        if column.is_number and column.varies and not column.missing and not is_seed_name(name):
            return f"params.{name}"
    return "created"


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    choices = number_choices(view.comparison)
    return [
        bar(
            dropdown("sx", "Along x", choices, chosen["sx"]),
            dropdown("sy", "Along y", choices, chosen["sy"]),
            dropdown("sc", "Colour by", {"none": "Nothing", **choices}, chosen["sc"]),
            toggles("sl", "Logarithmic", _LOG, chosen["sl"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    runs = view.shown
    if not runs.runs:
        return [nothing_in_sight()]
    (x,), (y,) = chosen["sx"], chosen["sy"]
    columns = column_of(runs, x), column_of(runs, y)
    if not columns[0].there.any() or not columns[1].there.any():
        why = html.P("No run in sight has a value on one of the axes. Choose another.")
        return [empty_state("Nothing to draw", why)]
    return [
        chart_card(
            GRAPH,
            f"{columns[1].name} over {columns[0].name}",
            scatter_dict(_data(view, chosen), theme=view.theme, compact=True),
            label=f"Runs as points: {columns[1].name} over {columns[0].name}",
            hint="A click on a point opens its run.",
        )
    ]


def _data(view: TabView, chosen: Chosen) -> Scatter:
    runs = view.shown
    (x,), (y,), (color,) = chosen["sx"], chosen["sy"], chosen["sc"]
    return scatter(
        column_of(runs, x),
        column_of(runs, y),
        color=None if color == "none" else column_of(runs, color),
        labels=runs.labels,
        log_x="x" in chosen["sl"],
        log_y="y" in chosen["sl"],
    )


def clicked_run(view: TabView, click: object) -> str | None:
    """Return the id of the run whose point was clicked; ``None`` where that is nothing.

    Args:
        view: What is shown.
        click: ``clickData`` of the chart.
    """
    points = click.get("points") if isinstance(click, dict) else None
    if not points:
        return None
    place = points[0].get("customdata")
    if not isinstance(place, int):
        place = _row_of(view, points[0])
    runs = view.shown.runs
    return runs[place].id if place is not None and 0 <= place < len(runs) else None


def _row_of(view: TabView, point: Mapping[str, Any]) -> int | None:
    """Return which run a point is: Dash does not look into arrays that travel as bytes."""
    figure = scatter_dict(_data(view, _chosen(view)), theme=view.theme, compact=True)
    try:
        rows = figure["data"][point["curveNumber"]]["customdata"]
        return int(np.frombuffer(base64.b64decode(rows["bdata"]), np.int32)[point["pointNumber"]])
    except (KeyError, IndexError, TypeError):  # the trend line, or runs that are gone by now
        return None


TAB = Tab(
    name="scatter",
    label="Scatter",
    keys=("sx", "sy", "sc", "sl"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
)
