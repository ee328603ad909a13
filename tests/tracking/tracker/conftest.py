"""Runs that look at nothing and draw nothing, and what their files say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.testing.metrics_oracle import strict_json
from neural.tracking.experiment_tracker import ExperimentTracker

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]
Entries = Callable[[ExperimentTracker], list[dict[str, Any]]]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Folder of the runs; not made yet."""
    return tmp_path / "runs"


@pytest.fixture
def new_run(base: Path) -> NewRun:
    """Return a function that makes a run which looks at nothing and draws nothing."""

    def make(name: str = "run", **options: Any) -> ExperimentTracker:
        quiet = {"auto_visualize": False, "capture_environment": False}
        return ExperimentTracker(name, base, **(quiet | options))

    return make


@pytest.fixture
def tracker(new_run: NewRun) -> ExperimentTracker:
    """A run that nothing was logged to."""
    return new_run()


@pytest.fixture
def metadata_of() -> Stored:
    """Return what metadata.json of a run says."""

    def read(tracker: ExperimentTracker) -> dict[str, Any]:
        found: dict[str, Any] = strict_json((tracker.experiment_dir / "metadata.json").read_bytes())
        return found

    return read


@pytest.fixture
def entries() -> Entries:
    """Return the entries in metrics.json of a run without their timestamps."""

    def read(tracker: ExperimentTracker) -> list[dict[str, Any]]:
        stored = strict_json((tracker.experiment_dir / "metrics.json").read_bytes())
        return [{k: v for k, v in entry.items() if k != "timestamp"} for entry in stored]

    return read
