"""R10: clocks that jump change neither order nor status."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural.testing.metrics_oracle import entries_of
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker

pytestmark = pytest.mark.crash

HOUR = 3_600.0
YEAR = 365.25 * 24 * HOUR
START = 1_790_000_000.0

#: What the clock does between one step and the next.
JUMPS: dict[str, Callable[[int], float]] = {
    "back an hour": lambda step: START + step - (HOUR if step >= 10 else 0),
    "forward ten years": lambda step: START + step + (10 * YEAR if step >= 10 else 0),
    "back to 1970": lambda step: START + step if step < 10 else float(step),
    "small steps back and forth": lambda step: START + step + (-1.5) ** (step % 7),
    "stands still": lambda step: START,
    "always back": lambda step: START - step,
    "forward and back again": lambda step: START + (YEAR if 5 <= step < 10 else 0) + step,
}


class Clock:
    """A clock on the wall that shows what it is told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that all that writes a run looks at."""
    found = Clock()
    ours = [module for name, module in sys.modules.items() if name.startswith("neural.")]
    for module in ours:
        if getattr(module, "time", None) is time.time:
            monkeypatch.setattr(module, "time", found)
    return found


def make(base: Path) -> ExperimentTracker:
    """A run that draws nothing."""
    return ExperimentTracker("clocks", base, False, capture_environment=False)


@pytest.mark.parametrize("name", list(JUMPS))
def test_order_and_status_stay(tmp_path: Path, clock: Clock, name: str) -> None:
    """Values stay in order of logging, the run is alive until its end, and lasts no less than 0."""
    jump = JUMPS[name]
    tracker = make(tmp_path)
    manager = ExperimentManager(tmp_path)
    for step in range(20):
        clock.now = jump(step)
        tracker.log_metrics({"loss": step / 3}, step=step)
        run = manager.run(tracker.experiment_id)
        assert (run.status, run.alive) == ("running", True)
        assert run.duration is None or run.duration >= 0

    tracker.finish()

    run = manager.run(tracker.experiment_id)
    series = manager.metric(tracker.experiment_id, "loss")
    assert series.step.tolist() == list(range(20))
    assert series.value.tolist() == [step / 3 for step in range(20)]
    assert series.time.tolist() == [jump(step) for step in range(20)]
    assert (run.status, run.alive, run.entries) == ("completed", False, 20)
    assert run.duration is not None
    assert run.duration >= 0
    assert run.problems == ()


@pytest.mark.parametrize("name", list(JUMPS))
def test_two_writers_under_such_a_clock(tmp_path: Path, clock: Clock, name: str) -> None:
    """The order inside each file is kept, whatever the times of the other one say."""
    owner = make(tmp_path)
    other = ExperimentTracker._join(str(owner.experiment_dir))
    for step in range(20):
        clock.now = JUMPS[name](step)
        (owner if step % 2 else other).log_metrics({"loss": step / 3}, step=step)

    merged = ExperimentManager(tmp_path).metric(owner.experiment_id, "loss").step.tolist()

    assert sorted(merged) == list(range(20))
    assert [step for step in merged if step % 2] == list(range(1, 20, 2))
    assert [step for step in merged if step % 2 == 0] == list(range(0, 20, 2))
    owner.finish()


def test_a_resumed_run_that_seems_to_begin_before_it_ended(tmp_path: Path, clock: Clock) -> None:
    """Attempts are told by where they stand in the file, not by the clock."""
    first = make(tmp_path)
    for step in range(10):
        first.log_metrics({"loss": step}, step=step)
    first.finish()
    clock.now = START - HOUR
    second = ExperimentTracker.resume(first.experiment_id, tmp_path, False)
    for step in range(5, 10):
        second.log_metrics({"loss": 100 + step}, step=step)
    second.finish()

    manager = ExperimentManager(tmp_path)
    drawn = manager.metric(first.experiment_id, "loss", view="drawn")
    assert drawn.value.tolist() == [0, 1, 2, 3, 4, 105, 106, 107, 108, 109]
    assert len(manager.metric(first.experiment_id, "loss").value) == 15
    assert (manager.run(first.experiment_id).duration or 0) >= 0


def test_a_deleted_run_is_noticed_although_the_clock_went_back(
    tmp_path: Path, clock: Clock
) -> None:
    """Within a second of any clock, not when it shows the old time again."""
    tracker = make(tmp_path)
    tracker.log_metrics({"loss": 0.0}, step=0)
    clock.now = START - HOUR
    (tracker.experiment_dir / "metrics.json").unlink()

    tracker.log_metrics({"loss": 1.0}, step=1)

    assert [e["step"] for e in entries_of(tracker.experiment_dir / "metrics.json")] == [1]
    tracker.finish()


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that moves this machine to another time zone."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    os.environ.pop("TZ", None)
    monkeypatch.undo()
    time.tzset()


def test_the_hour_that_comes_twice(
    tmp_path: Path, clock: Clock, zone: Callable[[str], None]
) -> None:
    """A run over the end of summer time lasts as long as it did, wherever it is looked at."""
    zone("Europe/Berlin")
    clock.now = 1_792_889_100.0  # 25 October 2026, 02:45 summer time; at 03:00 it is 02:00 again
    tracker = make(tmp_path)
    tracker.log_metrics({"loss": 0.5}, step=0)
    clock.now += 1_800
    tracker.finish()
    assert "+02:00" in tracker.metadata["start_time"]
    assert "+01:00" in tracker.metadata["end_time"]

    for place in ("Europe/Berlin", "Asia/Kathmandu", "UTC"):
        zone(place)
        run = ExperimentManager(tmp_path).run(tracker.experiment_id)
        assert run.start_time == pytest.approx(1_792_889_100.0)
        assert run.duration == pytest.approx(1_800)
