from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.analysis.spread import box, cumulative, density, ridges
from neural.tracking.records import Series


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_cumulative_shares(values: list[float]) -> None:
    """Ascending, ends at one, and at each place holds the share of values up to it."""
    x, share = cumulative(values)

    assert share[-1] == pytest.approx(1.0)
    assert [float(s) for s in share] == pytest.approx(
        [np.mean(np.array(values) <= place) for place in x]
    )


def test_box_of_tukey() -> None:
    """Quartiles as numpy has them, whiskers at values, what is beyond listed."""
    found = box([*range(1, 11), 100.0, np.nan])

    assert found is not None
    assert (found.q1, found.median, found.q3) == (3.5, 6.0, 8.5)
    assert (found.low, found.high) == (1, 10)
    assert found.outliers.tolist() == [100.0]
    assert (found.n, found.hidden) == (11, 1)


def test_box_of_nothing() -> None:
    """No finite value, no box."""
    assert box([np.nan]) is None


def test_density_agrees_with_scipy() -> None:
    """Counting first on a fine grid changes nothing that can be seen."""
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(2).normal(size=500)

    found = density(values)

    assert found is not None
    spread = min(values.std(ddof=1), float(np.subtract(*np.quantile(values, (0.75, 0.25)))) / 1.34)
    kernel = stats.gaussian_kde(values, bw_method=0.9 * spread * 500**-0.2 / values.std(ddof=1))
    assert found.height == pytest.approx(kernel(found.x), abs=0.004)
    assert np.trapezoid(found.height, found.x) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0], [np.nan, np.inf, 1.0]])
def test_no_density_of_one_value(values: list[float]) -> None:
    """It would be a line of no width."""
    assert density(values) is None


def test_ridges_follow_the_values() -> None:
    """Each holds the values of its range of steps, on places they share."""
    step = np.arange(1200)
    value = step / 100 + np.random.default_rng(0).normal(size=1200)
    value[5] = np.nan

    found = ridges(Series(step, step.astype(float), value), most=6)

    assert len(found) == 6
    assert sum(one.n for one in found) == 1199
    assert [one.first for one in found] == [0, 200, 400, 600, 800, 1000]
    assert all(np.diff([one.median for one in found]) > 1)
    assert all((one.density.x == found[0].density.x).all() for one in found)


def test_no_ridges_of_a_constant() -> None:
    """A metric that does not vary has no spread."""
    step = np.arange(10)

    assert ridges(Series(step, step.astype(float), np.ones(10))) == []
