"""What a person at the browser waits for: answers on every page, and a page left open for minutes.

``python -m benchmarks.browsing KIND FOLDER`` measures once and prints figures as JSON;
:func:`browsing_rows` runs it on stores of its own and judges the figures.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.charts import WINDOW, make_runs
from benchmarks.processes import Figures, measured
from benchmarks.report import Row, median, spread
from benchmarks.servers import serving
from benchmarks.table import FLAGS

__all__ = ["browsing_rows"]

#: How long the page of live charts stays open, in seconds.
OPEN_S = 600
#: In which time the work of the browser is counted, once the page has come to rest.
COUNTED_S = 30
METRICS, RUNNING, RUNS = 12, 3, 20


@contextmanager
def _browser(folder: str) -> Iterator[tuple[Any, str]]:
    """Start the dashboard on ``folder`` and yield a tab and the address of the first page."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise RuntimeError("not measured: there is no Chromium on this machine")
    with serving("aquarium", folder) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser.new_page(viewport=WINDOW), url.rstrip("/")
        browser.close()


def _ids(folder: str) -> list[str]:
    from neural.tracking import ExperimentManager

    manager = ExperimentManager(folder, read_only=True)
    return [str(row["experiment_id"]) for row in manager.search()]


def journeys(folder: str) -> Figures:
    """Go through every page once and return how long the answers of callbacks took."""
    ids = _ids(folder)
    took: list[float] = []
    with _browser(folder) as (tab, url):

        def finished(request: Any) -> None:
            if "_dash-update-component" in request.url:
                took.append(request.timing["responseEnd"] - request.timing["requestStart"])

        tab.goto(f"{url}/compare?runs={','.join(ids[:RUNS])}")
        tab.wait_for_load_state("networkidle")  # plotly.js is there, the index is built
        tab.on("requestfinished", finished)
        for visit in (_table, _one_run, _comparison, _exploring):
            visit(tab, url, ids)
    return {
        "p50_ms": float(np.percentile(took, 50)),
        "p95_ms": float(np.percentile(took, 95)),
        "most_ms": max(took),
        "answers": len(took),
    }


def _table(tab: Any, url: str, _ids: list[str]) -> None:
    tab.goto(url)
    tab.wait_for_selector(".ag-center-cols-container .ag-row .aq-badge")
    for text in ("params.lr > 1", "params.lr < 1 and val/m0 > 0", ""):
        tab.fill("#experiments-filter-text", text)
        tab.wait_for_load_state("networkidle")


def _one_run(tab: Any, url: str, ids: list[str]) -> None:
    tab.goto(f"{url}/experiments/{ids[0]}")
    _each_tab(tab)


def _comparison(tab: Any, url: str, ids: list[str]) -> None:
    tab.goto(f"{url}/compare?runs={','.join(ids[:RUNS])}")
    _each_tab(tab)


def _exploring(tab: Any, url: str, _ids: list[str]) -> None:
    tab.goto(f"{url}/explore")
    _each_tab(tab)


def _each_tab(tab: Any) -> None:
    tab.wait_for_selector("[role=tab]")
    tab.wait_for_load_state("networkidle")
    for place in range(tab.get_by_role("tab").count()):
        tab.get_by_role("tab").nth(place).click()
        tab.wait_for_load_state("networkidle")


@contextmanager
def _training(folder: str) -> Iterator[None]:
    """Log a step a second to three runs while the block runs."""
    from neural.tracking import ExperimentTracker

    writers = [
        ExperimentTracker("live", folder, auto_visualize=False, capture_environment=False)
        for _ in range(RUNNING)
    ]
    over = threading.Event()

    def train() -> None:
        step = 0
        while not over.wait(1.0):
            for place, writer in enumerate(writers):
                values = {f"val/m{i}": float((step * (i + 1) + place) % 97) for i in range(METRICS)}
                writer.log_metrics(values, step=step)
            step += 1

    for writer in writers:
        writer.log_metrics({f"val/m{i}": 0.0 for i in range(METRICS)}, step=0)
    thread = threading.Thread(target=train, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for writer in writers:
            writer.finish()


#: Counts the ticks that changed a chart, and keeps the longest task.
_COUNT = """() => {
  window.benchTicks = 0; window.benchLongest = 0;
  new PerformanceObserver(list => list.getEntries().forEach(task => {
    window.benchLongest = Math.max(window.benchLongest, task.duration);
  })).observe({type: 'longtask'});
}"""


def left_open(folder: str, open_s: float = OPEN_S) -> Figures:
    """Leave the comparison of twenty runs open, three of them running.

    Returns:
        ``"tick_ms"``, time of the browser's main thread for one tick; ``"longest_ms"``, its
        longest task meanwhile; ``"first_mb"`` and ``"heap_mb"``, the heap at the start and
        after ``open_s`` seconds, garbage collected before each reading.
    """
    with _training(folder), _browser(folder) as (tab, url):
        ticks: list[str] = []

        def answered(response: Any) -> None:
            sent = response.request.post_data or ""
            if "-revision.data" in sent.partition("changedPropIds")[2] and response.status == 200:
                ticks.append(response.url)

        tab.goto(f"{url}/compare?runs={','.join(_ids(folder)[:RUNS])}")
        tab.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 12")
        tab.wait_for_timeout(10_000)
        tools = tab.context.new_cdp_session(tab)
        tools.send("Performance.enable")
        first = _heap(tools)
        tab.evaluate(_COUNT)
        tab.on("response", answered)
        before = _metric(tools, "TaskDuration")
        tab.wait_for_timeout(COUNTED_S * 1000)
        busy_s, seen = _metric(tools, "TaskDuration") - before, len(ticks)
        tab.wait_for_timeout(max(0.0, open_s - COUNTED_S) * 1000)
        longest = tab.evaluate("() => window.benchLongest")
        return {
            "tick_ms": 1000 * busy_s / max(1, seen),
            "ticks": seen,
            "longest_ms": longest,
            "first_mb": first,
            "heap_mb": _heap(tools),
        }


def _metric(tools: Any, name: str) -> float:
    metrics = tools.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == name))


def _heap(tools: Any) -> float:
    tools.send("HeapProfiler.collectGarbage")
    return _metric(tools, "JSHeapUsedSize") / 1e6


KINDS: dict[str, Callable[[str], Figures]] = {"journeys": journeys, "left_open": left_open}


def browsing_rows(repeats: int) -> list[Row]:
    """Measure answers over all pages, and once a page of live charts left open."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        make_runs(folder, RUNS, METRICS, 1000)
        answers = [measured("browsing", "journeys", folder) for _ in range(repeats)]
        stayed = [measured("browsing", "left_open", folder)]
    p95, tick = median(answers, "p95_ms"), median(stayed, "tick_ms")
    heap, longest = median(stayed, "heap_mb"), median(stayed, "longest_ms")
    return [
        Row("callbacks over all pages, answers", spread(answers, "answers", 0)),
        Row("... p50, ms", spread(answers, "p50_ms", 0)),
        Row("... p95, ms", spread(answers, "p95_ms", 0), "at most 150", p95 <= 150),
        Row("... longest, ms", spread(answers, "most_ms", 0)),
        Row(
            "live tick, 3 of 20 runs new on 12 charts, browser ms",
            f"{tick:,.0f}",
            "at most 100",
            tick <= 100,
        ),
        Row("... longest task of the browser, ms", f"{longest:,.0f}"),
        Row("heap at the start, MB", f"{median(stayed, 'first_mb'):,.0f}"),
        Row(
            f"heap after {OPEN_S // 60} minutes live, MB",
            f"{heap:,.0f}",
            "at most 150",
            heap <= 150,
        ),
    ]


if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](sys.argv[2])))
