from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neural.tracking.charts.grid import ROW_HEIGHT
from neural.tracking.charts.training_curves import (
    training_curves,
    training_curves_dict,
    training_curves_figure,
)
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def _domains(layout: dict[str, Any], axis: str) -> list[tuple[float, float]]:
    return [tuple(value["domain"]) for name, value in layout.items() if name.startswith(axis)]


def test_one_panel_a_metric_in_the_order_given(series_of: SeriesOf) -> None:
    """The order of the panels is the caller's, and metrics without a point have none."""
    grid = training_curves({"b": series_of([1.0]), "never": series_of([]), "a": series_of([2.0])})

    assert [line.key for line in grid.lines] == ["b", "a"]
    assert grid.total == 2


@pytest.mark.parametrize(("metrics", "rows"), [(1, 1), (2, 1), (3, 2), (8, 4)])
def test_two_panels_a_row(series_of: SeriesOf, metrics: int, rows: int) -> None:
    """Each row is 400 pixels high."""
    series = {f"m{i}": series_of([1.0, 2.0]) for i in range(metrics)}

    figure = training_curves_dict(training_curves(series))

    assert figure["layout"]["height"] == rows * ROW_HEIGHT == rows * 400
    assert len(set(_domains(figure["layout"], "yaxis"))) == rows


def test_panels_do_not_overlap(series_of: SeriesOf) -> None:
    """Side by side and one below the other, all inside the figure."""
    figure = training_curves_dict(training_curves({f"m{i}": series_of([1.0]) for i in range(6)}))

    across = sorted(set(_domains(figure["layout"], "xaxis")))
    down = sorted(set(_domains(figure["layout"], "yaxis")))
    for ends in (across, down):
        flat = [end for pair in ends for end in pair]
        assert flat == sorted(flat)
        assert 0 <= flat[0] < flat[-1] <= 1


def test_figure_says_what_it_leaves_out(series_of: SeriesOf) -> None:
    """Reduced points, NaN and metrics without a panel are counted above the panels."""
    values = np.sin(np.arange(10_000))
    values[7] = np.nan

    grid = training_curves({"a": series_of(values), "b": series_of([1.0])}, max_panels=1)

    note = training_curves_dict(grid)["layout"]["meta"]["note"]
    assert note.startswith("1,002 of 10,000 points drawn, extremes exact, 1 NaN; 1 of 2 metrics")


def test_marks_of_gaps_do_not_move_other_panels(series_of: SeriesOf) -> None:
    """The axis of the marks is one that no panel uses."""
    figure = training_curves_dict(
        training_curves({"a": series_of([1.0, np.nan]), "b": series_of([1.0])})
    )

    marks = next(trace for trace in figure["data"] if trace["meta"]["part"] == "gaps")
    assert marks["yaxis"] == "y3"
    assert figure["layout"]["yaxis3"]["overlaying"] == "y"
    assert {trace["yaxis"] for trace in figure["data"]} == {"y", "y2", "y3"}


def test_nothing_logged() -> None:
    """The figure says so, and what to do."""
    figure = training_curves_figure(training_curves({}))

    assert "No metric was logged yet" in figure.layout.annotations[0].text
    assert "log_metrics" in figure.layout.annotations[0].text
