"""The palette and the keys, on the real pages, without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Open = Callable[..., Any]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_palette_by_keyboard_alone(trained: Path, open_page: Open, theme: str) -> None:
    """Ctrl-K, some letters, arrows and Enter lead to a run; the focus never leaves the field."""
    found = open_page(trained, "/views", theme=theme)
    page = found.page
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name=re.compile("Find"))
    expect(field).to_be_focused()
    page.keyboard.type("brok")
    option = page.get_by_role("option", name=re.compile("broken"))
    expect(option).to_have_attribute("aria-selected", "true")
    assert found.axe() == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    selected = page.locator("[role=option][aria-selected=true]").get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", selected or "")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("broken")


def test_the_palette_does_things(trained: Path, open_page: Open) -> None:
    """An action is done at once, and the page stays."""
    page = open_page(trained, "/views", theme="dark").page
    page.keyboard.press("Control+k")
    page.keyboard.type("row density")
    page.keyboard.press("Enter")

    expect(page.locator("html")).to_have_attribute("data-density", "comfortable")
    expect(page.get_by_role("dialog", name="Find")).to_be_hidden()


def test_nothing_found(trained: Path, open_page: Open) -> None:
    """It is said in words, to screen readers too; Escape closes it."""
    page = open_page(trained, "/views").page
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz <b>")
    expect(page.locator("#shell-palette-note")).to_have_text("Nothing found for “zzz <b>”.")

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="Find")).to_be_hidden()


def test_smoothing_by_keys(trained: Path, ids: list[str], open_page: Open) -> None:
    """``]`` and ``[`` turn it up and down, ``s`` puts the focus on it; the address follows."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=charts").page
    page.wait_for_selector(".js-line")
    page.keyboard.press("]")
    page.wait_for_url(re.compile(r"[?&]s=0\.05"))
    page.keyboard.press("]")
    page.wait_for_url(re.compile(r"[?&]s=0\.1(&|$)"))
    page.keyboard.press("[")
    page.wait_for_url(re.compile(r"[?&]s=0\.05"))

    page.keyboard.press("s")

    expect(page.get_by_role("slider").first).to_be_focused()


def test_rows_by_keys(trained: Path, open_page: Open) -> None:
    """``j`` and ``k`` move along the table, ``x`` selects: no mouse is needed to compare."""
    page = open_page(trained, "/").page
    page.wait_for_selector(".ag-row a")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator('.ag-row[row-index="0"] .ag-cell-focus')).to_have_count(1)
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")

    expect(page.locator(".ag-center-cols-container .ag-row-selected")).to_have_count(2)


def test_a_page_by_two_keys(trained: Path, open_page: Open) -> None:
    """``g`` and a letter, as the help says."""
    page = open_page(trained, "/").page
    for key, title in (("v", "Views"), ("s", "Settings"), ("c", "Compare"), ("e", "Experiments")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def test_looking_for_new_data_by_a_key(trained: Path, open_page: Open) -> None:
    """``r`` asks at once, also while updates are paused, and pausing stays."""
    page = open_page(trained, "/views").page
    page.locator("#shell-live-state").click()
    expect(page.locator("#shell-live-text")).to_have_text("Paused")

    with page.expect_response("**/api/v1/live"):
        page.keyboard.press("r")

    expect(page.locator("#shell-live-text")).to_have_text("Paused")
    expect(page.locator("#shell-live-age")).to_have_text(re.compile(r"updated \d+ s ago"))
