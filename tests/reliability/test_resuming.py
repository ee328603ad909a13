"""R24: runs that crash and are resumed, over and over, at any place."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from neural.testing.killing import kill_after
from neural.testing.metrics_oracle import entries_of
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

RUN = "resumed"


def crash(base: Path, attempt: int, first: int, last: int, life_s: float) -> int:
    """Log steps ``first`` to ``last`` in a process that is then killed; returns how many it did."""

    def child(pipe: int) -> None:
        import os
        import time

        if attempt == 0:
            options = {"experiment_id": RUN, "capture_environment": False}
            tracker = ExperimentTracker("run", base, False, **options)  # type: ignore[arg-type]
        else:
            tracker = ExperimentTracker.resume(RUN, base, False)
        for step in range(first, last):
            tracker.log_metrics({"loss": attempt * 1_000_000 + step}, step=step)
            os.write(pipe, b"x")
        time.sleep(60)

    return len(kill_after(life_s, child, from_first_word=True))


def test_crashed_and_resumed(tmp_path: Path, rng: Random, torture: bool) -> None:
    """Everything is kept; drawn is the last attempt that logged a step, and there is no gap."""
    attempts = 1_000 if torture else 100
    logged: list[tuple[int, int]] = []
    drawn: dict[int, int] = {}
    reached = 0
    for attempt in range(attempts):
        first = max(0, reached - rng.randrange(30))  # from the last checkpoint on
        done = crash(tmp_path, attempt, first, first + 50, rng.uniform(0.0, 0.004))
        values = [(step, attempt * 1_000_000 + step) for step in range(first, first + done)]
        logged += values
        drawn = {step: value for step, value in drawn.items() if step < first} | dict(values)
        reached = first + done

    tracker = ExperimentTracker.resume(RUN, tmp_path, False)
    tracker.finish()

    stored = [
        (entry["step"], entry["loss"])
        for entry in entries_of(tracker.experiment_dir / "metrics.json")
    ]
    extra = [pair for pair in stored if pair not in set(logged)]
    assert [pair for pair in stored if pair not in set(extra)] == logged
    assert len(extra) <= attempts, "a kill leaves at most one value that was not acknowledged"
    manager = ExperimentManager(tmp_path)
    shown = manager.metric(RUN, "loss", view="drawn")
    assert np.array_equal(shown.step, np.arange(len(shown.step))), "a gap, or a step twice"
    wrong = {
        int(step): value
        for step, value in zip(shown.step, shown.value, strict=True)
        if step in drawn and value != drawn[int(step)]
    }
    assert not wrong or set(wrong.items()) <= set(extra), wrong
    run = manager.run(RUN)
    assert (run.status, run.entries) == ("completed", len(stored))
    assert len(tracker.metadata["attempts"]) == attempts
    assert run.problems == ()
