"""Tab: the result over each param, and over two of them at once."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.errors import MissingExtraError
from neural.tracking.charts.contour import contour, contour_dict
from neural.tracking.charts.slices import slices, slices_dict
from neural.tracking.pages.explore.controls import SCALES, picker, select
from neural.tracking.pages.explore.importance import SLICES_MIN_WIDTH
from neural.tracking.pages.explore.runs import label_of
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.ui.components import card, empty_state

__all__ = ["TAB"]

#: Params whose slices are drawn at first.
_SLICES = 6
CONTOUR_HEIGHT_PX = 480


def _pair(scene: Scene) -> tuple[str, str]:
    """Return the keys of the two params of the contour; empty where there are not two."""
    numbers = scene.numeric_params()
    x = scene.chosen("sx", numbers[:1])
    y = scene.chosen("sy", [key for key in numbers if key not in x][:1])
    return next(iter(x), ""), next(iter(y), "")


def _controls(scene: Scene) -> list[Component]:
    x, y = _pair(scene)
    shown = scene.chosen("sl", scene.varied_params()[:_SLICES])
    return [
        picker(scene.whole, "sx", "Contour: X", x),
        picker(scene.whole, "sy", "Y", y),
        select("slx", "X axis", SCALES, scene.view.one("slx")),
        select("sly", "Y axis", SCALES, scene.view.one("sly")),
        picker(scene.whole, "sl", "Slices", shown, multi=True),
        select("slog", "Result", SCALES, scene.view.one("slog")),
    ]


def _draw(scene: Scene) -> list[Part]:
    return [_contour(scene), _slices(scene)]


def _contour(scene: Scene) -> Part:
    x, y = _pair(scene)
    if not x or not y:
        why = html.P("A contour needs two params of numbers that differ between the runs.")
        return empty_state("No contour", why)
    log_x, log_y = scene.view.flag("slx"), scene.view.flag("sly")
    across, up = scene.table.columns([x, y])
    try:
        data = contour(
            across,
            up,
            scene.result,
            labels=scene.table.labels,
            log_x=log_x,
            log_y=log_y,
            log_color=scene.view.flag("slog"),
        )
    except MissingExtraError as error:
        return card("Contour", html.P(str(error)))
    figure = contour_dict(data, theme=scene.theme, compact=True)
    figure["layout"]["height"] = CONTOUR_HEIGHT_PX
    return Drawn(
        name="contour",
        title=f"{label_of(scene.target)} over {label_of(x)} and {label_of(y)}",
        figure=figure,
        about="The result as colour over two params, interpolated between the runs",
        facts=(x, y, scene.target),
        imports=("from neural.tracking.charts.contour import contour, contour_dict",),
        code=(
            f"data = contour(columns[{x!r}], columns[{y!r}], columns[{scene.target!r}],",
            f"    labels=labels, log_x={log_x!r}, log_y={log_y!r},",
            f"    log_color={scene.view.flag('slog')!r})",
            "figure = go.Figure(contour_dict(data))",
        ),
        ids=scene.table.ids,
    )


def _slices(scene: Scene) -> Part:
    facts = scene.chosen("sl", scene.varied_params()[:_SLICES])
    log_y = scene.view.flag("slog")
    data = slices(scene.result, scene.table.columns(facts), labels=scene.table.labels, log_y=log_y)
    figure = slices_dict(data, theme=scene.theme, compact=True)
    if figure["data"]:
        figure["layout"]["meta"]["min_width"] = SLICES_MIN_WIDTH
    return Drawn(
        name="slices",
        title=f"{label_of(scene.target)} over each param",
        figure=figure,
        about="Runs as points: the result over each of the chosen params",
        facts=(scene.target, *facts),
        imports=("from neural.tracking.charts.slices import slices, slices_dict",),
        code=(
            f"params = [columns[name] for name in {facts!r}]",
            f"data = slices(columns[{scene.target!r}], params, labels=labels, log_y={log_y})",
            "figure = go.Figure(slices_dict(data))",
        ),
        ids=scene.table.ids,
    )


TAB = Tab(name="slices", label="Slice and contour", controls=_controls, draw=_draw)
