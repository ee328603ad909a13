from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.analysis.groups import RunGroup, group_runs
from neural.tracking.analysis.keys import NOT_SET


def _rows(*params: dict[str, Any], **fields: Sequence[Any]) -> list[dict[str, Any]]:
    rows = []
    for i, one in enumerate(params):
        row = {"experiment_id": f"r{i}", "experiment_name": "mnist", "hyperparameters": one}
        rows.append(row | {name: values[i] for name, values in fields.items()})
    return rows


def _members(groups: list[RunGroup]) -> dict[str, tuple[int, ...]]:
    return {group.label: group.rows for group in groups}


def test_runs_that_differ_in_their_seed_only() -> None:
    """They are one group, and the label says what tells it from the others."""
    rows = _rows(
        {"lr": 0.1, "width": 16, "seed": 0},
        {"lr": 0.2, "width": 16, "seed": 0},
        {"lr": 0.1, "width": 16, "seed": 1},
    )

    groups = group_runs(rows)

    assert _members(groups) == {"lr=0.1": (0, 2), "lr=0.2": (1,)}
    assert groups[0].seeds == (0, 1)
    assert groups[0].ids == ("r0", "r2")
    assert groups[0].values == {"params.lr": 0.1}


def test_a_param_that_some_lack_tells_them_apart() -> None:
    """Not to have it is not the same as any value of it."""
    rows = _rows({"lr": 1, "warmup": None}, {"lr": 1}, {"lr": 1.0})

    assert _members(group_runs(rows)) == {"warmup=none": (0,), "warmup=not set": (1, 2)}


def test_experiments_are_kept_apart() -> None:
    """Equal params under another name are another group."""
    rows = _rows({"lr": 1}, {"lr": 1}, experiment_name=["mnist", "cifar"])

    assert _members(group_runs(rows)) == {"mnist": (0,), "cifar": (1,)}


def test_one_group_is_called_after_its_experiment() -> None:
    """Nothing tells it from others, so it has the name all its runs have."""
    assert _members(group_runs(_rows({"lr": 1, "seed": 0}, {"lr": 1, "seed": 1}))) == {
        "mnist": (0, 1)
    }


def test_runs_without_params_stay_alone() -> None:
    """Nothing says that they are repeats of each other."""
    assert _members(group_runs(_rows({}, {}))) == {"mnist (r0)": (0,), "mnist (r1)": (1,)}


def test_grouping_by_several_fields() -> None:
    """Any params and tags, in the order that was asked for."""
    rows = _rows(
        {"lr": 0.1},
        {"lr": 0.1},
        {"lr": 0.1},
        tags=[{"team": "a", "final": ""}, {"team": "b"}, {"team": "a", "final": ""}],
    )

    groups = group_runs(rows, ["tags.team", "tags.final", "params.lr"])

    assert _members(groups) == {"team=a, final, lr=0.1": (0, 2), "team=b, no final, lr=0.1": (1,)}


@pytest.mark.parametrize(
    ("field", "labels"), [("name", ["mnist"]), ("group", ["big", "no group"]), ("status", ["done"])]
)
def test_grouping_by_a_plain_field(field: str, labels: list[str]) -> None:
    """What a run has itself; those without it are together."""
    rows = _rows({}, {}, {}, group=["big", None, None], status=["done"] * 3)

    assert [group.label for group in group_runs(rows, field)] == labels


def test_what_a_group_lacks_is_marked() -> None:
    """It is told from a param that is None."""
    (group,) = group_runs(_rows({}), "params.lr")

    assert group.values == {"params.lr": NOT_SET}


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1, True], ["x=1", "x=true"]),
        ([1, "1"], ["x=1 (r0)", "x=1 (r1)"]),
        ([float("nan"), float("nan")], ["x=nan"]),
        ([[1, 2], [1, 2], [2, 1]], ["x=[1, 2]", "x=[2, 1]"]),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], ['x={"a": 1, "b": 2}']),
        ([0.1 + 0.2, 0.3], ["x=0.30000000000000004", "x=0.3"]),
    ],
)
def test_values_that_are_the_same(values: list[Any], labels: list[str]) -> None:
    """Numbers by value, NaN by name, lists by content; no label stands for two groups."""
    rows = _rows(*({"x": value} for value in values))

    assert [group.label for group in group_runs(rows, "params.x")] == labels


def test_unknown_field() -> None:
    """The message names it and lists the fields there are."""
    with pytest.raises(InvalidInputError, match=r"grouped by 'lr'; take .*'params.<name>'"):
        group_runs(_rows({"lr": 1}), "lr")


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["lr", "seed", "width"]), st.integers(0, 2))),
    st.sampled_from(["all but seed", "params.lr", "name"]),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_changes_no_group(
    params: list[dict[str, Any]], by: str, chance: random.Random
) -> None:
    """Every run is in exactly one group, the same whatever the order, in order of appearance."""
    rows = _rows(*params)
    shuffled = chance.sample(rows, len(rows))

    groups, again = group_runs(rows, by), group_runs(shuffled, by)

    assert sorted(i for group in groups for i in group.rows) == list(range(len(rows)))
    assert [group.rows[0] for group in groups] == sorted(group.rows[0] for group in groups)
    assert {frozenset(group.ids) for group in groups} == {frozenset(group.ids) for group in again}


def test_runs_of_a_real_store(tmp_path: Path) -> None:
    """What the manager lists can be grouped as it is, nested params included."""
    for momentum in (0.0, 0.9):
        for seed in (0, 1):
            with ExperimentTracker("net", tmp_path, auto_visualize=False) as tracker:
                tracker.log_hyperparameters({"sgd": {"momentum": momentum}, "seed": seed})

    groups = group_runs(ExperimentManager(tmp_path).list_experiments())

    assert {group.label: sorted(group.seeds) for group in groups} == {  # type: ignore[type-var]
        "sgd.momentum=0": [0, 1],
        "sgd.momentum=0.9": [0, 1],
    }
