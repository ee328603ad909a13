from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking.smoothing import as_floats, centred_average, moving_average, smooth

_VALUES = st.lists(st.floats(-1e6, 1e6), max_size=300)


def _plain_ema(values: list[float], weight: float) -> list[float]:
    """The recursion as TensorBoard writes it, value by value."""
    last, result = 0.0, []
    for count, value in enumerate(values, start=1):
        last = last * weight + (1 - weight) * value
        result.append(last / (1 - weight**count))
    return result


def _plain_average(values: list[float], window: int) -> list[float]:
    return [float(np.mean(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]


def test_golden_values_of_tensorboard() -> None:
    """A weight of 0.6 on 1, 0.5, 0 gives TensorBoard's numbers."""
    smoothed = smooth([1.0, 0.5, 0.0], 0.6)

    assert smoothed.tolist() == pytest.approx([1.0, 0.6875, 0.33673], abs=5e-6)


@given(_VALUES, st.floats(0.001, 0.999))
def test_blocks_agree_with_the_plain_recursion(values: list[float], weight: float) -> None:
    """Working in blocks changes nothing but the last digits."""
    smoothed = smooth(values, weight)

    assert smoothed.tolist() == pytest.approx(_plain_ema(values, weight), rel=1e-9, abs=1e-6)


def test_long_series_agrees_with_the_plain_recursion() -> None:
    """Many blocks hand on what came before them."""
    values = np.random.default_rng(0).normal(size=20_000)

    smoothed = smooth(values, 0.999)

    assert smoothed == pytest.approx(np.array(_plain_ema(values.tolist(), 0.999)), abs=1e-12)


def test_weight_zero_is_off() -> None:
    """Without a past the series is what it was, in an array of its own."""
    values = np.array([3.0, 1.0, 2.0])

    smoothed = smooth(values, 0.0)

    assert smoothed.tolist() == [3.0, 1.0, 2.0]
    assert not np.shares_memory(smoothed, values)


@pytest.mark.parametrize("value", [0.1, 1e-300, 1e308])
def test_constant_series_is_unchanged(value: float) -> None:
    """No rounding bends a straight line."""
    values = [value] * 1_000

    assert smooth(values, 0.97).tolist() == values
    assert moving_average(values, 7).tolist() == values


def test_what_is_not_finite_passes_through_uncounted() -> None:
    """NaN and infinities keep their places, and the others are smoothed as if alone."""
    values = [np.nan, 1.0, np.inf, 0.5, -np.inf, 0.0]

    smoothed = smooth(values, 0.6)

    assert smoothed[[1, 3, 5]].tolist() == smooth([1.0, 0.5, 0.0], 0.6).tolist()
    assert np.isnan(smoothed[0])
    assert smoothed[[2, 4]].tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("values", [[], [np.nan], [7.0]])
def test_series_with_nothing_to_smooth(values: list[float]) -> None:
    """Empty, unreadable and single-valued series come back as they are."""
    assert smooth(values, 0.9) == pytest.approx(values, nan_ok=True)
    assert moving_average(values, 10) == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize("weight", [-0.1, 1.0, float("nan")])
def test_weight_out_of_range(weight: float) -> None:
    """The message names the argument, its range and what came."""
    with pytest.raises(InvalidInputError, match=r"weight must be in \[0, 1\), got"):
        smooth([1.0], weight)


@given(_VALUES, st.integers(1, 40))
def test_moving_average_is_the_mean_of_the_last_values(values: list[float], window: int) -> None:
    """Heads and tails of blocks add up to every window."""
    averaged = moving_average(values, window)

    assert averaged.tolist() == pytest.approx(_plain_average(values, window), rel=1e-9, abs=1e-8)


def test_series_shorter_than_the_window_is_kept() -> None:
    """A short metric is averaged over what there is instead of being dropped."""
    assert moving_average([4.0, 2.0, 0.0], 10).tolist() == [4.0, 3.0, 2.0]


def test_spike_leaves_nothing_behind() -> None:
    """Once a huge value has left the window, the small ones are exact again."""
    values = [1.0, 1e300, 0.25, 0.75, 0.5]

    assert moving_average(values, 2)[3:].tolist() == [0.5, 0.625]


def test_largest_floats_do_not_overflow() -> None:
    """The mean of finite values is finite, however large they are."""
    averaged = moving_average([1.6e308, 1.2e308], 2)

    assert averaged.tolist() == pytest.approx([1.6e308, 1.4e308], rel=1e-15)


def test_window_below_one() -> None:
    """A window of nothing is refused with its value."""
    with pytest.raises(InvalidInputError, match="window must be at least 1, got 0"):
        moving_average([1.0], 0)


def test_integers_of_any_size_become_floats() -> None:
    """Large integers round; those no float64 can hold are infinite."""
    assert as_floats([2**70, 10**400, -(10**400)]).tolist() == [2.0**70, np.inf, -np.inf]


def test_values_of_two_dimensions() -> None:
    """The message tells the shape that was expected and the one that came."""
    with pytest.raises(InvalidInputError, match=r"shape \(T,\), got \(1, 2\)"):
        as_floats([[1.0, 2.0]])


@given(_VALUES.filter(bool), st.integers(1, 400))
def test_centred_average(values: list[float], window: int) -> None:
    """Every value is the mean of those round it; at the ends, of those there are."""
    back, ahead = window // 2, (window - 1) // 2
    expected = [
        float(np.mean(values[max(0, i - back) : i + ahead + 1])) for i in range(len(values))
    ]

    assert centred_average(values, window).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-6)
