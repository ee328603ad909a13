"""A store of small runs, and jobs over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import JobStore

Runs = Callable[[int], list[str]]


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """The folder of the runs."""
    return tmp_path / "runs"


@pytest.fixture
def runs(base_dir: Path) -> Runs:
    """Return ``runs(number) -> ids`` of small runs that are made now."""

    def make(number: int) -> list[str]:
        ids = []
        for place in range(number):
            with ExperimentTracker("night", base_dir, False, capture_environment=False) as made:
                made.log_hyperparameters({"lr": 0.1 * (place + 1)})
                for step in range(3):
                    made.log_metrics({"loss": 1 / (step + 1)}, step=step)
            ids.append(made.experiment_id)
        return ids

    return make


@pytest.fixture
def store(base_dir: Path) -> JobStore:
    """The jobs of that store."""
    return JobStore(base_dir)


def csv_job(ids: list[str], place: Path, kind: str = "export") -> JobSpec:
    """Return an export of runs into a folder."""
    return JobSpec(kind=kind, platform="csv", place=str(place), runs=tuple(ids))
