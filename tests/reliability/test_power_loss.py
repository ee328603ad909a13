"""R2: the power goes. What was not waited for may be there, or not, or in part, in any order."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage import metrics_writer
from neural.tracking.storage.metrics_reader import RunMetrics

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

SECTOR = 512
ENTRIES = 40


@dataclass
class Disk:
    """Every state that a file has had, and which of them the disk was waited for.

    Attributes:
        path: Of the file.
        states: Its content after each write, the first before there was any.
        synced: For each state, the number of the last one that the disk had then.
        logged: For each state, how many calls had returned.
    """

    path: Path
    states: list[bytes] = field(default_factory=lambda: [b""])
    synced: list[int] = field(default_factory=lambda: [0])
    logged: list[int] = field(default_factory=lambda: [0])

    def note(self, *, logged: int, is_synced: bool = False) -> None:
        """Note the state of now."""
        self.states.append(self.path.read_bytes())
        self.synced.append(len(self.states) - 1 if is_synced else self.synced[-1])
        self.logged.append(logged)

    def after_crash(self, rng: Random, at: int) -> bytes:
        """Return what may stand there if the power went in state ``at``.

        Each sector is as in any state since the last one that the disk was waited for, and so is
        the length; what was never written is zeros.
        """
        possible = self.states[self.synced[at] : at + 1]
        size = len(rng.choice(possible))
        sectors = [
            rng.choice(possible)[start : start + SECTOR].ljust(SECTOR, b"\0")
            for start in range(0, size, SECTOR)
        ]
        return b"".join(sectors)[:size]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the files that the disk was waited for, as they come; the disk is not asked."""
    seen: list[int] = []
    for name in ("fdatasync", "fsync"):
        monkeypatch.setattr(os, name, lambda handle: seen.append(os.fstat(handle).st_ino))
    return seen


def logged_run(
    base: Path, writer: Any, durability: Any, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Disk, list[dict[str, Any]]]:
    """Log a run and note all that its metrics file went through."""
    monkeypatch.setattr(metrics_writer, "_FIRST_GROWTH", 8 * 1024)
    tracker = ExperimentTracker(
        "run", base, False, capture_environment=False, writer=writer, durability=durability
    )
    disk = Disk(tracker.experiment_dir / "metrics.json")
    for step in range(ENTRIES):
        before = len(synced)
        tracker.log_metrics({"loss": step / 3, "m" * (step * 7 % 400 + 1): 0.5}, step=step)
        if durability == "interval" and step % 10 == 9:
            assert tracker._writer is not None
            tracker._writer.log._try_sync()
        is_synced = disk.path.stat().st_ino in synced[before:]
        if is_synced:
            disk.note(logged=step)  # written, but the call has not returned
        disk.note(logged=step + 1, is_synced=is_synced)
    entries = RunMetrics(tracker.experiment_dir).entries()
    tracker.finish()
    assert len(entries) == ENTRIES
    return tracker.experiment_dir, disk, entries


@pytest.mark.parametrize("writer", ["mapped", "pwrite"])
@pytest.mark.parametrize("durability", ["process", "interval", "step"])
def test_only_what_was_not_waited_for_is_lost(
    tmp_path: Path,
    writer: str,
    durability: str,
    synced: list[int],
    rng: Random,
    torture: bool,
    iterated: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the disk made of the rest, the run opens, and can be continued."""
    run_dir, disk, entries = logged_run(tmp_path, writer, durability, synced, monkeypatch)
    lost = 0
    count = 20_000 if torture else 250
    iterated(count)
    for number in range(count):
        at = rng.randrange(len(disk.states))
        kept = disk.logged[disk.synced[at]]
        disk.path.write_bytes(disk.after_crash(rng, at))

        shown = RunMetrics(run_dir).entries()

        assert shown[:kept] == entries[:kept], f"{number}: what the disk had is gone"
        assert len(shown) <= disk.logged[at] + 1
        wrong = [entry for entry in shown if entry not in entries]
        assert wrong == [], f"{number}: a wrong value is shown"
        assert durability != "step" or kept == disk.logged[at]
        lost += disk.logged[at] - len(shown)
        if number % 50 == 0:
            continue_run(run_dir, shown)
    assert lost > 0 or durability == "step", "the power loss took nothing"


def continue_run(run_dir: Path, shown: list[dict[str, Any]]) -> None:
    """Resume the run, log once more, and look at it from outside."""
    run_id = run_dir.name.rpartition("_")[2]
    with ExperimentTracker.resume(run_id, run_dir.parent, False) as tracker:
        tracker.log_metrics({"later": 1.0}, step=ENTRIES)

    (row,) = ExperimentManager(run_dir.parent).list_experiments()
    stored = RunMetrics(run_dir).entries()
    assert stored[: len(shown)] == shown
    assert row["summary"]["latest"].get("later") == 1.0 or row["problems"], "the new value is gone"
    for path in run_dir.glob("metrics.*.json"):
        path.unlink()


@pytest.mark.parametrize("durability", ["process", "step"])
def test_renaming_leaves_no_empty_file(
    tmp_path: Path, durability: Any, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the default it may; the run is listed all the same, and says so."""
    renamed: dict[str, bool] = {}
    replace = os.replace

    def note(source: Path, target: Path) -> None:
        renamed[target.name] = os.stat(source).st_ino in synced
        replace(source, target)

    monkeypatch.setattr(os, "replace", note)
    with ExperimentTracker(
        "run", tmp_path, False, capture_environment=False, durability=durability
    ) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=0)

    assert renamed["metadata.json"] is (durability == "step")
    for left in (b"", bytes(300), b'{\n  "experiment_'):
        (tracker.experiment_dir / "metadata.json").write_bytes(left)
        (row,) = ExperimentManager(tmp_path).list_experiments()
        assert row["experiment_id"] == tracker.experiment_id
        assert any("metadata.json" in problem for problem in row["problems"])
        assert row["summary"]["latest"] == {"loss": 0.5}


def test_a_new_run_is_in_its_folder(tmp_path: Path, synced: list[int]) -> None:
    """The disk is waited for also for the names of the run and its file."""
    tracker = ExperimentTracker("run", tmp_path, False, durability="step")
    tracker.log_metrics({"loss": 0.5}, step=0)

    assert {tmp_path.stat().st_ino, tracker.experiment_dir.stat().st_ino} <= set(synced)
    tracker.finish()
