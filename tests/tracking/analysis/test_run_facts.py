from __future__ import annotations

from typing import Any

import pytest

from neural.tracking.analysis.run_facts import (
    Fact,
    Facts,
    RunSide,
    changed_lines,
    facts_of,
    param_kind,
)
from neural.tracking.environment import capture_environment
from neural.tracking.records import Artifact


def _facts(environment: dict[str, Any] | None = None, **side: Any) -> Facts:
    params = side.pop("params", {})
    row = {"experiment_id": "1", "hyperparameters": params}
    return facts_of(RunSide(row=row, environment=environment or {}, **side))


def test_params_seeds_and_data_are_told_apart() -> None:
    """By the words of their names."""
    facts = _facts(params={"lr": 0.1, "seed": 1, "data.path": "/a", "metadata": 3})

    assert {fact: fact.kind for fact in facts} == {
        Fact("param", "lr"): "param",
        Fact("seed", "seed"): "seed",
        Fact("data", "data.path"): "data",
        Fact("param", "metadata"): "param",
    }


def test_environment_becomes_facts() -> None:
    """Code, packages, machine and variables, each under its kind."""
    facts = _facts(
        {
            "git": {"commit": "0123456789abcdef", "dirty": False},
            "script": "/home/me/clone/train.py",
            "python": {"version": "3.11.7"},
            "packages": {"numpy": "2.0"},
            "host": {"name": "box", "cpu_count": 8, "gpus": [{"name": "A100"}, {"name": "A100"}]},
            "platform": {"system": "Linux"},
            "environment": {"OMP_NUM_THREADS": "4"},
        }
    )

    assert facts == {
        Fact("code", "commit"): "0123456789ab",
        Fact("code", "script"): "train.py",
        Fact("code", "uncommitted changes"): "none",
        Fact("package", "python"): "3.11.7",
        Fact("package", "numpy"): "2.0",
        Fact("hardware", "platform system"): "Linux",
        Fact("hardware", "host name"): "box",
        Fact("hardware", "host cpu_count"): 8,
        Fact("hardware", "gpus"): "A100, A100",
        Fact("environment", "OMP_NUM_THREADS"): "4",
    }


def test_a_real_environment_can_be_read() -> None:
    """What a run of ours records has facts of the kinds that every machine has."""
    kinds = {fact.kind for fact in _facts(capture_environment().content)}

    assert {"package", "hardware"} <= kinds


def test_equal_changes_have_equal_facts() -> None:
    """Uncommitted changes are told by what they are, and counted."""
    environment = {"git": {"commit": "0"}}
    fact = Fact("code", "uncommitted changes")

    found = [
        _facts(environment, diff=diff)[fact] for diff in (None, "+a\n-b\n", "+a\n-b\n", "+a\n-c\n")
    ]

    assert found[0] == "none"
    assert found[1].startswith("2 lines (")
    assert found[1] == found[2] != found[3]


def test_only_artifacts_of_data_are_facts() -> None:
    """A model is what a run made, not what it was made of; without a checksum nothing is known."""

    def artifact(name: str, checksum: str | None) -> Artifact:
        return Artifact(name=name, path=name, type="other", size=1, checksum=checksum)

    artifacts = [
        artifact("train_data.csv", "aa"),
        artifact("model.pt", "bb"),
        artifact("data", None),
    ]

    assert _facts(artifacts=artifacts) == {Fact("data", "train_data.csv"): "aa"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("trainSplit", "data"), ("vocab_size", "data"), ("update", "param"), ("data_seed", "seed")],
)
def test_kind_of_a_param(name: str, kind: str) -> None:
    """Whole words count, and what only seeds the data is a seed."""
    assert param_kind(name) == kind


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (None, None, 0),
        (None, "+a\n b\n-c", 2),
        ("--- a/x\n+++ b/x\n+a\n+a", "--- a/y\n+++ b/y\n+a", 1),
        ("+a\n-b", "-b\n+a", 0),
    ],
)
def test_lines_that_only_one_patch_changes(a: str | None, b: str | None, expected: int) -> None:
    """Headers and lines around the changes do not count; a line changed twice counts twice."""
    assert changed_lines(a, b) == expected


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ({"experiment_id": "1", "experiment_name": "net", "display_name": "wide"}, "wide"),
        ({"experiment_id": "1", "experiment_name": "net", "display_name": None}, "net 1"),
    ],
)
def test_label_of_a_run(row: dict[str, Any], label: str) -> None:
    """The name a person gave it, or what finds it again."""
    assert RunSide(row=row).label == label
