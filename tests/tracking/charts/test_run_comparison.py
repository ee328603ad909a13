from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neural.tracking.charts.lines import View
from neural.tracking.charts.regions import Region
from neural.tracking.charts.run_comparison import (
    run_comparison,
    run_comparison_dict,
    run_comparison_figure,
)
from neural.tracking.charts.theme import RunStyle, run_styles
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def test_one_line_a_run_in_the_order_given(series_of: SeriesOf) -> None:
    """Runs that never logged the metric have none."""
    runs = {"b": series_of([1.0]), "never": series_of([]), "a": series_of([2.0])}

    comparison = run_comparison("loss", runs)

    assert [line.key for line in comparison.lines] == ["b", "a"]


def test_runs_of_one_name_are_told_apart(series_of: SeriesOf) -> None:
    """Equal names get their ids behind them; others stay as they are."""
    runs = {run_id: series_of([1.0]) for run_id in ("a1", "b2", "c3", "d4")}

    comparison = run_comparison("loss", runs, labels={"a1": "base", "b2": "base", "c3": "wide"})

    labels = [line.label for line in comparison.lines]
    assert labels == ["base (a1)", "base (b2)", "wide", "d4"]


def test_elapsed_time_counts_from_the_start_of_each_run(series_of: SeriesOf) -> None:
    """A run without a known start counts from its first point."""
    comparison = run_comparison(
        "loss",
        {"a": series_of([1.0]), "b": series_of([1.0])},
        starts={"a": 95.0, "b": None},
        view=View(x="relative"),
    )

    assert [line.curve.x.tolist() for line in comparison.lines] == [[5.0], [0.0]]


def test_runs_beyond_the_limit_are_counted(series_of: SeriesOf) -> None:
    """The note tells how many of how many are shown."""
    runs = {f"run{i}": series_of([1.0]) for i in range(5)}

    comparison = run_comparison("loss", runs, max_lines=2)

    assert len(comparison.lines) == 2
    assert comparison.note() == "showing 2 of 5"


def test_styles_of_the_page_win(series_of: SeriesOf) -> None:
    """A run has the colour it has all over the page; others get one of their own."""
    comparison = run_comparison("loss", {"a": series_of([1.0]), "b": series_of([1.0])})

    figure = run_comparison_dict(comparison, styles={"a": RunStyle(5, "dot")}, theme="light")

    colors = [trace["line"] for trace in figure["data"]]
    assert (colors[0]["color"], colors[0]["dash"]) == ("#074029", "dot")
    assert colors[1]["color"] == run_styles(["a", "b"])["b"].color("light")


def test_compact_chart_leaves_words_to_its_card(series_of: SeriesOf) -> None:
    """Without title and legend; the note can be read from the figure."""
    runs = {"a": series_of([1.0, np.nan]), "b": series_of([1.0])}

    layout = run_comparison_dict(run_comparison("loss", runs), compact=True)["layout"]

    assert "title" not in layout
    assert layout["showlegend"] is False
    assert layout["meta"]["note"] == "1 NaN"


@pytest.mark.parametrize(("runs", "mode"), [(12, "x unified"), (13, "closest")])
def test_tooltip_of_many_runs_tells_only_the_nearest(
    series_of: SeriesOf, runs: int, mode: str
) -> None:
    """A tooltip of all runs would cover the chart."""
    series = {f"run{i}": series_of([1.0]) for i in range(runs)}

    figure = run_comparison_dict(run_comparison("loss", series))

    assert figure["layout"]["hovermode"] == mode


def test_view_survives_an_update(series_of: SeriesOf) -> None:
    """Zoom is kept while points are added, and dropped when the axis changes."""
    before = run_comparison_dict(run_comparison("loss", {"a": series_of([1.0])}))
    after = run_comparison_dict(run_comparison("loss", {"a": series_of([1.0, 2.0])}))
    other = run_comparison_dict(
        run_comparison("loss", {"a": series_of([1.0])}, view=View(x="time"))
    )

    revision = before["layout"]["uirevision"]
    assert revision == after["layout"]["uirevision"] != other["layout"]["uirevision"]


def test_no_run_logged_the_metric(series_of: SeriesOf) -> None:
    """The figure names the metric that is missing."""
    figure = run_comparison_figure(run_comparison("val<loss", {"a": series_of([])}))

    assert figure.layout.annotations[0].text == "None of the runs logged 'val&lt;loss'"


def test_twenty_runs_of_a_thousand_points_are_light() -> None:
    """A chart of a comparison is a few bytes; ``make bench`` says how quick it is."""
    rng, steps = np.random.default_rng(0), np.arange(1_000)
    runs = {
        f"run{i}": Series(steps, steps.astype(np.float64), rng.normal(size=1_000))
        for i in range(20)
    }

    figure = run_comparison_dict(run_comparison("loss", runs))

    assert len(json.dumps(figure)) < 300_000


@pytest.mark.parametrize(("log_y", "ends"), [(False, [0.1, 10.0]), (True, [-1.0, 1.0])])
def test_a_given_range_of_the_y_axis(series_of: SeriesOf, log_y: bool, ends: list[float]) -> None:
    """Ends are values of the metric on either kind of axis."""
    comparison = run_comparison(
        "loss", {"a": series_of([1.0, 2.0])}, view=View(log_y=log_y), y_range=(0.1, 10.0)
    )

    figure = run_comparison_figure(comparison)

    assert figure.layout.yaxis.range == pytest.approx(ends)


def test_points_beyond_the_axis_are_counted(series_of: SeriesOf) -> None:
    """An axis that leaves points out says how many."""
    comparison = run_comparison("loss", {"a": series_of([1.0, 2.0])})

    assert replace(comparison, clipped=1200).note() == "1,200 points beyond the y axis"


def test_regions_are_marked_behind_the_lines(series_of: SeriesOf) -> None:
    """A stretch is a band over the full height with its reason, literally."""
    comparison = run_comparison("loss", {"a": series_of([1.0, 2.0])})
    region = Region(begin=0, end=1, text="<b>plateau", severity="warn")

    figure = run_comparison_figure(replace(comparison, regions=(region,)))

    band, word = figure.layout.shapes[0], figure.layout.annotations[0]
    assert (band.x0, band.x1, band.layer, band.yref) == (0, 1, "below", "y domain")
    assert word.text == "&lt;b&gt;plateau"
