"""Tab of the comparison: how the results of each group of runs are spread."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.group_spread import group_spread, group_spread_dict
from neural.tracking.pages.compare.tabs.chart_card import chart_card
from neural.tracking.pages.compare.tabs.columns import (
    FIGURES,
    column_of,
    metrics_of,
    telling_metrics,
)
from neural.tracking.pages.compare.tabs.grouping import group_choices, groups_of
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, select
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.ui.components import empty_state

__all__ = ["TAB"]

_KINDS = {"box": "Box", "violin": "Violin"}
_SCALES = {"fit": "As fits", "0": "Linear", "1": "Logarithmic"}


def _chosen(view: TabView) -> Chosen:
    metrics = dict.fromkeys(metrics_of(view.comparison), "")
    return {
        "bm": view.one("bm", metrics, next(iter(telling_metrics(view.comparison)), "")),
        "bv": view.one("bv", FIGURES, "best"),
        "bg": view.one("bg", group_choices(view)),
        "bk": view.one("bk", _KINDS, "box"),
        "bl": view.one("bl", _SCALES, "fit"),
    }


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    metrics = {name: name for name in metrics_of(view.comparison)}
    return [
        bar(
            dropdown("bm", "Metric", metrics, chosen["bm"]),
            select("bv", "Value", FIGURES, chosen["bv"]),
            select("bg", "Group by", group_choices(view), chosen["bg"]),
            select("bk", "Kind", _KINDS, chosen["bk"]),
            select("bl", "Axis of values", _SCALES, chosen["bl"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not chosen["bm"]:
        return [empty_state("No metrics", html.P("None of these runs has logged a metric."))]
    if not view.shown.runs:
        return [nothing_in_sight()]
    (metric,), (figure,), (by,), (kind,) = (chosen[key] for key in ("bm", "bv", "bg", "bk"))
    column = column_of(view.shown, f"metrics.{metric}.{figure}")
    place = {run.id: number for number, run in enumerate(view.shown.runs)}
    groups = {
        group.label: column.values[[place[one] for one in group.ids]]
        for group in groups_of(view, by)
    }
    data = group_spread(
        column.name,
        groups,
        kind="violin" if kind == "violin" else "box",
        log_y={"0": False, "1": True}.get(chosen["bl"][0]),
    )
    return [
        chart_card(
            "compare-spread-graph",
            f"{column.name} by group",
            group_spread_dict(data, theme=view.theme, compact=True),
            label=f"{column.name} of each group of runs",
        )
    ]


TAB = Tab(
    name="box",
    label="Box",
    keys=("bm", "bv", "bg", "bk", "bl"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
)
