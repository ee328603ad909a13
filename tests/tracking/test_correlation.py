from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from neural.errors import InvalidInputError
from neural.tracking.correlation import (
    align,
    group_effect,
    p_values,
    pearson,
    ranks,
    spearman,
    spearman_matrix,
)
from neural.tracking.records import Series

stats = pytest.importorskip("scipy.stats")


def _series(step: ArrayLike, value: ArrayLike) -> Series:
    steps = np.asarray(step, dtype=np.int64)
    return Series(steps, steps.astype(float), np.asarray(value))


def test_series_are_aligned_on_the_union_of_their_steps() -> None:
    """A metric logged every second step leaves NaN at the others."""
    series = {"loss": _series([0, 1, 2], [3.0, 2.0, 1.0]), "acc": _series([2, 0], [0.9, 0.1])}

    steps, matrix = align(series)

    assert steps.tolist() == [0, 1, 2]
    assert matrix == pytest.approx(np.array([[3, 0.1], [2, np.nan], [1, 0.9]]), nan_ok=True)


def test_last_value_of_a_step_counts() -> None:
    """A step logged twice has its later value."""
    _, matrix = align({"loss": _series([0, 0], [1.0, 2.0])})

    assert matrix.tolist() == [[2.0]]


def test_nothing_to_align() -> None:
    """No series give an empty table instead of an error."""
    steps, matrix = align({})

    assert steps.size == 0
    assert matrix.shape == (0, 0)


def test_correlation_agrees_with_numpy_where_nothing_is_missing() -> None:
    """Complete columns give the textbook matrix."""
    table = np.random.default_rng(0).normal(size=(50, 6)) * 10.0 ** np.arange(-150, 150, 50)

    coefficients, pairs = pearson(table)

    assert coefficients == pytest.approx(np.corrcoef(table.T), abs=1e-12)
    assert (pairs == 50).all()


def test_each_pair_uses_the_rows_both_have() -> None:
    """A missing value costs its own pairs a row, and no other."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=(40, 5))
    table[rng.random(table.shape) < 0.3] = np.nan
    table[0, 0] = np.inf

    coefficients, pairs = pearson(table)

    for i in range(5):
        for j in range(5):
            both = np.isfinite(table[:, i]) & np.isfinite(table[:, j])
            expected = stats.pearsonr(table[both, i], table[both, j]).statistic
            assert coefficients[i, j] == pytest.approx(expected)
            assert pairs[i, j] == both.sum()


@pytest.mark.parametrize(
    "columns",
    [
        [[1.0, 2.0], [2.0, 1.0]],
        [[0.1, 0.1, 0.1, 0.1], [1.0, 2.0, 3.0, 4.0]],
        [[1.0, 2.0, 3.0, np.nan, np.nan], [np.nan, np.nan, 1.0, 2.0, 3.0]],
    ],
)
def test_pairs_that_say_nothing(columns: list[list[float]]) -> None:
    """Two points, a constant, or hardly a common row: no number is made up."""
    coefficients, _ = pearson(np.array(columns).T)

    assert np.isnan(coefficients[0, 1])


def test_matrix_of_one_dimension() -> None:
    """The message tells the shape that was expected and the one that came."""
    with pytest.raises(InvalidInputError, match=r"shape \(T, M\), got \(2,\)"):
        pearson([1.0, 2.0])


_SAMPLES = st.lists(
    st.tuples(st.integers(-5, 5), st.floats(-1e3, 1e3)), min_size=3, max_size=30
).filter(lambda rows: len({x for x, _ in rows}) > 1 and len({y for _, y in rows}) > 1)


@given(_SAMPLES)
def test_rank_correlation_agrees_with_scipy(rows: list[tuple[int, float]]) -> None:
    """Ties and all, the coefficient is the usual one."""
    x, y = zip(*rows, strict=True)

    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


@given(st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_ranks_agree_with_scipy(values: list[float]) -> None:
    """Equal values share their mean rank."""
    assert ranks(values).tolist() == stats.rankdata(values).tolist()


@given(_SAMPLES.filter(lambda rows: len({x for x, _ in rows}) < len(rows)))
def test_group_effect_agrees_with_kruskal_wallis(rows: list[tuple[int, float]]) -> None:
    """It is the effect size that belongs to scipy's statistic."""
    labels, values = zip(*rows, strict=True)
    groups = [[v for g, v in rows if g == label] for label in set(labels)]
    statistic = stats.kruskal(*groups).statistic
    share = (statistic - len(groups) + 1) / (len(rows) - len(groups))

    effect = group_effect(labels, values)

    assert effect**2 == pytest.approx(min(max(share, 0.0), 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("labels", "values"),
    [("aaa", [1.0, 2.0, 3.0]), ("abc", [1.0, 2.0, 3.0]), ("aab", [1.0, 1.0, 1.0]), ("", [])],
)
def test_groups_that_say_nothing(labels: str, values: list[float]) -> None:
    """One group, a group for each, or no variation: no number is made up."""
    assert np.isnan(group_effect(list(labels), values))


@given(st.floats(-1, 1), st.integers(3, 3000))
@example(0.0625, 1003)
def test_p_value_agrees_with_the_distribution_of_student(r: float, n: int) -> None:
    """At any strength and any number of pairs."""
    with np.errstate(divide="ignore"):
        t = abs(r) * np.sqrt((n - 2) / np.float64(1 - r * r))

    found = float(p_values(r, n))

    assert found == pytest.approx(2 * stats.t.sf(t, n - 2), abs=1e-6 if n > 1000 else 1e-9)


def test_no_p_value_without_a_correlation() -> None:
    """Two pairs, or no variation: nothing is claimed."""
    assert np.isnan(p_values([0.5, np.nan], [2, 10])).all()


def test_rank_correlations_of_all_pairs_are_those_of_each() -> None:
    """Ranks are taken among the rows a pair has in common."""
    table = np.random.default_rng(8).integers(0, 5, size=(20, 3)).astype(float)
    table[3, 0] = table[7, 1] = np.nan

    coefficients, _ = spearman_matrix(table)

    both = np.isfinite(table[:, 0]) & np.isfinite(table[:, 1])
    assert coefficients[0, 1] == pytest.approx(spearman(table[both, 0], table[both, 1]))
