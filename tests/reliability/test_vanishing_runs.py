"""R17: runs are removed, thrown away, restored and renamed while others look at them."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from neural.errors import NotFoundError, StorageError
from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.crash]

VIEWERS = 4


def make(base: Path, number: int) -> str:
    """Make a short finished run; returns its id."""
    with ExperimentTracker(
        f"run {number}", base, auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_hyperparameters({"number": number})
        tracker.log_metrics({"x": number}, step=0)
    return tracker.experiment_id


def view(manager: ExperimentManager, over: threading.Event) -> int:
    """Look at all runs as pages do, until it is over; returns how often."""
    looks = 0
    while not over.is_set():
        for row in manager.search(sort="params.number", limit=20):
            run_id = row["experiment_id"]
            assert row["problems"] == [] or row["summary"]["latest"] == {}
            manager.revision([run_id])
            with suppress(NotFoundError):  # gone since it was listed
                manager.run(run_id)
                manager.metric(run_id, "x")
                manager.artifacts(run_id)
        looks += 1
    return looks


def disturb(base: Path, manager: ExperimentManager, ids: list[str], rng: Random) -> None:
    """Do one thing that makes a run come, go or move."""
    action = rng.choice(["make", "remove", "trash", "restore", "rename", "purge"])
    run_id = rng.choice(ids)
    if action == "make":
        ids.append(make(base, len(ids)))
    elif action == "trash":
        manager.delete_experiment(run_id)
    elif action == "restore":
        manager.restore_experiment(run_id)
    elif action == "purge":
        with suppress(NotFoundError, StorageError):
            manager.purge([run_id])
    else:
        for folder in base.glob(f"*{run_id}"):
            if action == "remove":
                shutil.rmtree(folder)
            else:
                folder.rename(base / f"moved_{rng.randrange(100)}_{run_id}")


@pytest.mark.timeout(300)
def test_runs_vanish_under_viewers(tmp_path: Path, rng: Random, torture: bool) -> None:
    """No look raises, and in the end every viewer sees what is there."""
    ids = [make(tmp_path, number) for number in range(20)]
    managers = [ExperimentManager(tmp_path) for _ in range(VIEWERS)]
    over = threading.Event()
    with ThreadPoolExecutor() as threads:
        looks = [threads.submit(view, manager, over) for manager in managers]
        own = ExperimentManager(tmp_path)
        for _ in range(2000 if torture else 60):
            disturb(tmp_path, own, ids, rng)
        over.set()
        counts = [look.result() for look in looks]

    left = {path.parent.name for path in tmp_path.glob("*/metadata.json")}
    assert min(counts) > 0
    for manager in managers:
        assert {row["folder"] for row in manager.list_experiments()} == left
