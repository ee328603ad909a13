"""What charts cost the server: drawing a large one, following live runs, a page in a browser.

``python -m benchmarks.charts KIND FOLDER`` measures once in this process and prints figures as
JSON; :func:`chart_rows` runs it in fresh processes and judges them.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.processes import Figures, measured
from benchmarks.report import Row, median, spread

__all__ = ["chart_rows"]

#: Width of the plot in a card of a board on a screen of 1,440 pixels, three side by side.
CARD_PX = 400


def make_runs(folder: str, runs: int, metrics: int, steps: int) -> None:
    """Log ``runs`` of random walks, each with spikes that must not be lost."""
    from neural.tracking import ExperimentTracker

    for run in range(runs):
        rng = np.random.default_rng(run)
        walk = rng.normal(size=(steps, metrics)).cumsum(axis=0)
        walk[rng.integers(0, steps, 20)] += 1000
        with ExperimentTracker(
            "charts", folder, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_hyperparameters({"lr": run % 4, "seed": run // 4})
            for step, row in enumerate(walk.tolist()):
                tracker.log_metrics({f"val/m{i}": v for i, v in enumerate(row)}, step=step)


def _board(folder: str) -> tuple[Any, list[Any]]:
    from neural.tracking import ExperimentManager
    from neural.tracking.pages.board.data import ChartRun

    manager = ExperimentManager(folder, read_only=True)
    rows = manager.search()
    return manager, [ChartRun(r["experiment_id"], f"run {i}", None) for i, r in enumerate(rows)]


def _ms(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long this thread worked in milliseconds, whatever else the machine did."""
    begin = time.thread_time()
    result = action()
    return (time.thread_time() - begin) * 1000, result


def large(folder: str) -> Figures:
    """Draw one metric of all runs: for the first time, again, smoothed; and what travels."""
    from neural.tracking.charts.lines import View
    from neural.tracking.pages.board.data import ChartData, Look

    manager, runs = _board(folder)
    charts = ChartData(manager)
    cold, chart = _ms(lambda: charts.chart("val/m0", runs, Look(width=CARD_PX), "dark"))
    wider = Look(width=CARD_PX + 100)
    drawn, wide = _ms(lambda: charts.chart("val/m0", runs, wider, "dark"))
    smooth = Look(width=CARD_PX, view=View(smoothing=0.9))
    smoothed, _ = _ms(lambda: charts.chart("val/m0", runs, smooth, "dark"))
    again, _ = _ms(lambda: charts.chart("val/m0", runs, wider, "dark"))
    return {
        "cold_ms": cold,
        "drawn_ms": drawn,
        "smoothed_ms": smoothed,
        "again_ms": again,
        "bytes": len(json.dumps(wide.figure)),
        "columns_lost": _columns_lost(charts, runs, chart.figure),
    }


def _columns_lost(charts: Any, runs: Sequence[Any], figure: Any) -> int:
    """Return how many pixel columns of how many lines lack their smallest or largest value."""
    import base64

    lost = 0
    drawn = {trace["meta"]["key"]: trace for trace in figure["data"]}
    for run, series in charts.raw("val/m0", runs):
        array = drawn[run.id]["y"]
        shown = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
        x = drawn[run.id]["x"]
        steps = np.frombuffer(base64.b64decode(x["bdata"]), x["dtype"])
        edges = np.linspace(series.step[0], series.step[-1], CARD_PX + 1)
        for sign in (1, -1):
            values, at, better = sign * series.value, series.step, np.minimum
            whole = _by_column(values, at, edges, better)
            seen = _by_column(sign * shown.astype(np.float64), steps, edges, better)
            span = np.ptp(series.value)
            lost += int(np.count_nonzero(~(np.abs(whole - seen) <= 1e-5 * span)))
    return lost


def _by_column(values: Any, at: Any, edges: Any, better: Any) -> Any:
    starts = np.searchsorted(at, edges[:-1], side="left")
    return better.reduceat(values, np.minimum(starts, values.size - 1))


def _look(manager: Any, charts: Any, runs: Sequence[Any], marks: Sequence[Any]) -> Any:
    """Do what a board does when something is new: which runs, and what of each chart."""
    from neural.tracking.pages.board.data import Look
    from neural.tracking.pages.board.updates import tick

    revision = manager.revision([run.id for run in runs])
    seen = [{"metric": f"val/m{i}", "width": CARD_PX} for i in range(12)]
    places = [{"index": str(i)} for i in range(12)]

    def made(card: Any, _own: Any) -> Any:
        return charts.chart(card["metric"], runs, Look(width=CARD_PX), "dark", revision)

    with charts.reading_ahead([card["metric"] for card in seen], revision):
        return tick(made, places, places, marks, seen, [None] * 12)


def live(folder: str) -> Figures:
    """Follow twenty runs on twelve charts while three of them log."""
    from neural.tracking import ExperimentTracker
    from neural.tracking.pages.board.data import ChartData

    writers = [
        ExperimentTracker("live", folder, auto_visualize=False, capture_environment=False)
        for _ in range(3)
    ]
    for step in range(1000):
        for writer in writers:
            writer.log_metrics({f"val/m{i}": float(step % 97) for i in range(12)}, step=step)
    manager, runs = _board(folder)
    runs = runs[:20]  # the newest first: three that go on and seventeen at rest
    charts = ChartData(manager)
    marks: list[Any] = [None] * 12
    took: list[float] = []
    sizes = []
    for step in range(1000, 1012):
        for writer in writers:
            writer.log_metrics({f"val/m{i}": float(step) for i in range(12)}, step=step)

        ms, (figures, _, marks) = _ms(partial(_look, manager, charts, runs, marks))
        took.append(ms)
        sizes.append(len(json.dumps(figures, default=lambda patch: patch.to_plotly_json())))
    for writer in writers:
        writer.finish()
    return {"first_ms": took[0], "tick_ms": float(np.median(took[2:])), "bytes": sizes[-1]}


#: Twelve charts fit into such a window at once.
WINDOW = {"width": 1440, "height": 2600}

_PAINTED = """() => {
  const charts = [...document.querySelectorAll('.aq-chart .js-plotly-plot')];
  return charts.length === 12 &&
    charts.every(chart => chart.querySelectorAll('.js-line').length === 20);
}"""

#: Milliseconds of the longest task of the browser in the three seconds from now.
_LONGEST = """() => new Promise(done => {
  let longest = 0;
  new PerformanceObserver(list => list.getEntries().forEach(
    task => { longest = Math.max(longest, task.duration); })).observe({type: 'longtask'});
  setTimeout(() => done(longest), 3000);
})"""


def page(folder: str) -> Figures:
    """Return seconds from the click on Charts to twelve painted charts, plotly.js there."""
    from playwright.sync_api import sync_playwright

    from benchmarks.servers import serving
    from benchmarks.table import FLAGS

    runs = ",".join(run.id for run in _board(folder)[1])
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    with serving("aquarium", folder) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=FLAGS)
        tab = browser.new_page(viewport=WINDOW)
        tab.goto(f"{url.rstrip(chr(47))}/compare?runs={runs}")
        tab.wait_for_function(_PAINTED)  # parses plotly.js, reads the files
        tab.get_by_role("tab", name=re.compile("^Param")).click()
        tab.wait_for_selector(".aq-board", state="detached")
        tab.wait_for_load_state("networkidle")
        began = time.perf_counter()
        tab.get_by_role("tab", name="Charts").click()
        tab.wait_for_function(_PAINTED)
        painted = time.perf_counter() - began
        tab.wait_for_load_state("networkidle")
        idle = tab.evaluate(_LONGEST)
        browser.close()
    return {"painted_s": painted, "idle_task_ms": idle}


KINDS: dict[str, Callable[[str], Figures]] = {"large": large, "live": live, "page": page}


def chart_rows(repeats: int) -> list[Row]:
    """Measure a chart of 100 runs of 10,000 steps, a live tick, and a page of twelve charts."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        make_runs(folder, 100, 1, 10_000)
        many = [measured("charts", "large", folder) for _ in range(repeats)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        make_runs(folder, 20, 12, 1000)
        painted = [measured("charts", "page", folder) for _ in range(repeats)]
        following = [measured("charts", "live", folder) for _ in range(repeats)]
    drawn, size = median(many, "drawn_ms"), median(many, "bytes") / 1e6
    lost, tick_ms = median(many, "columns_lost"), median(following, "tick_ms")
    seconds, task = median(painted, "painted_s"), median(painted, "idle_task_ms")
    megabytes = spread([{"mb": one["bytes"] / 1e6} for one in many], "mb")
    return [
        Row("100 runs x 10,000 steps, first look, files read, CPU ms", spread(many, "cold_ms", 0)),
        Row("... drawn anew, CPU ms", spread(many, "drawn_ms", 1), "at most 60", drawn <= 60),
        Row("... smoothed, CPU ms", spread(many, "smoothed_ms", 1)),
        Row("... nothing new, CPU ms", spread(many, "again_ms", 1)),
        Row("... payload before gzip, MB", megabytes, "at most 1.2", size <= 1.2),
        Row("... pixel columns that lost an extreme", f"{lost:,.0f}", "0", lost == 0),
        Row(
            "live tick, 3 of 20 runs new on 12 charts, CPU ms",
            spread(following, "tick_ms", 1),
            "at most 20",
            tick_ms <= 20,
        ),
        Row("... bytes", spread(following, "bytes", 0)),
        Row(
            "12 charts x 20 runs x 1,000 points, click to painted, s",
            spread(painted, "painted_s"),
            "at most 2",
            seconds <= 2,
        ),
        Row(
            "... longest task while idle afterwards, ms",
            spread(painted, "idle_task_ms", 0),
            "at most 200",
            task <= 200,
        ),
    ]


if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](sys.argv[2])))
