"""A dashboard that is killed in the middle of an export, and started again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.export_jobs.store import JobStore
from tests.tracking.pages.export.conftest import Screen

RUNS = 40


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of many small runs."""
    for number in range(RUNS):
        with ExperimentTracker("night", tmp_path, False, capture_environment=False) as made:
            made.log_metrics({"loss": float(number)}, step=0)
    return tmp_path


@pytest.fixture
def start(store: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], Screen]]]:
    """Return ``start() -> (process, screen)`` of a dashboard in a process of its own."""
    started: list[subprocess.Popen[str]] = []
    app = create_app(store)  # says which callbacks there are

    def run() -> tuple[subprocess.Popen[str], Screen]:
        command = [sys.executable, "-u", "-m", "neural.tracking.aquarium_app", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--base-dir", str(store)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        return process, Screen(app, found[0])

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.crash
def test_a_job_outlives_the_server(
    store: Path, start: Callable[[], tuple[subprocess.Popen[str], Screen]]
) -> None:
    """After kill -9 the next server offers to go on, and every run is there once."""
    process, screen = start()
    filled = {
        "export-source.value": "filter",
        "export-platform.value": "csv",
        "export-parts.value": ["params", "metrics"],
        "export-send.n_clicks": 1,
    }
    screen.press("export-send.n_clicks", "export-changed.data", filled)
    screen.until(lambda _: JobStore(store).load(1).finished >= 2, {})
    process.kill()
    process.wait()

    _, screen = start()
    shown = screen.until(lambda s: '"stopped"' in json.dumps(s["export-jobs"]), {})
    assert "Go on" in json.dumps(shown["export-jobs"])
    assert JobStore(store).load(1).finished < RUNS

    screen.press_one("export-act", {"what": "go-on", "job": 1}, "export-changed.data")
    screen.until(lambda s: f"{RUNS} of {RUNS} runs" in json.dumps(s["export-jobs"]), {})

    tables = list(store.glob("exports/csv/*/metrics.csv"))
    assert len(tables) == RUNS
    assert all(len(table.read_text().splitlines()) == 2 for table in tables)
