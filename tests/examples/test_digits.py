"""The demo trains for real and leaves what the dashboard is to show."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neural.tracking import ExperimentManager

DEMO = Path(__file__).parents[2] / "examples" / "digits.py"


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> ExperimentManager:
    """The last three demo runs: an ordinary one, the diverging one and the killed one."""
    base_dir = tmp_path_factory.mktemp("demo")
    command: list[str | Path] = [
        sys.executable,
        "-W",
        "error",
        DEMO,
        "--base-dir",
        base_dir,
        "--runs",
        "3",
    ]
    subprocess.run(command, check=True, timeout=50)
    return ExperimentManager(base_dir, read_only=True)


def test_it_learns(manager: ExperimentManager) -> None:
    """Nine of ten digits are recognised, and the results are kept."""
    (run,) = manager.search("status = 'completed'")
    names = {artifact.name for artifact in manager.artifacts(run["experiment_id"])}

    assert manager.run(run["experiment_id"]).metrics["val/accuracy"].last > 0.9
    assert {"weights.npz", "confusion_matrix.png"} <= names


def test_one_diverges(manager: ExperimentManager) -> None:
    """Its loss rises, becomes NaN, and the run is failed."""
    (run,) = manager.search("status = 'failed'")
    loss = manager.metric(run["experiment_id"], "train/loss").value

    assert np.nanmax(loss) > 10
    assert math.isnan(loss[-1])


def test_one_is_killed(manager: ExperimentManager) -> None:
    """It stops before its last epoch, and nobody had time to say so."""
    (run,) = manager.search("status = 'crashed'")
    record = manager.run(run["experiment_id"])

    assert record.end_time is None
    assert 0 < record.metrics["epoch"].last < record.params["epochs"] - 1
