"""R26: what every earlier writer left opens for ever, and a later one is left alone politely."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from neural.tracking import ExperimentManager
from neural.tracking.storage import fsck

STORES = Path(__file__).parents[2] / "data" / "stores"


@pytest.fixture
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> ExperimentManager:
    """Manager of a copy of a stored folder of runs; names the folder by its parameter."""
    shutil.copytree(STORES / request.param, tmp_path / "runs")
    return ExperimentManager(tmp_path / "runs", read_only=True)


@pytest.mark.parametrize("manager", ["seed"], indirect=True)
def test_the_seeds_tracker(manager: ExperimentManager) -> None:
    """Names and ids come from the folders, bare NaN is read, and no run is called crashed."""
    rows = {row["experiment_id"]: row for row in manager.list_experiments()}
    run = rows["1a2b3c4d"]
    (artifact,) = manager.artifacts("1a2b3c4d")

    assert {i: (row["experiment_name"], row["status"]) for i, row in rows.items()} == {
        "1a2b3c4d": ("digits_first", "completed"),
        "9f8e7d6c": ("digits_first", "created"),
        "5e6f7a8b": ("other_dialect", "running"),
    }
    assert all(row["problems"] == [] for row in rows.values())
    assert run["summary"]["latest"] == {"loss": 0.5, "accuracy": 0.5}
    assert run["duration"] == pytest.approx(60.530865)
    assert str(manager.metric("1a2b3c4d", "loss").value.tolist()) == "[nan, 0.5]"
    assert (artifact.framework, artifact.path) == ("tensorflow", "artifacts/model.h5")
    assert manager.artifact_path("1a2b3c4d", "model.h5").read_text() == "weights"


@pytest.mark.parametrize("manager", ["seed"], indirect=True)
def test_the_seeds_other_dialect(manager: ExperimentManager) -> None:
    """Its artifacts stand under ``current``."""
    (artifact,) = manager.artifacts("5e6f7a8b")

    assert (artifact.name, artifact.checksum) == ("data.csv", "0" * 64)
    assert manager.artifact_path("5e6f7a8b", "data.csv").read_text() == "a,b\n"


@pytest.mark.parametrize("manager", ["seed"], indirect=True)
def test_a_tracker_over_a_run_of_the_seed(manager: ExperimentManager) -> None:
    """It reads what the seed's own would."""
    tracker = manager.get_experiment("1a2b3c4d")

    assert tracker is not None
    assert (tracker.experiment_name, tracker.experiment_id) == ("digits_first", "1a2b3c4d")
    assert tracker.get_best_metric("accuracy", mode="max") == (0.75, 1)
    assert len(tracker.get_metrics()) == 3


@pytest.mark.parametrize("manager", ["format_1"], indirect=True)
def test_format_1(manager: ExperimentManager) -> None:
    """Everything that format 1 holds comes back."""
    run = manager.run("0123456789ab")
    score = manager.metric("0123456789ab", "score")

    assert (run.experiment_name, run.status, run.group, run.repeat) == (
        "Über/nets",
        "failed",
        "sweep",
        3,
    )
    assert run.params["big"] == 12345678901234567890123
    assert (run.tags, run.display_name, run.pinned) == (
        {"team": "vision", "baseline": ""},
        "Baseline",
        True,
    )
    assert list(run.metrics) == ["score", "val/loss", "system/cpu"]
    assert score.value.tolist() == [0.5, 0.25, 9007199254740993]
    assert manager.metric("0123456789ab", "score", view="drawn").step.tolist() == [0, 1]
    assert manager.metric("0123456789ab", "val/loss").value.tolist()[2] == math.inf
    assert manager.list_experiments()[0]["summary"]["best"]["score"]["mode"] == "min"
    assert manager.media("0123456789ab")[0]["value"] == "hello"
    assert manager.artifact_path("0123456789ab", "weights").read_text() == "weights"
    assert run.problems == ()


@pytest.mark.parametrize("manager", ["sealed", "caches_1"], indirect=True)
def test_a_store_that_comes_with_its_caches(manager: ExperimentManager) -> None:
    """Index and columns of this or an earlier release, and of another disk, never lie."""
    (row,) = manager.list_experiments()
    run_id = row["experiment_id"]

    assert row["summary"]["latest"] == {"loss": 119 / 3}
    assert row["hyperparameters"] == {"lr": 0.1, "net.layers": 2}
    assert (row["tags"], row["notes"], row["status"]) == ({"kept": ""}, "some notes", "completed")
    assert manager.metric(run_id, "loss").value.tolist() == [step / 3 for step in range(120)]
    assert manager.count("metrics.loss.max > 39 and params.lr = 0.1") == 1
    assert row["problems"] == []


@pytest.mark.parametrize("manager", ["sealed"], indirect=True)
def test_a_seal(manager: ExperimentManager) -> None:
    """Seals of format 1 prove what they proved, on another disk too."""
    (folder,) = manager.base_dir.glob("digits_*")
    assert [f for f in fsck.check(manager.base_dir) if "seal" in f.kind] == []

    metrics = folder / "metrics.json"
    metrics.write_bytes(metrics.read_bytes().replace(b'"step":7,', b'"step":6,', 1))

    found = [(f.kind, f.path) for f in fsck.check(manager.base_dir) if "seal" in f.kind]
    assert found == [("seal_broken", f"{folder.name}/metrics.json")]


@pytest.mark.parametrize("manager", ["future"], indirect=True)
def test_a_future_format(manager: ExperimentManager) -> None:
    """It is listed, says that it is newer, and no byte of it is touched."""
    folder = manager.base_dir / "new_aaaaaaaaaaaa"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    (row,) = manager.list_experiments()

    assert (row["experiment_name"], row["status"]) == ("new", "completed")
    assert "format 2" in row["problems"][0]
    assert "Upgrade" in row["problems"][0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
