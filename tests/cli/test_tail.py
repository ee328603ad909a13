"""tail: the last entries, and new ones as they come."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.storage.follow import Follower
from tests.cli.conftest import Command


def test_the_last_entries(neural: Command, runs: Sequence[str]) -> None:
    """As many as asked for, JSON lines for other programs."""
    lines = neural("tail", runs[0], "--lines", "1", "--json", "--no-follow").out.splitlines()

    assert [json.loads(line)["val/loss"] for line in lines] == [0.2]


def test_it_follows_a_live_run_to_its_end(base_dir: Path) -> None:
    """What is logged after the start is printed, and the end of the run ends it."""
    tracker = ExperimentTracker("live", base_dir, auto_visualize=False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)
    command = [sys.executable, "-m", "neural", "tail", tracker.experiment_id, "--json"]
    command += ["--base-dir", str(base_dir)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        tracker.log_metrics({"loss": 0.5}, step=1)
        second = json.loads(process.stdout.readline())
        tracker.log_metrics({"loss": 0.25}, step=2)
        tracker.finish()
        rest = process.stdout.read()

    assert (first["loss"], second["loss"]) == (1.0, 0.5)
    assert json.loads(rest)["loss"] == 0.25
    assert process.returncode == 0


def test_it_follows_a_run_that_no_process_holds(base_dir: Path) -> None:
    """One that is written call by call goes on until it is finished."""
    tracker = ExperimentTracker("shell", base_dir, auto_visualize=False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)
    tracker.detach()
    command = [sys.executable, "-m", "neural", "tail", tracker.experiment_id, "--json"]
    command += ["--base-dir", str(base_dir)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        later = ExperimentTracker.resume(tracker.experiment_id, base_dir, False)
        later.log_metrics({"loss": 0.5}, step=1)
        later.detach()
        second = json.loads(process.stdout.readline())
        later.finish()
        rest = process.stdout.read()

    assert (first["loss"], second["loss"], rest) == (1.0, 0.5, "")


@pytest.mark.parametrize("metadata", [None, {"status": "paused"}, {"status": "completed"}])
def test_it_does_not_wait_for_a_run_that_nobody_writes(
    neural: Command, base_dir: Path, metadata: dict[str, str] | None
) -> None:
    """One of another program that has no end and does not say that it runs."""
    run_dir = base_dir / "run_aa11"
    run_dir.mkdir(parents=True)
    (run_dir / "metrics.json").write_text('[{"timestamp": 1.0, "step": 0, "loss": 0.5}]')
    if metadata is not None:
        (run_dir / "metadata.json").write_text(json.dumps(metadata))

    outcome = neural("tail", "aa11")

    assert outcome.code == 0
    assert "loss=0.5" in outcome.out


def test_a_file_that_is_written_anew_at_each_call(base_dir: Path) -> None:
    """As the seed's tracker does: only what is new is returned, also after half a file was seen."""
    run_dir = base_dir / "run_aa11"
    run_dir.mkdir(parents=True)
    entries = [{"timestamp": float(step), "step": step, "loss": step / 3} for step in range(6)]
    follower, seen = Follower(run_dir), []
    for count in (2, 2, 4, 6):
        text = json.dumps(entries[:count], indent=2)
        (run_dir / "metrics.json").write_text(text[: len(text) // 3])
        seen.append([entry["step"] for entry in follower.new_entries()])
        (run_dir / "metrics.json").write_text(text)
        seen.append([entry["step"] for entry in follower.new_entries()])

    assert [step for steps in seen for step in steps] == [0, 1, 2, 3, 4, 5]
    assert Follower(run_dir).skip_to_last(2) == entries[-2:]


def test_a_long_file_is_not_kept_in_memory(base_dir: Path) -> None:
    """Of many blocks only those with the wanted entries are decoded."""
    with ExperimentTracker(
        "long", base_dir, auto_visualize=False, capture_environment=False
    ) as tracker:
        for step in range(40_000):
            tracker.log_metrics({"loss": step / 3, "accuracy": step / 7}, step=step)
    follower = Follower(tracker.experiment_dir)

    last = follower.skip_to_last(3)

    assert [entry["step"] for entry in last] == [39_997, 39_998, 39_999]
    assert follower.new_entries() == []
