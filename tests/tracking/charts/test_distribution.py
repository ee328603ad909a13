from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.charts.distribution import (
    BINS,
    distribution,
    distribution_dict,
    distribution_figure,
)
from neural.tracking.charts.lines import Counts
from neural.tracking.charts.theme import TOKENS


def test_histogram_agrees_with_numpy() -> None:
    """Thirty bins from the smallest to the largest value."""
    values = np.random.default_rng(0).normal(size=1_000)

    data = distribution("loss", values)

    heights, edges = np.histogram(values, bins=30)
    assert data.heights.tolist() == heights.tolist()
    assert data.edges == pytest.approx(edges)


@given(st.lists(st.floats(), max_size=50))
def test_every_finite_value_is_in_a_bin(values: list[float]) -> None:
    """Whatever is logged, bars hold all of it that is a number, and the rest is counted."""
    data = distribution("loss", values)

    series = np.array(values, dtype=float)
    finite = series[np.isfinite(series)]
    assert data.heights.sum() == finite.size
    assert data.counts.nan == np.isnan(series).sum()
    assert data.counts.infinite == np.isinf(series).sum()
    assert (np.diff(data.edges) > 0).all()
    assert data.heights.size in (0, 1, BINS)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50))
def test_middle_lies_between_the_ends(values: list[float]) -> None:
    """Mean and median never leave the range of the values."""
    data = distribution("loss", values)

    slack = 1e-9 * max(map(abs, values))
    assert min(values) - slack <= data.mean <= max(values) + slack
    assert min(values) <= data.median <= max(values)


def test_middle_of_the_largest_floats() -> None:
    """Sums beyond the largest float do not spoil the mean."""
    data = distribution("loss", [1.6e308, 1.2e308, 1.4e308])

    assert (data.mean, data.median) == pytest.approx((1.4e308, 1.4e308))


def test_equal_values_make_one_bar() -> None:
    """A constant metric has a distribution too."""
    data = distribution("lr", [0.1] * 5)

    assert data.heights.tolist() == [5]
    assert data.edges[0] < 0.1 < data.edges[1]


def test_mean_is_red_and_median_green() -> None:
    """As in the seed, with a dash pattern each as the second cue."""
    figure = distribution_dict(distribution("loss", [1.0, 2.0, 6.0]), theme="light")

    mean, median = figure["data"][1:]
    assert (mean["name"], mean["x"]) == ("Mean 3", [3.0, 3.0])
    assert (median["name"], median["x"]) == ("Median 2", [2.0, 2.0])
    assert mean["line"]["color"] == TOKENS["light"]["error"]
    assert median["line"]["color"] == TOKENS["light"]["ok"]
    assert mean["line"]["dash"] != median["line"]["dash"]


def test_what_is_not_finite_is_counted() -> None:
    """The note tells how many values the bars hold and how many they cannot."""
    data = distribution("loss", [1.0, np.nan, np.inf, 2.0])

    assert data.counts == Counts(total=4, drawn=2, nan=1, infinite=1)
    note = distribution_dict(data)["layout"]["meta"]["note"]
    assert note == "2 values; 1 NaN, 1 infinite"


@pytest.mark.parametrize(
    ("values", "reason"),
    [([], "There are no values of 'loss'"), ([np.nan], "All values of 'loss' are unusable: 1 NaN")],
)
def test_nothing_to_draw(values: list[float], reason: str) -> None:
    """The figure says why."""
    figure = distribution_figure(distribution("loss", values))

    assert figure.layout.annotations[0].text == reason


def test_card_shows_title_and_note_itself() -> None:
    """Compact, the histogram has neither, and its legend is inside."""
    layout = distribution_dict(distribution("loss", [1.0, 2.0, 6.0]), compact=True)["layout"]

    assert "title" not in layout
    assert layout["meta"]["note"] == "3 values"
    assert layout["legend"]["yanchor"] == "top"
