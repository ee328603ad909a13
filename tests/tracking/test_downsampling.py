from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.downsampling import downsample

_FINITE = st.floats(-1e300, 1e300)
_VALUE = st.one_of(_FINITE, st.sampled_from([np.nan, np.inf, -np.inf]))


@st.composite
def _series(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions with gaps and repeats, ascending, and values that may be anything."""
    size = draw(st.integers(1, 80))
    whole = st.integers(0, 10_000)
    positions = st.one_of(whole.map(float), st.floats(-1e6, 1e6))
    x = sorted(draw(st.lists(positions, min_size=size, max_size=size)))
    y = draw(st.lists(_VALUE, min_size=size, max_size=size))
    return np.array(x), np.array(y)


def _columns(x: NDArray[np.float64], low: float, high: float, count: int) -> list[NDArray[np.intp]]:
    """Indices in every pixel column, found point by point."""
    edges = np.linspace(low, high, count + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    inside = (x >= low) & (x <= high)
    return [np.flatnonzero(inside & (x >= left) & (x < right)) for left, right in pairwise(edges)]


def _assert_extremes_kept(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kept: NDArray[np.intp],
    columns: list[NDArray[np.intp]],
) -> None:
    for column in columns:
        finite = column[np.isfinite(y[column])]
        if finite.size:
            drawn = y[np.intersect1d(finite, kept)]
            assert drawn.min() == y[finite].min()
            assert drawn.max() == y[finite].max()


@given(_series(), st.integers(1, 40))
@settings(max_examples=300)
def test_extremes_of_every_pixel_column_are_kept(
    series: tuple[NDArray[np.float64], NDArray[np.float64]], columns: int
) -> None:
    """Nothing that rises above or falls below its neighbours in a column is lost."""
    x, y = series

    reduction = downsample(x, y, columns=columns)

    _assert_extremes_kept(x, y, reduction.kept, _columns(x, x[0], x[-1], columns))


@given(_series(), st.integers(1, 40), st.floats(-1e6, 1e6), st.floats(0, 1e6))
@settings(max_examples=300)
def test_extremes_of_a_zoomed_range_are_kept(
    series: tuple[NDArray[np.float64], NDArray[np.float64]],
    columns: int,
    low: float,
    width: float,
) -> None:
    """Columns are those of the range on screen, and its neighbours outside are kept."""
    x, y = series
    high = low + width

    reduction = downsample(x, y, columns=columns, x_range=(low, high))

    _assert_extremes_kept(x, y, reduction.kept, _columns(x, low, high, columns))
    before, after = np.flatnonzero(x < low), np.flatnonzero(x > high)
    assert set(before[-1:]) | set(after[:1]) <= set(reduction.kept)


@given(_series(), st.integers(1, 40), st.integers(1, 40), st.floats(-1e6, 1e6), st.floats(0, 1e6))
@settings(max_examples=300)
def test_an_overview_beside_a_zoomed_range(
    series: tuple[NDArray[np.float64], NDArray[np.float64]],
    columns: int,
    overview: int,
    low: float,
    width: float,
) -> None:
    """Range and whole keep their extremes, breaks stay breaks, counts are those of the range."""
    x, y = series
    window = (low, low + width)

    zoomed = downsample(x, y, columns=columns, x_range=window, overview=overview)

    alone = downsample(x, y, columns=columns, x_range=window)
    assert (zoomed.total, zoomed.drawn) == (alone.total, alone.drawn)
    _assert_extremes_kept(x, y, zoomed.kept, _columns(x, *window, columns))
    outside = np.flatnonzero((x < window[0]) | (x > window[1]))
    shared = [np.intersect1d(c, outside) for c in _columns(x, x[0], x[-1], overview)]
    whole = [
        c
        for c, o in zip(_columns(x, x[0], x[-1], overview), shared, strict=True)
        if c.size == o.size
    ]
    _assert_extremes_kept(x, y, zoomed.kept, whole)
    finite = zoomed.kept[np.isfinite(y[zoomed.kept])]
    for left, right in pairwise(finite):
        breaks = bool(((zoomed.kept > left) & (zoomed.kept < right)).any())
        assert breaks == (not np.isfinite(y[left:right]).all())


@given(_series(), st.integers(1, 40))
@settings(max_examples=300)
def test_line_breaks_exactly_where_the_series_does(
    series: tuple[NDArray[np.float64], NDArray[np.float64]], columns: int
) -> None:
    """No line is drawn across NaN or infinities, and none is broken without them."""
    x, y = series

    kept = downsample(x, y, columns=columns).kept

    finite = kept[np.isfinite(y[kept])]
    for left, right in pairwise(finite):
        breaks_in_series = not np.isfinite(y[left:right]).all()
        breaks_in_drawing = bool(((kept > left) & (kept < right)).any())
        assert breaks_in_drawing == breaks_in_series


@given(_series(), st.integers(1, 40))
def test_counts_add_up(
    series: tuple[NDArray[np.float64], NDArray[np.float64]], columns: int
) -> None:
    """Every point of the range is in exactly one of the counts that are shown."""
    x, y = series

    reduction = downsample(x, y, columns=columns)

    assert reduction.total == y.size
    assert reduction.nan == np.isnan(y).sum()
    assert reduction.infinite == np.isinf(y).sum()
    assert reduction.drawn == np.isfinite(y[reduction.kept]).sum()
    assert reduction.drawn <= 2 * columns + 2


def test_ends_are_kept() -> None:
    """First and last point are drawn even when they are no extremes."""
    y = np.array([0.5, 1.0, 0.0, 1.0, 0.0, 0.5])

    reduction = downsample(np.arange(6), y, columns=1)

    assert reduction.kept.tolist() == [0, 1, 2, 5]


def test_short_series_is_kept_whole() -> None:
    """Up to two points a column there is nothing to save."""
    reduction = downsample(np.arange(1_000), np.zeros(1_000), columns=500)

    assert reduction.kept.tolist() == list(range(1_000))
    assert reduction.drawn == reduction.total == 1_000


def test_planted_spikes_survive() -> None:
    """400 single-step spikes in a million points are all drawn at their steps."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=1_000_000)
    spikes = np.arange(400) * 2_500 + 1_234  # further apart than a column is wide
    y[spikes] = 100.0

    reduction = downsample(np.arange(y.size), y)

    assert set(spikes) <= set(reduction.kept)
    assert reduction.drawn <= 1_002


def test_uneven_steps_are_binned_by_position() -> None:
    """Columns are parts of the axis, so a crowded part does not take them all."""
    x = np.concatenate((np.arange(1_000) / 1_000, [10.0, 20.0, 30.0, 40.0, 50.0]))

    reduction = downsample(x, np.sin(x * 40), columns=50)

    assert {1_000, 1_001, 1_002, 1_003, 1_004} <= set(reduction.kept)
    assert reduction.kept.size < 20


def test_points_out_of_order_are_drawn_from_left_to_right() -> None:
    """Indices come back by position, and still point into the series as it was given."""
    x = np.array([3, 1, 2, 0])

    kept = downsample(x, np.array([0.3, 0.1, 0.2, 0.0])).kept

    assert kept.tolist() == [3, 1, 2, 0]


def test_steps_beyond_exact_floats_are_kept() -> None:
    """Positions no float64 can tell apart still reduce to their extremes."""
    x = 2**62 + np.arange(100)
    y = np.sin(np.arange(100.0))

    reduction = downsample(x, y, columns=3)

    assert {y.argmin(), y.argmax(), 0, 99} <= set(reduction.kept)


def test_empty_series() -> None:
    """Nothing logged is nothing drawn, and no error."""
    reduction = downsample([], [])

    assert reduction.kept.size == reduction.total == 0


@pytest.mark.parametrize(
    ("x", "y", "columns", "message"),
    [
        ([0, 1], [0.0], 1, r"same shape, got \(2,\) and \(1,\)"),
        ([0.0, np.nan], [0.0, 1.0], 1, "x must be finite"),
        ([0], [0.0], 0, "columns must be at least 1, got 0"),
    ],
)
def test_unusable_arguments(x: list[float], y: list[float], columns: int, message: str) -> None:
    """Each is refused with what was expected and what came."""
    with pytest.raises(InvalidInputError, match=message):
        downsample(x, y, columns=columns)
