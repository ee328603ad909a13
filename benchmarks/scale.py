"""How cost grows with the number of runs, of points, of metrics and params.

``python -m benchmarks.scale KIND ARGUMENT…`` measures once in this process and prints figures as
JSON; :func:`scale_rows` runs it in fresh processes and judges them. Sizes are what NEURAL_SCALE
says: ``NEURAL_SCALE=10000`` stops at so many runs (and a hundred times as many points).
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.make_store import make_series, make_store
from benchmarks.processes import Figures, measured
from benchmarks.report import Row

__all__ = ["scale_rows"]

LARGEST = int(os.environ.get("NEURAL_SCALE", "100000"))
RUNS = tuple(n for n in (1_000, 10_000, 100_000) if n <= LARGEST)
POINTS = tuple(n for n in (10_000, 100_000, 1_000_000, 10_000_000) if n <= 100 * LARGEST)

#: What a table shows beside the names.
COLUMNS = [
    "params.lr", "params.optimizer", "params.batch_size", "params.dropout",
    "metrics.loss.last", "metrics.loss.best", "metrics.val_acc.best", "metrics.val_loss.min",
]  # fmt: skip
BEST_FIRST = "-metrics.val_acc.best"
FILTER = "params.lr < 0.01 and metrics.val_acc.best > 0.5"


def _ms(action: Callable[[], Any], times: int = 1, pause_s: float = 0.0) -> float:
    """Return the median time of an action in milliseconds; what rests in between is left out."""
    taken = []
    for _ in range(times):
        time.sleep(pause_s)
        begin = time.perf_counter()
        action()
        taken.append((time.perf_counter() - begin) * 1000)
    return median(taken)


def _memory_mb(kind: str) -> float:
    """Return memory of this process: ``VmRSS`` now, ``VmHWM`` at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1024


def index(folder: str) -> Figures:
    """Build the index of a folder that has none."""
    from neural.tracking import ExperimentManager

    shutil.rmtree(Path(folder, ".aquarium"), ignore_errors=True)
    manager = ExperimentManager(folder)
    cpu = time.process_time()
    built = _ms(manager.count)
    size = sum(p.stat().st_size for p in Path(folder, ".aquarium").glob("index.sqlite*"))
    return {
        "build_s": built / 1000,
        "build_cpu_s": time.process_time() - cpu,
        "index_mb": size / 1e6,
        "memory_mb": _memory_mb("VmHWM"),
    }


def listing(folder: str) -> Figures:
    """Ask what pages ask of a store at rest, and of one in which a single run has changed."""
    from neural.tracking import ExperimentManager

    before = _memory_mb("VmRSS")
    manager = ExperimentManager(folder)
    found = {"open_ms": _ms(lambda: manager.page(sort=BEST_FIRST))}
    # Longer than the grace in which an answer may stand without another look at the folder.

    def warm(action: Callable[[], Any]) -> float:
        return _ms(action, 7, pause_s=0.3)

    found["refresh_ms"] = warm(lambda: manager.page(limit=1))
    found["newest_ms"] = warm(manager.page)
    found["sorted_ms"] = warm(lambda: manager.page(sort=BEST_FIRST))
    found["filtered_ms"] = warm(lambda: manager.page(FILTER, sort=BEST_FIRST))
    found["words_ms"] = warm(lambda: manager.page("resnet"))
    ids = [row["experiment_id"] for row in manager.page(sort=BEST_FIRST).rows]
    found["cells_ms"] = warm(lambda: manager.cells(ids, COLUMNS))
    found["varying_ms"] = warm(lambda: manager.varying("", COLUMNS))
    found["names_ms"] = warm(lambda: (manager.param_names(), manager.all_metric_names()))
    found["tagged_ms"] = _tagged(manager, ids)
    found["one_more_ms"] = _one_more(manager, Path(folder))
    found["memory_mb"] = _memory_mb("VmHWM") - before
    return found


def _tagged(manager: Any, ids: Sequence[str]) -> float:
    """Return how long a page takes right after a run was tagged through the same manager."""
    taken, who = [], str(os.getpid())
    for run_id in ids[:7]:
        manager.annotate(run_id, tags={"seen": who})
        taken.append(_ms(lambda: manager.page(f"tags.seen = {who}")))
    if manager.count(f"tags.seen = {who}") != len(taken):
        raise AssertionError("a tag was not seen at once")
    return median(taken)


def _one_more(manager: Any, folder: Path) -> float:
    """Return how long a page takes right after another process has made a run."""
    taken = []
    for seed in range(7):
        before = manager.count()
        make_store(folder, 1, seed=os.getpid() * 100 + seed)
        time.sleep(0.3)
        taken.append(_ms(lambda: manager.page(sort=BEST_FIRST)))
        if manager.count() != before + 1:
            raise AssertionError("a new run was not seen at once")
    return median(taken)


def series(folder: str) -> Figures:
    """Read the one metric of the one run and draw it as a card of a board does."""
    from neural.tracking import ExperimentManager
    from neural.tracking.pages.board.data import ChartData, ChartRun, Look

    manager = ExperimentManager(folder, read_only=True)
    (row,) = manager.search()
    run = ChartRun(row["experiment_id"], "run", None)
    charts = ChartData(manager)
    figure: list[Any] = []

    def draw(width: int) -> None:
        revisions = manager.revision([run.id])
        figure.append(charts.chart("loss", [run], Look(width=width), "dark", revisions).figure)

    first = _ms(lambda: draw(400))
    redrawn = median(_ms(lambda w=width: draw(w)) for width in (440, 480, 520, 560, 600))
    again = _ms(lambda: draw(600), 7)
    return {
        "first_s": first / 1000,
        "redrawn_ms": redrawn,
        "again_ms": again,
        "bytes": len(json.dumps(figure[-1])),
        "memory_mb": _memory_mb("VmHWM"),
    }


def wide(folder: str, metrics: str, params: str) -> Figures:
    """Log one run of very many metrics and params and a value of 1 MB; read it back."""
    from neural.tracking import ExperimentManager, ExperimentTracker

    before = _memory_mb("VmRSS")
    row = {f"layer {i}/norm": i / 7 for i in range(int(metrics))}
    with ExperimentTracker("wide", folder, False, capture_environment=False) as tracker:
        values = {f"p{i}": i for i in range(int(params))} | {"long": "x" * 1_000_000}
        hyper = _ms(lambda: tracker.log_hyperparameters(values))
        steps = iter(range(100))
        call = _ms(lambda: tracker.log_metrics(row, step=next(steps)), 20)
        logged = _memory_mb("VmHWM") - before
    manager = ExperimentManager(folder)
    found = {"params_ms": hyper, "call_ms": call, "logged_mb": logged}
    found["index_ms"] = _ms(manager.count)
    found["page_ms"] = _ms(manager.page, 5, pause_s=0.3)
    found["one_ms"] = _ms(lambda: manager.metric(tracker.experiment_id, "layer 7/norm"))
    found["names_ms"] = _ms(manager.all_metric_names, 5)
    return found


KINDS: dict[str, Callable[..., Figures]] = {
    "index": index,
    "listing": listing,
    "series": series,
    "wide": wide,
}


def _measured(kind: str, *arguments: object) -> Figures:
    figures = measured("scale", kind, *arguments)
    print(f"  {kind} {arguments}: {figures}", file=sys.stderr)
    return figures


def _median_of(found: Sequence[Figures]) -> Figures:
    return {key: median(one[key] for one in found) for key in found[0]}


def growth(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Return the exponent between the last two sizes: 1 is in proportion, 0 is no growth."""
    if len(sizes) < 2 or min(values) <= 0:
        return math.nan
    return math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2])


def _row(
    what: str,
    sizes: Sequence[int],
    found: Sequence[Figures],
    key: str,
    digits: int = 1,
    most: float | None = None,
    steepest: float | None = None,
) -> Row:
    """Return one figure at all sizes, and how it grows; goals hold for the largest."""
    values = [one[key] for one in found]
    exponent = growth(sizes, values)
    text = " / ".join(f"{value:,.{digits}f}" for value in values)
    goals = [f"at most {most:,g}"] if most is not None else []
    goals += [f"grows less than n^{steepest:g}"] if steepest is not None else []
    is_steep = steepest is not None and exponent >= steepest
    reached = (most is None or values[-1] <= most) and not is_steep
    measured = f"{text}; n^{exponent:.2f}"
    return Row(what, measured, ", ".join(goals), reached if goals else None)


def _run_rows(repeats: int) -> list[Row]:
    built: list[Figures] = []
    listed: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        there = 0
        for size in RUNS:
            make_store(Path(folder), size - there, seed=size)
            built.append(_median_of([_measured("index", folder) for _ in range(min(repeats, 2))]))
            listed.append(_median_of([_measured("listing", folder) for _ in range(repeats)]))
            there = len([name for name in os.listdir(folder) if name[0] != "."])

    def row(what: str, key: str, *goals: Any, **more: Any) -> Row:
        return _row(what, RUNS, listed, key, *goals, **more)

    sizes = " / ".join(f"{size:,}" for size in RUNS)
    return [
        _row(f"{sizes} runs: first index, s", RUNS, built, "build_s", 2, 30),
        _row("... CPU s", RUNS, built, "build_cpu_s", 2),
        _row("... size of the index, MB", RUNS, built, "index_mb", 0),
        _row("... memory at most, MB", RUNS, built, "memory_mb", 0),
        row("new process to its first page of 50, sorted by a metric, ms", "open_ms", 0),
        row("look for changes where there are none, ms", "refresh_ms", 2, None, 1.0),
        row("page of 50, newest first, ms", "newest_ms", 2, None, 1.0),
        row("page of 50, sorted by a metric, ms", "sorted_ms", 1, 300),
        row("page of 50, filtered by two fields and sorted, ms", "filtered_ms", 1, 300),
        row("page of 50, search for a word, ms", "words_ms", 1),
        row("8 more columns for the 50 rows, ms", "cells_ms", 2),
        row("which of 8 columns vary, ms", "varying_ms", 1),
        row("names of all metrics and params, ms", "names_ms", 2),
        row("page right after a run was tagged, ms", "tagged_ms", 1, None, 1.0),
        row("page right after another process made a run, ms", "one_more_ms", 1, 300),
        row("memory of a process that lists, MB", "memory_mb", 0),
    ]


def _point_rows(repeats: int) -> list[Row]:
    cold: list[Figures] = []
    warm: list[Figures] = []
    for points in POINTS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            make_series(Path(folder), points)
            some = []
            for _ in range(min(repeats, 3)):
                shutil.rmtree(Path(folder, ".aquarium"), ignore_errors=True)
                some.append(_measured("series", folder))
            cold.append(_median_of(some))
            warm.append(_median_of([_measured("series", folder) for _ in range(repeats)]))
    sizes = " / ".join(f"{points:,}" for points in POINTS)

    def row(what: str, found: list[Figures], key: str, *goals: Any) -> Row:
        return _row(what, POINTS, found, key, *goals)

    return [
        row(f"{sizes} points: first chart, file parsed, s", cold, "first_s", 2),
        row("... memory at most, MB", cold, "memory_mb", 0),
        row("first chart of a later process, s", warm, "first_s", 3, 1.0),
        row("... memory at most, MB", warm, "memory_mb", 0),
        row("the chart at another width, ms", warm, "redrawn_ms", 2, 100),
        row("the chart once more, nothing new, ms", warm, "again_ms", 2, None, 0.2),
        row("... bytes of the figure", warm, "bytes", 0),
    ]


def _wide_rows(repeats: int) -> list[Row]:
    found = []
    for _ in range(min(repeats, 3)):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found.append(_measured("wide", folder, 10_000, 10_000))
    figures = _median_of(found)
    names = {
        "params_ms": "log 10,000 params and a value of 1 MB, ms",
        "call_ms": "log 10,000 metrics in one call, ms",
        "logged_mb": "... memory that 20 such calls take, MB",
        "index_ms": "first index of that run, ms",
        "page_ms": "page with that run, ms",
        "one_ms": "read one of its metrics, ms",
        "names_ms": "names of all its metrics, ms",
    }
    return [Row(what, f"{figures[key]:,.1f}") for key, what in names.items()]


def scale_rows(repeats: int) -> list[Row]:
    """Measure listing at growing numbers of runs, charts at growing numbers of points."""
    return [*_run_rows(repeats), *_point_rows(repeats), *_wide_rows(repeats)]


if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](*sys.argv[2:])))
