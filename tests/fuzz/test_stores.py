"""F1: a run directory whose files hold anything is read, or said to be damaged; nothing else."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.errors import NeuralError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage.fsck import check
from tests.fuzz.corpus import kept
from tests.fuzz.mutating import Edit, edits, spoiled_bytes

#: No input takes longer, on however slow a machine.
SLOWEST_S = 20.0

GOOD, SPOILED = "aaaaaaaaaaaa", "bbbbbbbbbbbb"

#: Every kind of file that a run has and a reader parses.
FILES = [
    *("metadata.json", "annotations.json", "hyperparameters.json", "metrics.json", "media.json"),
    *("artifacts.json", "environment.json", "summary.json", "git_diff.patch", "logs/stdout.log"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Log two runs that have every kind of file."""
    root = tmp_path_factory.mktemp("store")
    for run_id in (GOOD, SPOILED):
        tracker = ExperimentTracker("m", root, experiment_id=run_id, auto_visualize=False)
        tracker.log_hyperparameters({"lr": 0.1, "model": {"depth": 3, "name": "ä"}})
        for step in range(12):
            tracker.log_metrics({"loss": 1 / (step + 1), "acc": step / 12}, step=step)
        tracker.log_artifact(Path(__file__), "a.py", version=True)
        tracker.log_text("said", "a text", step=1)
        tracker.add_tags("best", team="blue")
        tracker.finish()
        folder = root / f"m_{run_id}"
        (folder / "git_diff.patch").write_text("diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n")
        (folder / "logs").mkdir(exist_ok=True)
        (folder / "logs" / "stdout.log").write_text("one\n\x1b[31mtwo\x1b[0m\n")
    return root


def read_run(manager: ExperimentManager, run_id: str) -> None:
    """Read everything that there is of a run, as the dashboard and the command line do."""
    looks: list[Callable[[], Any]] = [
        lambda: manager.run(run_id),
        lambda: manager.metrics(run_id, manager.metric_names(run_id)),
        lambda: manager.artifacts(run_id),
        lambda: manager.media(run_id),
        lambda: manager.environment(run_id),
        lambda: manager.console(run_id),
        lambda: manager.cells([run_id], ["params.lr", "metrics.loss.best", "tags.team"]),
        lambda: manager.disk_usage([run_id]),
        lambda: manager.get_experiment(run_id),
    ]
    for look in looks:
        with contextlib.suppress(NeuralError):  # says what is wrong, to whoever asked
            look()


def hold(store: Path, place: Path, name: str, content: bytes) -> None:
    """Check that a run with this file is read or said to be damaged, and harms nothing."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(store, place, ignore=shutil.ignore_patterns(".aquarium"))
    (place / f"m_{SPOILED}" / name).write_bytes(content)
    hold_all(place, [SPOILED])


def hold_all(place: Path, spoiled: Sequence[str]) -> None:
    """Check that spoiled runs are read or said to be damaged, and harm nothing."""
    before = _state(place)
    started = time.monotonic()

    manager = ExperimentManager(place)
    for run_id in spoiled:
        read_run(manager, run_id)
    list(check(place))

    assert GOOD in {row["experiment_id"] for row in manager.search()}
    assert len(manager.metric(GOOD, "loss").value) == 12
    assert time.monotonic() - started < SLOWEST_S
    assert _state(place) == before


def _state(base: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in base.rglob("*")
        if path.is_file() and ".aquarium" not in path.parts
    }


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [20, pytest.param(20_000, marks=pytest.mark.torture)])
def test_f1_a_spoiled_file_of_a_run(store: Path, tmp_path: Path, examples: int) -> None:
    """Only our own errors, in bounded time; the other run is whole and no file is changed."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(FILES), made=edits)
    def holds(name: str, made: list[Edit]) -> None:
        whole = (store / f"m_{SPOILED}" / name).read_bytes()
        hold(store, tmp_path / "spoiled", name, spoiled_bytes(whole, made))

    holds()


def test_f1_what_once_failed(store: Path, tmp_path: Path) -> None:
    """Each kept input, as the content of a file of each kind, in one store."""
    shutil.copytree(store / f"m_{GOOD}", tmp_path / f"m_{GOOD}")
    # The others are read by what reads one of these, too.
    cases = list(itertools.product(FILES[:6], kept("stores")))
    for number, (name, content) in enumerate(cases):
        folder = tmp_path / f"m_{number:012x}"
        shutil.copytree(store / f"m_{SPOILED}", folder)
        (folder / name).write_bytes(content)

    hold_all(tmp_path, [f"{number:012x}" for number in range(len(cases))])


def test_f1_every_kind_of_file_is_spoiled(store: Path) -> None:
    """A kind that a run gets one day is in the list, or this fails."""
    folder = store / f"m_{SPOILED}"
    parsed = (".json", ".patch", ".log")
    found = {
        os.path.relpath(Path(parent) / name, folder)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(parsed) and "versions" not in parent
    }

    assert found == set(FILES)
