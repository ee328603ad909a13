"""Tab of the comparison: parameters, and how they differ from those of one run."""

from __future__ import annotations

from dash.development.base_component import Component

from neural.tracking.pages.compare.tables import params_table
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, toggles
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.ui.components import card

__all__ = ["TAB"]


def _chosen(view: TabView) -> Chosen:
    runs = view.comparison.runs
    return {
        "baseline": (runs[view.comparison.baseline].id,) if runs else (),
        "all": view.several("all", {"1": ""}, ()),
    }


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    every = {"1": "Also those that are the same in all runs"}
    return [
        bar(
            dropdown("baseline", "Compare with", view.comparison.names, chosen["baseline"]),
            toggles("all", "Parameters", every, chosen["all"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    runs = view.shown
    if not runs.runs:
        return [nothing_in_sight()]
    table = params_table(
        runs.runs,
        runs.labels,
        runs.styles,
        baseline=runs.baseline,
        only_differing=not chosen["all"],
    )
    return [card("Parameters", table)]


TAB = Tab(
    name="params",
    label="Params diff",
    keys=("baseline", "all"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
)
