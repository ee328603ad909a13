"""Readers look at a run while it is written, and note everything that is not as it should be.

Run as a script with one argument, a JSON object: ``scenario`` names a function below, the rest are
its arguments. It prints one JSON object that tells what was seen.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neural.testing.metrics_oracle import entries_of
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.faults import FaultReporter
from neural.tracking.storage.metrics_log import MetricsLog
from neural.tracking.storage.metrics_reader import RunMetrics

Result = dict[str, Any]


def in_child(work: Callable[[], Result]) -> Callable[[], Result]:
    """Start to work in a forked child; returns a function that waits for its result."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            told = work()
        except BaseException:  # noqa: BLE001  # whatever it is, the parent is told
            told = {"raised": traceback.format_exc()}
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)

    def result() -> Result:
        with open(reading, "rb") as pipe:
            said: Result = json.loads(pipe.read())
        os.waitpid(pid, 0)
        return said

    return result


def expected(steps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What is logged at each step."""
    return steps / 3


def look(metrics: RunMetrics, seen: int) -> tuple[int, list[str]]:
    """Read the run once; returns how many points there are and what is wrong."""
    wrong = []
    series = metrics.series("loss")
    count = len(series.step)
    if count < seen:
        wrong.append(f"{count} points after {seen}")
    if not np.array_equal(series.step, np.arange(count)):
        wrong.append(f"steps are not 0 to {count}")
    if not np.array_equal(series.value, expected(np.arange(count))):
        wrong.append(f"wrong values among {count}")
    if np.any(np.diff(series.time) < 0):
        wrong.append("times go back")
    summary = metrics.summaries().get("loss")
    if summary is not None and (summary.count < count or summary.last != summary.last_step / 3):
        wrong.append(f"summary {summary} of {count} points")
    wrong.extend(metrics.problems)
    return count, wrong


def follow(run: Path, until: Callable[[], bool], pause_s: float) -> Result:
    """Look at a run over and over; a new reader takes over now and then."""
    metrics = RunMetrics(run)
    seen, looks, wrong = 0, 0, []
    while not until():
        seen, now_wrong = look(metrics, seen)
        wrong += now_wrong
        looks += 1
        if looks % 50 == 0:
            metrics = RunMetrics(run)
        time.sleep(pause_s)
    seen, now_wrong = look(metrics, seen)
    return {"looks": looks, "seen": seen, "wrong": (wrong + now_wrong)[:5]}


@contextmanager
def flag(path: Path) -> Iterator[Callable[[], bool]]:
    """A file that is there while something lasts; yields a function that tells when it is over."""
    path.touch()
    try:
        yield lambda: not path.exists()
    finally:
        path.unlink()


def readers(folder: str, writer: str, seconds: float, count: int) -> Result:
    """R15: several readers poll at 20 Hz while one process logs flat out."""
    base = Path(folder, "base")
    tracker = ExperimentTracker("run", base, False, capture_environment=False, writer=writer)  # type: ignore[arg-type]
    run = tracker.experiment_dir
    with flag(Path(folder, "lasts")) as is_over:
        children = [in_child(lambda: follow(run, is_over, 0.05)) for _ in range(count)]
        children.append(in_child(lambda: _list(base, is_over)))
        end, step = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            for _ in range(100):
                tracker.log_metrics({"loss": step / 3, "acc": 1.0}, step=step)
                step += 1
            if step % 10_000 == 0:
                tracker.log_hyperparameters({"step": step})
        os.sync()
    results = [result() for result in children]
    late = RunMetrics(run).entry_count()
    tracker.finish()
    return {
        "logged": step,
        "stored": len(entries_of(run / "metrics.json")),
        "seen_while_open": late,
        "readers": results,
    }


def _list(base: Path, is_over: Callable[[], bool]) -> Result:
    """Poll the list of runs, as the page with the table does."""
    manager = ExperimentManager(base, read_only=True)
    looks, wrong = 0, []
    while not is_over():
        (row,) = manager.page().rows
        looks += 1
        wrong += row["problems"]
        if row["status"] not in ("created", "running"):
            wrong.append(row["status"])
        time.sleep(0.05)
    return {"looks": looks, "wrong": wrong[:5]}


def line_crossings(folder: str, writer: str, seconds: float) -> Result:
    """R15: every commit falls across a border of cache lines, and a reader looks without pause.

    Then a reader may see one of the two bytes that commit an entry before the other.
    """
    run = Path(folder)
    log = MetricsLog(run, faults=FaultReporter(), kind=writer)  # type: ignore[arg-type]
    log.append(_entry(0, 124), 0.0)  # from here on each commit is at 63 of a line of 64 bytes
    with flag(Path(folder, "lasts")) as is_over:
        child = in_child(lambda: _watch_commits(run, is_over))
        end, step = time.monotonic() + seconds, 1
        while time.monotonic() < end:
            for _ in range(100):
                log.append(_entry(step, 62), float(step))
                step += 1
    log.close(60.0)
    return {"logged": step, "stored": len(entries_of(run / "metrics.json")), "reader": child()}


def _entry(step: int, size: int) -> bytes:
    start = b'{"timestamp":1.5,"step":%d,"loss":%d,"' % (step + 10**6, step)
    return start + b"m" * (size - len(start) - 4) + b'":1}'


def _watch_commits(run: Path, is_over: Callable[[], bool]) -> Result:
    path = run / "metrics.json"
    metrics = RunMetrics(run)
    looks = torn = seen = 0
    wrong: list[str] = []
    handle = os.open(path, os.O_RDONLY)
    offset = 1
    while not is_over():
        data = os.pread(handle, 1 << 16, max(offset - 256, 0))
        torn += data.find(b"},]{") >= 0 or data.find(b"}\n\n{") >= 0
        offset = max(offset - 256, 0) + data.rfind(b"}")
        looks += 1
        if looks % 20 == 0:
            series = metrics.series("loss")
            if len(series.step) < seen:
                wrong.append(f"{len(series.step)} points after {seen}")
            seen = len(series.step)
            if not np.array_equal(series.value, np.arange(seen)):
                wrong.append(f"wrong values among {seen}")
            wrong += metrics.problems
    os.close(handle)
    return {"looks": looks, "torn": torn, "seen": seen, "wrong": wrong[:5]}


SCENARIOS: dict[str, Callable[..., Any]] = {
    found.__name__: found for found in (readers, line_crossings)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    result = SCENARIOS[arguments.pop("scenario")](**arguments)
    sys.stdout.write(json.dumps(result) + "\n")
