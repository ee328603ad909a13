"""Charts in which one diverged run would press all others into one pixel."""

from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.contour import contour, contour_dict
from neural.tracking.charts.cumulative_distribution import (
    cumulative_distribution,
    cumulative_distribution_dict,
)
from neural.tracking.charts.distribution import distribution, distribution_dict
from neural.tracking.charts.group_spread import group_spread, group_spread_dict
from neural.tracking.charts.log_axis import is_log, log_color_bar
from neural.tracking.charts.slices import slices, slices_dict

#: Ten runs that went well, and one that did not.
DIVERGED = [0.1 + 0.01 * i for i in range(10)] + [1e6]


@pytest.mark.parametrize(
    ("values", "asked", "expected"),
    [
        (DIVERGED, None, True),
        (DIVERGED, False, False),
        (DIVERGED[:-1], None, False),
        (DIVERGED[:-1], True, True),
        ([0.0, 1e6], None, False),
        ([1e-320, 1e300], None, True),
        ([np.nan], None, False),
    ],
)
def test_an_axis_follows_the_values(
    values: list[float], asked: bool | None, expected: bool
) -> None:
    """Unless somebody chose; where something is not above zero it stays linear."""
    assert is_log(values, asked) is expected


def test_a_histogram_keeps_its_shape_beside_a_diverged_run() -> None:
    """Its bins are as wide as one another on the axis, and a line says what it is."""
    data = distribution("loss", DIVERGED, log_x=None)
    figure = distribution_dict(data)

    assert np.count_nonzero(data.heights) > np.count_nonzero(distribution("loss", DIVERGED).heights)
    assert data.edges[[0, -1]] == pytest.approx([0.1, 1e6])
    assert np.ptp(np.diff(np.log10(data.edges))) == pytest.approx(0, abs=1e-9)
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert "logarithmic axis: values from 0.1 to 1e+06" in figure["layout"]["meta"]["note"]


def test_a_histogram_counts_what_has_no_place() -> None:
    """A value of zero has no logarithm."""
    data = distribution("loss", [0.0, 1.0, 2.0], log_x=True)

    assert data.heights.sum() == 2
    assert "1 ≤ 0 hidden by the log axis" in data.counts.note()


def test_shares_stay_those_of_all_values() -> None:
    """Half of the values lie below the axis, so the line begins above a half."""
    data = cumulative_distribution("loss", {"a": [-1.0, 0.0, 1.0, 100.0]}, log_x=True)
    figure = cumulative_distribution_dict(data)

    assert data.groups[0].share.tolist() == [0.75, 1.0]
    assert "2 ≤ 0 hidden by the log axis" in data.note()
    assert figure["layout"]["xaxis"]["type"] == "log"


@pytest.mark.parametrize("kind", ["box", "violin"])
def test_boxes_on_a_logarithmic_axis(kind: str) -> None:
    """A density is that of the logarithms; what is not above zero is counted."""
    values = {"a": DIVERGED, "b": [-1.0, np.nan, *DIVERGED]}
    data = group_spread("loss", values, kind=kind, log_y=True)  # type: ignore[arg-type]
    figure = group_spread_dict(data)

    assert figure["layout"]["yaxis"]["type"] == "log"
    assert all(one.density is None or (one.density.x > 0).all() for one in data.groups)
    assert "1 not finite; 1 ≤ 0 hidden by the log axis; logarithmic axis" in data.note()


def test_slices_and_contours_follow_the_result() -> None:
    """The axis of the one and the colours of the other, each with its words."""
    x, y = np.arange(11.0), np.arange(11.0) ** 2 % 7
    columns = Column("lr", x), Column("width", y)
    result = Column("loss", np.array(DIVERGED))

    panels = slices(result, columns, log_y=None)
    between = contour(*columns, result, log_color=None)

    assert slices_dict(panels)["layout"]["yaxis"]["type"] == "log"
    assert "logarithmic axis" in panels.note()
    figure = contour_dict(between)
    assert figure["data"][0]["zmax"] == pytest.approx(6.0)
    assert "logarithmic colours" in figure["layout"]["meta"]["note"]


def test_runs_without_a_shade_are_hollow() -> None:
    """On a logarithmic scale a result of zero has no colour, but it has a place."""
    result = Column("loss", np.array([0.0, 1.0, 10.0, 100.0, 1000.0]))
    x, y = Column("a", np.arange(5.0)), Column("b", np.array([0.0, 2, 1, 4, 3]))

    figure = contour_dict(contour(x, y, result, log_color=True))

    hollow = figure["data"][-1]
    assert hollow["marker"]["symbol"] == "circle-open"
    assert hollow["text"] == ["run 1<br>a = 0<br>b = 0<br>loss = 0"]


def test_a_colour_bar_says_values_and_not_logarithms() -> None:
    """Its places are logarithms; its texts are what was logged."""
    bar = log_color_bar([0.01, 1.0, 100.0])

    assert bar["tickvals"] == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert bar["ticktext"] == ["0.01", "0.1", "1", "10", "100"]
