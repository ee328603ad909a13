from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neural.tracking.charts.ridgeline import ridgeline, ridgeline_dict
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def test_first_steps_are_at_the_top(series_of: SeriesOf) -> None:
    """And later ridges are drawn in front of them."""
    data = ridgeline("loss", series_of(np.random.default_rng(0).normal(size=100)), most=4)

    figure = ridgeline_dict(data)

    axis = figure["layout"]["yaxis"]
    assert axis["tickvals"] == [3, 2, 1, 0]
    assert axis["ticktext"][0] == "0 – 24"
    assert [trace["uid"] for trace in figure["data"]] == [f"ridge-{i}" for i in range(4)]


def test_nothing_varies(series_of: SeriesOf) -> None:
    """The figure says why there is nothing to see."""
    figure = ridgeline_dict(ridgeline("lr", series_of([0.1] * 9)))

    assert "too few different values" in figure["layout"]["annotations"][0]["text"]
