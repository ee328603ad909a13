"""Stores of real runs for the journeys through the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app

Open = Callable[..., Any]

# Five seconds, the default, is little on two cores that do other things too.
expect.set_options(timeout=20_000)


def make_run(base_dir: Path, name: str = "digits", *, lr: float = 0.1, **options: Any) -> str:
    """Train a pretended network for 120 steps and keep something in every tab; return the id."""
    tracker = ExperimentTracker(
        name, base_dir, auto_visualize=False, capture_environment=False, **options
    )
    with tracker:
        tracker.log_hyperparameters({"lr": lr, "width": 64, "optimizer": {"name": "sgd"}})
        noise = np.random.default_rng(int(lr * 1000)).normal(0, 0.02, (120, 2))
        for step in range(120):
            loss = float(2 * np.exp(-lr * step / 5) + abs(noise[step, 0]))
            accuracy = float(1 - np.exp(-lr * step / 3) * 0.9 + noise[step, 1])
            tracker.log_metrics({"train/loss": loss, "grad_norm": loss * 3}, step=step)
            if step % 10 == 9:
                tracker.log_metrics({"val/loss": loss * 1.1, "val/accuracy": accuracy}, step=step)
        tracker.log_metrics({"train/loss": float("nan")}, step=120)
        tracker.log_image("digit", np.arange(256, dtype=np.uint8).reshape(16, 16), step=119)
        tracker.log_histogram("weights", noise[:, 0], step=50)
        tracker.log_histogram("weights", noise[:, 1], step=119)
        notes = base_dir.parent / "notes.txt"
        notes.write_text("learned\n")
        tracker.log_artifact(notes, "notes.txt")
    return tracker.experiment_id


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of four runs with something in every tab; tests only read it."""
    base_dir = tmp_path_factory.mktemp("trained") / "runs"
    for lr in (0.02, 0.1, 0.5):
        make_run(base_dir, lr=lr, tags=["baseline"], group=f"lr={lr:g}")
    broken = make_run(base_dir, "broken", lr=0.3)
    folder = next(base_dir.glob(f"*_{broken}"))
    (folder / "hyperparameters.json").write_text('{"lr": ')
    for whole in base_dir.glob("digits_*"):
        (whole / "git_diff.patch").write_text(
            "diff --git a/train.py b/train.py\n@@ -1 +1 @@\n-lr = 0.1\n+lr = 0.5\n"
        )
    return base_dir


@pytest.fixture
def ids(trained: Path) -> list[str]:
    """Ids of the three whole runs of ``trained``."""
    return sorted(folder.name.rpartition("_")[2] for folder in trained.glob("digits_*"))


@pytest.fixture
def open_page(serve: Callable[..., Any], visit: Callable[..., Any]) -> Open:
    """Return ``open_page(base_dir, path, **visit options) -> Visit``; one server a store."""
    servers: dict[Path, Any] = {}

    def show(base_dir: Path, path: str = "/", **options: Any) -> Any:
        if base_dir not in servers:
            servers[base_dir] = serve(create_app(base_dir))
        return visit(servers[base_dir].url + path, **options)

    return show
