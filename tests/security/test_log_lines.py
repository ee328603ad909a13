"""S28: whatever runs and requests are called, a line of our own log is one that we wrote."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from neural.errors import NeuralError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.storage.fsck import check
from tests.security.asking import HOST, JSON, Request, ask_all

FORGED = "x\n2026-11-21 ERROR neural: forged\r\x1b[2J\x9b31m\u2028forged"

OWN = ("origin", "http://127.0.0.1:8053")


def hostile_store(base_dir: Path) -> list[str]:
    """Log runs that are called so, damage some, and return the ids."""
    ids = []
    for number in range(3):
        tracker = ExperimentTracker(FORGED, base_dir, auto_visualize=False, notes=FORGED)
        tracker.log_hyperparameters({FORGED: FORGED})
        tracker.log_metrics({FORGED: 1.0}, step=0)
        tracker.finish(FORGED)
        ids.append(tracker.experiment_id)
        if number:
            name = ("metadata.json", "artifacts.json")[number - 1]
            (tracker.experiment_dir / name).write_text(json.dumps([FORGED])[:-1])
    copied = base_dir / FORGED.replace("/", "_")
    copied.mkdir()
    (copied / "metadata.json").write_text("{")
    (copied / "metrics.json").write_text("[{]")
    return ids


def test_s28_no_line_of_the_log_is_forged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Read, checked and served, they stand in no message, or as one line without control signs."""
    caplog.set_level(logging.DEBUG, logger="neural")
    ids = hostile_store(tmp_path)
    manager = ExperimentManager(tmp_path)
    app = create_app(tmp_path)
    callback = {"output": FORGED, "inputs": [], "changedPropIds": []}

    ExperimentManager(tmp_path / "none").search()
    list(check(tmp_path))
    for row in manager.search():
        try:
            manager.metric_names(row["experiment_id"])
        except NeuralError as error:
            logging.getLogger("neural.test").warning("%s", error)
    ask_all(
        app.server,
        [
            *(Request(f"/api/v1/runs/{run_id}/artifacts/x%0aERROR%20forged") for run_id in ids),
            Request("/x%0d%0aERROR%20forged"),
            Request(
                "/_dash-update-component", "POST", (HOST, JSON, OWN), json.dumps(callback).encode()
            ),
            Request("/api/v1/palette?q=x%0aERROR"),
        ],
    )

    told = [record.getMessage() for record in caplog.records if record.name.startswith("neural")]
    assert [line for line in told if not line.isprintable()] == []
    assert any("There is no folder" in line for line in told), "the log was not heard"
