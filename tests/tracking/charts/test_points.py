from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.points import (
    column_axis,
    hidden_note,
    jittered,
    point_traces,
    points_of,
)


def test_runs_without_a_place_are_counted() -> None:
    """Missing on one axis, or not positive on a logarithmic one."""
    points = points_of(column("lr", [0.1, None, 0.0, 0.2]), column("acc", [1, 2, 3, 4]), log_x=True)

    assert points.shown.tolist() == [True, False, False, True]
    assert hidden_note(points).startswith("2 of 4 runs")


def test_names_never_stand_on_a_logarithmic_axis() -> None:
    """Whatever was asked for."""
    points = points_of(column("opt", ["a", "b"]), column("acc", [1, 2]), log_x=True)

    assert not points.log_x


def test_marks_know_their_run() -> None:
    """Also where some runs are left out and colours make several traces."""
    names = column("opt", ["sgd", "adam", "sgd", None])
    points = points_of(column("x", [1, 2, None, 4]), column("y", [1, 2, 3, 4]), color=names)

    traces = point_traces(points, "dark")

    rows = {trace["name"]: trace["customdata"].tolist() for trace in traces if "name" in trace}
    assert rows == {"adam": [1], "sgd": [0], "no opt": [3]}
    assert len({str(trace["marker"]["symbol"]) for trace in traces}) == 3


def test_uid_has_no_blank() -> None:
    """Plotly makes a selector of it; with a blank a colour bar is drawn again and again."""
    points = points_of(column("x", [1, 2]), column("y", [1, 2]), color=column("z", [1.0, None]))

    assert not [trace for trace in point_traces(points, "dark") if " " in trace["uid"]]


def test_names_are_spread_sideways() -> None:
    """Equal names do not cover one another, and stay nearer to their tick than to the next."""
    moved = jittered(column("opt", ["a"] * 5 + ["b"]))

    assert len(set(moved[:5])) == 5
    assert np.abs(moved[:5]).max() < 0.5
    assert moved[5] == 1.0


@pytest.mark.parametrize(("values", "ticks"), [(["a", "b"], ["a", "b"]), ([1.0, 2.0], None)])
def test_axis_of_a_column(values: list[object], ticks: list[str] | None) -> None:
    """Names are ticks, numbers are left to Plotly."""
    assert column_axis(column("x", values)).get("ticktext") == ticks


def test_very_many_runs_are_thinned_and_counted() -> None:
    """Evenly, from the first to the last; no texts travel for thousands of them."""
    numbers = column("x", range(50_000))

    points = points_of(numbers, numbers)

    (trace,) = point_traces(points, "dark")
    assert hidden_note(points) == "10,000 of 50,000 runs drawn, evenly chosen"
    assert trace["customdata"][[0, -1]].tolist() == [0, 49_999]
    assert "text" not in trace
