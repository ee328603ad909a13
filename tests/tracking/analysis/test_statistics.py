from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neural.errors import MissingExtraError
from neural.tracking.analysis.statistics import (
    Significance,
    cliffs_delta,
    cohens_d,
    figure_of,
    hedges_g,
    mann_whitney,
    paired_t,
    probability_of_improvement,
    student_p,
    student_quantile,
    welch,
    wilcoxon,
)

stats = pytest.importorskip("scipy.stats")

_VALUES = st.lists(st.integers(-40, 40).map(lambda i: i / 8), min_size=2, max_size=12)
# scipy goes through all signs of tied pairs: 2**n of them.
_PAIRS = st.lists(
    st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=2, max_size=7
).map(lambda pairs: ([a / 8 for a, _ in pairs], [b / 8 for _, b in pairs]))


@settings(deadline=None)
@given(_VALUES, _VALUES)
def test_welch_agrees_with_scipy(a: list[float], b: list[float]) -> None:
    """Statistic, degrees of freedom and p value."""
    assume(len({*a}) > 1 and len({*b}) > 1)  # scipy warns when only one of them varies
    expected = stats.ttest_ind(b, a, equal_var=False)

    found = welch(a, b)

    assert found[1:] == pytest.approx((expected.statistic, expected.pvalue, expected.df))


@settings(deadline=None)
@given(_PAIRS)
def test_paired_t_agrees_with_scipy(pairs: tuple[list[float], list[float]]) -> None:
    """Statistic, degrees of freedom and p value."""
    a, b = pairs
    assume(len({y - x for x, y in zip(a, b, strict=True)}) > 1)  # else scipy warns
    expected = stats.ttest_rel(b, a)

    found = paired_t(a, b)

    assert found[1:] == pytest.approx((expected.statistic, expected.pvalue, expected.df))


@settings(deadline=None)
@given(_VALUES, _VALUES)
def test_mann_whitney_agrees_with_scipy(a: list[float], b: list[float]) -> None:
    """And its statistic over the number of pairs is the probability of improvement."""
    assume(len({*a, *b}) > 1)
    expected = stats.mannwhitneyu(b, a, alternative="two-sided")

    found = mann_whitney(a, b)

    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert probability_of_improvement(a, b) == pytest.approx(found.statistic / len(a) / len(b))


@settings(deadline=None)
@given(_PAIRS)
def test_wilcoxon_agrees_with_scipy(pairs: tuple[list[float], list[float]]) -> None:
    """Ties and pairs that do not differ included."""
    a, b = pairs
    assume(a != b)
    expected = stats.wilcoxon(np.subtract(b, a))

    found = wilcoxon(a, b)

    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue))


@settings(deadline=None)
@given(_VALUES, _VALUES)
def test_cliffs_delta_counts_pairs(a: list[float], b: list[float]) -> None:
    """It is the share of pairs won less the share lost."""
    signs = [np.sign(y - x) for x in a for y in b]

    assert cliffs_delta(a, b) == pytest.approx(np.mean(signs))


@settings(deadline=None)
@given(_VALUES, _VALUES)
def test_effects_turn_round_with_the_groups(a: list[float], b: list[float]) -> None:
    """What b gains on a, a loses on b."""
    assume(len({*a}) > 1 or len({*b}) > 1)

    assert cohens_d(a, b) == pytest.approx(-cohens_d(b, a))
    assert cliffs_delta(a, b) == pytest.approx(-cliffs_delta(b, a))


@pytest.mark.parametrize("test", [welch, paired_t])
@pytest.mark.parametrize("exponent", [-1060, -600, 600, 1000])
def test_unit_of_a_metric_changes_nothing(test: Callable[..., Significance], exponent: int) -> None:
    """Not even where squares leave the range of a float64."""
    a, b = np.array([1.0, 2.0, 4.0]), np.array([2.0, 5.0, 6.0])
    unit = 2.0**exponent

    assert test(a * unit, b * unit) == test(a, b)
    assert cohens_d(a * unit, b * unit) == cohens_d(a, b)


def test_cohens_d_of_a_worked_example() -> None:
    """Means 6 and 8 with a pooled variance of 2.5 are 2 / sqrt(2.5) apart."""
    a, b = [4.0, 5, 6, 7, 8], [6.0, 7, 8, 9, 10]

    assert cohens_d(a, b) == pytest.approx(2 / math.sqrt(2.5))


@pytest.mark.parametrize(("m", "factor"), [(2, 0.5642), (4, 0.7979), (8, 0.9027), (20, 0.9619)])
def test_hedges_factor_is_that_of_his_table(m: int, factor: float) -> None:
    """Values of c(m) as Hedges tabulated them in 1981."""
    a, b = np.arange(m // 2 + 1.0), np.arange(m // 2 + 1.0) + 3

    assert hedges_g(a, b) / cohens_d(a, b) == pytest.approx(factor, abs=5e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 11])
def test_interquartile_mean_is_scipys_trimmed_mean(n: int) -> None:
    """That is how rliable defines it, also for numbers that four does not divide."""
    values = np.random.default_rng(n).normal(size=n)

    assert figure_of(values, "iqm") == pytest.approx(stats.trim_mean(values, 0.25))


def test_infinite_results_are_ordered() -> None:
    """A diverged run loses to all others and ties with its like."""
    assert probability_of_improvement([-np.inf, 1.0], [2.0, -np.inf]) == 0.625


@pytest.mark.parametrize("test", [welch, paired_t, mann_whitney, wilcoxon])
@pytest.mark.parametrize("values", [[0.1, 0.1, 0.1], [0.0, 0.0]])
def test_without_any_variance_nothing_is_tested(
    test: Callable[..., Significance], values: list[float]
) -> None:
    """No p value is made up, and nothing warns."""
    assert math.isnan(test(values, values).p)


@pytest.mark.parametrize("effect", [cohens_d, hedges_g])
@pytest.mark.parametrize("values", [[0.1] * 3, [1.0], []])
def test_effect_without_a_unit(effect: Callable[..., float], values: list[float]) -> None:
    """Standard deviations of nothing are no unit, even when rounding gives them a size."""
    assert math.isnan(effect(values, [2.0] * len(values)))


def test_one_value_is_not_tested() -> None:
    """A mean of one has no error to compare with."""
    assert math.isnan(welch([1.0], [2.0, 3.0]).p)
    assert math.isnan(probability_of_improvement([], [1.0]))


def test_student_agrees_with_scipy() -> None:
    """Both directions, whole arrays at once."""
    t, df = np.array([-3.0, 0.1, 12.0]), np.array([1.0, 2.5, 30.0])

    assert student_p(t, df) == pytest.approx(2 * stats.t.sf(np.abs(t), df))
    assert student_quantile(0.975, 3.5) == pytest.approx(stats.t.ppf(0.975, 3.5))


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install; effects do without."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)

    with pytest.raises(MissingExtraError, match=r"neural-aquarium\[analysis\]"):
        welch([1.0, 2.0], [2.0, 4.0])
    assert cohens_d([1.0, 2.0], [2.0, 4.0]) > 0
