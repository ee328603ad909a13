"""Tab: results in the order in which the runs began, and the best so far."""

from __future__ import annotations

from dash.development.base_component import Component

from neural.tracking.charts.best_so_far import best_so_far, best_so_far_dict
from neural.tracking.pages.explore.controls import SCALES, select
from neural.tracking.pages.explore.runs import STARTED, label_of
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab

__all__ = ["TAB"]

HEIGHT_PX = 440


def _controls(scene: Scene) -> list[Component]:
    return [select("yl", "Result", SCALES, scene.view.one("yl"))]


def _draw(scene: Scene) -> list[Part]:
    by_size = scene.view.flag("yl")
    data = best_so_far(
        scene.result,
        scene.table.column(STARTED).values,
        scene.goal,
        labels=scene.table.labels,
        log_y=by_size,
    )
    figure = best_so_far_dict(data, theme=scene.theme, compact=True)
    figure["layout"]["height"] = HEIGHT_PX
    drawn = Drawn(
        name="history",
        title=f"{label_of(scene.target)} in the order of the runs",
        figure=figure,
        about="Runs as points in the order of their starts, and the best result so far as a line",
        facts=(scene.target, STARTED),
        imports=("from neural.tracking.charts.best_so_far import best_so_far, best_so_far_dict",),
        code=(
            f"starts = columns[{STARTED!r}].values",
            f"data = best_so_far(columns[{scene.target!r}], starts, {scene.goal!r},",
            f"    labels=labels, log_y={by_size!r})",
            "figure = go.Figure(best_so_far_dict(data))",
        ),
        ids=scene.table.ids,
    )
    return [drawn]


TAB = Tab(name="history", label="Best so far", controls=_controls, draw=_draw)
