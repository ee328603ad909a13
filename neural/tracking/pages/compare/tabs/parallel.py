"""Tab of the comparison: parallel coordinates, whose brushes filter the runs everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.parallel_coordinates import (
    MAX_AXES,
    ParallelCoordinates,
    parallel_coordinates,
)
from neural.tracking.charts.parallel_lines import parallel_lines_dict
from neural.tracking.pages.compare.comparison import Comparison
from neural.tracking.pages.compare.tabs.brushes import (
    Brush,
    brushes_of,
    moved_brushes,
    places_of,
    spelled,
)
from neural.tracking.pages.compare.tabs.chart_card import chart_card
from neural.tracking.pages.compare.tabs.columns import (
    column_of,
    metrics_of,
    number_choices,
    params_of,
    telling_metrics,
)
from neural.tracking.pages.compare.tabs.settings import bar, dropdown
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.pages.param_diff import param_rows
from neural.tracking.ui.components import empty_state

__all__ = ["GRAPH", "TAB", "brushed_state"]

GRAPH = "compare-parallel-graph"

#: Axes that are drawn when nobody chose: params that differ, then metrics.
FIRST_PARAMS, FIRST_METRICS = 6, 2


def _chosen(view: TabView) -> Chosen:
    choices = number_choices(view.comparison)
    axes = view.several("pa", choices, _first_axes(view.comparison))
    color = view.asked("pc") if view.asked("pc") == ("none",) else None
    metric = next(iter(telling_metrics(view.comparison)), "")
    by_default = f"metrics.{metric}.best" if metric else ""
    return {
        "pa": axes,
        "pc": color or view.one("pc", choices, by_default),
        "pl": tuple(one for one in view.asked("pl") if one in axes),
        "plin": tuple(one for one in view.asked("plin") if one in axes),
        "pf": tuple(one for one in view.asked("pf") if one in axes),
    }


def _first_axes(comparison: Comparison) -> tuple[str, ...]:
    rows = param_rows([run.params for run in comparison.runs])
    differing = [row.name for row in rows if row.differs]
    params = (differing or params_of(comparison))[:FIRST_PARAMS]
    metrics = telling_metrics(comparison)[:FIRST_METRICS]
    return (*(f"params.{name}" for name in params), *(f"metrics.{name}.best" for name in metrics))


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    choices = number_choices(view.comparison)
    drawn = {key: choices[key] for key in chosen["pa"]}
    return [
        bar(
            dropdown("pa", f"Axes (at most {MAX_AXES})", choices, chosen["pa"], several=True),
            dropdown("pc", "Colour by", {"none": "One colour", **choices}, chosen["pc"]),
        ),
        bar(
            dropdown("pl", "Always logarithmic", drawn, chosen["pl"], several=True),
            dropdown("plin", "Never logarithmic", drawn, chosen["plin"], several=True),
            dropdown("pf", "Upside down", drawn, chosen["pf"], several=True),
        ),
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not metrics_of(view.comparison) and not params_of(view.comparison):
        why = html.P("None of these runs has parameters or metrics, so there is nothing to draw.")
        return [empty_state("No axes", why)]
    data, keys = _data(view, chosen)
    brushes = brushes_of(view.state)
    figure = parallel_lines_dict(
        data,
        labels=_not_hidden(view.comparison).labels,
        brushes=places_of(data, keys, brushes),
        theme=view.theme,
        compact=True,
    )
    about = "A box drawn over an axis keeps the runs that go through it, here and in every tab."
    return [
        chart_card(
            GRAPH,
            "Parallel coordinates",
            figure,
            label="Runs as lines over parameters and metrics",
            hint=about,
        )
    ]


def _data(view: TabView, chosen: Chosen) -> tuple[ParallelCoordinates, list[str]]:
    """Return the chart of the runs that are not hidden by hand, and the keys of its axes."""
    drawn = _not_hidden(view.comparison)
    keys = list(chosen["pa"])
    columns = [column_of(drawn, key) for key in keys]
    names = dict(zip(keys, (one.name for one in columns), strict=True))
    log = {names[key]: True for key in chosen["pl"]} | {names[key]: False for key in chosen["plin"]}
    by = next(iter(chosen["pc"]), "none")
    data = parallel_coordinates(
        columns,
        color=None if by == "none" else column_of(drawn, by),
        log=log,
        flipped={names[key] for key in chosen["pf"]},
    )
    return data, keys


def _not_hidden(comparison: Comparison) -> Comparison:
    return replace(comparison, outside=frozenset()).visible()


def brushed_state(view: TabView, box: Any) -> dict[str, Any]:
    """Return the state after a box was drawn.

    Args:
        view: What is shown.
        box: ``selectedData`` of the chart.
    """
    data, keys = _data(view, _chosen(view))
    brushes: list[Brush] = moved_brushes(data, keys, brushes_of(view.state), box)
    return {**view.state, "brush": spelled(brushes)}


TAB = Tab(
    name="parallel",
    label="Parallel coordinates",
    keys=("pa", "pc", "pl", "plin", "pf"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    redraws=frozenset({"pa"}),
)
