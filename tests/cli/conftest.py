"""A small store of real runs, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neural.cli.app import main
from neural.tracking import ExperimentTracker


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, read as JSON."""
        return json.loads(self.out)

    @property
    def cells(self) -> list[list[str]]:
        """Its output as lines of cells."""
        return [line.split("\t") for line in self.out.splitlines()]


Command = Callable[..., Outcome]


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """A folder for runs."""
    return tmp_path / "runs"


@pytest.fixture
def runs(base_dir: Path) -> Sequence[str]:
    """Ids of two finished runs: a fast one that does well, and a slow one."""
    return [
        log_run(base_dir, "aa11bb22cc33", 0.1, [0.9, 0.2]),
        log_run(base_dir, "aa44", 0.01, [1, 0.5]),
    ]


def log_run(base_dir: Path, run_id: str, lr: float, losses: Sequence[float]) -> str:
    """Log a run and return its id."""
    with ExperimentTracker(
        "mnist",
        base_dir,
        auto_visualize=False,
        experiment_id=run_id,
        capture_environment=False,
        tags={"team": "vision"},
    ) as tracker:
        tracker.log_hyperparameters({"lr": lr, "optimizer": {"name": "adam"}})
        for step, loss in enumerate(losses):
            tracker.log_metrics({"val/loss": loss}, step=step)
    return run_id


@pytest.fixture
def neural(base_dir: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``neural ARGUMENTS… --base-dir …`` and return what it left behind."""

    def command(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = main([*arguments, "--base-dir", str(base_dir)])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return command
