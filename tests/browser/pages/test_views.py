"""Links and saved views, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker
from neural.tracking.storage.views import ViewStore
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string
from neural.tracking.ui.shell import build
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Open = Callable[..., Any]


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """A store of one run."""
    with ExperimentTracker(
        "digits", tmp_path / "runs", auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
    return tmp_path / "runs"


@LOOKS
def test_a_view_is_listed_opened_renamed_and_deleted(
    base_dir: Path, open_page: Open, theme: str, width: int
) -> None:
    """Whatever its name is; and the page is as accessible as the others."""
    store = ViewStore(base_dir)
    store.save("<b>June</b> 🐟", {"page": "/settings", "search": "?x=1"})
    (store.folder / "0123456789ab.json").write_text("{")
    found = open_page(base_dir, "/views", theme=theme, width=width)
    page = found.page
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_have_value("<b>June</b> 🐟")
    expect(page.get_by_text("is damaged")).to_be_visible()
    assert found.axe() == []

    name.fill("July")
    name.press("Enter")
    expect(page.locator(".aq-toast-ok")).to_contain_text("Renamed to “July”")
    page.get_by_role("region", name="Saved views").get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    page.go_back()

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete July").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_count(0)
    page.get_by_role("button", name="Delete 0123456789ab").click()
    expect(page.get_by_role("heading", name="No saved views")).to_be_visible()
    assert list(store.folder.iterdir()) == []


def test_a_view_is_saved_from_the_top_bar(base_dir: Path, open_page: Open) -> None:
    """It keeps the page and what its address says."""
    page = open_page(base_dir, "/?filter=digits").page
    page.get_by_role("button", name="Save this view").click()
    page.keyboard.type("Only digits")
    page.keyboard.press("Enter")
    expect(page.locator(".aq-toast-ok")).to_contain_text("Only digits")

    saved = ViewStore(base_dir).list()
    assert [(view["name"], view["page"]) for view in saved] == [("Only digits", "/")]
    assert ViewStore(base_dir).load(saved[0]["id"])["search"] == "?filter=digits"


def test_a_link_is_copied(base_dir: Path, open_page: Open) -> None:
    """The whole address, state included."""
    found = open_page(
        base_dir, "/?filter=digits", permissions=["clipboard-read", "clipboard-write"]
    )
    found.page.get_by_role("button", name="Copy a link to this view").click()
    expect(found.page.locator(".aq-toast-ok")).to_have_text("Link copied")

    copied = found.page.evaluate("navigator.clipboard.readText()")

    assert copied == found.page.url
    assert copied.endswith("?filter=digits")


# ---- states that are too long for an address -------------------------------------------------


def long_page() -> Page:
    """Return a page with a button that writes a long state, and that says what it was told."""
    from dash import Dash, Input, Output, html

    from neural.tracking.ui.callbacks import callback
    from neural.tracking.ui.components import page_header

    def layout(context: AppContext, location: PageLocation) -> html.Div:
        told = f"{len(location.get('runs'))} {location.get('n')}"
        return html.Div(
            [page_header("Long"), html.Button("more", id="more"), html.P(told, id="told")]
        )

    def register(app: Dash, context: AppContext) -> None:
        @callback(
            app, Output(ShellIds.VIEW, "data"), Input("more", "n_clicks"), prevent_initial_call=True
        )
        def _more(clicks: int) -> dict[str, Any]:
            state = {"runs": "a" * 5000, "n": clicks}
            return {"search": search_string(state), "push": True}

    return Page(path="/", title="Long", layout=layout, register=register, order=1)


def test_a_long_state_becomes_a_saved_view(
    base_dir: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """The address stays short; back, forward and reload restore what it stood for."""
    from neural.tracking.experiment_manager import ExperimentManager

    context = AppContext(
        manager=ExperimentManager(base_dir), base_dir=base_dir, pages=(long_page(),)
    )
    page = visit(serve(build(context)).url).page
    page.get_by_role("button", name="more").click()
    page.wait_for_url(re.compile(r"\?view=[0-9a-f]{12}$"))
    first = page.url
    page.get_by_role("button", name="more").click()
    page.wait_for_url(lambda url: "view=" in url and url != first)

    page.reload()
    expect(page.locator("#told")).to_have_text("5000 2")
    page.go_back()
    expect(page.locator("#told")).to_have_text("5000 1")
    page.go_forward()
    expect(page.locator("#told")).to_have_text("5000 2")
    page.go_back()
    page.go_back()
    expect(page.locator("#told")).to_have_text("0 ")

    assert ViewStore(base_dir).list() == []


def test_a_long_state_of_a_store_that_cannot_be_written(
    base_dir: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """The state is not lost: it stands in a long address."""
    from neural.tracking.experiment_manager import ExperimentManager

    (base_dir / ".neural").write_text("a file where the folder should be")
    context = AppContext(
        manager=ExperimentManager(base_dir), base_dir=base_dir, pages=(long_page(),)
    )
    found = visit(serve(build(context)).url)
    found.expect_console("409")
    found.page.get_by_role("button", name="more").click()
    found.page.wait_for_url(re.compile(r"runs=a{5000}"))

    found.page.reload()

    expect(found.page.locator("#told")).to_have_text("5000 1")
