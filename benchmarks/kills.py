"""Kill a logging process at random moments, and compare what it was told with what is on disk."""

from __future__ import annotations

import os
import random
import shutil
import signal
import struct
import tempfile
import time
from pathlib import Path

from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.metrics_reader import RunMetrics

__all__ = ["kill_often"]

#: Metrics a call, so that entries are shorter and longer than a cache line and a page.
WIDTHS = (4, 5, 14, 200)
_STEP = struct.Struct("<q")


def kill_often(kills: int, seed: int | None = None) -> dict[str, float]:
    """Return how many acknowledged values there were, how many are lost, and runs unreadable."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"  seed {seed}")
    chooser = random.Random(seed)
    found = {"acknowledged": 0, "lost": 0, "unreadable": 0}
    for _ in range(kills):
        width = chooser.choice(WIDTHS)
        writer = chooser.choice(("mapped", "pwrite"))
        folder = Path(tempfile.mkdtemp(prefix="kill-"))
        acknowledged = _log_and_kill(folder, width, writer, chooser.uniform(0.004, 0.034))
        found["acknowledged"] += acknowledged * width
        try:
            found["lost"] += _lost(folder, width, acknowledged)
        except Exception as exc:  # noqa: BLE001  # whatever it is, it makes the run unreadable
            print(f"  unreadable: {folder}: {exc!r}")
            found["unreadable"] += 1
            continue
        shutil.rmtree(folder)
    return found


def _metrics(step: int, width: int) -> dict[str, float]:
    """Return what is logged at a step: values that nearly all have 17 digits."""
    return {f"metric/{column}": (step * 1_000_003 + column * 7919) / 3.0 for column in range(width)}


def _log_and_kill(folder: Path, width: int, writer: str, life_s: float) -> int:
    """Return how many calls returned in a child before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _log_for_ever(folder, width, writer, writing)
    os.close(writing)
    first = os.read(reading, _STEP.size)
    time.sleep(life_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    last = first
    while chunk := os.read(reading, 1 << 16):
        last += chunk
    os.close(reading)
    return len(last) // _STEP.size


def _log_for_ever(folder: Path, width: int, writer: str, acknowledgements: int) -> None:
    tracker = ExperimentTracker(
        "kill", folder, auto_visualize=False, capture_environment=False, writer=writer
    )
    step = 0
    while True:
        tracker.log_metrics(_metrics(step, width), step=step)
        os.write(acknowledgements, _STEP.pack(step))
        step += 1


def _lost(folder: Path, width: int, acknowledged: int) -> int:
    """Return how many acknowledged values are not on disk exactly as they were logged."""
    run = next(path for path in folder.iterdir() if not path.name.startswith("."))
    entries = RunMetrics(run).entries()
    if len(entries) > acknowledged + 1:
        raise ValueError(f"{len(entries)} entries, but only {acknowledged} calls returned")
    lost = width * max(0, acknowledged - len(entries))
    for step, entry in enumerate(entries):
        expected = _metrics(step, width)
        lost += sum(entry.get(name) != value for name, value in expected.items())
        lost += width * (entry["step"] != step or len(entry) != width + 2)
    return lost
