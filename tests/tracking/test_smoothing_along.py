"""Smoothing along an x axis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError, UnknownNameError
from neural.tracking import smoothing_along
from neural.tracking.smoothing_along import gaussian, smooth_along, time_weighted

_POINTS = st.lists(
    st.tuples(st.integers(0, 10_000), st.floats(-1e6, 1e6)), min_size=2, max_size=120
).map(lambda pairs: np.array(sorted(pairs, key=lambda pair: pair[0]), dtype=np.float64).T)


def _plain_time_weighted(x: np.ndarray, y: np.ndarray, weight: float) -> list[float]:
    """The recursion as Weights and Biases writes it, value by value."""
    fade, last, debias, result = min(weight**0.5, 0.999), 0.0, 0.0, []
    for i, value in enumerate(y):
        step = (x[i] - x[max(i - 1, 0)]) / (x[-1] - x[0]) * 1000
        last = last * fade**step + value
        debias = debias * fade**step + 1
        result.append(last / debias)
    return result


def _plain_gaussian(x: np.ndarray, y: np.ndarray, sigma: float) -> list[float]:
    apart = np.abs(x[:, None] - x)
    kernel = np.exp(-0.5 * (apart / sigma) ** 2) * (apart <= 4 * sigma)
    return list(kernel @ y / kernel.sum(axis=1))


@given(_POINTS, st.floats(1e-9, 0.999))
def test_time_weighted_agrees_with_the_plain_recursion(points: np.ndarray, weight: float) -> None:
    """Working in blocks changes nothing but the last digits."""
    x, y = points
    if x[0] == x[-1]:
        x[-1] += 1

    smoothed = time_weighted(x, y, weight)

    assert smoothed.tolist() == pytest.approx(
        _plain_time_weighted(x, y, weight), rel=1e-9, abs=1e-5
    )


@given(_POINTS, st.floats(0.1, 5000))
def test_gaussian_agrees_with_its_formula(points: np.ndarray, sigma: float) -> None:
    """Every point is the mean of all within four sigmas, weighted by their distance."""
    x, y = points
    if x[0] == x[-1]:
        x[-1] += 1

    smoothed = gaussian(x, y, sigma)

    assert smoothed.tolist() == pytest.approx(_plain_gaussian(x, y, sigma), rel=1e-9, abs=1e-5)


def test_cells_change_a_gaussian_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many pairs, cells give the same curve to a thousandth of its height."""
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.uniform(0, 100, 3000)), rng.normal(size=3000).cumsum()
    exact = gaussian(x, y, 2.0)
    monkeypatch.setattr(smoothing_along, "_MOST_PAIRS", 0)

    binned = gaussian(x, y, 2.0)

    assert not np.array_equal(binned, exact)
    assert np.abs(binned - exact).max() < 1e-3 * np.ptp(y)


def test_density_makes_no_difference_to_time_weighted_smoothing() -> None:
    """A run that logged ten times as often comes out alike; by plain EMA it does not."""
    dense, sparse = np.arange(0, 10_001), np.arange(0, 10_001, 10)

    def wave(x: np.ndarray) -> np.ndarray:
        return np.sin(x / 300)

    def apart(kind: str) -> float:
        fine = smooth_along(dense, wave(dense), kind, 0.9)[::10]  # type: ignore[arg-type]
        coarse = smooth_along(sparse, wave(sparse), kind, 0.9)  # type: ignore[arg-type]
        return float(np.abs(np.subtract(fine, coarse))[100:].max())

    assert apart("twema") < 0.05
    assert apart("ema") > 3 * apart("twema")


@pytest.mark.parametrize(
    ("kind", "amount"), [("ema", 0.9), ("twema", 0.9), ("gauss", 2), ("mean", 3)]
)
def test_what_is_not_finite_passes_through(kind: str, amount: float) -> None:
    """NaN and infinities stay where they are and pull nothing along."""
    y = np.array([1.0, np.nan, 1.0, np.inf, 1.0])

    smoothed = smooth_along(np.arange(5), y, kind, amount)  # type: ignore[arg-type]

    assert np.array_equal(smoothed, y, equal_nan=True)


@pytest.mark.parametrize("kind", ["ema", "twema", "gauss", "mean"])
def test_nothing_is_off(kind: str) -> None:
    """An amount of 0 gives the series itself."""
    y = np.array([1.0, 5.0, 2.0])

    assert smooth_along([0, 1, 2], y, kind, 0).tolist() == y.tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["twema", "gauss"])
def test_x_in_any_order(kind: str) -> None:
    """A metric as x axis may go back and forth."""
    x, y = np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 5.0, 2.0, 7.0])
    order = [2, 0, 3, 1]

    smoothed = smooth_along(x[order], y[order], kind, 0.5)  # type: ignore[arg-type]

    assert smoothed.tolist() == pytest.approx(smooth_along(x, y, kind, 0.5)[order].tolist())  # type: ignore[arg-type]


def test_out_of_range() -> None:
    """Messages name the argument and what came."""
    with pytest.raises(InvalidInputError, match=r"weight must be in \[0, 1\), got 1"):
        time_weighted([0, 1], [1, 2], 1)
    with pytest.raises(InvalidInputError, match="sigma must be finite and at least 0, got -1"):
        gaussian([0, 1], [1, 2], -1)
    with pytest.raises(InvalidInputError, match="same shape"):
        gaussian([0], [1, 2], 1)
    with pytest.raises(UnknownNameError, match="median"):
        smooth_along([0], [1], "median", 1)  # type: ignore[arg-type]
