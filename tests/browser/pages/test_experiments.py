"""The table of runs as people use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Open = Callable[..., Any]

FILTER = "#experiments-filter-text"
ROW = ".ag-center-cols-container .ag-row"


def _ids(page: Page) -> list[str]:
    """Return the ids of the rows on screen, from top to bottom."""
    rows = page.locator(f"{ROW}[row-id]")
    found = rows.evaluate_all(
        "rows => rows.map(r => [Number(r.getAttribute('row-index')), r.getAttribute('row-id')])"
    )
    return [row_id for _, row_id in sorted(found)]


def _row(page: Page, run: str) -> Any:
    return page.locator(f"{ROW}[row-id='{run}']")


def _select(page: Page, run: str) -> None:
    page.locator(f".ag-row[row-id='{run}'] input[type=checkbox]").first.check()


def _quick_run(base_dir: Path, name: str = "quick", **options: Any) -> str:
    with ExperimentTracker(
        name, base_dir, auto_visualize=False, capture_environment=False, **options
    ) as tracker:
        tracker.log_hyperparameters({"lr": 0.1})
        tracker.log_metrics({"loss": 1.0}, step=0)
    return tracker.experiment_id


def test_filter(open_page: Open, trained: Path) -> None:
    """A filter leaves the runs that match, in the table, in the figures and in the address."""
    page = open_page(trained).page
    expect(page.locator(ROW)).to_have_count(4)

    page.fill(FILTER, "params.lr < 0.2")

    expect(page.locator(ROW)).to_have_count(2)
    expect(page.locator("#experiments-counts")).to_contain_text("2 of 4 runs")
    expect(page).to_have_url(re.compile(r"filter=params\.lr"))


def test_mistake_in_a_filter(open_page: Open, trained: Path) -> None:
    """A mistake is shown at its place while the rows of the last good filter stay."""
    page = open_page(trained, "/?filter=name+%3D+'digits'").page
    expect(page.locator(ROW)).to_have_count(3)

    page.fill(FILTER, "name = 'digits' or or")

    expect(page.locator(".aq-filter-mark")).to_have_text("o")
    expect(page.locator(ROW)).to_have_count(3)


def test_clear_filter(open_page: Open, trained: Path) -> None:
    """A filter without a match offers the way back."""
    page = open_page(trained, "/?filter=status+%3D+'nothing'").page

    page.get_by_role("button", name="Clear filter").click()

    expect(page.locator(ROW)).to_have_count(4)
    expect(page.locator("#experiments-no-match")).to_be_hidden()


def test_sort_survives_a_reload(open_page: Open, trained: Path) -> None:
    """Sorting happens on the server, stands in the address and is there after a reload."""
    page = open_page(trained).page
    expect(page.locator(ROW)).to_have_count(4)

    page.get_by_role("columnheader", name="Name", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=-name"))
    page.get_by_role("columnheader", name="Name", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=name"))
    expect(page.locator(f"{ROW}[row-index='0'] a")).to_have_text("broken")
    page.reload()

    expect(page.locator(f"{ROW}[row-index='0'] a")).to_have_text("broken")


def test_best_value_sorts(open_page: Open, trained: Path) -> None:
    """A click on "best" of a metric puts the largest first, whatever is on screen."""
    page = open_page(trained).page
    expect(page.locator(ROW)).to_have_count(4)

    page.locator("[col-id='metrics.val/accuracy.best'] .ag-header-cell-label").click()
    expect(page).to_have_url(re.compile("sort="))

    wanted = ExperimentManager(trained).search(sort="-metrics.val/accuracy.best")
    expect(page.locator(f"{ROW}[row-index='0']")).to_have_attribute(
        "row-id", wanted[0]["experiment_id"]
    )
    assert _ids(page) == [row["experiment_id"] for row in wanted]


def test_selection_leads_to_the_comparison(open_page: Open, trained: Path, ids: list[str]) -> None:
    """What was chosen is compared, and is still chosen on the way back."""
    page = open_page(trained).page
    _select(page, ids[0])
    _select(page, ids[1])

    page.get_by_role("link", name="Compare 2").click()
    expect(page.locator(".aq-runs > li")).to_have_count(2)
    # Dash itself may stumble over an answer for a chart that has left the page meanwhile.
    expect(page.locator(".js-line").first).to_be_visible()
    page.go_back()

    expect(page.get_by_role("link", name="Compare 2")).to_be_visible()
    expect(page.locator(".ag-row-selected[row-id]").first).to_be_visible()
    page.get_by_role("button", name="Clear selection").click()
    expect(page.locator(".ag-row-selected")).to_have_count(0)


def test_selection_outlives_a_filter(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A run that the filter hides stays chosen."""
    page = open_page(trained).page
    _select(page, ids[0])

    page.fill(FILTER, "name = 'broken'")
    expect(page.locator(ROW)).to_have_count(1)
    broken = _ids(page)[0]
    _select(page, broken)

    expect(page.get_by_role("link", name="Compare 2")).to_be_visible()
    page.fill(FILTER, "")
    expect(page.locator(f".ag-row-selected[row-id='{ids[0]}']").first).to_be_visible()


def test_a_broken_run_is_a_row(open_page: Open, trained: Path) -> None:
    """A run that cannot be read says so in its row."""
    page = open_page(trained, "/?filter=name+%3D+'broken'").page

    expect(page.locator(f"{ROW} .aq-cell-problem")).to_contain_text("hyperparameters.json")


def test_first_run_appears(open_page: Open, tmp_path: Path) -> None:
    """An empty store fills itself while somebody looks at it; no reload."""
    visit = open_page(tmp_path)
    expect(visit.page.locator(".aq-snippet")).to_be_visible()

    run = _quick_run(tmp_path)
    visit.page.evaluate("dash_clientside.set_props('shell-tick', {n_intervals: 1000})")

    expect(_row(visit.page, run)).to_be_visible(timeout=15_000)
    expect(visit.page.locator(".aq-snippet")).to_be_hidden()
    expect(visit.page.locator("[col-id='metrics.loss']").first).to_be_attached()


def test_live_rows_keep_selection_and_scroll(open_page: Open, tmp_path: Path) -> None:
    """While a run logs, its row changes; what is chosen and where one looks do not."""
    runs = [_quick_run(tmp_path, f"run {i:02}") for i in range(60)]
    tracker = ExperimentTracker("live", tmp_path, auto_visualize=False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)
    page = open_page(tmp_path).page
    live = _row(page, tracker.experiment_id)
    expect(live.locator("[col-id='metrics.loss']")).to_have_text("1")
    _select(page, tracker.experiment_id)
    _select(page, runs[-1])
    page.evaluate("dash_ag_grid.getApi('experiments-grid').ensureIndexVisible(40, 'bottom')")
    top = page.evaluate("document.querySelector('.ag-body-viewport').scrollTop")

    tracker.log_metrics({"loss": 0.25}, step=1)
    page.wait_for_function(
        """run => {
          const row = dash_ag_grid.getApi('experiments-grid').getRowNode(run);
          return row && row.data['metrics.loss'] === '0.25';
        }""",
        arg=tracker.experiment_id,
    )
    tracker.finish()

    assert top > 0
    assert page.evaluate("document.querySelector('.ag-body-viewport').scrollTop") == top
    expect(page.get_by_role("link", name="Compare 2")).to_be_visible()


def test_a_thousand_runs(open_page: Open, tmp_path: Path) -> None:
    """The last of many runs is found by scrolling; only blocks travel."""
    for i in range(250):
        folder = tmp_path / f"many_{i:012x}"
        folder.mkdir()
        (folder / "metadata.json").write_text(
            f'{{"experiment_name": "many", "experiment_id": "{i:012x}", "status": "completed",'
            f' "start_time": "2026-01-01T00:{i // 60:02}:{i % 60:02}+00:00"}}'
        )
    page = open_page(tmp_path).page
    expect(page.locator("#experiments-counts")).to_contain_text("250 runs")
    expect(_row(page, f"{249:012x}")).to_be_visible()

    page.evaluate("dash_ag_grid.getApi('experiments-grid').ensureIndexVisible(249, 'bottom')")

    expect(_row(page, f"{0:012x}")).to_be_visible()


def test_by_keyboard_alone(open_page: Open, trained: Path) -> None:
    """From the address bar to a run's page without a mouse."""
    page = open_page(trained).page
    expect(page.locator(ROW)).to_have_count(4)

    page.keyboard.press("/")
    page.keyboard.type("name = 'digits'")
    expect(page.locator(ROW)).to_have_count(3)
    # Behind the filter stand the other things that shape the table, one stop each.
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.ag-root') !== null"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Compare 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("digits")
    expect(page).to_have_url(re.compile("/experiments/"))


def test_filters_in_quick_succession(open_page: Open, trained: Path) -> None:
    """Rows that were asked for under an older filter never stand under a newer one."""
    page = open_page(trained).page
    expect(page.locator(ROW)).to_have_count(4)

    for text in ("nothing", "name = 'digits'", "nothing", "name = 'broken'"):
        page.evaluate("text => dash_clientside.set_props('experiments-filter', {data: text})", text)

    expect(page.locator(f"{ROW} a")).to_have_text(["broken"])
