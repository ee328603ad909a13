"""R15: whoever reads while a run is written sees whole entries, in order, and soon."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking import ExperimentManager
from neural.tracking.storage.metrics_reader import RunMetrics

pytestmark = [pytest.mark.crash]

#: How long an entry may take to be seen, in seconds.
LAG_S = 2.0


def read_series(run_dir: Path, metrics: RunMetrics) -> tuple[int, float]:
    """Return how many points there are and the time of the last; their values are checked."""
    step, when, value = metrics.series("x")
    assert np.array_equal(step, np.arange(len(step)))
    assert np.array_equal(value, step / 2)
    return len(step), float(when[-1]) if len(when) else 0.0


def read_entries(run_dir: Path, metrics: RunMetrics) -> tuple[int, float]:
    """Return the same of the entries."""
    entries = metrics.entries()
    assert all(entry["y"] == entry["step"] == i for i, entry in enumerate(entries))
    return len(entries), entries[-1]["timestamp"] if entries else 0.0


def read_figures(run_dir: Path, metrics: RunMetrics) -> tuple[int, float]:
    """Return the same of the figures, which also must agree with each other."""
    y = metrics.summaries().get("y")
    if y is None:
        return 0, 0.0
    assert (y.max, y.last, y.min) == (y.count - 1, y.count - 1, 0)
    assert metrics.problems == []
    return y.count, time.time()


def read_record(run_dir: Path, metrics: RunMetrics) -> tuple[int, float]:
    """Return the same of the listed run, as a manager of its own finds it."""
    manager = ExperimentManager(run_dir.parent, read_only=True)
    (row,) = manager.search()
    record = manager.run(row["experiment_id"])
    assert record.status in ("created", "running", "completed")
    assert record.problems == ()
    return record.metrics["y"].count if record.metrics else 0, record.updated or 0.0


Read = Callable[[Path, RunMetrics], tuple[int, float]]


def poll(read: Read, run_dir: Path, over: threading.Event) -> tuple[list[int], list[float]]:
    """Read at up to 20 Hz, and once more when it is over; return counts and delays."""
    metrics = RunMetrics(run_dir)
    counts, lags = [], []
    while not over.wait(0.05):
        begun = time.time()
        count, latest = read(run_dir, metrics)
        counts.append(count)
        lags.append(begun - latest if latest else 0.0)
    counts.append(read(run_dir, metrics)[0])
    return counts, lags


@pytest.mark.timeout(240)
@pytest.mark.parametrize("writer", ["mapped", "pwrite"])
@pytest.mark.parametrize("read", [read_series, read_entries, read_figures, read_record])
def test_reading_while_writing(
    tmp_path: Path,
    torture: bool,
    start_worker: Callable[..., Any],
    read: Read,
    writer: str,
) -> None:
    """The count only grows, every value is right, nothing raises, and nothing is late."""
    seconds = 15.0 if torture else 0.7
    worker = start_worker("write_flat_out", folder=tmp_path, writer=writer, seconds=seconds)
    run_dir = tmp_path / f"flat_out_{worker.stdout.readline().strip()}"
    over = threading.Event()
    with ThreadPoolExecutor() as threads:
        reader = threads.submit(poll, read, run_dir, over)
        logged = json.loads(worker.stdout.readline())
        over.set()
        counts, lags = reader.result()

    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == logged, "nothing was read while it was written"
    assert max(lags) < LAG_S


@pytest.mark.timeout(120)
def test_several_runs_of_one_store(tmp_path: Path, start_worker: Callable[..., Any]) -> None:
    """One manager follows them all; each has all its entries in the end."""
    workers = [
        start_worker("write_flat_out", folder=tmp_path, writer=writer, seconds=1.0)
        for writer in ("mapped", "pwrite", "mapped")
    ]
    ids = [worker.stdout.readline().strip() for worker in workers]
    manager = ExperimentManager(tmp_path)
    seen: list[int] = []
    while any(worker.poll() is None for worker in workers):
        seen.append(sum(row["summary"]["latest"].get("y", 0) for row in manager.search()))
    logged = {i: json.loads(w.stdout.readline()) for i, w in zip(ids, workers, strict=True)}

    assert seen == sorted(seen)
    assert {i: manager.run(i).metrics["y"].count for i in ids} == logged
    assert manager.count("status = 'completed'") == 3
