from __future__ import annotations

from collections.abc import Callable

import pytest

from neural.errors import InvalidInputError
from neural.tracking.charts.smoothed_curves import (
    smoothed_curves,
    smoothed_curves_dict,
    smoothed_curves_figure,
)
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def test_moving_average_over_what_was_logged(series_of: SeriesOf) -> None:
    """Each panel has the trailing mean, and the logged values behind it."""
    grid = smoothed_curves({"loss": series_of([4.0, 2.0, 0.0, 4.0])}, 2)

    (line,) = grid.lines
    assert line.smoothed is not None
    assert line.smoothed.y.tolist() == [4.0, 3.0, 1.0, 2.0]
    assert line.curve.y.tolist() == [4.0, 2.0, 0.0, 4.0]


def test_short_metrics_are_kept(series_of: SeriesOf) -> None:
    """A metric with fewer points than the window still has its panel."""
    grid = smoothed_curves({"loss": series_of(range(50)), "val": series_of([1.0, 2.0])}, 10)

    assert [line.key for line in grid.lines] == ["loss", "val"]


def test_title_tells_the_window(series_of: SeriesOf) -> None:
    """Whoever sees the figure knows how it was smoothed."""
    figure = smoothed_curves_dict(smoothed_curves({"loss": series_of([1.0])}, 7))

    assert "last 7 values" in figure["layout"]["title"]["text"]


def test_metrics_beyond_the_panels_are_counted(series_of: SeriesOf) -> None:
    """Nothing is left out silently."""
    grid = smoothed_curves({"a": series_of([1.0]), "b": series_of([1.0])}, max_panels=1)

    assert "1 of 2 metrics shown" in grid.note()


def test_window_below_one(series_of: SeriesOf) -> None:
    """The mistake is named instead of drawn."""
    with pytest.raises(InvalidInputError, match="window must be at least 1, got 0"):
        smoothed_curves({"loss": series_of([1.0])}, 0)


def test_nothing_logged() -> None:
    """The figure says so."""
    figure = smoothed_curves_figure(smoothed_curves({}))

    assert "no metric was logged yet" in figure.layout.annotations[0].text
