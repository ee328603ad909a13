"""One question, answered without a mouse: which learning rate, and is the difference real?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Open = Callable[..., Any]

#: Stops of the Tab key before a thing counts as out of reach.
MOST_STOPS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is in ``selector``; fail where it never comes."""
    for _ in range(MOST_STOPS):
        if page.evaluate("s => document.activeElement.closest(s) !== null", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_STOPS} times Tab do not lead to {selector}")


def is_focus_seen(page: Page) -> bool:
    """Return whether the element in focus shows it: an outline, a border or a shadow."""
    return bool(
        page.evaluate(
            """() => {
              const look = getComputedStyle(document.activeElement);
              return parseFloat(look.outlineWidth) >= 2 || look.boxShadow !== 'none';
            }"""
        )
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_from_the_table_over_a_run_to_the_referee_and_explore(
    trained: Path, open_page: Open, theme: str
) -> None:
    """Filter, open a run, smooth it, compare three, ask the referee, explore: keys alone."""
    visit = open_page(trained, "/", theme=theme)
    page = visit.page
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(4)

    # A run: filter, then the first row's link.
    page.keyboard.press("/")
    page.keyboard.insert_text("name = 'digits'")
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(3)
    page.keyboard.press("Escape")
    tab_to(page, ".ag-root")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/experiments/"))

    # Its curves: the tabs by arrows, smoothing by a key.
    tab_to(page, "[role=tab]")
    assert is_focus_seen(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".js-line")
    page.keyboard.press("]")
    page.wait_for_url(re.compile(r"[?&]s=0\.05"))

    # Back, select all three, compare.
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(4)
    page.keyboard.press("/")
    page.keyboard.insert_text("name = 'digits'")
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(3)
    page.keyboard.press("Escape")
    tab_to(page, ".ag-root")
    for number in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_role("link", name=f"Compare {number + 1}")).to_be_visible()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/compare"))
    page.wait_for_selector(".js-line")

    # The referee is the last tab but one, and the arrows go round.
    tab_to(page, "[role=tab]")
    for name in ("Why do these two differ", "Referee"):
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("tab=referee"))
    expect(page.get_by_text("Too few runs")).to_be_visible()

    # Explore, and one of its tabs.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name=re.compile("Find"))).to_be_focused()
    page.keyboard.type("explore")
    expect(page.get_by_role("option", name=re.compile("Explore")).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Explore")
    tab_to(page, "[role=tab]")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("tab=heatmap"))
    assert visit.axe() == []
