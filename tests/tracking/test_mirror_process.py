"""A mirror beside a run."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from neural.errors import UnknownNameError
from neural.tracking import ExperimentTracker, experiment_tracker, mirror_process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the processes that trackers have started."""
    found: list[int] = []

    def start(*arguments: object) -> int:
        found.append(mirror_process.start_mirror(*arguments))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(experiment_tracker, "start_mirror", start)
    return found


def test_the_whole_run_arrives(
    tmp_path: Path, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror outlives the run until all of it is sent."""
    monkeypatch.chdir(tmp_path)  # files go to ./exports
    with ExperimentTracker("live", tmp_path / "runs", False, backend="csv") as tracker:
        for step in range(100):
            tracker.log_metrics({"loss": 1 / (step + 1)}, step=step)

    (pid,) = started
    os.waitpid(pid, 0)

    (path,) = (tmp_path / "exports").glob("*/metrics.csv")
    with path.open(newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(100))


def test_an_unknown_platform(tmp_path: Path) -> None:
    """Nothing is written then."""
    with pytest.raises(UnknownNameError, match="mlflow"):
        ExperimentTracker("live", tmp_path / "runs", backend="mlfow")

    assert not (tmp_path / "runs").exists()


def test_no_backend_starts_nothing(tmp_path: Path, started: list[int]) -> None:
    """As a rule there is no mirror."""
    with ExperimentTracker("live", tmp_path / "runs", False):
        pass

    assert started == []
