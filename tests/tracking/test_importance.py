from __future__ import annotations

from typing import Any

import pytest

from neural.tracking.importance import Importance, hyperparameter_importance


def _runs(**columns: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_number_is_ranked_with_its_direction() -> None:
    """More of it goes with less of the metric: the correlation is negative."""
    runs = _runs(lr=[1e-4, 1e-3, 1e-2, 1e-1, 1.0])

    (found,) = hyperparameter_importance(runs, [5, 4, 3, 2, 1])

    assert found.effect == pytest.approx(-1.0)
    assert found == Importance("lr", found.effect, is_ranked=True, runs=5)


def test_names_are_judged_by_groups() -> None:
    """What has no order is judged by how much its groups explain."""
    runs = _runs(optimizer=["adam", "adam", "adam", "sgd", "sgd", "sgd"])

    (found,) = hyperparameter_importance(runs, [0.9, 0.8, 0.85, 0.2, 0.1, 0.15])

    assert not found.is_ranked
    assert 0.8 < found.effect <= 1


def test_strongest_comes_first() -> None:
    """Whatever its direction."""
    runs = _runs(weak=[1, 3, 2, 5, 4], strong=[5, 4, 3, 2, 1])

    found = hyperparameter_importance(runs, [1, 2, 3, 4, 5])

    assert [one.name for one in found] == ["strong", "weak"]


def test_nested_params_have_dotted_names() -> None:
    """A leaf is judged under its path."""
    runs = [{"optimizer": {"lr": i}} for i in range(5)]

    assert hyperparameter_importance(runs, list(range(5)))[0].name == "optimizer.lr"


@pytest.mark.parametrize(
    "values",
    [
        ["same"] * 6,
        [0.1] * 6,
        ["a", "b", "c", "d", "e", "f"],
        [[1], [2], [3], [4], [5], [6]],
    ],
)
def test_what_cannot_be_judged_is_left_out(values: list[Any]) -> None:
    """What never varies, or is different in every run, explains nothing."""
    assert hyperparameter_importance(_runs(x=values), [1, 2, 3, 4, 5, 6]) == []


def test_runs_without_a_result_are_left_out() -> None:
    """A diverged run does not count; with too few others nothing is claimed."""
    runs, nan = _runs(lr=[1, 2, 3, 4, 5]), float("nan")

    assert hyperparameter_importance(runs, [1.0, 2.0, 3.0, 4.0, nan]) == []


def test_param_that_few_runs_have_is_left_out() -> None:
    """Each hyperparameter is judged over the runs that have it."""
    runs: list[dict[str, Any]] = [{"lr": i} for i in range(6)]
    for run in runs[:4]:
        run["warmup"] = run["lr"]

    found = hyperparameter_importance(runs, list(range(6)))

    assert [(one.name, one.runs) for one in found] == [("lr", 6)]


def test_switches_are_ranked() -> None:
    """On counts as more than off, so the sign says which is better."""
    runs = _runs(augment=[False, False, False, True, True, True])

    (found,) = hyperparameter_importance(runs, [1, 2, 3, 4, 5, 6])

    assert found.is_ranked
    assert found.effect > 0.8


def test_infinite_value_makes_a_param_a_name() -> None:
    """Infinity has no rank distance worth trusting next to words; groups take it."""
    runs = _runs(clip=[1.0, 1.0, 1.0, float("inf"), float("inf"), float("inf")])

    (found,) = hyperparameter_importance(runs, [1, 2, 3, 4, 5, 6])

    assert not found.is_ranked
