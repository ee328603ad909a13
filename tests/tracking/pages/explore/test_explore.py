"""The Explore page, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from neural.tracking.pages.explore import parallel, runs
from neural.tracking.pages.explore.brushes import Brush, brushed, brushes_of, ranges_of
from neural.tracking.pages.explore.clicks import clicked
from neural.tracking.pages.explore.controls import MOST_OPTIONS, options_for
from neural.tracking.pages.explore.exports import snippet, table_csv
from neural.tracking.pages.explore.histograms import histogram_ridges
from neural.tracking.pages.explore.layout import controls_of, counts, header_controls
from neural.tracking.pages.explore.matrix import cell_state
from neural.tracking.pages.explore.page import drawn, layout, with_settings
from neural.tracking.pages.explore.panels import Panels
from neural.tracking.pages.explore.runs import metric_key
from neural.tracking.pages.explore.scene import Drawn, Scene
from neural.tracking.pages.explore.tabs import TABS
from neural.tracking.pages.explore.view import ExploreView, is_new_step
from neural.tracking.ui.page import AppContext, PageLocation, search_string

MakeRun = Callable[..., str]


@pytest.fixture
def panels(context: AppContext, make_run: MakeRun) -> Panels:
    """What draws, over eight runs of two params."""
    for number in range(8):
        lr, width = 10.0 ** -(1 + number % 4), 16 * (1 + number % 2)
        loss = lr + number / 100
        make_run(
            metrics={"val/loss": [1.0, loss], "val/acc": [0.1, 1 - loss]},
            params={"lr": lr, "width": width, "opt": "adam" if number % 2 else "sgd"},
        )
    return Panels(context)


def _scene(panels: Panels, **state: Any) -> Scene:
    return panels.scene(ExploreView.from_state(state))


def _words(parts: Any) -> str:
    return " ".join(str(p.to_plotly_json()) if isinstance(p, Component) else str(p) for p in parts)


def _charts(panels: Panels, scene: Scene) -> list[Drawn]:
    return [part for part in panels.parts(scene) if isinstance(part, Drawn)]


def test_the_address_holds_the_whole_view() -> None:
    """What an address spells comes back from it, and nonsense is as by default."""
    state = {"filter": "params.lr > 0", "tab": "scatter", "metric": "val/acc", "stat": "last"}
    view = ExploreView.from_state({**state, "goal": "max", "brush": ["0:1:params.lr"], "lx": "1"})

    again = ExploreView.of(PageLocation(search=search_string(view.state())))

    assert again == view
    assert ExploreView.from_state({"stat": "?", "goal": "?"}) == ExploreView()


def test_a_filter_being_typed_is_one_step() -> None:
    """The back button leads over whole filters and over tabs, not over letters."""
    first, more = ({"filter": text, "tab": ""} for text in ("params", "params.lr"))

    assert not is_new_step(first, more)
    assert is_new_step(more, {**more, "tab": "scatter"})


@pytest.mark.parametrize("tab", list(TABS))
def test_every_tab_draws(panels: Panels, tab: str) -> None:
    """Its figures are valid, and their Python draws them again from the store."""
    scene = _scene(panels, tab=tab)
    charts = _charts(panels, scene)

    assert charts
    for chart in charts:
        assert go.Figure(chart.figure).data
        code = snippet(str(scene.table.store.base_dir), scene, chart)
        found: dict[str, Any] = {}
        exec(code.replace("figure.show()", ""), found)
        assert found["figure"].data


@pytest.mark.parametrize("kind", ["histogram", "ecdf", "box", "violin", "steps"])
def test_every_distribution_draws(panels: Panels, kind: str) -> None:
    """Each kind of the tab has a valid figure, grouped where it can be."""
    (chart,) = _charts(panels, _scene(panels, tab="spread", kind=kind, by="params.opt"))

    assert go.Figure(chart.figure).data is not None


def test_colours_by_rank(panels: Panels) -> None:
    """An outlier takes one step of the scale, and the Python of the chart says so too."""
    scene = _scene(panels, tab="scatter", color="params.lr", rank="1")
    (chart,) = _charts(panels, scene)

    assert "rank_column(columns['params.lr'])" in "".join(chart.code)
    found: dict[str, Any] = {}
    code = snippet(str(scene.table.store.base_dir), scene, chart)
    exec(code.replace("figure.show()", ""), found)
    assert "rank of lr" in str(found["figure"].data[-1].marker.colorbar.title.text)


@pytest.mark.parametrize("tab", list(TABS))
def test_no_runs(context: AppContext, tab: str) -> None:
    """An empty store says what to do on every tab."""
    content = drawn(Panels(context), {"tab": tab}, "dark")[0]

    assert "No runs yet" in _words(content)


@pytest.mark.parametrize("tab", list(TABS))
def test_one_run(context: AppContext, make_run: MakeRun, tab: str) -> None:
    """A single run breaks no tab."""
    make_run(metrics={"loss": [1.0]}, params={"lr": 0.1})

    assert drawn(Panels(context), {"tab": tab}, "light")[0]


def test_a_filter_that_finds_nothing(panels: Panels) -> None:
    """The page says that it is the filter."""
    assert "No run matches" in _words(drawn(panels, {"filter": "params.lr > 9"}, "dark")[0])


def test_left_out_runs_are_counted(panels: Panels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more runs than are looked at, the head of the page says so."""
    monkeypatch.setattr(runs, "MOST_RUNS", 3)
    scene = _scene(panels)

    assert len(scene.table.rows) == 3
    assert "8 runs" in _words(counts(scene))
    assert "the newest" in _words(counts(scene))


def test_a_cell_leads_to_its_scatter(panels: Panels) -> None:
    """A click on the matrix chooses the two columns, one on the diagonal nothing."""
    scene = _scene(panels)

    view, run = clicked(panels, scene, "matrix", {"x": "lr", "y": "val/loss (best)"})

    assert (view.one("cx"), view.one("cy"), run) == ("params.lr", "metrics.val/loss", None)
    assert cell_state(scene, "lr", "lr") == {}
    names = [chart.name for chart in _charts(panels, panels.scene(view))]
    assert names == ["matrix", "cell"]


def test_a_name_with_markup_has_a_cell(context: AppContext, make_run: MakeRun) -> None:
    """The chart escapes names; a click on one finds its column all the same."""
    for number in range(4):
        make_run(metrics={"loss": [float(number)]}, params={"<b>": number, "lr": -number})

    assert cell_state(_scene(Panels(context)), "&lt;b&gt;", "lr") == {
        "cx": "params.<b>",
        "cy": "params.lr",
    }


def test_a_mark_opens_its_run(panels: Panels) -> None:
    """Row numbers of clicks are those of the drawn runs; others lead nowhere."""
    scene = _scene(panels, tab="heatmap")
    best = _charts(panels, scene)[0].ids[0]

    assert clicked(panels, scene, "heatmap", {"y": 0})[1] == best
    assert clicked(panels, scene, "heatmap", {"y": 99})[1] is None
    assert clicked(panels, scene, "gone", {"customdata": 0})[1] is None


def test_a_box_brushes_its_axes(panels: Panels) -> None:
    """The upper half of the first axis keeps the runs with large values, on a log scale."""
    scene = _scene(panels, tab="parallel", ax=["params.lr", "params.width", "metrics.val/loss"])

    texts = parallel.brush_texts(scene, {"x": [-0.1, 0.1], "y": [0.5, 1.2]})
    kept = _scene(panels, brush=list(texts)).table

    assert [brush.fact for brush in brushes_of(texts)] == ["params.lr"]
    assert sorted(kept.column("params.lr").values) == pytest.approx([0.01, 0.01, 0.1, 0.1])


def test_brushes_survive_their_spelling(panels: Panels) -> None:
    """The ends of a brush are rounded in the address, and still keep the runs at the ends."""
    table = _scene(panels).whole
    column = table.column("metrics.val/loss.last")
    brush = Brush("metrics.val/loss.last", float(column.values.min()), float(column.values.max()))

    again = brushes_of([brush.text])

    assert brushed(table, again).all()
    assert ranges_of(again, brush.fact, column, is_log=False)[0] == pytest.approx([0, 1], abs=1e-4)
    assert brushes_of(["", "a:b:c", "1:2:", "nan"]) == []


def test_a_brush_below_the_axis_keeps_missing_values(
    context: AppContext, make_run: MakeRun
) -> None:
    """Runs without a value stand below the axis, and can be kept there."""
    make_run(metrics={"loss": [1.0]}, params={"lr": 0.1})
    make_run(metrics={"loss": [2.0]}, params={"other": 0.1})
    table = Panels(context).table(ExploreView())

    mask = brushed(table, [Brush("params.lr", None, 0.0)])

    assert np.isnan(table.column("params.lr").values[mask]).tolist() == [True]


def test_what_only_appeared_is_no_choice(panels: Panels) -> None:
    """A control reports its default when it is drawn; only a change shapes the view."""
    scene = _scene(panels, tab="parallel")
    own = [one for chart in _charts(panels, scene) for one in chart.controls]
    controls = [*header_controls(scene), *controls_of(scene), *own]

    same = with_settings(scene, [("plog", ["params.lr"]), ("stat", "best")], controls)
    changed = with_settings(scene, [("plog", []), ("stat", "last")], controls)

    assert same == scene.view
    assert changed.many("plog") == (parallel.NONE,)
    assert changed.stat == "last"


def test_the_objective_turns_the_best_value(panels: Panels) -> None:
    """Best follows the direction that was chosen on the page, in order and in values."""
    scene = _scene(panels, metric="val/loss", goal="max")

    assert scene.target == "metrics.val/loss.max"
    assert set(scene.result.values) == {1.0}


def test_very_many_names_are_searched(context: AppContext, make_run: MakeRun) -> None:
    """A choice offers some names, says how many more there are, and finds any."""
    many = {f"layer{i}/norm": [1.0] for i in range(MOST_OPTIONS + 50)}
    make_run(metrics=many)
    table = Panels(context).table(ExploreView())

    first = options_for(table, "metrics", "", ["metrics.layer149/norm"])
    found = options_for(table, "metrics", "layer14 149", [])

    assert first[0]["value"] == "metrics.layer149/norm"
    assert "50 more" in first[-1]["label"]
    assert [one["value"] for one in found] == [metric_key("layer149/norm")]


def test_csv_has_a_row_a_run(panels: Panels) -> None:
    """The columns of the chart, every run, nothing that a spreadsheet would run."""
    scene = _scene(panels, tab="scatter", x="params.opt")
    lines = table_csv(scene, _charts(panels, scene)[0]).splitlines()

    assert lines[0] == "run,id,opt,val/loss (best)"
    assert len(lines) == 9


def test_damaged_histograms_are_left_out() -> None:
    """Whole ones become ridges of area one, in the order of their steps."""
    whole = {"step": 2, "value": {"edges": [0, 1, 2], "counts": [1, 3]}}
    late = {"step": 9, "value": {"edges": [1, 2, 3], "counts": [1, 1]}}

    ridges = histogram_ridges([late, {"step": 1, "value": {"edges": [0]}}, {}, whole])

    assert [one.first for one in ridges] == [2, 9]
    density = ridges[0].density
    assert np.trapezoid(density.height, density.x) == pytest.approx(1, abs=0.05)


def test_the_page_stands_without_runs(context: AppContext) -> None:
    """The frame of the page needs no run."""
    assert "Explore" in _words([layout(context, PageLocation())])
