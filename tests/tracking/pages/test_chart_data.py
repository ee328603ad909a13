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
from neural.tracking.charts.lines import View, line
from neural.tracking.pages.chart_data import ChartData, ChartRun, blank, changes, columns_for, mark
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
        .chart("loss", _runs(first, without, second), View(), "dark")
        .figure
    )

    assert [trace["meta"]["key"] for trace in figure["data"]] == [first, second]
    assert _values(figure["data"][0]["y"]) == [1.0, 2.0]
    go.Figure(figure)


def test_a_run_keeps_its_colour(context: AppContext, make_run: MakeRun) -> None:
    """The colour belongs to the run on the page, not to its place among the lines of a chart."""
    runs = _runs(make_run(metrics={"a": [1.0], "b": [1.0]}), make_run(metrics={"b": [1.0]}))
    charts = ChartData(context.manager)

    both = {
        trace["meta"]["key"]: trace["line"]["color"]
        for trace in charts.chart("b", runs, View(), "dark").figure["data"]
    }
    alone = ChartData(context.manager).chart("a", runs, View(), "dark").figure["data"][0]

    assert alone["line"]["color"] == both[runs[0].id]
    assert len(set(both.values())) == 2


def test_zoom_survives_new_data_but_not_another_axis(
    context: AppContext, make_run: MakeRun
) -> None:
    """A range chosen on a linear axis means nothing on a logarithmic one."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)

    keys = [
        charts.chart("loss", runs, view, "dark").figure["layout"]["uirevision"]
        for view in (View(), View(smoothing=0.5), View(log_y=True), View(x="time"))
    ]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_lines_are_kept_until_their_run_changes(context: AppContext, make_run: MakeRun) -> None:
    """A chart of a run at rest is not read again; one that went on is."""
    run = make_run(metrics={"loss": [1.0]})
    charts = ChartData(context.manager)
    before = charts.chart("loss", _runs(run), View(), "dark").figure
    again = charts.chart("loss", _runs(run), View(), "dark").figure

    with ExperimentTracker.resume(run, context.base_dir, auto_visualize=False) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=1)
    after = charts.chart("loss", _runs(run), View(), "dark").figure

    assert charts._line.cache_info().misses == 2
    assert mark(before) == mark(again) != mark(after)
    assert _values(after["data"][0]["y"]) == [1.0, 0.5]


def test_only_changed_lines_travel(context: AppContext, tmp_path: Path, make_run: MakeRun) -> None:
    """Of two runs in a chart, the one at rest is not sent again."""
    rest = make_run(metrics={"loss": [1.0] * 50})
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    for step in range(50):
        live.log_metrics({"loss": 1.0}, step=step)
    charts, runs = ChartData(context.manager), _runs(rest, live.experiment_id)
    before = charts.chart("loss", runs, View(), "dark").figure

    live.log_metrics({"loss": 0.5}, step=50)
    after = charts.chart("loss", runs, View(), "dark").figure
    live.finish()

    patch = changes(after, mark(before), mark(after))
    assert patch is not None
    replaced = _replaced(patch)
    assert set(replaced) == {"data/1/x", "data/1/y"}
    assert _values(replaced["data/1/y"])[-1] == 0.5


def test_a_new_kind_of_mark_needs_a_whole_chart(context: AppContext, tmp_path: Path) -> None:
    """The first NaN adds a trace, which no patch of arrays can."""
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    live.log_metrics({"loss": 1.0}, step=0)
    charts, runs = ChartData(context.manager), _runs(live.experiment_id)
    before = charts.chart("loss", runs, View(), "dark").figure

    live.log_metrics({"loss": float("nan")}, step=1)
    after = charts.chart("loss", runs, View(), "dark").figure
    live.finish()

    assert changes(after, mark(before), mark(after)) is None


def test_another_theme_needs_a_whole_chart(context: AppContext, make_run: MakeRun) -> None:
    """Colours are not part of the data that a patch replaces."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)
    dark = charts.chart("loss", runs, View(), "dark").figure
    light = charts.chart("loss", runs, View(), "light").figure

    assert changes(light, mark(dark), mark(light)) is None


def test_values_that_were_logged_again_are_counted(context: AppContext, tmp_path: Path) -> None:
    """A step that was logged twice is drawn once, and the chart says so."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        for step in (0, 1, 1, 2):
            run.log_metrics({"loss": 1.0}, step=step)

    chart = ChartData(context.manager).chart("loss", _runs(run.experiment_id), View(), "dark")
    assert chart.note == "1 re-logged, the last of each step is drawn"


def test_a_run_that_is_gone(context: AppContext, make_run: MakeRun) -> None:
    """A run that was moved to the trash meanwhile takes its line with it, nothing else."""
    gone, here = make_run(metrics={"loss": [1.0]}), make_run(metrics={"loss": [2.0]})
    charts = ChartData(context.manager)
    context.manager.delete_experiment(gone)

    figure = charts.chart("loss", _runs(gone, here), View(), "dark").figure

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

    figure = ChartData(context.manager).chart("loss", _runs(*runs), View(), "dark").figure

    points = [len(_values(trace["y"])) for trace in figure["data"]]
    assert max(points) <= 1004
    assert len(json.dumps(figure)) <= 300_000
    assert "of 200,000 points drawn" in figure["layout"]["meta"]["note"]


@pytest.mark.parametrize("view", [View(), View(smoothing=0.6), View(x="time", smoothing=0.6)])
@pytest.mark.parametrize("lines", [1, 20, 100])
def test_bytes_of_a_chart(lines: int, view: View) -> None:
    """However many lines there are, what travels stays below 300 kB."""
    columns = columns_for(lines, view)
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

    assert lines * size * 4 / 3 < 250_000


def test_blank() -> None:
    """A chart that waits for its data has no axes, in no theme's colour."""
    figure = blank()

    go.Figure(figure)
    assert figure["data"] == []
    assert figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
