from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from neural.tracking.charts.metrics_heatmap import (
    metrics_heatmap,
    metrics_heatmap_dict,
    metrics_heatmap_figure,
)
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]
NAN = float("nan")


def test_each_metric_has_its_own_scale(series_of: SeriesOf) -> None:
    """A large metric does not hide the course of a small one, and raw values are kept."""
    heatmap = metrics_heatmap(
        {"loss": series_of([2e6, 1e6, 0.0]), "acc": series_of([0.1, 0.2, 0.3])}
    )

    assert heatmap.scaled == pytest.approx(np.array([[1, 0.5, 0], [0, 0.5, 1]]))
    assert heatmap.values.tolist() == [[2e6, 1e6, 0.0], [0.1, 0.2, 0.3]]
    assert heatmap.width == 1


def test_steps_without_a_value_are_blank(series_of: SeriesOf) -> None:
    """A metric logged every second step has holes, not made-up values."""
    heatmap = metrics_heatmap(
        {"loss": series_of([3.0, 2.0, 1.0]), "val": series_of([3.0, 1.0], [0, 2])}
    )

    assert np.isnan(heatmap.scaled[1]).tolist() == [False, True, False]


def test_long_runs_are_averaged_and_say_so(series_of: SeriesOf) -> None:
    """A cell is the mean of its range of steps."""
    heatmap = metrics_heatmap({"loss": series_of(np.arange(10.0))}, max_across=5)

    assert heatmap.steps.tolist() == [0, 2, 4, 6, 8]
    assert heatmap.values.tolist() == [[0.5, 2.5, 4.5, 6.5, 8.5]]
    assert "a cell is the mean of 2 steps" in heatmap.note()


def test_uneven_steps_fit_into_the_row(series_of: SeriesOf) -> None:
    """However far the steps reach, there are at most as many cells as asked for."""
    heatmap = metrics_heatmap(
        {"loss": series_of(np.arange(20.0), np.arange(20) ** 3)}, max_across=7
    )

    assert heatmap.steps.size <= 7
    assert np.nansum(~np.isnan(heatmap.values)) >= 2


def test_what_is_not_finite_is_counted(series_of: SeriesOf) -> None:
    """NaN and infinities leave their cells to the finite values and are counted."""
    heatmap = metrics_heatmap({"loss": series_of([1.0, NAN, np.inf, 2.0])})

    assert np.isnan(heatmap.values[0]).tolist() == [False, True, True, False]
    assert "2 values are not finite" in heatmap.note()


@pytest.mark.parametrize("values", [[0.1, 0.1], [1.7e308, 1.7e308]])
def test_metric_that_does_not_vary_is_in_the_middle(
    series_of: SeriesOf, values: list[float]
) -> None:
    """Neither smallest nor largest: there is only one value."""
    assert metrics_heatmap({"lr": series_of(values)}).scaled.tolist() == [[0.5, 0.5]]


def test_largest_floats_have_a_scale(series_of: SeriesOf) -> None:
    """A range that is no float itself still has a middle."""
    heatmap = metrics_heatmap({"x": series_of([-1.7e308, 0.0, 1.7e308])})

    assert heatmap.scaled.tolist() == [[0.0, 0.5, 1.0]]


def test_metrics_beyond_the_limit_are_counted(series_of: SeriesOf) -> None:
    """The note tells how many of how many are shown."""
    heatmap = metrics_heatmap({f"m{i}": series_of([1.0]) for i in range(3)}, max_metrics=2)

    assert heatmap.names == ("m0", "m1")
    assert "2 of 3 metrics shown" in heatmap.note()


def test_hover_tells_the_raw_value(series_of: SeriesOf) -> None:
    """The scaled number is for the colour only."""
    cells = metrics_heatmap_dict(metrics_heatmap({"loss": series_of([1.0, 2.0])}))["data"][0]

    assert "%{customdata" in cells["hovertemplate"]
    assert "%{z" not in cells["hovertemplate"]


def test_nothing_logged() -> None:
    """The figure says so."""
    figure = metrics_heatmap_figure(metrics_heatmap({}))

    assert figure.layout.annotations[0].text == "No metric was logged yet"
