"""Runs sent to a platform and read back from what it wrote: ours, theirs, ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.export_manager import ExportManager
from neural.tracking.query import parse
from neural.tracking.records import Series
from neural.tracking.sinks import Target
from neural.tracking.source_import import import_sources
from neural.tracking.source_store import SourceStore

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.timeout(240),
    # What the platforms themselves warn of.
    pytest.mark.filterwarnings("ignore"),
]

_STEPS = 40


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExperimentManager:
    """A store with one run: common and odd values, names with slashes, a step that comes twice."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "CACHE_DIR", "CONFIG_DIR"):
        monkeypatch.setenv(f"WANDB_{name}", str(tmp_path / name))
    with ExperimentTracker("digits", tmp_path / "runs", False, tags={"team": "vision"}) as tracker:
        tracker.log_hyperparameters({"lr": 0.1, "model": {"depth": 3}})
        for step in range(_STEPS):
            tracker.log_metrics({"loss": 1 / (step + 1), "val/acc": step / 7}, step=step)
        tracker.log_metrics({"odd": math.nan}, step=1)
        tracker.log_metrics({"odd": -1e-30}, step=2)
        tracker.log_metrics({"late": 0.5}, step=1000)
    return ExperimentManager(tmp_path / "runs")


def _series(store: Any, run_id: str, names: Any) -> dict[str, Series]:
    return {name: store.metrics(run_id).series(name) for name in names}


def _to_mlflow(place: Path) -> tuple[Target, Path]:
    return Target(place=f"sqlite:///{place / 'mlflow.db'}"), place


def _to_tensorboard(place: Path) -> tuple[Target, Path]:
    return Target(place=str(place)), place


def _to_wandb(place: Path) -> tuple[Target, Path]:
    return Target(place="demo", options={"mode": "offline", "dir": str(place)}), place


@pytest.mark.parametrize(
    ("platform", "where", "tolerance"),
    [
        ("mlflow", _to_mlflow, 0.0),
        ("tensorboard", _to_tensorboard, 1e-7),
        ("wandb", _to_wandb, 0.0),
    ],
)
def test_there_and_back(
    manager: ExperimentManager,
    tmp_path: Path,
    platform: str,
    where: Callable[[Path], tuple[Target, Path]],
    tolerance: float,
) -> None:
    """Every point comes back at its step and time; only TensorBoard rounds its value."""
    (row,) = manager.list_experiments()
    run_id = row["experiment_id"]
    (tmp_path / "there").mkdir()
    target, place = where(tmp_path / "there")
    result = ExportManager(manager).export([run_id], platform, target)[run_id]
    assert result.ok, result

    lens = SourceStore([place])
    (found,) = lens.page(parse("")).rows
    (copied,) = import_sources(place, tmp_path / "back").runs
    imported = ExperimentManager(tmp_path / "back")

    names = list(manager.run(run_id).metrics)
    for name in names:
        ours = manager.metric(run_id, name)
        for theirs in (
            lens.metrics(found["experiment_id"]).series(name),
            imported.metric(copied.experiment_id, name),
        ):
            assert theirs.step.tolist() == ours.step.tolist(), name
            there, here = (np.asarray(one.value, np.float64) for one in (theirs, ours))
            assert np.allclose(there, here, rtol=tolerance, atol=0, equal_nan=True), name
            # W&B has one time a step, whichever calls it came from.
            apart = 60.0 if platform == "wandb" else 0.002
            assert np.abs(theirs.time - ours.time).max() < apart, name
    back = imported.run(copied.experiment_id)
    assert {name for name in back.metrics if name in names} == set(names)
    assert "0.1" in repr(dict(back.params))
    assert back.status == "completed"


@pytest.mark.parametrize(
    ("platform", "where"),
    [("mlflow", _to_mlflow), ("tensorboard", _to_tensorboard), ("wandb", _to_wandb)],
)
def test_there_and_back_twice(
    manager: ExperimentManager,
    tmp_path: Path,
    platform: str,
    where: Callable[[Path], tuple[Target, Path]],
) -> None:
    """Sending again and importing again adds nothing."""
    run_id = manager.list_experiments()[0]["experiment_id"]
    (tmp_path / "there").mkdir()
    target, place = where(tmp_path / "there")
    for _ in range(2):
        ExportManager(manager).export([run_id], platform, target)
        outcomes = [run.outcome for run in import_sources(place, tmp_path / "back").runs]

    assert outcomes == ["unchanged"]
    assert len(ExperimentManager(tmp_path / "back").list_experiments()) == 1
