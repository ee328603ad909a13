from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.bootstrap import (
    Statistic,
    bootstrap_interval,
    percentile_bands,
    resample_weights,
    stretch,
)

stats = pytest.importorskip("scipy.stats")

_A = np.array([0.71, 0.74, 0.69, 0.75, 0.72, 0.70, 0.77, 0.73])
_B = np.array([0.74, 0.78, 0.72, 0.76, 0.79, 0.75, 0.73, 0.80, 0.77, 0.71])


def _mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows.mean(axis=-1))


def _difference(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(right.mean(axis=-1) - left.mean(axis=-1))


_REFERENCE: dict[Statistic, Any] = {
    "mean": np.mean,
    "median": np.median,
    "iqm": lambda values: stats.trim_mean(values, 0.25),
    "min": np.min,
    "max": np.max,
}


@pytest.mark.parametrize("statistic", _REFERENCE)
@settings(deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_figure_is_the_mean_of_a_stretch(statistic: Statistic, values: list[float]) -> None:
    """Each of the five is what numpy and scipy call it."""
    begin, end = stretch(statistic, len(values))

    found = np.mean(sorted(values)[begin:end])

    assert found == pytest.approx(_REFERENCE[statistic](values), abs=1e-6)


@pytest.mark.parametrize("statistic", _REFERENCE)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12])
def test_weights_give_the_figures_of_resamples(statistic: Statistic, n: int) -> None:
    """They are exactly those of the resample drawn, sorted and averaged."""
    values = np.sort(np.random.default_rng(n).normal(size=n))
    drawn = np.random.default_rng(5).integers(0, n, (200, n))
    expected = [_REFERENCE[statistic](values[row]) for row in drawn]

    weights = resample_weights(statistic, n, resamples=200, seed=5)

    assert weights @ values == pytest.approx(expected)


def test_bands_are_the_quantiles_of_the_resampled_figures() -> None:
    """The fast way to two quantiles gives numpy's."""
    table = np.sort(np.random.default_rng(1).normal(size=(600, 9)), axis=1)
    figures = table @ resample_weights("iqm", 9, resamples=500, seed=3).T

    low, high = percentile_bands(table, "iqm", resamples=500, seed=3)

    assert low == pytest.approx(np.quantile(figures, 0.025, axis=1))
    assert high == pytest.approx(np.quantile(figures, 0.975, axis=1))


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_interval_agrees_with_scipy(method: str) -> None:
    """Of one sample, up to what different resamples make of it."""
    expected = stats.bootstrap(
        (_B,), np.mean, method=method, n_resamples=50_000, rng=np.random.default_rng(0)
    ).confidence_interval

    found = bootstrap_interval([_B], _mean, method=method, resamples=50_000)  # type: ignore[arg-type]

    assert found == pytest.approx((expected.low, expected.high), abs=6e-4)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_interval_of_a_difference_agrees_with_scipy(method: str) -> None:
    """Two samples are resampled independently, and skewed ones shift the interval alike."""
    skewed = np.array([0.1, 0.12, 0.11, 0.9, 0.13, 0.4])
    expected = stats.bootstrap(
        (_A, skewed),
        lambda a, b, axis: b.mean(axis=axis) - a.mean(axis=axis),
        method=method,
        n_resamples=50_000,
        rng=np.random.default_rng(0),
    ).confidence_interval

    found = bootstrap_interval([_A, skewed], _difference, method=method, resamples=50_000)  # type: ignore[arg-type]

    assert found == pytest.approx((expected.low, expected.high), abs=6e-3)


def test_same_seed_same_interval() -> None:
    """A page that is loaded twice shows the same figure, another seed shows another."""
    first = bootstrap_interval([_A], _mean, resamples=500)

    assert bootstrap_interval([_A], _mean, resamples=500) == first
    assert bootstrap_interval([_A], _mean, resamples=500, seed=1) != first


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_sample_that_does_not_vary(method: str) -> None:
    """Every resample is the same, so the interval is a point."""
    found = bootstrap_interval([[0.5] * 4], _mean, method=method, resamples=100)  # type: ignore[arg-type]

    assert found == (0.5, 0.5)


def test_one_value_says_nothing_of_its_spread() -> None:
    """No interval is made up."""
    assert np.isnan(bootstrap_interval([[0.5]], _mean)).all()


def test_unknown_method() -> None:
    """The message lists both."""
    with pytest.raises(InvalidInputError, match="'percentile' or 'bca', got 'magic'"):
        bootstrap_interval([_A], _mean, method="magic")  # type: ignore[arg-type]


def test_unknown_statistic() -> None:
    """The message lists all five."""
    with pytest.raises(InvalidInputError, match="mean, median, iqm, min, max, got 'mode'"):
        stretch("mode", 3)  # type: ignore[arg-type]
