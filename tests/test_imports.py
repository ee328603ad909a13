"""Importing is cheap, needs no extra and does nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: What the core or an extra needs, but only where it is used.
HEAVY = (
    "PIL",
    "dash",
    "fastapi",
    "matplotlib",
    "pandas",
    "plotly",
    "psutil",
    "re2",
    "rich",
    "scipy",
    "sklearn",
    "typer",
    "uvicorn",
    "yaml",
)
REPORT = """
import json, logging, sys, threading
print(json.dumps({
    "modules": [name for name in sys.modules if "." not in name],
    "threads": threading.active_count(),
    "handlers": len(logging.root.handlers) + len(logging.getLogger("neural").handlers),
}))
"""


def after(code: str, folder: Path) -> Any:
    """Return what a fresh process, started in ``folder``, looks like after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], cwd=folder, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_a_tracker_imports_nothing_of_platforms(tmp_path: Path) -> None:
    """Looking for the platforms a run can be sent to takes as long as all the rest together."""
    code = """
from neural.tracking import ExperimentTracker
ExperimentTracker("quick", ".", False, capture_environment=False).finish()
"""
    late = ("email", "zipfile", "pkgutil", "csv")

    assert set(after(code, tmp_path)["modules"]) & set(late) == set()


@pytest.mark.parametrize(
    "code",
    [
        "from neural.tracking import ExperimentTracker",
        "from neural.tracking import ExperimentManager",
        "import neural.tracking.metrics_visualizer",
    ],
)
def test_nothing_heavy_is_imported(code: str, tmp_path: Path) -> None:
    """What a training script imports loads numpy and the JSON codecs."""
    assert set(after(code, tmp_path)["modules"]) & set(HEAVY) == set()


def test_nothing_is_started_or_written(tmp_path: Path) -> None:
    """No thread, no log handler, no file."""
    found = after("import neural.tracking, neural.tracking.experiment_manager", tmp_path)

    assert (found["threads"], found["handlers"]) == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_logging_imports_nothing_heavy(tmp_path: Path) -> None:
    """Neither does a run that draws nothing; what it takes may stand in the way of training."""
    code = """
from neural.tracking import ExperimentTracker
with ExperimentTracker("run", auto_visualize=False) as tracker:
    tracker.log_hyperparameters({"lr": 0.1})
    tracker.log_metrics({"loss": 0.5}, step=0)
"""
    assert set(after(code, tmp_path)["modules"]) & set(HEAVY) == set()
