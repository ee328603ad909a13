from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.trend import trend

stats = pytest.importorskip("scipy.stats")


def test_agrees_with_scipy() -> None:
    """Ends of the line, r and p are those of an ordinary regression."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 10, 20)
    y = 2 - 0.3 * x + rng.normal(size=20)
    y[4] = np.nan

    found = trend(x, y)

    there = np.isfinite(y)
    expected = stats.linregress(x[there], y[there])
    assert found is not None
    assert found.y == pytest.approx(expected.intercept + expected.slope * found.x)
    assert found.r == pytest.approx(expected.rvalue)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.n == 19


def test_power_law_is_a_line_on_two_logarithmic_axes() -> None:
    """Points that are not positive have no place there."""
    x = np.array([0.0, 1.0, 10.0, 100.0])

    found = trend(x, x**0.5, log_x=True, log_y=True)

    assert found is not None
    assert found.n == 3
    assert found.r == pytest.approx(1.0)
    assert found.y == pytest.approx([1.0, 10.0])


@pytest.mark.parametrize("x", [[1.0, 2.0], [3.0, 3.0, 3.0]])
def test_no_line(x: list[float]) -> None:
    """Two points are always on one, and no slope is told from a single place."""
    assert trend(x, [1.0] * len(x)) is None
