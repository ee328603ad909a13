from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.charts.lines import Counts, Curve, View, line, visible_values
from neural.tracking.records import Series
from neural.tracking.smoothing import smooth
from neural.tracking.smoothing_along import Smoothing, smooth_along

SeriesOf = Callable[..., Series]
NAN, INF = float("nan"), float("inf")


def test_series_that_fits_is_drawn_whole(series_of: SeriesOf) -> None:
    """Every point is there, and there is nothing to say about it."""
    drawn = line(series_of([0.5, 0.25, 0.1]), View(), key="loss")

    assert drawn.curve.x.tolist() == [0, 1, 2]
    assert drawn.curve.y.tolist() == [0.5, 0.25, 0.1]
    assert drawn.counts == Counts(total=3, drawn=3)
    assert drawn.counts.note() == ""


def test_label_defaults_to_the_key(series_of: SeriesOf) -> None:
    """People see the id where a run has no name."""
    series = series_of([1.0])

    assert line(series, View(), key="ab12").label == "ab12"
    assert line(series, View(), key="ab12", label="base").label == "base"


@pytest.mark.parametrize(
    ("x", "start", "expected"),
    [
        ("step", None, [0, 2, 4]),
        ("time", None, [100.0, 102.0, 104.0]),
        ("relative", None, [0.0, 2.0, 4.0]),
        ("relative", 90.0, [10.0, 12.0, 14.0]),
    ],
)
def test_positions(series_of: SeriesOf, x: str, start: float | None, expected: list[float]) -> None:
    """Steps, seconds since the epoch, or seconds since the run began."""
    series = series_of([1.0, 2.0, 3.0], [0, 2, 4])

    drawn = line(series, View(x=x), key="loss", start=start)  # type: ignore[arg-type]

    assert drawn.curve.x.tolist() == expected


def test_gaps_are_marked_where_they_begin(series_of: SeriesOf) -> None:
    """NaN and infinities break the line, and each stretch of them has one mark."""
    drawn = line(series_of([1.0, NAN, NAN, 2.0, INF, 3.0]), View(), key="loss")

    assert drawn.gap_x.tolist() == [1, 4]
    assert np.isnan(drawn.gap_value[0])
    assert drawn.gap_value[1] == INF
    assert np.isnan(drawn.curve.y).tolist() == [False, True, True, False, True, False]
    assert drawn.counts == Counts(total=6, drawn=3, nan=2, infinite=1)


def test_log_axis_hides_and_counts(series_of: SeriesOf) -> None:
    """Values a logarithm does not exist of are no NaN: they get their own count, no mark."""
    drawn = line(series_of([1.0, 0.0, -2.0, NAN, -INF, 3.0]), View(log_y=True), key="loss")

    assert drawn.counts == Counts(total=6, drawn=2, nan=1, infinite=1, nonpositive=2)
    assert drawn.gap_x.tolist() == [3]


def test_log_axis_of_steps_hides_step_zero(series_of: SeriesOf) -> None:
    """Step 0 has no place on a logarithmic axis, and that is counted."""
    drawn = line(series_of([1.0, 2.0, 3.0]), View(log_x=True), key="loss")

    assert drawn.curve.x.tolist() == [1, 2]
    assert drawn.counts == Counts(total=3, drawn=2, unplaced=1)


def test_columns_of_a_log_axis_are_equally_wide_on_screen(series_of: SeriesOf) -> None:
    """The first decades, a sliver of a linear axis, keep their points."""
    drawn = line(series_of(np.sin(np.arange(100_000))), View(log_x=True, columns=100), key="loss")

    assert drawn.curve.x[:9].tolist() == list(range(1, 10))


def test_point_without_a_time_is_counted(series_of: SeriesOf) -> None:
    """Another program may log no time; such a point cannot stand on a time axis."""
    series = series_of([1.0, 2.0])._replace(time=np.array([NAN, 5.0]))

    drawn = line(series, View(x="time"), key="loss")

    assert drawn.curve.y.tolist() == [2.0]
    assert drawn.counts.unplaced == 1


def test_smoothing_sees_the_full_series(series_of: SeriesOf) -> None:
    """The smoothed line is reduced after smoothing, and hover can tell what was logged."""
    values = np.random.default_rng(0).normal(size=5_000)

    drawn = line(series_of(values), View(smoothing=0.9, columns=50), key="loss")

    assert drawn.smoothed is not None
    assert drawn.smoothed.y.tolist() == smooth(values, 0.9)[drawn.smoothed.x].tolist()
    assert drawn.smoothed.raw is not None
    assert drawn.smoothed.raw.tolist() == values[drawn.smoothed.x].tolist()
    assert drawn.counts.drawn == np.isfinite(drawn.curve.y).sum()


def test_smoothing_off_draws_no_second_line(series_of: SeriesOf) -> None:
    """Without a weight there is only what was logged."""
    assert line(series_of([1.0, 2.0]), View(), key="loss").smoothed is None


def test_zoom_counts_what_is_in_range(series_of: SeriesOf) -> None:
    """Hidden points outside the range on screen are not counted for it."""
    series = series_of([-1.0, 1.0, -1.0, 2.0, NAN])

    drawn = line(series, View(log_y=True, x_range=(1, 3)), key="loss")

    assert drawn.counts == Counts(total=3, drawn=2, nonpositive=1)


@pytest.mark.parametrize(("x_range", "total"), [((10, 100), 91), ((0, 100), 101)])
def test_zoom_on_a_log_axis_is_given_in_steps(
    series_of: SeriesOf, x_range: tuple[float, float], total: int
) -> None:
    """The range is in the unit of x, also where the axis shows its logarithm; 0 is far left."""
    view = View(log_x=True, x_range=x_range)

    drawn = line(series_of(np.arange(1_000.0)), view, key="loss")

    assert drawn.counts.total == total
    assert drawn.curve.x[-1] == 101


def test_large_integers_are_drawn(series_of: SeriesOf) -> None:
    """Values that no float64 holds exactly are rounded, not refused."""
    values = np.array([2**70, 1], dtype=object)

    assert line(series_of(values), View(), key="tokens").curve.y.tolist() == [2.0**70, 1.0]


def test_empty_series_draws_nothing(series_of: SeriesOf) -> None:
    """No point is no error, on any axis."""
    drawn = line(series_of([]), View(x="relative", log_x=True, smoothing=0.5), key="loss")

    assert drawn.curve.x.size == drawn.counts.total == 0


def test_points_without_neighbours_are_found() -> None:
    """A line needs two points; what has no neighbour has to be marked instead."""
    y = np.array([1.0, NAN, 2.0, 3.0, NAN, 4.0])

    assert Curve(x=np.arange(6), y=y).isolated().tolist() == [True, *[False] * 4, True]


@given(
    st.lists(st.one_of(st.floats(), st.sampled_from([NAN, INF, -INF, 0.0])), max_size=60),
    st.booleans(),
    st.booleans(),
    st.integers(1, 10),
)
def test_every_point_is_in_one_count(
    values: list[float], log_x: bool, log_y: bool, columns: int
) -> None:
    """Nothing disappears without being counted, and what is drawn was logged."""
    steps = np.arange(len(values))
    series = Series(steps, steps.astype(float), np.array(values))
    view = View(log_x=log_x, log_y=log_y, columns=columns)

    drawn = line(series, view, key="loss")

    counts = drawn.counts
    hidden = counts.nan + counts.infinite + counts.nonpositive + counts.unplaced
    visible = series.value[1:] if log_x else series.value
    shown = np.isfinite(visible) & ((visible > 0) | (not log_y))
    assert counts.total == len(values)
    assert counts.total - hidden == shown.sum()
    finite = np.isfinite(drawn.curve.y)
    assert counts.drawn == finite.sum()
    assert drawn.curve.y[finite].tolist() == series.value[drawn.curve.x[finite]].tolist()


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        (Counts(), ""),
        (Counts(total=10, drawn=8, nan=2), "2 NaN"),
        (
            Counts(total=1_200_000, drawn=2_000, nan=3),
            "2,000 of 1,200,000 points drawn, extremes exact, 3 NaN",
        ),
        (
            Counts(total=20, drawn=4, infinite=1, nonpositive=12, unplaced=3),
            "1 infinite, 12 ≤ 0 hidden by the log axis, 3 without a place on the x axis",
        ),
    ],
)
def test_note_tells_what_is_hidden(counts: Counts, note: str) -> None:
    """Each kind is named with its number, and nothing is said where all is shown."""
    assert counts.note() == note


def test_counts_of_lines_add_up() -> None:
    """A chart tells the sum over its lines."""
    parts = [Counts(total=5, drawn=1, nan=1), Counts(total=2, infinite=1, nonpositive=1)]
    total = Counts.of(parts)

    assert total == Counts(total=7, drawn=1, nan=1, infinite=1, nonpositive=1)


def test_a_metric_as_x_axis(series_of: SeriesOf) -> None:
    """A point stands at the last value the other metric had by its step; before that, nowhere."""
    series, epoch = series_of([9.0, 8.0, 7.0, 6.0]), series_of([1.0, 2.0], [1, 3])

    drawn = line(series, View(x="metric", x_metric="epoch"), key="loss", along=epoch)

    assert drawn.curve.x.tolist() == [1.0, 1.0, 2.0]
    assert drawn.curve.y.tolist() == [8.0, 7.0, 6.0]
    assert drawn.counts == Counts(total=4, drawn=3, unplaced=1)


def test_a_metric_as_x_axis_that_a_run_never_logged(series_of: SeriesOf) -> None:
    """Every point is counted, none is drawn."""
    drawn = line(series_of([1.0, 2.0]), View(x="metric", x_metric="epoch"), key="loss")

    assert drawn.counts == Counts(total=2, unplaced=2)


@pytest.mark.parametrize(
    ("kind", "amount"), [("ema", 0.9), ("twema", 0.9), ("gauss", 50.0), ("mean", 100)]
)
def test_every_smoothing_sees_the_full_series(
    series_of: SeriesOf, kind: Smoothing, amount: float
) -> None:
    """Whatever is drawn of it, a smoothed point is what the whole series says it is."""
    values = np.random.default_rng(1).normal(size=2000)
    expected = smooth_along(np.arange(2000), values, kind, amount)

    drawn = line(series_of(values), View(kind=kind, smoothing=amount, columns=20), key="loss")

    assert drawn.smoothed is not None
    assert drawn.smoothed.x.size < 60
    assert np.array_equal(drawn.smoothed.y, expected[drawn.smoothed.x])
    assert np.array_equal(drawn.smoothed.raw, values[drawn.smoothed.x])  # type: ignore[arg-type]


def test_values_an_axis_is_cut_to(series_of: SeriesOf) -> None:
    """Finite values on screen, none hidden by the axis."""
    series = series_of([5.0, -1.0, NAN, 3.0, 9.0])

    assert visible_values(series, View(log_y=True, x_range=(0, 3))).tolist() == [5.0, 3.0]
