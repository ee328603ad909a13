"""Signing in with the token, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking.aquarium_app import create_app
from neural.tracking.ui.tokens import TokenFile

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def url(tmp_path: Path, serve: Callable[..., Any]) -> str:
    """Serve an empty store that asks for a token."""
    found: str = serve(create_app(tmp_path, token=True)).url
    return found


@pytest.fixture
def token(url: str, tmp_path: Path) -> str:
    """Return the token of the server."""
    return TokenFile(tmp_path).current()


def test_the_printed_address_signs_in(url: str, token: str, visit: Callable[..., Any]) -> None:
    """The token leaves the address at once, and a reload needs it no more."""
    page = visit(f"{url}/?token={token}").page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url == f"{url}/"

    page.reload()

    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_token_can_be_pasted(
    url: str, token: str, visit: Callable[..., Any], theme: str
) -> None:
    """Without it one page says where it is and takes it."""
    found = visit(f"{url}/compare", theme=theme)
    found.expect_console("401")
    expect(found.page.get_by_role("heading", level=1)).to_have_text("Aquarium asks for its token")
    assert found.axe() == []

    found.page.get_by_label("Token").fill(token)
    found.page.get_by_role("button", name="Open").click()

    expect(found.page.get_by_role("navigation", name="Pages")).to_be_visible()
    assert found.page.url == f"{url}/compare"


def test_a_wrong_token_asks_again(url: str, token: str, visit: Callable[..., Any]) -> None:
    """And nothing of the dashboard is shown meanwhile."""
    found = visit(url)
    found.expect_console("401")
    found.page.get_by_label("Token").fill(token[:-1] + "_")

    found.page.get_by_role("button", name="Open").click()

    expect(found.page.get_by_role("heading", level=1)).to_have_text("Aquarium asks for its token")
