"""Sending runs away and looking into other trackers' folders, as people do it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentManager
from neural.tracking.aquarium_app import create_app
from tests.browser.conftest import WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

Open = Callable[..., Any]

ROW = ".ag-center-cols-container .ag-row"


HOSTILE = '<img src=x onerror="window.bad=1">'


def looks(daily: tuple[str, int]) -> pytest.MarkDecorator:
    """Return both themes at all widths; but for one of them, only in `make torture`."""
    all_of_them = [(theme, width) for theme in ("dark", "light") for width in WIDTHS]
    return pytest.mark.parametrize(
        ("theme", "width"),
        [
            look if look == daily else pytest.param(*look, marks=pytest.mark.torture)
            for look in all_of_them
        ],
    )


@pytest.fixture
def store(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained runs that a test may write beside."""
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


def wide(page: Page) -> int:
    """Return how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@looks(daily=("light", 390))
def test_from_a_selection_to_files(
    open_page: Open, store: Path, ids: list[str], theme: str, width: int
) -> None:
    """Select, test the place, dry run, one click; the job is still there after a reload."""
    visit = open_page(store, theme=theme, width=width)
    page = visit.page
    for run in ids[:2]:
        page.locator(f".ag-row[row-id='{run}'] input[type=checkbox]").first.check()
    page.get_by_role("link", name="Export…").click()
    expect(page.locator("#export-chosen")).to_contain_text("2 runs")
    page.get_by_text("CSV", exact=True).click()

    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("#export-test-answer")).to_contain_text("will be made")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#export-check-answer")).to_contain_text("2 new")
    assert not (store / "exports").exists()

    page.get_by_role("button", name="Export", exact=True).click()
    job = page.locator(".aq-job").first
    expect(job).to_contain_text("2 of 2 runs")
    expect(job).to_contain_text("done")
    job.get_by_text("Runs", exact=True).click()
    expect(job.get_by_role("link")).to_have_count(2)
    assert visit.axe() == []
    assert wide(page) <= 0

    page.reload()
    expect(page.locator("#export-chosen")).to_contain_text("2 runs")
    expect(page.locator(".aq-job")).to_contain_text("2 of 2 runs")
    assert len(list(store.glob("exports/csv/*/metrics.csv"))) == 2


def test_what_the_filter_finds(open_page: Open, store: Path) -> None:
    """The menu of the table takes its filter along; a mistake in it is shown at its place."""
    page = open_page(store, "/?filter=params.lr+%3C+0.2").page
    expect(page.locator(ROW)).to_have_count(2)

    page.locator("summary", has_text="Export").click()
    page.get_by_role("link", name="To other platforms…").click()

    expect(page.locator("#export-chosen")).to_contain_text("2 runs")
    page.fill("#export-filter-text", "params.lr < <")
    expect(page.locator("#export-filter-problem mark")).to_be_visible()
    expect(page.locator("#export-chosen")).to_contain_text("cannot be understood")


def test_what_is_compared(open_page: Open, store: Path, ids: list[str]) -> None:
    """A comparison leads here with its runs."""
    page = open_page(store, f"/compare?runs={','.join(ids)}").page

    page.get_by_role("link", name="Export…").click()

    expect(page.locator("#export-chosen")).to_contain_text("3 runs")


def test_a_place_that_may_not_be_written(open_page: Open, store: Path, ids: list[str]) -> None:
    """A message says how to open it, and no job is begun."""
    page = open_page(store, f"/export?runs={ids[0]}&to=csv").page
    page.fill("#export-folder", str(store.parent / "elsewhere"))

    page.get_by_role("button", name="Export", exact=True).click()

    expect(page.locator(".aq-toast")).to_contain_text("--open-root")
    expect(page.locator(".aq-job")).to_have_count(0)
    assert not (store.parent / "elsewhere").exists()


@looks(daily=("dark", 1440))
def test_open_show_import_close(
    serve: Callable[..., Any],
    visit: Callable[..., Any],
    store: Path,
    tmp_path: Path,
    theme: str,
    width: int,
) -> None:
    """A foreign run stands in the table beside ours, has its curves, and becomes ours."""
    (tmp_path / "logs").mkdir()
    rows = "".join(f"{step},{1 / (step + 1)}\n" for step in range(20))
    (tmp_path / "logs" / f"{HOSTILE}.csv").write_text("step,foreign_loss\n" + rows)
    (tmp_path / "logs" / "away").symlink_to("/etc")
    server = serve(create_app(store, open_roots=[tmp_path / "logs"]))
    seen = visit(f"{server.url}/open", theme=theme, width=width)
    page = seen.page

    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#opened-folders")).to_contain_text("CSV: 1")
    page.get_by_text("1 thing left out").click()
    expect(page.locator("#opened-folders")).to_contain_text("leads out of the folder")
    assert seen.axe() == []
    assert wide(page) <= 0

    page.get_by_role("link", name="Show 1 run in the table").click()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page.locator(ROW)).to_contain_text("<img")
    page.locator(f"{ROW} a").first.click()
    page.get_by_role("tab", name="Charts").click()
    page.wait_for_selector('.aq-chart[data-metric="foreign_loss"] .js-line')

    page.goto(f"{server.url}/open")
    page.get_by_role("button", name="Import into the store").click()
    expect(page.locator("#opened-imports")).to_contain_text("1 added")
    assert page.evaluate("window.bad") is None
    page.get_by_role("button", name=f"Close: {tmp_path / 'logs'}").click()
    expect(page.locator("#opened-folders")).to_contain_text("None.")
    assert ExperimentManager(store).count() == 5
