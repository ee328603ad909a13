"""Stores of real runs, and what a report of them brings back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker

MakeRun = Callable[..., str]


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """A folder for runs."""
    return tmp_path / "runs"


@pytest.fixture
def manager(base_dir: Path) -> ExperimentManager:
    """Its manager."""
    return ExperimentManager(base_dir)


@pytest.fixture
def make_run(base_dir: Path) -> MakeRun:
    """Return ``make_run(name, params, **tracker options) -> id``: a run of some steps."""

    def make(name: str = "digits", params: Any = None, steps: int = 4, **options: Any) -> str:
        with ExperimentTracker(
            name, base_dir, auto_visualize=False, capture_environment=False, **options
        ) as tracker:
            tracker.log_hyperparameters({"lr": 0.1} if params is None else params)
            for step in range(steps):
                tracker.log_metrics({"val/loss": 1 / (step + 1)}, step=step)
        return tracker.experiment_id

    return make


@pytest.fixture
def odd_run(base_dir: Path) -> str:
    """A run with all that a metrics file may hold: late, twice, huge, not a number, resumed."""
    options: dict[str, Any] = {"auto_visualize": False, "capture_environment": False}
    with ExperimentTracker("odd", base_dir, notes="<b>&", tags={"a": ""}, **options) as tracker:
        tracker.log_hyperparameters({"lr": 1e-7, "nested": {"list": [1, None, "é"], "x": math.nan}})
        for step, value in enumerate([0.1, math.nan, math.inf, -math.inf, 1e-320, -0.0]):
            tracker.log_metrics({"loss": value, "count": step}, step=step)
        tracker.log_metrics({"huge": 2**80, "loss": 3}, step=2)
        tracker.log_metrics({"loss": 0.25}, step=0)
        tracker.log_text("sample", "some <i>text", step=3)
    with ExperimentTracker.resume(tracker.experiment_id, base_dir, **options) as again:
        again.log_metrics({"loss": 0.5}, step=1)
    return tracker.experiment_id
