"""Tab: the runs that no other beats in all of several metrics."""

from __future__ import annotations

import numpy as np
from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.pareto_chart import pareto_chart, pareto_chart_dict
from neural.tracking.pages.explore.controls import SCALES, checks, picker, select
from neural.tracking.pages.explore.run_list import run_list
from neural.tracking.pages.explore.runs import label_of, metric_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.records import Goal
from neural.tracking.summary import infer_goal
from neural.tracking.ui.components import card, empty_state

__all__ = ["TAB"]

HEIGHT_PX = 460
#: More metrics, and next to every run is on the front.
_MOST = 8


def _metrics(scene: Scene) -> list[str]:
    names = [scene.metric, *(one for one in scene.whole.metrics if scene.whole.goal(one))]
    found = dict.fromkeys([*names, *scene.whole.metrics[:2]])
    default = [metric_key(name) for name in found if name][:2]
    return scene.chosen("pm", default)[:_MOST]


def _goals(scene: Scene, keys: list[str]) -> list[Goal]:
    """Return the direction of each metric: as chosen here, else as known, else as it looks."""
    largest = scene.view.many("pmax")
    if largest:
        return ["max" if key in largest else "min" for key in keys]
    names = [key.partition(".")[2] for key in keys]
    return [
        scene.goal if name == scene.metric else scene.whole.goal(name) or infer_goal(name)
        for name in names
    ]


def _controls(scene: Scene) -> list[Component]:
    return [
        picker(scene.whole, "pm", "Metrics", _metrics(scene), multi=True),
        select("px", "X axis", SCALES, scene.view.one("px")),
        select("py", "Y axis", SCALES, scene.view.one("py")),
    ]


def _draw(scene: Scene) -> list[Part]:
    keys = _metrics(scene)
    if len(keys) < 2:
        why = html.P("Choose at least two metrics: runs that are best in one cost in another.")
        return [empty_state("A front needs two metrics", why)]
    goals, facts = _goals(scene, keys), [scene.fact(key) for key in keys]
    # Two columns of the same name would be one and the same axis.
    columns = scene.table.columns(facts)
    log_x, log_y = scene.view.flag("px"), scene.view.flag("py")
    data = pareto_chart(columns, goals, labels=scene.table.labels, log_x=log_x, log_y=log_y)
    figure = pareto_chart_dict(data, theme=scene.theme, compact=True)
    figure["layout"]["height"] = HEIGHT_PX
    largest = [key for key, goal in zip(keys, goals, strict=True) if goal == "max"]
    drawn = Drawn(
        name="pareto",
        title=f"Pareto front of {' and '.join(map(label_of, facts))}",
        figure=figure,
        about="Runs as points over two metrics; those that no other run beats stand out",
        facts=tuple(facts),
        imports=(
            "from neural.tracking.charts.pareto_chart import pareto_chart, pareto_chart_dict",
        ),
        code=(
            f"data = pareto_chart(list(columns.values()), {goals!r}, labels=labels,",
            f"    log_x={log_x!r}, log_y={log_y!r})",
            "figure = go.Figure(pareto_chart_dict(data))",
        ),
        controls=(
            checks(
                "pmax",
                "Larger is better",
                {key: label_of(fact)[:40] for key, fact in zip(keys, facts, strict=True)},
                largest,
            ),
        ),
        ids=scene.table.ids,
    )
    rows = np.flatnonzero(data.on_front)
    ordered = rows[np.argsort(columns[0].values[rows], kind="stable")].tolist()
    names = list(scene.varied_params()[:6])
    table = run_list(scene, ordered, [*facts, *names]) if ordered else _nobody()
    count = f"{len(ordered):,} run{'' if len(ordered) == 1 else 's'} on the front"
    return [drawn, card(count, table)]


def _nobody() -> list[Component]:
    return [html.P("No run has a finite value of all of these metrics.")]


TAB = Tab(name="pareto", label="Pareto front", controls=_controls, draw=_draw)
