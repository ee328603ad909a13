from __future__ import annotations

import pytest

from neural.tracking.analysis.referee import Comparison, compare_groups
from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.verdicts import cautions, verdict

pytest.importorskip("scipy")

_NAN = float("nan")


def _compared(
    a: tuple[float, ...], b: tuple[float, ...], *, seeds: bool = False, goal: str = "max"
) -> Comparison:
    numbers = (tuple(range(len(a))), tuple(range(len(b)))) if seeds else ((), ())
    return compare_groups(
        Sample("base", a, numbers[0]),
        Sample("wide", b, numbers[1]),
        metric="loss" if goal == "min" else "acc",
        goal=goal,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            _compared((1.0, 2.0), (5.0, 6.0, 7.0)),
            "Nothing can be said: base has 2 results and wide 3; it takes at least 3 of each.",
        ),
        (
            _compared((0.9,) * 3, (0.9,) * 3),
            "No difference: every run of both groups gave acc 0.9. Check that the seed is used.",
        ),
        (
            _compared((0.8,) * 3, (0.9,) * 3),
            "wide is better: every run of base gave acc 0.8 and every run of wide 0.9. Nothing "
            "varies between seeds, so no test applies; check that the seed is used.",
        ),
        (
            _compared((1.0, 2.0, 3.0), (2.0, 3.0, 4.0), seeds=True),
            "wide is better: with every seed acc of wide differs from that of base by exactly 1. "
            "Check that the seed is used.",
        ),
        (
            _compared((0.1, 0.2, 0.3), (0.2, 0.25, 0.36)),
            "Not separable with 3 runs each; about 25 more runs of each would give 80 % power, if "
            "the difference seen (0.07) is the true one.",
        ),
        (
            _compared((1.0, 2.0, 3.0), (1.0, 2.0, 3.0, 2.0)),
            "Not separable with 3 and 4 runs; the difference seen (0) is too small beside the "
            "noise for 1,000 runs of each to show it.",
        ),
    ],
)
def test_verdicts(found: Comparison, text: str) -> None:
    """Each outcome has its own words, with the figures it rests on."""
    assert verdict(found) == text


def test_verdict_for_a_metric_that_should_be_small() -> None:
    """Better is lower, and the winner is the first group as well as the second."""
    text = verdict(_compared((0.1, 0.2, 0.3), (0.6, 0.7, 0.8), goal="min"))

    assert text.startswith("base is better than wide: its mean loss is lower by 0.5 (95 % interval")
    assert text.endswith("A run of base beats one of wide in 100 % of all pairs.")


def test_verdict_where_the_two_tests_disagree() -> None:
    """Both are quoted, and so is what more runs would bring."""
    text = verdict(_compared((0.0, 0.1, 0.2), (0.15, 0.2, 0.4)))

    assert text.startswith("wide may be better: with 3 runs each the Welch's t test misses a ")
    assert "excludes zero; about " in text


def test_verdict_counts_failed_runs() -> None:
    """A mean without them would lie if nobody said so."""
    text = verdict(_compared((0.1, 0.2, 0.3, _NAN), (0.6, 0.7, 0.8)))

    assert text.endswith("Not in the means: 1 of 4 runs of base failed.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            _compared((1.0, 2.0), (5.0, 6.0)),
            ["Fewer than 3 results a group say nothing about a difference."],
        ),
        (
            _compared((1.0, 2.0, 3.0), (5.0, 6.0, 7.0)),
            [
                "With 3 results a group the bootstrap intervals are too narrow.",
                "The Mann-Whitney test cannot find anything with 3 runs each: its p value is "
                "never below 0.1.",
            ],
        ),
        (
            _compared((1.0, 2.5, 3.0, 4.0, 5.0), (5.0, 6.0, 7.0, 8.0, 9.0), seeds=True),
            [
                "The Wilcoxon test cannot find anything with 5 pairs of seeds: its p value is "
                "never below 0.062.",
            ],
        ),
        (
            _compared((1.0, 2.0, 3.0, 4.0, 5.0), (5.0, 5.0, 5.0, 5.0, 5.0, _NAN)),
            [
                "1 of 6 runs of wide failed (no value, NaN or infinite): left out of means and "
                "tests, counted as worst in the probability of improvement.",
                "All runs of wide gave the same acc: is the seed used?",
            ],
        ),
        (
            _compared((1.0, 2.0, 3.0, 4.0, 5.0), (5.0, 6.0, 7.0, 8.0, 9.5, 9.0), seeds=True),
            [
                "The Wilcoxon test cannot find anything with 5 pairs of seeds: its p value is "
                "never below 0.062.",
                "1 result without a partner of the same seed left out.",
            ],
        ),
    ],
)
def test_cautions(found: Comparison, expected: list[str]) -> None:
    """Few runs, failures, no variance, results left out: each is said."""
    assert list(cautions(found)) == expected


def test_nothing_to_warn_of() -> None:
    """Enough runs without a fault give no sentence at all."""
    assert cautions(_compared((1.0, 2.0, 3.0, 4.0, 5.0), (5.0, 6.0, 7.0, 8.0, 9.0))) == ()
