"""A store of real runs among files that nobody may see, and the whole dashboard over it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from dash import Dash

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app

#: Content of every file that lies where a wrong path could lead.
CANARY = b"CANARY-5b0e9a17"

RUN_IDS = ("4f2a90c1d3e5", "4f2a90c1d3e6")

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass(frozen=True)
class Site:
    """A store and what lies round it.

    Attributes:
        base_dir: The store.
        around: Folder that holds the store and the canaries.
    """

    base_dir: Path
    around: Path

    def outside(self) -> dict[str, bytes]:
        """Return every file that does not belong to the store, with its content."""
        folders = [(Path(parent), names) for parent, _, names in os.walk(self.around)]
        paths = [parent / name for parent, names in folders for name in names]
        return {
            str(path): path.read_bytes()
            for path in paths
            if not path.is_relative_to(self.base_dir) or path.name.startswith("canary.txt")
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Log two runs with everything that has an address, and lay canaries round them."""
    around = tmp_path_factory.mktemp("site")
    base_dir = around / "deep" / "runs"
    (around / "plot.png").write_bytes(PNG)
    (around / "folder").mkdir()
    (around / "folder" / "part.txt").write_text("part")
    for number, run_id in enumerate(RUN_IDS):
        _log(base_dir, run_id, number, around)
    ExperimentManager(base_dir).annotate(RUN_IDS[0], tags={"team": "blue"}, notes="a note")
    _lay_canaries(around, base_dir)
    return Site(base_dir, around)


def _log(base_dir: Path, run_id: str, number: int, around: Path) -> None:
    tracker = ExperimentTracker("mnist", base_dir, experiment_id=run_id, auto_visualize=False)
    tracker.log_hyperparameters({"lr": 0.1 / (number + 1), "optimizer": "adam"})
    for step in range(20):
        tracker.log_metrics({"loss": 1 / (step + 1), "val/loss": 1.1 / (step + 1)}, step=step)
    tracker.log_artifact(around / "plot.png", "plot.png")
    tracker.log_artifact(around / "folder", "folder")
    tracker.log_text("said", "a text")
    tracker.finish()
    logs = next(base_dir.glob(f"*_{run_id}")) / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "stdout.log").write_text("epoch 1\nepoch 2\n")


def _lay_canaries(around: Path, base_dir: Path) -> None:
    run = base_dir / f"mnist_{RUN_IDS[0]}"
    places = [
        *(around, around / "deep", base_dir, base_dir / ".neural", base_dir / ".neural" / "views"),
        *(run, run / "media-evil", run / "logs", base_dir / f"mnist_{RUN_IDS[0]}-evil"),
    ]
    # A route may put an ending behind what it is given.
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        for ending in ("", ".log", ".json"):
            (place / f"canary.txt{ending}").write_bytes(CANARY)


@pytest.fixture(scope="module")
def whole(site: Site) -> Dash:
    """Return the whole dashboard over the store, without a token."""
    return create_app(site.base_dir)
