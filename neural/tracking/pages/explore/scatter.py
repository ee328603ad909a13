"""Tab: anything of the runs against anything else, with its trend."""

from __future__ import annotations

from dash.development.base_component import Component

from neural.tracking.analysis.run_columns import rank_column
from neural.tracking.charts.scatter import scatter, scatter_dict
from neural.tracking.pages.explore.controls import SCALES, checks, picker, select
from neural.tracking.pages.explore.marginals import with_marginals
from neural.tracking.pages.explore.runs import STARTED, label_of, metric_key
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab

__all__ = ["TAB", "scatter_part"]

HEIGHT_PX = 460


def _axes(scene: Scene) -> tuple[str, str, str]:
    """Return the keys of x, y and colour."""
    x = next(iter([*scene.numeric_params(), *scene.varied_params()]), STARTED)
    y = metric_key(scene.metric) if scene.metric else STARTED
    color = scene.view.one("color")
    return (
        scene.chosen("x", [x])[0],
        scene.chosen("y", [y])[0],
        color if scene.has(color) else "",
    )


def _controls(scene: Scene) -> list[Component]:
    x, y, color = _axes(scene)
    shown = ["1"] if scene.view.flag("marg") else []
    return [
        picker(scene.whole, "x", "X", x),
        picker(scene.whole, "y", "Y", y),
        picker(scene.whole, "color", "Colour", color, blank="None"),
        select("lx", "X axis", SCALES, scene.view.one("lx")),
        select("ly", "Y axis", SCALES, scene.view.one("ly")),
        checks("marg", "Margins", {"1": "Histograms"}, shown),
        checks("rank", "Colours", {"1": "By rank"}, ["1"] if scene.view.flag("rank") else []),
    ]


def _draw(scene: Scene) -> list[Part]:
    x, y, color = _axes(scene)
    scales = scene.view.flag("lx"), scene.view.flag("ly")
    part = scatter_part(
        scene,
        "scatter",
        x,
        y,
        color=color,
        by_rank=bool(scene.view.flag("rank")),
        scales=scales,
        margins=bool(scene.view.flag("marg")),
    )
    return [part]


def scatter_part(
    scene: Scene,
    name: str,
    x: str,
    y: str,
    *,
    color: str = "",
    by_rank: bool = False,
    scales: tuple[bool | None, bool | None] = (None, None),
    margins: bool = False,
    controls: tuple[Component, ...] = (),
) -> Drawn:
    """Return the scatter of two columns on its card.

    Args:
        scene: The runs.
        name: Of the chart.
        x: Key of the column along x.
        y: Key of the column along y.
        color: Key of the column of the colours; empty: all the same.
        by_rank: Whether numbers colour by their rank, so that no outlier takes the whole scale.
        scales: Whether x and y are logarithmic; ``None`` follows the column.
        margins: Whether histograms stand along the axes.
        controls: What stands over the chart.
    """
    facts = [scene.fact(key) for key in (x, y, color) if key]
    across, up, *more = scene.table.columns(facts)
    ranked = bool(more) and by_rank and more[0].is_number
    if ranked:
        more = [rank_column(more[0])]
    data = scatter(
        across,
        up,
        color=more[0] if more else None,
        labels=scene.table.labels,
        log_x=scales[0],
        log_y=scales[1],
    )
    figure = scatter_dict(data, theme=scene.theme, compact=True)
    if margins and figure["data"]:
        figure = with_marginals(figure, data.points, scene.theme)
    figure["layout"]["height"] = HEIGHT_PX
    shade = f"columns[{facts[2]!r}]" if more else ""
    shade = f"rank_column({shade})" if ranked else shade
    colored = f", color={shade}" if more else ""
    return Drawn(
        name=name,
        title=f"{label_of(facts[1])} over {label_of(facts[0])}",
        figure=figure,
        about=f"Runs as points: {label_of(facts[1])} over {label_of(facts[0])}, with the trend",
        facts=tuple(dict.fromkeys(facts)),
        imports=(
            *(("from neural.tracking.analysis.run_columns import rank_column",) if ranked else ()),
            "from neural.tracking.charts.scatter import scatter, scatter_dict",
        ),
        code=(
            f"data = scatter(columns[{facts[0]!r}], columns[{facts[1]!r}]{colored},",
            f"    labels=labels, log_x={scales[0]!r}, log_y={scales[1]!r})",
            "figure = go.Figure(scatter_dict(data))",
        ),
        controls=controls,
        ids=scene.table.ids,
    )


TAB = Tab(name="scatter", label="Scatter", controls=_controls, draw=_draw)
