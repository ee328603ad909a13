from __future__ import annotations

import math

import numpy as np
import pytest

from neural.tracking.analysis.noise import Noise, seed_noise
from neural.tracking.analysis.samples import Sample

stats = pytest.importorskip("scipy.stats")


def test_noise_is_the_mean_square_within_groups() -> None:
    """What an analysis of variance divides by: the differences between groups are no noise."""
    groups = [(1.0, 2.0, 3.0), (10.0, 14.0), (5.0, 5.5, 6.0, 7.0)]
    means = [np.mean(group) for group in groups]
    squares = sum(((np.array(g) - m) ** 2).sum() for g, m in zip(groups, means, strict=True))

    noise = seed_noise([Sample(str(i), group) for i, group in enumerate(groups)])

    assert noise.std == pytest.approx(math.sqrt(squares / 6))
    assert (noise.runs, noise.groups, noise.df) == (9, 3, 6)


def test_groups_that_say_nothing_are_left_out() -> None:
    """One result, or one that is finite, tells nothing of noise."""
    noise = seed_noise([Sample("a", (1.0,)), Sample("b", (1.0, float("nan"))), Sample("c", ())])

    assert not noise.is_known
    assert math.isnan(noise.std)
    assert math.isnan(noise.least_difference())


def test_equal_results_have_no_noise() -> None:
    """Not even that of rounding."""
    assert seed_noise([Sample("a", (0.1,) * 3), Sample("b", (0.7,) * 6)]).std == 0.0


def test_least_difference_is_that_of_the_t_test() -> None:
    """At exactly that difference the test with this noise has a p value of 5 %."""
    noise = Noise(std=2.0, runs=8, groups=2)

    difference = noise.least_difference(3, 5)

    t = difference / (2.0 * math.sqrt(1 / 3 + 1 / 5))
    assert 2 * stats.t.sf(t, 6) == pytest.approx(0.05)
