"""One measurement in a process of its own: ``python -m benchmarks.worker KIND ARGUMENT…``.

Prints one JSON object, the last line of its output.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import PEERS, Log

NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")
ROWS = [
    {name: chooser.random() for name in NAMES}
    for chooser in [random.Random(7)]
    for _ in range(1000)
]


def calls(peer: str, count: int, pause_us: int, busy: bool) -> dict[str, float]:
    """Time each of ``count`` log calls in nanoseconds; optionally beside a busy Python thread."""
    taken: list[int] = []
    clock = time.perf_counter_ns

    def body(log: Log) -> None:
        for warm_up in range(50):
            log(ROWS[warm_up], warm_up)
        stop = threading.Event()
        if busy:
            threading.Thread(target=_spin, args=(stop,), daemon=True).start()
        for step in range(50, 50 + count):
            row = ROWS[step % len(ROWS)]
            begin = clock()
            log(row, step)
            taken.append(clock() - begin)
            if pause_us:
                until = clock() + pause_us * 1000
                while clock() < until:
                    pass
        stop.set()

    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        PEERS[peer](Path(folder), body)
    ordered = sorted(taken)
    return {
        "p50": ordered[len(ordered) // 2] / 1000,
        "mean": sum(taken) / len(taken) / 1000,
        "p99": ordered[int(len(ordered) * 0.99)] / 1000,
        "max": ordered[-1] / 1000,
    }


def _spin(stop: threading.Event) -> None:
    """Keep the interpreter busy and never yield, as a data loader in Python does."""
    number = 0
    while not stop.is_set():
        for _ in range(1000):
            number = (number * 31 + 7) % 1_000_003


def growth() -> dict[str, float]:
    """Compare calls around number 1,000 with calls around number 1,000,000 of one run."""
    from neural.tracking import ExperimentTracker

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        tracker = ExperimentTracker("bench", folder, auto_visualize=False)
        clock = time.perf_counter_ns
        windows: dict[int, list[int]] = {1_000: [], 1_000_000: []}
        for step in range(1_005_000):
            row = ROWS[step % 1000]
            near = next((w for n, w in windows.items() if n - 500 <= step < n + 4500), None)
            begin = clock()
            tracker.log_metrics(row, step=step)
            if near is not None:
                near.append(clock() - begin)
        early, late = (sorted(w)[len(w) // 2] / 1000 for w in windows.values())
        begin = clock()
        tracker._writer.log.close()  # the series is not needed, so neither is its summary
    return {"early_us": early, "late_us": late, "ratio": late / early}


def start() -> dict[str, float]:
    """Time the import and the first tracker, beside a Python that has numpy already."""
    import numpy  # noqa: F401  # the training script has it anyway

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        begin = time.perf_counter()
        from neural.tracking import ExperimentTracker

        imported = time.perf_counter()
        tracker = ExperimentTracker("bench", folder, auto_visualize=False)
        made = time.perf_counter()
        for step in range(1000):
            tracker.log_metrics(ROWS[step], step=step)
        tracker._observers.stop()  # what is still being gathered is waited for, up to 0.5 s
        logged = time.perf_counter()
        tracker.finish()
        finished = time.perf_counter()
    return {
        "import_ms": (imported - begin) * 1000,
        "create_ms": (made - imported) * 1000,
        "together_ms": (made - begin) * 1000,
        "finish_ms": (finished - logged) * 1000,
    }


def make_series(folder: str) -> dict[str, float]:
    """Write a run of one metric and 1,000,000 points into ``folder``."""
    from neural.tracking import ExperimentTracker

    tracker = ExperimentTracker("series", folder, auto_visualize=False, capture_environment=False)
    chooser = random.Random(3)
    begin = time.perf_counter()
    for step in range(1_000_000):
        tracker.log_metrics({"loss": chooser.random()}, step=step)
    taken = time.perf_counter() - begin
    tracker.finish()
    return {"write_s": taken, "mb": tracker._paths.metrics.stat().st_size / 1e6}


def read_series(folder: str) -> dict[str, float]:
    """Read that metric twice; the first time includes importing the manager."""
    begin = time.perf_counter()
    from neural.tracking import ExperimentManager

    manager = ExperimentManager(folder)
    run = manager.list_experiments()[0]["experiment_id"]
    read = time.perf_counter()
    first = manager.metric(run, "loss")
    done = time.perf_counter()
    again = manager.metric(run, "loss")
    warm = time.perf_counter()
    if not (len(first.value) == len(again.value) == 1_000_000):
        raise AssertionError(f"read {len(first.value)} points, expected 1,000,000")
    return {
        "process_s": done - begin,
        "cold_s": done - read,
        "warm_ms": (warm - done) * 1000,
        "rss_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float:
    """Return the most memory this process held; ``ru_maxrss`` would count its parent's, too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def listing(folder: str) -> dict[str, float]:
    """List a store of runs, and get one filtered and sorted page of it."""
    from neural.tracking import ExperimentManager

    gc.disable()  # what a fresh process does first is not the collector's work
    begin = time.perf_counter()
    rows = ExperimentManager(folder).list_experiments()
    listed = time.perf_counter()
    gc.enable()
    manager = ExperimentManager(folder)
    before = time.perf_counter()
    page = manager.page(
        "params.lr < 0.01 and metrics.val_acc.best > 0.5", sort="-metrics.val_acc.best", limit=50
    )
    after = time.perf_counter()
    return {
        "runs": len(rows),
        "list_ms": (listed - begin) * 1000,
        "page_ms": (after - before) * 1000,
        "page_rows": len(page.rows),
        "rss_mb": _peak_memory_mb(),
    }


def group(members: str, steps: str) -> dict[str, float]:
    """Time mean and bootstrap band of a group of runs, for a chart and at every step."""
    import numpy as np

    from neural.tracking.analysis.aggregate import group_line

    rng = np.random.default_rng(0)
    x = np.arange(int(steps))
    walks = [(x, np.cumsum(rng.normal(size=x.size))) for _ in range(int(members))]
    begin = time.perf_counter()
    drawn = group_line(walks, band="bootstrap")
    done = time.perf_counter()
    group_line(walks, band="bootstrap", columns=None)
    whole = time.perf_counter()
    return {
        "drawn_ms": (done - begin) * 1000,
        "whole_ms": (whole - done) * 1000,
        "points": drawn.x.size,
    }


KINDS: dict[str, Callable[..., dict[str, float]]] = {
    "calls": lambda peer, count, pause, busy: calls(peer, int(count), int(pause), busy == "busy"),
    "growth": growth,
    "start": start,
    "make-series": make_series,
    "read-series": read_series,
    "listing": listing,
    "group": group,
}

if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](*sys.argv[2:])))
