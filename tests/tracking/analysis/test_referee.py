from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking.analysis.power import runs_needed
from neural.tracking.analysis.referee import Comparison, Outcome, compare_groups
from neural.tracking.analysis.samples import Sample

stats = pytest.importorskip("scipy.stats")

_NAN = float("nan")
_A = (0.71, 0.74, 0.69, 0.75, 0.72, 0.70, 0.77, 0.73)
_B = (0.74, 0.78, 0.72, 0.76, 0.79, 0.75, 0.73, 0.80, 0.77, 0.71)


def _compared(
    a: tuple[float | None, ...], b: tuple[float | None, ...], *, seeds: bool = False, **how: Any
) -> Comparison:
    numbers = (tuple(range(len(a))), tuple(range(len(b)))) if seeds else ((), ())
    return compare_groups(
        Sample("a", a, numbers[0]),
        Sample("b", b, numbers[1]),
        **{"metric": "acc", "goal": "max", **how},
    )


def test_unpaired_figures_agree_with_scipy() -> None:
    """Welch's test, the Mann-Whitney test, and the interval of the difference of means."""
    found = _compared(_A, _B)

    t = stats.ttest_ind(_B, _A, equal_var=False)
    u = stats.mannwhitneyu(_B, _A, alternative="two-sided")
    interval = stats.bootstrap(
        (_A, _B),
        lambda a, b, axis: b.mean(axis=axis) - a.mean(axis=axis),
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert not found.paired
    assert found.difference == pytest.approx(np.mean(_B) - np.mean(_A))
    assert (found.t_test.statistic, found.t_test.p) == pytest.approx((t.statistic, t.pvalue))
    assert (found.rank_test.statistic, found.rank_test.p) == pytest.approx((u.statistic, u.pvalue))
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-3)


def test_paired_figures_agree_with_scipy() -> None:
    """The paired t test, Wilcoxon's test, and the interval of the mean difference."""
    b = _B[:8]
    found = _compared(_A, b, seeds=True)

    gains = np.subtract(b, _A)
    t, w = stats.ttest_rel(b, _A), stats.wilcoxon(gains)
    interval = stats.bootstrap(
        (gains,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert found.paired
    assert found.n == 8
    assert (found.t_test.statistic, found.t_test.p) == pytest.approx((t.statistic, t.pvalue))
    assert (found.rank_test.statistic, found.rank_test.p) == pytest.approx((w.statistic, w.pvalue))
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1.5e-3)


def test_pairing_sees_what_the_seeds_hide() -> None:
    """A small gain with every seed is lost in their noise unless partners are compared."""
    a = (0.1, 0.5, 0.9, 0.3, 0.7)
    b = (0.12, 0.53, 0.92, 0.33, 0.72)

    assert _compared(a, b, seeds=True).outcome == "separable"
    assert _compared(a, b).outcome == "not separable"


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ((1.0, 2.0), (5.0, 6.0, 7.0), "too few"),
        ((1.0, 2.0, _NAN), (5.0, 6.0, 7.0), "too few"),
        ((), (5.0, 6.0, 7.0), "too few"),
        ((0.1, 0.1, 0.1), (0.1, 0.1, 0.1), "equal"),
        ((0.1, 0.1, 0.1), (0.2, 0.2, 0.2), "no noise"),
        ((0.1, 0.2, 0.3), (0.6, 0.7, 0.8), "separable"),
        ((0.1, 0.2, 0.3), (0.15, 0.25, 0.3), "not separable"),
        ((0.0, 0.1, 0.2), (0.15, 0.2, 0.4), "unclear"),
    ],
)
def test_outcomes(a: tuple[float, ...], b: tuple[float, ...], outcome: Outcome) -> None:
    """Three results a group are the least; two witnesses have to agree on a difference."""
    assert _compared(a, b).outcome == outcome


@pytest.mark.parametrize(("goal", "better"), [("max", "b"), ("min", "a")])
def test_direction_decides_who_is_better(goal: str, better: str) -> None:
    """The difference stays b - a; the winner and the probability of improvement turn round."""
    found = _compared((0.1, 0.2, 0.3), (0.6, 0.7, 0.8), goal=goal)

    assert found.difference == pytest.approx(0.5)
    assert found.better == better
    assert found.improvement == (1.0 if better == "b" else 0.0)


def test_failed_runs_count_as_worst() -> None:
    """They are in no mean, but they lose against every run that finished."""
    found = _compared((1.0, 2.0, 3.0), (4.0, 5.0, 6.0, _NAN, None, math.inf))

    assert (found.b.n, found.b.failed, found.b.mean) == (3, 3, 5.0)
    assert found.improvement == pytest.approx(0.5)
    assert _compared((1.0,) * 3, (0.5, _NAN, 0.5), goal="min").improvement == pytest.approx(2 / 3)


def test_more_runs_are_those_that_the_effect_needs() -> None:
    """What power analysis asks for, less what is there."""
    a, b = (0.10, 0.20, 0.30), (0.20, 0.25, 0.36)
    effect = (np.mean(b) - np.mean(a)) / math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 2)

    found = _compared(a, b)

    needed = runs_needed(float(effect))
    assert needed is not None
    assert found.more == needed - 3


def test_no_number_of_runs_shows_no_difference() -> None:
    """Means that agree exactly need endlessly many."""
    assert _compared((1.0, 2.0, 3.0), (1.0, 2.0, 3.0)).more is None


def test_interval_can_be_bca() -> None:
    """It is named, and differs where the results are skewed."""
    a, b = (0.1, 0.2, 0.1, 0.9), (0.4, 0.5, 0.4, 1.9)

    percentile, bca = _compared(a, b), _compared(a, b, method="bca")

    assert (percentile.method, bca.method) == ("percentile", "bca")
    assert percentile.interval != bca.interval
    assert percentile.difference == bca.difference


def test_results_of_runs_that_blew_up() -> None:
    """Finite, but too large to square: the test still stands, and nothing warns."""
    found = _compared((1e200, 2e200, 4e200), (7e200, 8e200, 9e200))

    assert found.t_test.p == pytest.approx(_compared((1, 2, 4), (7, 8, 9)).t_test.p)
    assert found.outcome == "separable"


def test_unknown_goal() -> None:
    """The message says what it must be."""
    with pytest.raises(InvalidInputError, match="goal must be 'min' or 'max', got 'up'"):
        _compared((1.0,), (2.0,), goal="up")


_RESULTS = st.lists(
    st.one_of(st.integers(-20, 20).map(lambda i: i / 4), st.just(_NAN)), max_size=5
).map(tuple)


@settings(deadline=None, max_examples=30)
@given(_RESULTS, _RESULTS, st.booleans())
def test_groups_can_change_places(a: tuple[float, ...], b: tuple[float, ...], seeds: bool) -> None:
    """Whatever is said of b against a is said the other way round of a against b."""
    there, back = _compared(a, b, seeds=seeds), _compared(b, a, seeds=seeds)

    assert there.outcome == back.outcome
    assert there.more == back.more
    assert there.difference == pytest.approx(-back.difference, nan_ok=True)
    assert there.improvement == pytest.approx(1 - back.improvement, nan_ok=True)
    assert there.t_test.p == pytest.approx(back.t_test.p, nan_ok=True)
    assert there.rank_test.p == pytest.approx(back.rank_test.p, nan_ok=True)
