"""Every page in both themes, wide and narrow: accessible, within its window, and quiet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.pages.compare.tabs.tabs import LABELS
from neural.tracking.pages.run import page as run_detail

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

THEMES = pytest.mark.parametrize("theme", ["dark", "light"])
SIZES = ({"width": 390, "height": 844}, {"width": 1440, "height": 900})

FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"

#: What is there once a tab is drawn.
DRAWN = {"charts": ".js-line", "media": ".aq-picture", "notes": "#run-notes"}


def _assert_fine(visit: Any, place: str) -> None:
    """The page is accessible and does not scroll sideways, neither narrow nor wide."""
    for size in SIZES:
        visit.page.set_viewport_size(size)
        visit.page.wait_for_function(FITS)  # charts follow a moment later
        found = (place, size["width"], visit.axe())
        assert found == (place, size["width"], [])


def _go_to_tab(visit: Any, name: str, label: str) -> None:
    visit.page.get_by_role("tab", name=label).click()
    visit.page.wait_for_selector(f"[role=tabpanel][aria-label='{label}']")
    visit.page.wait_for_selector(f"[role=tabpanel] {DRAWN.get(name, ':is(.aq-card, .aq-state)')}")


@THEMES
def test_experiments(open_page: Callable[..., Any], trained: Path, theme: str) -> None:
    """The table, a mistake in the filter, and a filter without a match."""
    visit = open_page(trained, theme=theme)
    visit.page.wait_for_selector(".ag-row .aq-badge")
    _assert_fine(visit, "table")

    visit.page.fill("#experiments-filter-text", "status =")
    visit.page.wait_for_selector(".aq-filter-place")
    _assert_fine(visit, "mistake")

    visit.page.fill("#experiments-filter-text", "status = 'nothing'")
    visit.page.wait_for_selector("#experiments-no-match:not([hidden])")
    _assert_fine(visit, "no match")


@THEMES
def test_empty_store(open_page: Callable[..., Any], tmp_path: Path, theme: str) -> None:
    """What stands in the place of a table without rows."""
    visit = open_page(tmp_path, theme=theme)
    visit.page.wait_for_selector(".aq-snippet")

    _assert_fine(visit, "empty")


@THEMES
def test_run_detail(
    open_page: Callable[..., Any], trained: Path, ids: list[str], theme: str
) -> None:
    """Every tab of a run."""
    visit = open_page(trained, f"/experiments/{ids[0]}", theme=theme)

    for name, label in run_detail.TABS.items():
        _go_to_tab(visit, name, label)
        _assert_fine(visit, name)


def test_compare(open_page: Callable[..., Any], trained: Path, ids: list[str]) -> None:
    """Every tab of a comparison of which one run is not there."""
    path = f"/compare?runs={','.join(ids)},gone&s=0.6"
    visit = open_page(trained, path, theme="light")

    for name, label in LABELS.items():
        _go_to_tab(visit, name, label)
        _assert_fine(visit, name)


@THEMES
def test_choice_of_runs(open_page: Callable[..., Any], trained: Path, theme: str) -> None:
    """The compare page before anything was chosen."""
    visit = open_page(trained, "/compare", theme=theme)
    visit.page.wait_for_selector("#compare-choice")

    _assert_fine(visit, "choice")
