"""Every page in both themes, wide and narrow: accessible, within its window, and quiet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.pages.compare.tabs.tabs import LABELS
from neural.tracking.pages.run import page as run_detail
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"

#: What is there once a tab is drawn.
DRAWN = {"charts": ".js-line", "media": ".aq-picture", "notes": "#run-notes"}


def _assert_fine(visit: Any, place: str) -> None:
    """The page is accessible and does not scroll sideways."""
    visit.page.wait_for_function(FITS)  # charts follow a moment later
    assert (place, visit.axe()) == (place, [])


def _go_to_tab(visit: Any, name: str, label: str) -> None:
    visit.page.get_by_role("tab", name=label).click()
    visit.page.wait_for_selector(f"[role=tabpanel][aria-label='{label}']")
    visit.page.wait_for_selector(f"[role=tabpanel] {DRAWN.get(name, ':is(.aq-card, .aq-state)')}")


@LOOKS
def test_experiments(open_page: Callable[..., Any], trained: Path, theme: str, width: int) -> None:
    """The table, a mistake in the filter, and a filter without a match."""
    visit = open_page(trained, theme=theme, width=width)
    visit.page.wait_for_selector(".ag-row .aq-badge")
    _assert_fine(visit, "table")

    visit.page.fill("#experiments-filter-text", "status =")
    visit.page.wait_for_selector(".aq-filter-place")
    _assert_fine(visit, "mistake")

    visit.page.fill("#experiments-filter-text", "status = 'nothing'")
    visit.page.wait_for_selector("#experiments-no-match:not([hidden])")
    _assert_fine(visit, "no match")


@LOOKS
def test_empty_store(open_page: Callable[..., Any], tmp_path: Path, theme: str, width: int) -> None:
    """What stands in the place of a table without rows."""
    visit = open_page(tmp_path, theme=theme, width=width)
    visit.page.wait_for_selector(".aq-snippet")

    _assert_fine(visit, "empty")


@LOOKS
def test_run_detail(
    open_page: Callable[..., Any], trained: Path, ids: list[str], theme: str, width: int
) -> None:
    """Every tab of a run."""
    visit = open_page(trained, f"/experiments/{ids[0]}", theme=theme, width=width)

    for name, label in run_detail.TABS.items():
        _go_to_tab(visit, name, label)
        _assert_fine(visit, name)


@pytest.mark.torture  # each tab by itself: test_compare_tabs
def test_compare(open_page: Callable[..., Any], trained: Path, ids: list[str]) -> None:
    """Every tab of a comparison of which one run is not there."""
    path = f"/compare?runs={','.join(ids)},gone&s=0.6"
    visit = open_page(trained, path, theme="light")

    for name, label in LABELS.items():
        _go_to_tab(visit, name, label)
        _assert_fine(visit, name)


@LOOKS
def test_choice_of_runs(
    open_page: Callable[..., Any], trained: Path, theme: str, width: int
) -> None:
    """The compare page before anything was chosen."""
    visit = open_page(trained, "/compare", theme=theme, width=width)
    visit.page.wait_for_selector("#compare-choice")

    _assert_fine(visit, "choice")
