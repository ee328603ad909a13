"""Tab: runs against metrics, each metric on a scale of its own."""

from __future__ import annotations

import numpy as np
from dash.development.base_component import Component

from neural.tracking.charts.runs_heatmap import MAX_RUNS, runs_heatmap, runs_heatmap_dict
from neural.tracking.pages.explore.controls import picker
from neural.tracking.pages.explore.runs import label_of, metric_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.records import Goal

__all__ = ["TAB", "best_first"]

#: Metrics that are taken at first.
_METRICS = 10


def _metrics(scene: Scene) -> list[str]:
    first = [scene.metric] if scene.metric else []
    default = dict.fromkeys([*first, *scene.whole.metrics[:_METRICS]])
    return list(scene.chosen("hm", [metric_key(name) for name in default]))


def _controls(scene: Scene) -> list[Component]:
    return [picker(scene.whole, "hm", "Metrics", _metrics(scene), multi=True)]


def best_first(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the row numbers of the runs by their result, the best first, those without last."""
    values = scene.result.values if scene.metric else np.zeros(len(scene.table.rows))
    signed = values if scene.goal == "min" else -values
    return np.argsort(np.where(np.isfinite(signed), signed, np.inf), kind="stable")


def _draw(scene: Scene) -> list[Part]:
    facts = [scene.fact(key) for key in _metrics(scene)]
    order = best_first(scene)
    labels = [scene.table.labels[i] for i in order]
    columns = scene.table.columns(facts)
    goals: dict[str, Goal] = {}
    for key, fact in zip(_metrics(scene), facts, strict=True):
        name = key.partition(".")[2]
        goal = scene.goal if name == scene.metric else scene.whole.goal(name)
        if goal is not None:
            goals[label_of(fact)] = goal
    heatmap = runs_heatmap({one.name: one.values[order] for one in columns}, labels, goals=goals)
    title = f"Runs by metric, best {label_of(scene.target)} first" if scene.metric else "Runs"
    return [
        Drawn(
            name="heatmap",
            title=title,
            figure=runs_heatmap_dict(heatmap, theme=scene.theme, compact=True),
            about="How far each run lies from the mean of each metric; a click opens the run",
            facts=tuple(facts),
            imports=(
                "from neural.tracking.charts.runs_heatmap import runs_heatmap, runs_heatmap_dict",
            ),
            code=(
                f"order = {[int(i) for i in order[:MAX_RUNS]]!r}",
                "metrics = {one.name: one.values[order] for one in columns.values()}",
                f"data = runs_heatmap(metrics, [labels[i] for i in order], goals={goals!r})",
                "figure = go.Figure(runs_heatmap_dict(data))",
            ),
            ids=tuple(scene.table.ids[i] for i in order[:MAX_RUNS]),
        )
    ]


TAB = Tab(name="heatmap", label="Heatmap", controls=_controls, draw=_draw)
