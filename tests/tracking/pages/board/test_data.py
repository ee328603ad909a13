"""From the store to a chart, and what of it is new."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import Patch

from neural.tracking import ExperimentTracker
from neural.tracking.charts.lines import View, XAxis, line
from neural.tracking.charts.regions import Region
from neural.tracking.pages.board.data import ChartData, ChartRun, Look
from neural.tracking.pages.board.looks import columns_for
from neural.tracking.pages.board.marks import changes
from neural.tracking.pages.board.view import GroupView
from neural.tracking.records import Series
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


def _runs(*ids: str) -> list[ChartRun]:
    return [ChartRun(run, f"run {i}", None) for i, run in enumerate(ids)]


def _values(array: dict[str, str]) -> list[float]:
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).tolist()


def _replaced(patch: Patch) -> dict[str, Any]:
    """Return what a patch puts where: ``{"data/0/y": …}``."""
    operations = patch.to_plotly_json()["operations"]
    return {"/".join(map(str, one["location"])): one["params"]["value"] for one in operations}


def test_one_line_a_run(context: AppContext, make_run: MakeRun) -> None:
    """Runs that logged the metric are drawn in the order of their choice, others are not."""
    first, without, second = (
        make_run(metrics={"loss": [1.0, 2.0]}),
        make_run(metrics={"acc": [1.0]}),
        make_run(metrics={"loss": [3.0]}),
    )

    figure = (
        ChartData(context.manager)
        .chart("loss", _runs(first, without, second), Look(), "dark")
        .figure
    )

    assert [trace["meta"]["key"] for trace in figure["data"]] == [first, second]
    assert _values(figure["data"][0]["y"]) == [1.0, 2.0]
    go.Figure(figure)


def test_a_resumed_run_over_process_time(context: AppContext, make_run: MakeRun) -> None:
    """The time between two attempts does not count; over relative time it does."""
    run = make_run(metrics={"loss": [1.0, 2.0, 3.0]})
    (folder,) = context.base_dir.glob(f"*_{run}")
    times = (0.0, 10.0, 3620.0)
    lines = [f'{{"timestamp": {t}, "step": {i}, "loss": {i}}}' for i, t in enumerate(times)]
    (folder / "metrics.json").write_text("[\n" + ",\n".join(lines) + "\n]")
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["attempts"] = [{"start": "1970-01-01T01:00:00+00:00"}]
    (folder / "metadata.json").write_text(json.dumps(metadata))

    axes: tuple[XAxis, ...] = ("relative", "process")
    titles, ends = [], []
    for x in axes:
        look = Look(view=View(x=x))
        runs = [ChartRun(run, "a", 0.0)]
        figure = ChartData(context.manager).chart("loss", runs, look, "dark").figure
        titles.append(figure["layout"]["xaxis"]["title"]["text"])
        ends.append(_values(figure["data"][0]["x"])[-1])

    assert titles == ["Elapsed (min)", "Elapsed without pauses (s)"]
    assert ends == [pytest.approx(3620 / 60), pytest.approx(30)]


def test_a_run_keeps_its_colour(context: AppContext, make_run: MakeRun) -> None:
    """The colour belongs to the run on the page, not to its place among the lines of a chart."""
    runs = _runs(make_run(metrics={"a": [1.0], "b": [1.0]}), make_run(metrics={"b": [1.0]}))
    charts = ChartData(context.manager)

    both = {
        trace["meta"]["key"]: trace["line"]["color"]
        for trace in charts.chart("b", runs, Look(), "dark").figure["data"]
    }
    alone = ChartData(context.manager).chart("a", runs, Look(), "dark").figure["data"][0]

    assert alone["line"]["color"] == both[runs[0].id]
    assert len(set(both.values())) == 2


def test_zoom_survives_new_data_but_not_another_axis(
    context: AppContext, make_run: MakeRun
) -> None:
    """A range chosen on a linear axis means nothing on a logarithmic one."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)

    keys = [
        charts.chart("loss", runs, Look(view=view), "dark").figure["layout"]["uirevision"]
        for view in (View(), View(smoothing=0.5), View(log_y=True), View(x="time"))
    ]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_lines_are_kept_until_their_run_changes(context: AppContext, make_run: MakeRun) -> None:
    """A chart of a run at rest is not read again; one that went on is."""
    run = make_run(metrics={"loss": [1.0]})
    charts = ChartData(context.manager)
    before = charts.chart("loss", _runs(run), Look(), "dark")
    again = charts.chart("loss", _runs(run), Look(), "dark")

    with ExperimentTracker.resume(run, context.base_dir, auto_visualize=False) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=1)
    after = charts.chart("loss", _runs(run), Look(), "dark")

    assert charts._cache.line.cache_info().misses == 2
    assert before.mark == again.mark != after.mark
    assert _values(after.figure["data"][0]["y"]) == [1.0, 0.5]


def test_only_changed_lines_travel(context: AppContext, tmp_path: Path, make_run: MakeRun) -> None:
    """Of two runs in a chart, the one at rest is not sent again."""
    rest = make_run(metrics={"loss": [1.0] * 50})
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    for step in range(50):
        live.log_metrics({"loss": 1.0}, step=step)
    charts, runs = ChartData(context.manager), _runs(rest, live.experiment_id)
    before = charts.chart("loss", runs, Look(), "dark")

    live.log_metrics({"loss": 0.5}, step=50)
    after = charts.chart("loss", runs, Look(), "dark")
    live.finish()

    patch = changes(after.figure, before.mark, after.mark)
    assert patch is not None
    replaced = _replaced(patch)
    assert set(replaced) == {"data/1/x", "data/1/y"}
    assert _values(replaced["data/1/y"])[-1] == 0.5


def test_a_new_kind_of_mark_needs_a_whole_chart(context: AppContext, tmp_path: Path) -> None:
    """The first NaN adds a trace, which no patch of arrays can."""
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    live.log_metrics({"loss": 1.0}, step=0)
    charts, runs = ChartData(context.manager), _runs(live.experiment_id)
    before = charts.chart("loss", runs, Look(), "dark")

    live.log_metrics({"loss": float("nan")}, step=1)
    after = charts.chart("loss", runs, Look(), "dark")
    live.finish()

    assert changes(after.figure, before.mark, after.mark) is None


def test_another_theme_needs_a_whole_chart(context: AppContext, make_run: MakeRun) -> None:
    """Colours are not part of the data that a patch replaces."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)
    dark = charts.chart("loss", runs, Look(), "dark")
    light = charts.chart("loss", runs, Look(), "light")

    assert changes(light.figure, dark.mark, light.mark) is None


def test_values_that_were_logged_again_are_counted(context: AppContext, tmp_path: Path) -> None:
    """A step that was logged twice is drawn once, and the chart says so."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        for step in (0, 1, 1, 2):
            run.log_metrics({"loss": 1.0}, step=step)

    chart = ChartData(context.manager).chart("loss", _runs(run.experiment_id), Look(), "dark")
    assert chart.badges == ("1 re-logged",)


def test_a_run_that_is_gone(context: AppContext, make_run: MakeRun) -> None:
    """A run that was moved to the trash meanwhile takes its line with it, nothing else."""
    gone, here = make_run(metrics={"loss": [1.0]}), make_run(metrics={"loss": [2.0]})
    charts = ChartData(context.manager)
    context.manager.delete_experiment(gone)

    figure = charts.chart("loss", _runs(gone, here), Look(), "dark").figure

    assert [trace["meta"]["key"] for trace in figure["data"]] == [here]


def test_a_chart_stays_small(context: AppContext, tmp_path: Path) -> None:
    """Ten lines of 20,000 points are at most 1,000 points a line and 300 kB a chart."""
    runs = []
    for i in range(10):
        with ExperimentTracker(
            f"r{i}", tmp_path, capture_environment=False, auto_visualize=False
        ) as run:
            for step in range(20_000):
                run.log_metric("loss", float((step * 7919) % 1009), step)
        runs.append(run.experiment_id)

    figure = ChartData(context.manager).chart("loss", _runs(*runs), Look(), "dark").figure

    points = [len(_values(trace["y"])) for trace in figure["data"]]
    assert max(points) <= 1004
    assert len(json.dumps(figure)) <= 300_000
    assert "of 200,000 points drawn" in figure["layout"]["meta"]["note"]


@pytest.mark.parametrize("view", [View(), View(smoothing=0.6), View(x="time", smoothing=0.6)])
@pytest.mark.parametrize(("lines", "most"), [(1, 300_000), (20, 300_000), (100, 1_200_000)])
def test_bytes_of_a_chart(lines: int, most: int, view: View) -> None:
    """However many lines there are, what travels stays below its budget."""
    columns = columns_for(lines, view, 1400)
    step = np.arange(100_000)
    time = np.asarray(1.79e9 + step, dtype=np.float64)
    noise = Series(step, time, np.random.default_rng(0).normal(size=step.size))

    drawn = line(noise, replace(view, columns=columns), key="run")
    arrays = [drawn.curve, *([drawn.smoothed] if drawn.smoothed else [])]
    size = sum(
        curve.x.size * (4 if view.x == "step" else 8)
        + 4 * curve.y.size
        + (4 * curve.raw.size if curve.raw is not None else 0)
        for curve in arrays
    )

    assert lines * size * 4 / 3 < most


def test_a_hundred_lines_have_the_extremes_of_every_pixel() -> None:
    """The chart of a card is that wide, and none of its columns is left out."""
    assert columns_for(100, View(), 500) == 500


def _wave(context: AppContext, make_run: MakeRun, count: int = 2000) -> list[ChartRun]:
    return _runs(make_run(metrics={"loss": [float(i % 97) for i in range(count)]}))


def test_coarser_than_pixels_is_said(context: AppContext, make_run: MakeRun) -> None:
    """Where bytes do not suffice for every pixel, the note says for how many."""
    runs = _wave(context, make_run) * 40

    note = ChartData(context.manager).chart("loss", runs, Look(width=2000), "dark").note

    assert "one pair of extremes for 3.8 pixels" in note


def test_zoom_is_refined_from_all_points(context: AppContext, make_run: MakeRun) -> None:
    """The range on screen has its points, and what lies outside stays as an overview."""
    runs, charts = _wave(context, make_run), ChartData(context.manager)
    zoomed = Look(view=View(x_range=(1000, 1040)), width=60)

    chart = charts.chart("loss", runs, zoomed, "dark")

    steps = np.array(_values(chart.figure["data"][-1]["x"]))
    assert set(range(1000, 1041)) <= set(steps)
    assert steps.min() == 0
    assert steps.max() == 1999
    assert steps.size < 200
    assert chart.figure["layout"]["xaxis"]["range"] == [1000, 1040]
    assert chart.note == ""


def test_outliers_are_clipped_and_counted(context: AppContext, make_run: MakeRun) -> None:
    """The axis shows the bulk, the points stay, and the chart says how many are beyond."""
    values = [1.0, 2.0] * 50 + [1e6]
    runs = _runs(make_run(metrics={"loss": values}))

    chart = ChartData(context.manager).chart("loss", runs, Look(clip=True), "dark")

    low, high = chart.figure["layout"]["yaxis"]["range"]
    assert 0.9 < low < 1
    assert 2 < high < 2.1
    assert max(_values(chart.figure["data"][-1]["y"])) == 1e6
    assert chart.note == "1 points beyond the y axis"
    assert chart.badges == ("y clipped",)


def test_an_axis_with_one_given_end(context: AppContext, make_run: MakeRun) -> None:
    """The other end is what the values need."""
    runs = _runs(make_run(metrics={"loss": [1.0, 3.0]}))

    chart = ChartData(context.manager).chart("loss", runs, Look(ends=(0.0, None)), "dark")

    assert chart.figure["layout"]["yaxis"]["range"] == pytest.approx([0.0, 3.1])


def test_charts_of_a_section_share_an_axis(context: AppContext, make_run: MakeRun) -> None:
    """The range is that of all their values."""
    runs = _runs(make_run(metrics={"a": [0.0, 1.0], "b": [5.0, 10.0]}))
    charts, look = ChartData(context.manager), Look(shared=("a", "b"))

    ends = [charts.chart(m, runs, look, "dark").figure["layout"]["yaxis"]["range"] for m in "ab"]

    assert ends == [[-0.5, 10.5]] * 2


def test_a_metric_on_the_x_axis(context: AppContext, make_run: MakeRun) -> None:
    """Each run stands over its own values of it; the axis bears its name."""
    runs = _runs(make_run(metrics={"epoch": [0.0, 0.5], "loss": [3.0, 2.0]}))
    look = Look(view=View(x="metric", x_metric="epoch"))

    figure = ChartData(context.manager).chart("loss", runs, look, "dark").figure

    assert _values(figure["data"][-1]["x"]) == [0.0, 0.5]
    assert figure["layout"]["xaxis"]["title"]["text"] == "epoch"


def test_groups_of_runs(context: AppContext, make_run: MakeRun) -> None:
    """A group is its members, its band and its line with how many runs each point has."""
    runs = _runs(*(make_run(metrics={"loss": values}) for values in ([1.0, 2.0], [3.0])))
    labels = {run.id: "lr=1" for run in runs}
    look = Look(group=GroupView(by="params.lr", band="minmax"), labels=labels)

    chart = ChartData(context.manager).chart("loss", runs, look, "dark")

    assert [t["meta"]["part"] for t in chart.figure["data"]] == ["member", "member", "band", "line"]
    line = chart.figure["data"][-1]
    assert _values(line["y"]) == [2.0, 2.0]
    assert _values(line["customdata"]) == [2, 1]
    assert line["meta"]["name"] == "lr=1 (2)"
    go.Figure(chart.figure)


def test_members_of_groups_can_be_left_out(context: AppContext, make_run: MakeRun) -> None:
    """Only band and line are drawn, and without a band only the line."""
    runs = _runs(make_run(metrics={"loss": [1.0, 2.0]}), make_run(metrics={"loss": [3.0, 3.0]}))
    look = Look(group=GroupView(by="name", members=False, band="none"))

    figure = ChartData(context.manager).chart("loss", runs, look, "dark").figure

    assert [trace["meta"]["part"] for trace in figure["data"]] == ["line"]


def test_regions_of_a_chart(context: AppContext, make_run: MakeRun) -> None:
    """Whoever finds something in a curve can have it marked."""
    runs = _runs(make_run(metrics={"loss": [1.0, 2.0]}))
    region = Region(begin=0, end=1, text="plateau")

    figure = ChartData(context.manager).chart("loss", runs, Look(), "dark", None, [region]).figure

    assert figure["layout"]["annotations"][0]["text"] == "plateau"


def test_damage_is_counted(context: AppContext, make_run: MakeRun, tmp_path: Path) -> None:
    """A run with an unreadable place in its files says so beside its curve."""
    run = make_run(metrics={"loss": [1.0, 2.0, 3.0]})
    (path,) = tmp_path.glob(f"*{run}/metrics.json")
    path.write_bytes(path.read_bytes().replace(b'"loss":2.0', b'"loss":2.0.0'))

    badges = ChartData(context.manager).chart("loss", _runs(run), Look(), "dark").badges

    assert badges == ("1 unreadable place",)


def test_reading_ahead_gives_the_same_chart(context: AppContext, tmp_path: Path) -> None:
    """Metrics that are read together are those that are read one by one, and are let go after."""
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    live.log_metrics({"a": 1.0, "b": 2.0}, step=0)
    charts, runs = ChartData(context.manager), _runs(live.experiment_id)
    with charts.reading_ahead(["a", "b"], context.manager.revision([live.experiment_id])):
        charts.chart("a", runs, Look(), "dark")
    live.log_metrics({"a": 3.0, "b": 4.0}, step=1)

    revisions = context.manager.revision([live.experiment_id])
    with charts.reading_ahead(["a", "b"], revisions):
        assert list(charts._cache._ahead) == [live.experiment_id]
        ahead = charts.chart("a", runs, Look(), "dark", revisions)
    live.finish()

    assert charts._cache._ahead == {}
    fresh = ChartData(context.manager).chart("a", runs, Look(), "dark")
    assert _values(ahead.figure["data"][-1]["y"]) == [1.0, 3.0]
    assert ahead.mark == fresh.mark
