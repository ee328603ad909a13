"""From the store to a chart, and what of it is new."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import Patch

from neural.tracking import ExperimentTracker
from neural.tracking.charts.lines import View
from neural.tracking.pages.chart_data import ChartData, ChartRun, blank, changes, mark
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

    figure = ChartData(context.manager).figure(
        "loss", _runs(first, without, second), View(), "dark"
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
        for trace in charts.figure("b", runs, View(), "dark")["data"]
    }
    alone = ChartData(context.manager).figure("a", runs, View(), "dark")["data"][0]

    assert alone["line"]["color"] == both[runs[0].id]
    assert len(set(both.values())) == 2


def test_zoom_survives_new_data_but_not_another_axis(
    context: AppContext, make_run: MakeRun
) -> None:
    """A range chosen on a linear axis means nothing on a logarithmic one."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)

    keys = [
        charts.figure("loss", runs, view, "dark")["layout"]["uirevision"]
        for view in (View(), View(smoothing=0.5), View(log_y=True), View(x="time"))
    ]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_lines_are_kept_until_their_run_changes(context: AppContext, make_run: MakeRun) -> None:
    """A chart of a run at rest is not read again; one that went on is."""
    run = make_run(metrics={"loss": [1.0]})
    charts = ChartData(context.manager)
    before = charts.figure("loss", _runs(run), View(), "dark")
    again = charts.figure("loss", _runs(run), View(), "dark")

    with ExperimentTracker.resume(run, context.base_dir, auto_visualize=False) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=1)
    after = charts.figure("loss", _runs(run), View(), "dark")

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
    before = charts.figure("loss", runs, View(), "dark")

    live.log_metrics({"loss": 0.5}, step=50)
    after = charts.figure("loss", runs, View(), "dark")
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
    before = charts.figure("loss", runs, View(), "dark")

    live.log_metrics({"loss": float("nan")}, step=1)
    after = charts.figure("loss", runs, View(), "dark")
    live.finish()

    assert changes(after, mark(before), mark(after)) is None


def test_another_theme_needs_a_whole_chart(context: AppContext, make_run: MakeRun) -> None:
    """Colours are not part of the data that a patch replaces."""
    runs, charts = _runs(make_run(metrics={"loss": [1.0]})), ChartData(context.manager)
    dark = charts.figure("loss", runs, View(), "dark")
    light = charts.figure("loss", runs, View(), "light")

    assert changes(light, mark(dark), mark(light)) is None


def test_values_that_were_logged_again_are_counted(context: AppContext, tmp_path: Path) -> None:
    """A step that was logged twice is drawn once, and the chart says so."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        for step in (0, 1, 1, 2):
            run.log_metrics({"loss": 1.0}, step=step)

    assert ChartData(context.manager).relogged("loss", _runs(run.experiment_id)) == 1


def test_a_run_that_is_gone(context: AppContext, make_run: MakeRun) -> None:
    """A run that was moved to the trash meanwhile takes its line with it, nothing else."""
    gone, here = make_run(metrics={"loss": [1.0]}), make_run(metrics={"loss": [2.0]})
    charts = ChartData(context.manager)
    context.manager.delete_experiment(gone)

    figure = charts.figure("loss", _runs(gone, here), View(), "dark")

    assert [trace["meta"]["key"] for trace in figure["data"]] == [here]
    assert charts.relogged("loss", _runs(gone, here)) == 0


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

    figure = ChartData(context.manager).figure("loss", _runs(*runs), View(), "dark")

    points = [len(_values(trace["y"])) for trace in figure["data"]]
    assert max(points) <= 1004
    assert len(json.dumps(figure)) <= 300_000
    assert "of 200,000 points drawn" in figure["layout"]["meta"]["note"]


def test_blank() -> None:
    """A chart that waits for its data has no axes, in no theme's colour."""
    figure = blank()

    go.Figure(figure)
    assert figure["data"] == []
    assert figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
