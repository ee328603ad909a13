"""Time the table of runs in a real browser: first rows, and a filter round trip."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.servers import serving

__all__ = ["table_figures"]

#: Without these Chromium looks for updates and opens connections of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("vit", "unet", "mlp", "digits", "resnet")

#: Sets a filter and waits until the first row is one that it finds, on screen.
_ROUND_TRIP = """name => new Promise(done => {
  const began = performance.now();
  dash_clientside.set_props('experiments-filter', {data: `name = '${name}'`});
  const look = () => {
    const link = document.querySelector("#experiments-grid .ag-row[row-index='0'] a");
    if (link && link.textContent === name) { done(performance.now() - began); }
    else { requestAnimationFrame(look); }
  };
  look();
})"""


def table_figures(folder: Path, repeats: int) -> list[dict[str, float]]:
    """Return figures of each repeat: ``rows_ms``, ``trends_ms``, ``filter_ms``.

    Args:
        folder: A store of runs made by ``benchmarks.make_store``.
        repeats: Visits; each loads the page anew and filters by each name once.

    Raises:
        RuntimeError: There is no Chromium, or no playwright.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise RuntimeError("not measured: playwright is not installed") from error
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        raise RuntimeError("not measured: there is no Chromium on this machine")
    with serving("aquarium", str(folder)) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        _visit(page, url)  # parses the scripts and builds the index: not what is measured
        found = [_visit(page, url) for _ in range(repeats)]
        browser.close()
    return found


def _visit(page: Any, url: str) -> dict[str, float]:
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".ag-center-cols-container .ag-row .aq-badge")
    rows = time.perf_counter()
    page.wait_for_selector(".aq-trend")
    trends = time.perf_counter()
    trips = []
    for name in NAMES:
        page.wait_for_load_state("networkidle")
        trips.append(page.evaluate(_ROUND_TRIP, name))
    return {
        "rows_ms": 1000 * (rows - began),
        "trends_ms": 1000 * (trends - began),
        "filter_ms": sorted(trips)[len(trips) // 2],
    }
