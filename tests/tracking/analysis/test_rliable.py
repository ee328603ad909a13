"""The same figures as rliable 1.2.0, for results of two pairs of groups.

Its package cannot be installed beside pandas 3 (its resampling imports arch, which fails there),
so what it gave with pandas 2 stands here; intervals are of 50,000 and 20,000 resamples, seed 0.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from neural.tracking.analysis.referee import Comparison, compare_groups
from neural.tracking.analysis.samples import Sample

pytest.importorskip("scipy")


class _Case(NamedTuple):
    x: tuple[float, ...]
    y: tuple[float, ...]
    iqm: tuple[float, float]
    iqm_intervals: tuple[tuple[float, float], tuple[float, float]]
    improvement: float
    improvement_interval: tuple[float, float]
    #: How far intervals of other resamples may lie from these.
    slack: float


_CASES = [
    _Case(
        x=(0.71, 0.74, 0.69, 0.75, 0.72, 0.70, 0.77, 0.73),
        y=(0.74, 0.78, 0.72, 0.76, 0.79, 0.75, 0.73, 0.80, 0.77, 0.71),
        iqm=(0.725, 0.755),
        iqm_intervals=((0.705, 0.7475), (0.733333333, 0.778333333)),
        improvement=0.7625,
        improvement_interval=(0.51859375, 0.94375),
        slack=0.01,
    ),
    _Case(
        x=(3.1, 2.9, 3.4, 3.4, 2.2),
        y=(2.0, 3.4, 1.7, 2.5, 2.2, 2.9),
        iqm=(3.133333333, 2.4),
        iqm_intervals=((2.433333333, 3.4), (1.925, 3.025)),
        improvement=0.233333333,
        improvement_interval=(0.0, 0.55),
        slack=0.05,
    ),
]


def _compared(case: _Case) -> Comparison:
    return compare_groups(Sample("x", case.x), Sample("y", case.y), metric="score", goal="max")


@pytest.mark.parametrize("case", _CASES)
def test_interquartile_means(case: _Case) -> None:
    """``rliable.metrics.aggregate_iqm`` of both groups."""
    found = _compared(case)

    assert (found.a.iqm, found.b.iqm) == pytest.approx(case.iqm)


@pytest.mark.parametrize("case", _CASES)
def test_intervals_of_interquartile_means(case: _Case) -> None:
    """``get_interval_estimates`` of rliable, up to the resamples drawn."""
    found = _compared(case)

    assert found.a.iqm_interval == pytest.approx(case.iqm_intervals[0], abs=case.slack)
    assert found.b.iqm_interval == pytest.approx(case.iqm_intervals[1], abs=case.slack)


@pytest.mark.parametrize("case", _CASES)
def test_probability_of_improvement(case: _Case) -> None:
    """``rliable.metrics.probability_of_improvement`` of y over x, and its interval."""
    found = _compared(case)

    assert found.improvement == pytest.approx(case.improvement)
    assert found.improvement_interval == pytest.approx(case.improvement_interval, abs=0.03)
