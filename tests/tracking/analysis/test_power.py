from __future__ import annotations

import math

import pytest

from neural.tracking.analysis.power import power, runs_needed

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize(
    ("effect", "n"), [(0.2, 393), (0.5, 64), (0.8, 26), (1.0, 17), (1.2, 12), (1.4, 9)]
)
def test_two_groups_need_what_cohens_table_says(effect: float, n: int) -> None:
    """Table 2.4.1 of Cohen 1988: 80 % power at a two-sided level of 5 %, give or take rounding."""
    assert runs_needed(effect) == pytest.approx(n, abs=1)


@pytest.mark.parametrize("n", [3, 5, 20])
@pytest.mark.parametrize("effect", [0.0, 0.3, 1.5, 4.0])
@pytest.mark.parametrize("paired", [False, True])
def test_power_is_that_of_the_noncentral_t(n: int, effect: float, paired: bool) -> None:
    """Written out with scipy's distributions."""
    df, shift = (n - 1, effect * n**0.5) if paired else (2 * n - 2, effect * (n / 2) ** 0.5)
    limit = stats.t.ppf(0.975, df)
    below = stats.nct.cdf(-limit, df, shift)
    expected = stats.nct.sf(limit, df, shift) + (0 if math.isnan(below) else below)

    assert power(effect, n, paired=paired) == pytest.approx(expected, abs=1e-6)


def test_no_effect_is_found_as_often_as_the_level_allows() -> None:
    """That is what a level is."""
    assert power(0.0, 10) == pytest.approx(0.05)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("effect", [0.15, 0.4, 0.9, 2.0])
def test_needed_runs_are_the_fewest_that_do(effect: float, paired: bool) -> None:
    """One less is not enough."""
    n = runs_needed(effect, paired=paired)

    assert n is not None
    assert power(effect, n, paired=paired) >= 0.8
    assert n == 3 or power(effect, n - 1, paired=paired) < 0.8


@pytest.mark.parametrize(("effect", "expected"), [(50.0, 3), (1e6, 3), (0.0, None), (1e-9, None)])
def test_extreme_effects(effect: float, expected: int | None) -> None:
    """Three runs are the least that is ever advised, and no number helps against nothing."""
    assert runs_needed(effect) == expected
    assert runs_needed(-effect) == expected
