"""From the page's callbacks into a real MLflow server, a SQLite file, W&B and TensorBoard."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app
from tests.tracking.pages.export.conftest import Screen

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.timeout(300),
    # What MLflow itself warns of.
    pytest.mark.filterwarnings("ignore"),
]

FORM = {
    "export-source.value": "filter",
    "export-filter-text.value": "name = 'night'",
    "export-platform.value": "mlflow",
    "export-parts.value": ["params", "metrics", "media", "artifacts"],
    "export-tags.value": "paper",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a real MLflow server with a SQLite store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder = tmp_path / "server"
    folder.mkdir()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            _pause(process)
    raise AssertionError(log.read_text()[-3000:])


def _pause(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment, or until the process ends."""
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two runs, one of them with what MLflow cannot hold as it is."""
    base_dir = tmp_path / "runs"
    for last in (0.25, float("inf")):
        with ExperimentTracker("night", base_dir, False, capture_environment=False) as made:
            made.log_hyperparameters({"lr": 0.1, "long": "x" * 7000})
            made.log_metrics({"val/loss": 0.5}, step=0)
            made.log_metrics({"val/loss": last}, step=1)
            notes = tmp_path / "notes.txt"
            notes.write_text("learned\n")
            made.log_artifact(notes, "notes.txt")
    return base_dir


def _press(screen: Screen, button: str, output: str, form: dict[str, Any]) -> Any:
    pressed = {**form, f"export-{button}.n_clicks": 1}
    answer = screen.press(f"export-{button}.n_clicks", f"export-{output}.data", pressed)
    return answer["response"][f"export-{output}"]["data"]


def _is_done(shown: dict[str, Any]) -> bool:
    return bool(shown["export-tick"]["disabled"])


def _copies(address: str) -> list[Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(address)
    experiments = [one.experiment_id for one in client.search_experiments()]
    return list(client.search_runs(experiments))


def test_a_server(server: str, store: Path, screen_of: Callable[[Dash], Screen]) -> None:
    """Test, dry run, export, and export again: the copies are whole and each is there once."""
    screen, form = screen_of(create_app(store)), {**FORM, "export-address.value": server}

    tested = _press(screen, "test", "test-job", form)
    shown = screen.until(_is_done, {"export-test-job.data": tested})
    assert f"MLflow at {server} answers" in json.dumps(shown["export-test-answer"])

    checked = _press(screen, "check", "check-job", form)
    shown = screen.until(_is_done, {"export-check-job.data": checked})
    said = json.dumps(shown["export-check-answer"])
    assert "2 new" in said
    assert "infinity is the largest number" in said
    assert _copies(server) == []

    for number in (1, 2):
        _press(screen, "send", "changed", form)
        shown = screen.until(_is_done, {})
        listed = json.dumps(shown["export-jobs"])
        assert listed.count("2 of 2 runs") == number
    assert f"{server}/#/experiments/" in listed

    copies = _copies(server)
    assert len(copies) == 2
    assert {copy.data.params["lr"] for copy in copies} == {"0.1"}
    assert all("paper" in copy.data.tags for copy in copies)
    from mlflow.tracking import MlflowClient

    for copy in copies:
        assert len(MlflowClient(server).get_metric_history(copy.info.run_id, "val/loss")) == 2


def test_a_sqlite_file(store: Path, screen_of: Callable[[Dash], Screen]) -> None:
    """It is made among the exports, with its artifacts beside it and nowhere else."""
    before = set(os.listdir())
    screen = screen_of(create_app(store))

    _press(screen, "send", "changed", {**FORM, "export-address.value": "sqlite:///ml/mlflow.db"})
    screen.until(_is_done, {})

    assert len(_copies(f"sqlite:///{store}/exports/ml/mlflow.db")) == 2
    assert list((store / "exports" / "ml").rglob("notes.txt"))
    assert set(os.listdir()) == before


def test_a_server_that_is_not_there(store: Path, screen_of: Callable[[Dash], Screen]) -> None:
    """The test says so soon, and the page goes on."""
    screen = screen_of(create_app(store))

    tested = _press(
        screen, "test", "test-job", {**FORM, "export-address.value": "http://127.0.0.1:9"}
    )
    shown = screen.until(_is_done, {"export-test-job.data": tested})

    assert "does not answer" in json.dumps(shown["export-test-answer"])


@pytest.mark.parametrize(
    ("platform", "found"),
    [("wandb", "wandb/wandb/offline-run-*/*.wandb"), ("tensorboard", "tensorboard/*/events.out.*")],
)
def test_files_of_a_platform(
    store: Path, screen_of: Callable[[Dash], Screen], platform: str, found: str
) -> None:
    """Offline runs and event files are written among the exports, one of each run."""
    screen = screen_of(create_app(store))
    form = {**FORM, "export-platform.value": platform, "export-mode.value": "offline"}

    for number in (1, 2):
        _press(screen, "send", "changed", form)
        shown = screen.until(_is_done, {})
        assert json.dumps(shown["export-jobs"]).count("2 of 2 runs") == number

    assert len(list((store / "exports").glob(found))) == 2
