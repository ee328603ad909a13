"""A real training process in the background, and a page that follows it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Open = Callable[..., Any]

#: Learns a line by gradient descent, some twenty steps a second, until its input is closed.
TRAIN = """
import sys, threading
import numpy as np
from neural.tracking import ExperimentTracker

stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
rng = np.random.default_rng(0)
x = rng.normal(size=256)
y = 3 * x + rng.normal(scale=0.1, size=256)
with ExperimentTracker("line", sys.argv[1], auto_visualize=False) as tracker:
    print(tracker.experiment_id, flush=True)
    weight, step = 0.0, 0
    while not stop.wait(0.05):
        error = weight * x - y
        weight -= 0.02 * float((error * x).mean())
        tracker.log_metrics({"train/loss": float((error**2).mean()), "weight": weight}, step=step)
        step += 1
"""

POINTS = """metric => {
  const card = document.querySelector(`.aq-chart[data-metric="${metric}"]`);
  const graph = card && card.querySelector('.js-plotly-plot');
  const lines = (graph && graph._fullData || []).filter(t => t.mode.includes('lines'));
  return lines.length ? lines[0].y.length : 0;
}"""
RANGE = """() => [...document.querySelectorAll('.js-plotly-plot')].filter(g => g._fullLayout)
  .map(g => g._fullLayout.xaxis.range.map(Math.round))[0]"""


@pytest.fixture
def training(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A training process, and the id of its run."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def _wait_for_points(page: Page, metric: str, count: int) -> None:
    page.wait_for_function(f"([metric, count]) => ({POINTS})(metric) >= count", arg=[metric, count])


def _drag_over(page: Page, selector: str) -> None:
    """Zoom to the middle of a plot, as a person does."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
    page.mouse.up()


def test_curves_follow_a_training_process(
    open_page: Open, tmp_path: Path, training: tuple[subprocess.Popen[str], str]
) -> None:
    """The curves grow by themselves, and what was zoomed to and searched for stays."""
    process, run = training
    page = open_page(tmp_path, f"/experiments/{run}?tab=charts").page
    _wait_for_points(page, "train/loss", 5)
    page.fill("#run-charts-search", "loss")
    expect(page).to_have_url(re.compile("=loss"))
    expect(page.locator(".aq-chart")).to_have_count(1)
    _wait_for_points(page, "train/loss", 5)
    _drag_over(page, ".aq-chart .nsewdrag")
    expect(page).to_have_url(re.compile("z="))
    zoomed, before = page.evaluate(RANGE), page.evaluate(POINTS, "train/loss")

    _wait_for_points(page, "train/loss", before + 40)

    assert page.evaluate(RANGE) == zoomed
    assert page.input_value("#run-charts-search") == "loss"
    expect(page.locator(".aq-known .aq-badge-live")).to_have_text("running")

    assert process.stdin is not None
    process.stdin.close()
    expect(page.locator(".aq-known .aq-badge-ok")).to_have_text("completed")


def test_the_table_follows_a_training_process(
    open_page: Open, tmp_path: Path, training: tuple[subprocess.Popen[str], str]
) -> None:
    """The row changes while the run stays selected; a killed process shows as crashed."""
    process, run = training
    page = open_page(tmp_path).page
    row = page.locator(f".ag-row[row-id='{run}']").first
    row.locator("input[type=checkbox]").check()
    cell = row.locator("[col-id='metrics.train/loss']")
    expect(cell).not_to_have_text("")
    before = cell.inner_text()

    expect(cell).not_to_have_text(before)
    expect(page.locator("#experiments-counts")).to_contain_text("1 running")
    process.kill()

    expect(row.locator(".aq-badge-error")).to_have_text("crashed")
    expect(page.locator("#experiments-counts")).to_contain_text("1 crashed")
    expect(page.get_by_role("link", name="Compare 1")).to_be_visible()


def test_a_server_that_comes_back(
    serve: Callable[..., Any],
    visit: Callable[..., Any],
    tmp_path: Path,
    training: tuple[subprocess.Popen[str], str],
) -> None:
    """A page that was open while the server restarted goes on by itself."""
    from neural.tracking.aquarium_app import create_app

    _, run = training
    first = serve(create_app(tmp_path))
    shown = visit(f"{first.url}/experiments/{run}?tab=charts")
    shown.expect_console("")  # a server that is gone makes noise of many kinds
    _wait_for_points(shown.page, "train/loss", 5)

    first.stop()
    expect(shown.page.locator("#shell-stale")).to_be_visible()
    before = shown.page.evaluate(POINTS, "train/loss")
    serve(create_app(tmp_path), port=int(first.url.rpartition(":")[2]))

    _wait_for_points(shown.page, "train/loss", before + 10)
    expect(shown.page.locator("#shell-stale")).to_be_hidden()
