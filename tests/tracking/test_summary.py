from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking.records import Goal, MetricSummary
from neural.tracking.summary import MINIMISED, best, infer_goal, rounded, run_summary


@pytest.mark.parametrize(
    "name",
    [
        *("loss", "val/loss", "train_loss", "Train Loss", "valLoss", "MSELoss", "l1_loss2"),
        *("test.err", "top1-error", "valMSE", "PPL", "eval/perplexity", "word_WER", "bpc@8"),
        *("cross_entropy", "CrossEntropy", "negative_log_likelihood", "neg_pair_loss"),
    ],
)
def test_names_of_what_is_minimised(name: str) -> None:
    """A whole word anywhere in the name tells, in any case."""
    assert infer_goal(name) == "min"


@pytest.mark.parametrize(
    "name",
    [
        *("accuracy", "val_acc", "f1", "bleu", "lossless", "flawless_rate", "terror", "maestro"),
        *("tokens_per_sec", "entropy", "log_likelihood", "neg_mean_squared_error", "", "übérloss"),
    ],
)
def test_names_of_what_is_maximised(name: str) -> None:
    """Parts of other words do not count, nor do scores turned round."""
    assert infer_goal(name) == "max"


@pytest.mark.parametrize("word", sorted(MINIMISED))
def test_every_listed_word_is_found(word: str) -> None:
    """No word of the list is lost when a name is taken apart."""
    assert infer_goal(f"val/{word.upper()}") == infer_goal(f"my_{word}") == "min"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 * 9, 0.9),
        (1 - 0.9, 0.1),
        (1.23456789012345e-30, 1.23456789e-30),
        (12345678901234.5, 12345678900000.0),
        (7, 7.0),
        (-0.1 * 3, -0.3),
        (12345678901 * 10**400, 12345678900 * 10**400),
    ],
)
def test_rounding_keeps_ten_significant_digits(value: float, expected: float) -> None:
    """Ten digits stay, wherever the decimal point is."""
    assert rounded(value) == expected


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_rounding_keeps_infinities(value: float) -> None:
    """What has no digits stays what it is."""
    assert rounded(value) == value
    assert math.isnan(rounded(math.nan))


@pytest.mark.parametrize("as_array", [list, np.array], ids=["list", "array"])
@pytest.mark.parametrize(("goal", "expected"), [("min", (1.0, 20)), ("max", (3.0, 10))])
def test_first_of_equal_values_wins(as_array: Any, goal: Goal, expected: tuple[float, int]) -> None:
    """Ties go to the step that reached the value first, and NaN never wins."""
    values = as_array([math.nan, 3.0, 1.0, 1.0, 3.0])

    assert best(values, [0, 10, 20, 30, 40], goal) == expected


def test_none_never_wins() -> None:
    """Entries that hold nothing are passed over."""
    assert best([None, 2, None, 10**30], [0, 1, 2, 3], "max") == (10**30, 3)


@pytest.mark.parametrize(
    "values", [[], [None], [math.nan, None], np.array([]), np.array([math.nan])], ids=repr
)
def test_nothing_can_win(values: Any) -> None:
    """Without a single value there is no best one, and no made-up step."""
    assert best(values, list(range(len(values))), "min") == (None, None)


@given(st.lists(st.floats(), min_size=1), st.sampled_from(["min", "max"]))
def test_both_ways_of_finding_the_best_agree(values: list[float], goal: Goal) -> None:
    """The fast way for arrays gives what the plain way gives."""
    steps = list(range(len(values)))

    assert best(np.array(values), steps, goal) == best(values, steps, goal)


def test_best_of_large_integers_is_exact() -> None:
    """Integers of an array are compared and returned as integers."""
    values = np.array([2**62, 2**62 + 1])

    assert best(values, np.array([0, 1]), "max") == (2**62 + 1, 1)


def test_unknown_goal() -> None:
    """The message lists what would have worked."""
    with pytest.raises(InvalidInputError, match="mode must be 'min' or 'max', got 'up'"):
        best([1.0], [0], "up")  # type: ignore[arg-type]


def test_lengths_differ() -> None:
    """The message tells both lengths."""
    with pytest.raises(InvalidInputError, match="same length, got 1 and 2"):
        best([1.0], [0, 1], "max")


def _metric(**changes: Any) -> MetricSummary:
    figures: dict[str, Any] = {"count": 3, "nan_count": 0, "last": 0.5, "last_step": 2}
    figures |= {"min": 0.25, "min_step": 1, "max": 0.75, "max_step": 0, "mean": 0.5}
    return MetricSummary(**{**figures, **changes})


def _summary(
    metrics: dict[str, MetricSummary], goals: dict[str, Goal] | None = None
) -> dict[str, Any]:
    return run_summary(
        "digits",
        "0123456789ab",
        metadata={"status": "completed"},
        hyperparameters={"lr": 0.1},
        metrics=metrics,
        goals=goals or {},
        artifacts=["model.npz"],
    )


def test_summary_has_the_keys_of_the_seed() -> None:
    """Programs that read the seed's summary.json find what they look for."""
    summary = _summary({"loss": _metric()})

    assert summary == {
        "experiment_name": "digits",
        "experiment_id": "0123456789ab",
        "metadata": {"status": "completed"},
        "hyperparameters": {"lr": 0.1},
        "metrics": {
            "latest": {"loss": 0.5},
            "best": {"loss": {"value": 0.25, "step": 1, "mode": "min"}},
        },
        "artifacts": ["model.npz"],
    }


def test_goal_of_the_user_wins_over_the_name() -> None:
    """``define_metric`` decides what the name only suggests."""
    summary = _summary({"loss": _metric()}, goals={"loss": "max"})

    assert summary["metrics"]["best"]["loss"] == {"value": 0.75, "step": 0, "mode": "max"}


def test_metric_that_only_ever_was_nan() -> None:
    """There is no best value, and the entry says so."""
    summary = _summary({"loss": _metric(nan_count=3, last=math.nan)})

    assert summary["metrics"]["best"]["loss"] == {"value": None, "step": None, "mode": "min"}
