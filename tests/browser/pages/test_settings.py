"""Settings of the store, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking.storage.settings import Settings, SettingsStore
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Open = Callable[..., Any]


@LOOKS
def test_no_serious_fault_of_accessibility(
    tmp_path: Path, open_page: Open, theme: str, width: int
) -> None:
    """Axe finds nothing serious, and nothing is wider than the window."""
    found = open_page(tmp_path, "/settings", theme=theme, width=width)
    found.page.wait_for_selector("[role=slider]")

    assert found.axe() == []
    assert found.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_change_is_kept_and_followed(tmp_path: Path, open_page: Open) -> None:
    """At once here, and by whoever opens the store next; an own choice is given up for it."""
    page = open_page(tmp_path, "/settings", theme="dark").page
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme-choice", "dark")

    page.get_by_text("Light", exact=True).click()
    expect(page.locator("#settings-saved")).to_have_text("Saved")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_text("Comfortable", exact=True).click()
    page.get_by_text("5 s", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-refresh", "5")

    other = open_page(tmp_path, "/views", theme="dark").page
    expect(other.locator("html")).to_have_attribute("data-theme", "light")
    expect(other.locator("html")).to_have_attribute("data-density", "comfortable")
    expected = Settings(theme="light", density="comfortable", refresh_s=5)
    assert SettingsStore(tmp_path).load() == expected


def test_the_keys_can_be_switched_off(tmp_path: Path, open_page: Open) -> None:
    """Then a letter is a letter, and only the palette, which needs Ctrl, is left."""
    page = open_page(tmp_path, "/settings").page
    page.get_by_text("Single letters are commands").click()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.locator("#content").focus()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Find")).to_be_visible()

    page.reload()
    page.wait_for_selector("h1")
    expect(page.locator("html")).to_have_attribute("data-keys", "off")


def test_back_to_the_defaults(tmp_path: Path, open_page: Open) -> None:
    """The file is gone and the page shows it."""
    SettingsStore(tmp_path).change(theme="light", smoothing=0.6)
    page = open_page(tmp_path, "/settings", theme="dark").page
    expect(page.locator("html")).to_have_attribute("data-theme", "light")

    page.get_by_role("button", name="Back to the defaults").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuenow", "0")
    assert SettingsStore(tmp_path).load() == Settings()


def test_settings_that_cannot_be_used_are_named(tmp_path: Path, open_page: Open) -> None:
    """The page says which, and shows the default for it."""
    SettingsStore(tmp_path).change(theme="light")
    SettingsStore(tmp_path).path.write_text('{"theme": "<b>pink</b>"}')
    page = open_page(tmp_path, "/settings").page

    page.get_by_text("Part of the settings cannot be used").click()

    expect(page.get_by_text("got '<b>pink</b>'")).to_be_visible()
