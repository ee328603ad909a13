"""Many runs looked at together, as people do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentTracker
from neural.tracking.pages.explore.tabs import TABS
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

Open = Callable[..., Any]

HOSTILE = '<img src=x onerror="window.bad=1"> & "quoted"'

#: What a chart draws, without what Plotly makes of it; ``null`` while there is none.
DRAWN = """name => {
  const card = document.querySelector(`[data-explore="${name}"]`);
  const graph = card && card.querySelector('.js-plotly-plot');
  if (!graph || !graph._fullLayout) { return null; }
  return JSON.stringify(graph._fullData.map(trace => [trace.uid, Array.from(
    trace.x && trace.x._inputArray || trace.x || []), Array.from(
    trace.y && trace.y._inputArray || trace.y || [])]));
}"""


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a dozen runs over two params, one of them with a hostile name."""
    base_dir = tmp_path_factory.mktemp("many") / "runs"
    for number in range(12):
        name = HOSTILE if number == 7 else "digits"
        lr, width = 10 ** -(1 + number % 4), 16 * (1 + number % 3)
        with ExperimentTracker(
            name, base_dir, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_hyperparameters(
                {"lr": lr, "width": width, HOSTILE: number % 2, "seed": number}
            )
            for step in range(20):
                loss = (1 + lr * number) / (step + 1) + number * 0.01
                tracker.log_metrics({"val/loss": loss, "val/accuracy": 1 - loss / 3}, step=step)
    return base_dir


def wait_for(page: Page, chart: str) -> str:
    """Return what a chart draws, as soon as it does."""
    return str(page.wait_for_function(f"name => ({DRAWN})(name)", arg=chart).json_value())


@LOOKS
def test_a_cell_shows_its_runs(open_page: Open, many: Path, theme: str, width: int) -> None:
    """A click on the matrix draws the runs behind the cell; back and reload know it too."""
    visit = open_page(many, "/explore", theme=theme, width=width)
    page = visit.page
    before = wait_for(page, "matrix")
    assert visit.axe() == []

    cell = page.locator('[data-explore="matrix"] .nsewdrag').first
    cell.scroll_into_view_if_needed()
    cell.click(position={"x": 110, "y": 12}, force=True)
    scatter = wait_for(page, "cell")
    expect(page).to_have_url(re.compile("cx=.*cy="))

    page.reload()
    assert wait_for(page, "cell") == scatter
    page.go_back()
    expect(page.get_by_text("Choose a cell of the matrix")).to_be_visible()
    assert wait_for(page, "matrix") == before
    page.go_forward()
    assert wait_for(page, "cell") == scatter


def test_a_brush_keeps_runs_on_all_tabs(open_page: Open, many: Path) -> None:
    """A box over an axis leaves the runs that go through it, here and on the next tab."""
    page = open_page(many, "/explore?tab=parallel").page
    wait_for(page, "parallel")
    plot = page.locator('[data-explore="parallel"] .nsewdrag')
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    # The first of five axes, its upper half.
    at = box["x"] + box["width"] * 0.4 / 4.8
    page.mouse.move(at - 20, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(at, box["y"] + box["height"] / 4, steps=4)
    page.mouse.move(at + 20, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile("brush="))
    expect(page.locator("#explore-counts")).to_contain_text("6 in the brushes")
    page.get_by_role("tab", name="Scatter", exact=True).click()
    wait_for(page, "scatter")
    expect(page.locator('[data-explore="scatter"] .aq-chart-note')).to_contain_text("6 runs")

    page.get_by_role("button", name="Clear brushes").click()
    expect(page.locator('[data-explore="scatter"] .aq-chart-note')).to_contain_text("12 runs")


@LOOKS
def test_every_tab_is_fit_for_use(open_page: Open, many: Path, theme: str, width: int) -> None:
    """Each tab draws, without a serious fault of access and without a wider page."""
    visit = open_page(many, "/explore", theme=theme, width=width)
    page = visit.page
    for tab in TABS.values():
        page.get_by_role("tab", name=tab.label, exact=True).click()
        expect(page.get_by_role("tab", name=tab.label, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        page.wait_for_selector("#explore-content .js-plotly-plot .main-svg")
        assert visit.axe() == [], tab.name
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, tab.name
    assert page.evaluate("window.bad") is None


def test_names_stay_text(open_page: Open, many: Path) -> None:
    """A hostile name of a run and of a param is shown as it is, and runs nothing."""
    page = open_page(many, "/explore?tab=importance").page
    wait_for(page, "importance")

    expect(page.locator('[data-explore="importance"]')).to_contain_text("<img src=x")
    page.goto(page.url.replace("importance", "pareto"))
    wait_for(page, "pareto")

    assert page.evaluate("window.bad") is None
    assert page.locator("#explore-content img").count() == 0


def test_filter(open_page: Open, many: Path) -> None:
    """The filter of the table works here: it narrows, and says where it is wrong."""
    page = open_page(many, "/explore?tab=spread").page
    wait_for(page, "histogram")
    page.locator("#explore-filter-text").fill("params.lr >= 0.01 and")
    expect(page.locator("#explore-filter-problem")).not_to_be_empty()

    page.locator("#explore-filter-text").fill("params.lr >= 0.01")

    expect(page.locator("#explore-counts")).to_contain_text("filtered 6 runs")
    expect(page.locator('[data-explore="histogram"] .aq-chart-note')).to_contain_text("6 values")
    expect(page.locator("#explore-filter-problem")).to_be_empty()


def test_a_point_opens_its_run(open_page: Open, many: Path) -> None:
    """A click on a cell of the heatmap leads to the page of that run."""
    page = open_page(many, "/explore?tab=heatmap").page
    wait_for(page, "heatmap")

    page.locator('[data-explore="heatmap"] .nsewdrag').click(
        position={"x": 60, "y": 60}, force=True
    )

    expect(page).to_have_url(re.compile("/experiments/"))


def test_a_chart_is_given_away(open_page: Open, many: Path) -> None:
    """The menu offers files, and Python that names the store."""
    page = open_page(many, "/explore?tab=scatter").page
    wait_for(page, "scatter")
    page.get_by_role("button", name="as file or code").click()
    with page.expect_download() as drawn:
        page.get_by_role("button", name="CSV of the runs").click()
    rows = Path(drawn.value.path()).read_text().splitlines()
    assert len(rows) == 13

    page.get_by_role("button", name="as file or code").click()
    page.get_by_role("button", name="Copy as Python").click()

    expect(page.locator(".aq-chart-code")).to_contain_text("ExperimentManager")


def test_by_keys(open_page: Open, many: Path) -> None:
    """``g x`` leads here, and arrow keys move along the tabs."""
    page = open_page(many, "/").page
    page.locator("body").press("g")
    page.locator("body").press("x")
    wait_for(page, "matrix")

    page.get_by_role("tab", name="Correlation").focus()
    page.keyboard.press("ArrowRight")

    wait_for(page, "heatmap")
    expect(page).to_have_url(re.compile("tab=heatmap"))


@pytest.mark.parametrize("runs", [0, 1])
def test_too_few_runs(open_page: Open, tmp_path: Path, runs: int) -> None:
    """Without runs the page says what to do; with one, every tab says what it lacks."""
    for _ in range(runs):
        with ExperimentTracker(
            "only", tmp_path, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_hyperparameters({"lr": 0.1})
            tracker.log_metrics({"loss": 1.0}, step=0)
    page = open_page(tmp_path, "/explore").page
    if not runs:
        expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
        return
    for tab in TABS.values():
        page.get_by_role("tab", name=tab.label, exact=True).click()
        expect(page.locator("#explore-content .aq-skeleton")).to_have_count(0)
        expect(page.locator("#explore-content .aq-state-error")).to_have_count(0)


def test_a_new_run_is_drawn_by_itself(open_page: Open, tmp_path: Path) -> None:
    """Within moments, and without a press of any button."""
    for number in range(3):
        _small_run(tmp_path, number)
    page = open_page(tmp_path, "/explore?tab=history").page
    wait_for(page, "history")
    expect(page.locator("#explore-counts")).to_have_text("3 runs")

    _small_run(tmp_path, 3)

    expect(page.locator("#explore-counts")).to_have_text("4 runs")
    expect(page.locator('[data-explore="history"] .aq-chart-note')).to_contain_text("4 runs")
    expect(page.locator("#explore-news")).to_be_hidden()


def _small_run(base_dir: Path, number: int) -> None:
    with ExperimentTracker(
        "small", base_dir, auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_hyperparameters({"lr": 0.1 * number})
        tracker.log_metrics({"loss": 1.0 - 0.1 * number}, step=0)
