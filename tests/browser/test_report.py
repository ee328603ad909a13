"""A report opened from disk in a real browser: no server, no network."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.analysis.aggregate import group_line
from neural.tracking.aquarium_app import create_app
from neural.tracking.downsampling import downsample
from neural.tracking.report.importing import import_report
from neural.tracking.report.writing import ReportOptions, write_report
from neural.tracking.smoothing import smooth
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

READY = "() => window.neuralReport && document.querySelector('.js-line')"


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """A folder for runs."""
    return tmp_path / "runs"


@pytest.fixture
def manager(base_dir: Path) -> ExperimentManager:
    """Its manager."""
    return ExperimentManager(base_dir)


@pytest.fixture
def odd_run(base_dir: Path) -> str:
    """A run with late, repeated and huge values, and some that are no number."""
    with ExperimentTracker(
        "odd", base_dir, auto_visualize=False, capture_environment=False
    ) as tracker:
        for step, value in enumerate([0.1, math.nan, math.inf, -math.inf, 1e-320, -0.0]):
            tracker.log_metrics({"loss": value, "count": step}, step=step)
        tracker.log_metrics({"huge": 2**80, "loss": 3}, step=2)
        tracker.log_metrics({"huge": -(2**80), "loss": 0.25}, step=0)
    return tracker.experiment_id


@pytest.fixture
def opened(visit: Callable[..., Any]) -> Callable[..., Page]:
    """Return ``opened(path, theme, width) -> page``, ready; checked as every visit is."""

    def open_page(path: Path, theme: str = "dark", width: int = 1440) -> Page:
        page: Page = visit(path.as_uri(), theme=theme, width=width).page
        page.wait_for_function(READY)
        return page

    return open_page


@pytest.fixture
def report(manager: ExperimentManager, base_dir: Path, odd_run: str, tmp_path: Path) -> Path:
    """A report of four runs in two groups, and an odd one."""
    ids = [odd_run]
    for lr in (0.1, 0.2):
        for seed in (0, 1):
            with ExperimentTracker(
                "digits <i>", base_dir, auto_visualize=False, capture_environment=False
            ) as tracker:
                tracker.log_hyperparameters({"lr": lr, "seed": seed})
                for step in range(seed, 40 + seed):
                    tracker.log_metrics({"loss": lr + math.sin(step + seed)}, step=step)
            ids.append(tracker.experiment_id)
    write_report(manager, ids, tmp_path / "report.html", ReportOptions(group_by="params.lr"))
    return tmp_path / "report.html"


def numbers(page: Page, call: str, argument: Any) -> Any:
    """Return what a function of the page's numbers makes of ``argument``."""
    script = """(a) => JSON.stringify(((n) => CALL)(window.neuralReport.numbers),
        (key, v) => typeof v === "number" && !isFinite(v) ? null
            : ArrayBuffer.isView(v) ? [...v] : v)"""
    return json.loads(page.evaluate(script.replace("CALL", call), argument))


def as_array(values: list[float | None]) -> Any:
    """Return numbers that came from the browser; ``None`` is not finite."""
    return np.array([math.nan if v is None else v for v in values])


def test_the_same_numbers_as_in_python(report: Path, opened: Callable[..., Page]) -> None:
    """Smoothing, reduction and groups agree with those of the dashboard."""
    page = opened(report)
    random = np.random.default_rng(3)
    x = np.arange(5000.0)
    y = random.normal(size=5000).cumsum()

    smoothed = numbers(page, "n.smooth(a, 0.6)", [1.0, 0.5, 0.0])
    long = numbers(page, "n.smooth(a, 0.97)", y.tolist())
    kept = numbers(page, "n.reduce(a[0], a[1], 100, null).kept", [x.tolist(), y.tolist()])
    ranged = numbers(page, "n.reduce(a[0], a[1], 50, [99.5, 3000]).kept", [x.tolist(), y.tolist()])

    np.testing.assert_allclose(smoothed, [1.0, 0.6875, 0.33673], atol=5e-6)
    np.testing.assert_allclose(long, smooth(y, 0.97), rtol=1e-9)
    assert kept == downsample(x, y, columns=100).kept.tolist()
    assert ranged == downsample(x, y, columns=50, x_range=(99.5, 3000)).kept.tolist()


def test_the_same_groups_as_in_python(report: Path, opened: Callable[..., Page]) -> None:
    """Runs of other lengths and steps, late points and NaN among them."""
    page = opened(report)
    members = [
        ([0.0, 1.0, 2.0, 5.0], [1.0, 2.0, 4.0, 0.0]),
        ([0.0, 0.5, 3.0], [2.0, 1.0, 7.0]),
        ([4.0, 1.0, 1.0, 6.0], [1.0, 9.0, 3.0, 2.0]),
        ([0.0, 1.0, 2.0, 3.0], [1.0, math.nan, 1.0, 5.0]),
    ]
    script = """(members) => { const g = neuralReport.numbers.groupLine(members.map(([x, y]) => ({
        x: Float64Array.from(x), y: Float64Array.from(y, (v) => v === null ? NaN : v)})));
        const plain = (v) => [...v].map((f) => isNaN(f) ? null : f);
        return Object.fromEntries(Object.entries(g).map(([k, v]) => [k, plain(v)])); }"""
    sent = [[x, [None if math.isnan(v) else v for v in y]] for x, y in members]

    found = page.evaluate(script, sent)

    expected = group_line(members, columns=None)
    for name in ("x", "center", "lower", "upper", "n"):
        np.testing.assert_allclose(as_array(found[name]), getattr(expected, name), rtol=1e-12)


def test_reads_what_python_drew(
    manager: ExperimentManager, odd_run: str, tmp_path: Path, opened: Callable[..., Page]
) -> None:
    """The browser unpacks the drawn view of each metric exactly."""
    path = tmp_path / "odd.html"
    write_report(manager, [odd_run], path)
    page = opened(path)
    script = """(name) => { const d = neuralReport.data;
        return d.runs[0].series[name].map((b) => [...d.block(b)].map(String)); }"""

    for name in ("loss", "count"):
        found = page.evaluate(script, name)

        drawn = manager.metric(odd_run, name, view="drawn")
        for texts, array in zip(found, drawn, strict=True):
            values = [float(t.replace("Infinity", "inf")) for t in texts]
            np.testing.assert_array_equal(values, array.astype(float))


def test_controls(report: Path, opened: Callable[..., Page]) -> None:
    """Groups, axes, smoothing, search, hiding a run, sorting: all by keyboard or click."""
    page = opened(report)
    card = page.locator(".nr-chart", has=page.get_by_role("heading", name="loss", exact=True))
    note = card.locator("p")
    names = "() => document.querySelector('.nr-plot').data.filter((t) => t.name).map((t) => t.name)"

    assert page.locator("#nr-legend li").count() == 3  # lr=0.1, lr=0.2, and without one
    assert "mean ± standard deviation" in note.inner_text()
    page.select_option("#nr-group", "")
    assert len(page.evaluate(names)) == 5
    page.get_by_role("checkbox", name="Draw odd").uncheck()
    assert len(page.evaluate(names)) == 4
    page.select_option("#nr-x", "relative")
    page.get_by_label("log y").check()
    assert "hidden by the log axis" in note.inner_text()
    page.locator("#nr-smoothing").press("End")
    page.wait_for_function("() => document.querySelector('.nr-plot').data.length === 8")
    page.get_by_label("Metrics").fill("hug")
    assert page.locator(".nr-chart h3").all_inner_texts() == ["huge"]
    page.get_by_role("button", name="Status").first.press("Enter")
    assert page.locator("th[aria-sort=ascending]").count() == 1


def test_zoom_refines(report: Path, opened: Callable[..., Page]) -> None:
    """Fewer points are on screen, and the note says so."""
    page = opened(report)
    page.select_option("#nr-group", "")
    note = page.locator(".nr-chart p").first
    before = note.inner_text()

    page.evaluate(
        "() => Plotly.relayout(document.querySelector('.nr-plot'), {'xaxis.range': [10, 20]})"
    )

    page.wait_for_function(
        "(b) => document.querySelector('.nr-chart p').textContent !== b", arg=before
    )
    assert note.inner_text().startswith("44 points")


@LOOKS
def test_accessible(theme: str, width: int, report: Path, visit: Callable[..., Any]) -> None:
    """No serious or critical finding of axe, and nothing wider than the window."""
    found = visit(report.as_uri(), theme=theme, width=width)
    found.page.wait_for_function(READY)

    assert found.axe() == []
    assert found.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert found.page.evaluate("() => document.documentElement.dataset.theme") == theme


def test_theme_button(report: Path, opened: Callable[..., Page]) -> None:
    """It turns the system's theme round, charts and all."""
    page = opened(report, "dark")

    page.get_by_role("button", name="Light theme").click()

    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    color = "() => document.querySelector('.nr-plot')._fullLayout.paper_bgcolor"
    assert page.evaluate(color) == "#ffffff"


def test_damaged_file(report: Path, chromium: Browser) -> None:
    """What cannot be read is said; the tables stay."""
    data = report.read_bytes()
    start = data.index(b'id="neural-data">') + 3000
    report.write_bytes(data[:start] + b"AAAA" + data[start + 4 :])
    page = chromium.new_page()

    page.goto(report.as_uri())

    page.wait_for_function(
        "() => document.getElementById('nr-status').textContent.includes('damaged')"
    )
    assert page.locator("tbody tr").count() >= 5
    page.close()


def test_button_of_the_compare_page(
    serve: Callable[..., Any], visit: Callable[..., Any], base_dir: Path, odd_run: str
) -> None:
    """What it saves can be imported."""
    page = visit(f"{serve(create_app(base_dir)).url}/compare?runs={odd_run}").page

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report").click()

    saved = base_dir.parent / "saved.html"
    waiting.value.save_as(saved)
    assert import_report(saved, base_dir.parent / "other").added == (odd_run,)
