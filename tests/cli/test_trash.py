"""rm, restore and purge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from tests.cli.conftest import Command


def ids(base_dir: Path) -> set[str]:
    """Return the ids of all runs."""
    return {row["experiment_id"] for row in ExperimentManager(base_dir).list_experiments()}


def test_rm_and_restore(neural: Command, base_dir: Path, runs: Sequence[str]) -> None:
    """A removed run is in the trash, and comes back whole."""
    neural("rm", "aa1")
    left, listed = ids(base_dir), neural("restore", "--json").json
    neural("restore", "aa1")

    assert left == {runs[1]}
    assert [row["experiment_id"] for row in listed] == [runs[0]]
    assert ids(base_dir) == set(runs)


def test_purge_frees_space(neural: Command, base_dir: Path, runs: Sequence[str]) -> None:
    """What is purged is gone."""
    neural("rm", *runs)

    outcome = neural("purge", runs[0], "--yes")

    assert outcome.out.startswith("freed ")
    assert [row["experiment_id"] for row in neural("restore", "--json").json] == [runs[1]]


@pytest.mark.parametrize("arguments", [[], ["aa1", "--all"]])
def test_purge_wants_to_know_what(
    neural: Command, runs: Sequence[str], arguments: list[str]
) -> None:
    """Neither nothing nor everything by accident."""
    outcome = neural("purge", *arguments)

    assert outcome.code == 2
    assert "--all" in outcome.err


def test_an_empty_trash(neural: Command, runs: Sequence[str]) -> None:
    """There is nothing to ask about."""
    outcome = neural("purge", "--all")

    assert (outcome.code, outcome.out) == (0, "the trash is empty\n")


def test_a_run_that_is_being_written_is_refused(neural: Command, base_dir: Path) -> None:
    """Its writer would lose what it logs."""
    tracker = ExperimentTracker("live", base_dir, auto_visualize=False, capture_environment=False)

    outcome = neural("rm", tracker.experiment_id)

    assert outcome.code == 1
    assert tracker.experiment_dir.exists()
    tracker.finish()
