"""Tab: which params and results go together, and the runs behind one of these pairs."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.correlation_matrix import (
    correlation_matrix_dict,
    correlation_matrix_of_runs,
)
from neural.tracking.charts.theme import escape_text
from neural.tracking.pages.explore.controls import SCALES, picker, select
from neural.tracking.pages.explore.runs import metric_key
from neural.tracking.pages.explore.scatter import scatter_part
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.ui.components import card

__all__ = ["MATRIX", "METHODS", "TAB", "cell_state"]

#: Name of the chart.
MATRIX = "matrix"
METHODS = {"spearman": "Spearman", "pearson": "Pearson"}
#: Results and params that are taken at first.
_METRICS, _PARAMS = 6, 8


def _columns(scene: Scene) -> list[str]:
    first = [metric_key(scene.metric)] if scene.metric else []
    others = [metric_key(name) for name in scene.whole.metrics[:_METRICS]]
    default = dict.fromkeys([*first, *others, *scene.numeric_params()[:_PARAMS]])
    return scene.chosen("cols", list(default))


def _controls(scene: Scene) -> list[Component]:
    method = scene.view.one("method", METHODS, "spearman")
    return [
        select("method", "Coefficient", METHODS, method),
        picker(scene.whole, "cols", "Params and metrics", _columns(scene), multi=True),
    ]


def _draw(scene: Scene) -> list[Part]:
    method = scene.view.one("method", METHODS, "spearman")
    facts = [scene.fact(key) for key in _columns(scene)]
    columns = {one.name: one for one in scene.table.columns(facts)}
    matrix = correlation_matrix_of_runs(columns, method=method)  # type: ignore[arg-type]
    drawn = Drawn(
        name=MATRIX,
        title="Correlation matrix",
        figure=correlation_matrix_dict(matrix, theme=scene.theme, compact=True),
        about="Correlation of every pair of the chosen params and metrics over the runs",
        facts=tuple(facts),
        imports=(
            "from neural.tracking.charts.correlation_matrix import (",
            "    correlation_matrix_figure,",
            "    correlation_matrix_of_runs,",
            ")",
        ),
        code=(
            "named = {one.name: one for one in columns.values()}",
            f"matrix = correlation_matrix_of_runs(named, method={method!r})",
            "figure = correlation_matrix_figure(matrix)",
        ),
    )
    return [drawn, _detail(scene)]


def _detail(scene: Scene) -> Part:
    x, y = scene.view.one("cx"), scene.view.one("cy")
    if not (scene.has(x) and scene.has(y)):
        why = html.P(
            "Choose a cell of the matrix, and the runs behind it are drawn here: "
            "one point a run, with the trend.",
            className="aq-muted",
        )
        return card("Runs behind a cell", why)
    controls = (
        select("clx", "X axis", SCALES, scene.view.one("clx")),
        select("cly", "Y axis", SCALES, scene.view.one("cly")),
    )
    scales = scene.view.flag("clx"), scene.view.flag("cly")
    return scatter_part(scene, "cell", x, y, scales=scales, controls=controls)


def cell_state(scene: Scene, x: str, y: str) -> dict[str, str]:
    """Return the options that show the runs behind a cell.

    Args:
        scene: What the matrix was drawn from.
        x: Name of the column of the cell, escaped as in the chart.
        y: Name of its row.
    """
    keys = {
        escape_text(one.name): key
        for key, one in zip(
            _columns(scene),
            scene.table.columns(scene.fact(key) for key in _columns(scene)),
            strict=True,
        )
    }
    return {"cx": keys[x], "cy": keys[y]} if x in keys and y in keys and x != y else {}


TAB = Tab(name="matrix", label="Correlation", controls=_controls, draw=_draw, wide=True)
