from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.parallel_coordinates import (
    brushed,
    parallel_coordinates,
    parallel_coordinates_dict,
)

RATE = column("lr", [0.001, 0.01, 0.1, None])
NAMES = column("opt", ["sgd", "adam", "sgd", "lion"])
SCORE = column("acc", [0.1, 0.2, 0.4, 0.3])


def test_places_on_each_axis() -> None:
    """Logarithms where the column prefers them, names in order, from 0 to 1."""
    data = parallel_coordinates([RATE, NAMES, SCORE])

    rate, names, score = data.axes
    assert rate.is_log
    assert rate.places[:3] == pytest.approx([0, 0.5, 1])
    assert names.places == pytest.approx([1, 0, 1, 0.5])
    assert score.places == pytest.approx([0, 1 / 3, 1, 2 / 3])


def test_missing_values_have_a_place_of_their_own() -> None:
    """Below the axis, with a tick, counted: a line that stops would look like a short run."""
    data = parallel_coordinates([RATE, SCORE])

    assert data.axes[0].places[3] < 0
    assert data.axes[0].ticks[0] == (data.axes[0].places[3], "–")
    assert data.axes[0].missing == 1
    assert "missing" in data.note()


def test_not_positive_is_missing_on_a_logarithmic_axis() -> None:
    """Asked for by hand, it has no place for zero."""
    data = parallel_coordinates([column("x", [0.0, 1.0, 2.0]), SCORE], log={"x": True})

    assert data.axes[0].missing == 1


def test_flipped_axis_runs_from_top_to_bottom() -> None:
    """So that better is up everywhere."""
    figure = go.Figure(
        parallel_coordinates_dict(parallel_coordinates([RATE, SCORE], flipped={"acc"}))
    )

    assert figure.data[0].dimensions[1].range == (1.0, 0.0)
    assert figure.data[0].dimensions[0].range[0] < figure.data[0].dimensions[0].range[1]


def test_brushes_filter_runs() -> None:
    """On several axes a run has to pass each; on one, any of its stretches."""
    data = parallel_coordinates([RATE, NAMES, SCORE])

    assert brushed(data, {0: [(0.4, 1.0)]}).tolist() == [False, True, True, False]
    assert brushed(data, {0: [(0.4, 1.0)], 2: [(0.9, 1.0)]}).tolist() == [False, False, True, False]
    assert brushed(data, {2: [(0.0, 0.1), (0.9, 1.0)]}).tolist() == [True, False, True, False]
    assert brushed(data, {0: [(-0.2, -0.05)]}).tolist() == [False, False, False, True]
    assert brushed(data, {}).all()


def test_runs_without_the_colour_are_drawn(
    decoded: Callable[[dict[str, str]], NDArray[np.float64]],
) -> None:
    """In the colour below the scale."""
    data = parallel_coordinates([RATE, NAMES], color=column("acc", [0.1, np.nan, 0.4, 0.3]))

    line = parallel_coordinates_dict(data)["data"][0]["line"]

    colors = decoded(line["color"])
    assert colors[1] == line["cmin"]
    assert colors[0] > line["cmin"]


def test_limits_are_counted() -> None:
    """Axes and lines left out are in the note."""
    data = parallel_coordinates([RATE, NAMES, SCORE], max_axes=2, max_lines=3)

    assert "3 of 4 runs shown" in data.note()
    assert "2 of 3 axes shown" in data.note()


def test_one_axis_is_not_enough() -> None:
    """The figure says what to choose."""
    figure = parallel_coordinates_dict(parallel_coordinates([RATE]))

    assert "at least two" in figure["layout"]["annotations"][0]["text"]
