"""Tab: how a result is spread over the runs, or the values of one run over its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component
from numpy.typing import NDArray

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking.analysis.groups import ALL_BUT_SEED, group_runs
from neural.tracking.charts.cumulative_distribution import (
    cumulative_distribution,
    cumulative_distribution_dict,
)
from neural.tracking.charts.distribution import distribution, distribution_dict
from neural.tracking.charts.group_spread import group_spread, group_spread_dict
from neural.tracking.charts.ridgeline import Ridgeline, ridgeline, ridgeline_dict
from neural.tracking.pages.addresses import AUTO
from neural.tracking.pages.board.groups import choices
from neural.tracking.pages.explore.controls import SCALES, picker, select
from neural.tracking.pages.explore.histograms import histogram_names, histogram_ridges
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.ui.components import card

__all__ = ["KINDS", "TAB"]

KINDS = {
    "histogram": "Histogram",
    "ecdf": "ECDF",
    "box": "Box",
    "violin": "Violin",
    "steps": "Over steps",
}
HEIGHT_PX = 420
_GROUPED = ("ecdf", "box", "violin")


def _kind(scene: Scene) -> str:
    return scene.view.one("kind", KINDS, "histogram")


def _controls(scene: Scene) -> list[Component]:
    return [select("kind", "Kind", KINDS, _kind(scene))]


def _draw(scene: Scene) -> list[Part]:
    kind = _kind(scene)
    if kind == "steps":
        return [_over_steps(scene)]
    if kind == "histogram":
        return [_histogram(scene)]
    return [_by_group(scene, kind)]


def _histogram(scene: Scene) -> Drawn:
    result = scene.result
    by_size = scene.view.flag("hlog")
    figure = distribution_dict(
        distribution(result.name, result.values, log_x=by_size), theme=scene.theme, compact=True
    )
    figure["layout"]["height"] = HEIGHT_PX
    return Drawn(
        name="histogram",
        title=f"Histogram of {result.name}",
        figure=figure,
        about=f"How many runs have which {result.name}",
        facts=(scene.target,),
        imports=(
            "from neural.tracking.charts.distribution import distribution, distribution_figure",
        ),
        code=(
            f"result = columns[{scene.target!r}]",
            f"data = distribution(result.name, result.values, log_x={by_size!r})",
            "figure = distribution_figure(data)",
        ),
        controls=(_scale(scene),),
    )


def _scale(scene: Scene) -> Component:
    """Return the choice of the scale of the result, the same for all kinds."""
    return select("hlog", "Axis of values", SCALES, scene.view.one("hlog"))


def _groups(scene: Scene, by: str) -> dict[str, NDArray[np.float64]]:
    """Return the result of the runs of each group, largest groups first."""
    values = scene.result.values
    if not by:
        return {"all runs": values}
    try:
        groups = group_runs(scene.table.rows, ALL_BUT_SEED if by == AUTO else by)
    except InvalidInputError:  # an address that somebody typed
        return {"all runs": values}
    ordered = sorted(groups, key=lambda group: -len(group))
    return {group.label: values[list(group.rows)] for group in ordered}


def _by_group(scene: Scene, kind: str) -> Drawn:
    offered = scene.table.kept("groups", lambda: choices([dict(r) for r in scene.table.rows]))
    by = scene.view.one("by", offered)
    groups, name = _groups(scene, by), scene.result.name
    by_size = scene.view.flag("hlog")
    if kind == "ecdf":
        figure = cumulative_distribution_dict(
            cumulative_distribution(name, groups, log_x=by_size), theme=scene.theme, compact=True
        )
        module = "cumulative_distribution"
        call = f"cumulative_distribution(result.name, groups, log_x={by_size!r})"
    else:
        spread = group_spread(name, groups, kind=kind, log_y=by_size)  # type: ignore[arg-type]
        figure = group_spread_dict(spread, theme=scene.theme, compact=True)
        module = "group_spread"
        call = f"group_spread(result.name, groups, kind={kind!r}, log_y={by_size!r})"
    figure["layout"]["height"] = HEIGHT_PX
    field = "" if not by else ALL_BUT_SEED if by == AUTO else by
    grouping = (
        "groups = {group.label: result.values[list(group.rows)]"
        f" for group in group_runs(runs, {field!r})}}"
        if field
        else 'groups = {"all runs": result.values}'
    )
    return Drawn(
        name=kind,
        title=f"{KINDS[kind]}: {name}",
        figure=figure,
        about=f"How {name} is spread in each group of runs",
        facts=(scene.target,),
        imports=(
            "from neural.tracking.analysis.groups import group_runs",
            f"from neural.tracking.charts.{module} import {module}, {module}_dict",
        ),
        code=(
            f"result = columns[{scene.target!r}]",
            grouping,
            f"figure = go.Figure({module}_dict({call}))",
        ),
        controls=(select("by", "Groups", offered, by), _scale(scene)),
    )


def _over_steps(scene: Scene) -> Part:
    table, store = scene.table, scene.table.store
    if not table.ids:
        return card("Over steps", html.P("There is no run to look at."))
    chosen = scene.view.one("run")
    run = chosen if chosen in scene.whole.ids else table.ids[0]
    try:
        metrics, logged = store.metric_names(run), histogram_names(store.media(run))
    except NotFoundError:  # moved to the trash meanwhile
        metrics, logged = [], []
    offered = {f"h:{name}": f"{name} (logged histograms)" for name in logged}
    first = [name for name in (scene.metric, *metrics) if name in metrics]
    shown = list(dict.fromkeys([*first, scene.view.one("of").removeprefix("m:")]))
    offered |= {f"m:{name}": name for name in shown[:200] if name in metrics}
    of = scene.view.one("of", offered, next(iter(offered), ""))
    name = of[2:]
    data = _ridges(scene, run, of)
    label = dict(zip(scene.whole.ids, scene.whole.labels, strict=True))[run]
    return Drawn(
        name="steps",
        title=f"{name} of {label} over its steps" if name else f"{label} has logged nothing",
        figure=ridgeline_dict(data, theme=scene.theme, compact=True),
        about=f"How the values of {name} are spread in one range of steps after another",
        imports=("from neural.tracking.charts.ridgeline import ridgeline, ridgeline_dict",),
        code=(
            f'series = manager.metric({run!r}, {name!r}, view="drawn")',
            f"figure = go.Figure(ridgeline_dict(ridgeline({name!r}, series)))",
        )
        if of.startswith("m:")
        else (
            "# The histograms themselves: edges and counts by step.",
            f"logged = [one for one in manager.media({run!r}) if one['key'] == {name!r}]",
            "figure = go.Figure([",
            "    go.Bar(x=one['value']['edges'][:-1], y=one['value']['counts'], name=one['step'])",
            "    for one in logged",
            "])",
        ),
        controls=(
            picker(scene.whole, "run", "Run", run),
            select("of", "Values", offered, of),
        ),
    )


def _ridges(scene: Scene, run: str, of: str) -> Ridgeline:
    kind, _, name = of.partition(":")
    store = scene.table.store
    if kind == "h":
        entries: list[Mapping[str, Any]] = [
            one for one in store.media(run) if one.get("key") == name
        ]
        return Ridgeline(metric=name, ridges=tuple(histogram_ridges(entries)))
    if not name:
        return Ridgeline(metric="", ridges=())
    return ridgeline(name, store.metric(run, name, view="drawn"))


TAB = Tab(name="spread", label="Distributions", controls=_controls, draw=_draw)
