"""The frame round the pages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from playwright.sync_api import expect

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking.ui import components
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string
from neural.tracking.ui.shell import build
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


class Store:
    """As much of a manager as the shell itself asks for."""

    def __init__(self) -> None:
        self.revision = 1
        self.running = 2

    def page(self, filter: str, **_: Any) -> SimpleNamespace:  # noqa: A002 - the manager's name
        """Return the number of runs and the revision."""
        return SimpleNamespace(rows=[], total=self.running, revision=self.revision)

    def count(self, filter: str = "") -> int:  # noqa: A002 - the manager's name
        """Return the number of runs."""
        return 3


def first_layout(context: AppContext, location: PageLocation) -> Component:
    """Return a page that has one of everything."""
    return html.Div(
        [
            components.page_header("First", subtitle="3 runs"),
            components.card(
                "Controls",
                [
                    components.labelled("Metric", dcc.Dropdown(["loss"], "loss", id="metric")),
                    components.labelled("Smoothing", dcc.Slider(0, 1, value=0.6, id="smoothing")),
                    components.labelled(
                        "Filter", dcc.Input(id="filter", placeholder="metrics.loss < 1")
                    ),
                ],
            ),
            html.Div([components.status_badge(s) for s in ("running", "completed", "crashed")]),
            components.empty_state("No runs", "Nothing was logged.", snippet="tracker.log()"),
            components.error_state("Broken", "Because.", details="more"),
            components.partial_state("1 of 3 runs cannot be read", ["run_a: bad"]),
            html.P(f"step {location.get('step', '0')}", id="step"),
            *[html.Button(name, id=name) for name in ("state", "ours", "bug", "hello", "away")],
            html.P(id="live"),
        ],
        className="aq-page",
    )


def first_register(app: Dash, context: AppContext) -> None:
    """Connect every button to one thing that pages do."""

    @callback(
        app, Output(ShellIds.VIEW, "data"), Input("state", "n_clicks"), prevent_initial_call=True
    )
    def _state(clicks: int) -> dict[str, Any]:
        return {"search": search_string({"step": clicks}), "push": True}

    @callback(
        app, Output(ShellIds.LOCATION, "href"), Input("away", "n_clicks"), prevent_initial_call=True
    )
    def _away(clicks: int) -> str:
        return context.href("/second/a b")

    @callback(app, Output("step", "title"), Input("ours", "n_clicks"), prevent_initial_call=True)
    def _ours(clicks: int) -> str:
        raise InvalidInputError("the limit must be positive")

    @callback(
        app,
        Output("step", "title", allow_duplicate=True),
        Input("bug", "n_clicks"),
        prevent_initial_call=True,
    )
    def _bug(clicks: int) -> str:
        raise ValueError("/secret/path")

    @callback(app, Input("hello", "n_clicks"), prevent_initial_call=True)
    def _hello(clicks: int) -> None:
        components.notify("<b>run</b>", kind="ok")

    @callback(app, Output("live", "children"), Input(ShellIds.LIVE, "data"))
    def _live(data: dict[str, Any] | None) -> str:
        return f"{data['running']} running" if data else ""


def second_layout(context: AppContext, location: PageLocation) -> Component:
    """Return a page that fails in two ways, by its name."""
    if location.params["name"] == "missing":
        raise NotFoundError("there is no run 'missing'")
    if location.params["name"] == "bug":
        raise ValueError("/secret/path")
    return html.Div(components.page_header(location.params["name"]), className="aq-page")


PAGES = (
    Page(
        path="/",
        title="First",
        layout=first_layout,
        register=first_register,
        order=1,
        icon="experiments",
    ),
    Page(
        path="/second/{name}",
        title="Second",
        layout=second_layout,
        register=lambda app, context: None,
        nav_path="/",
    ),
)


@pytest.fixture
def store() -> Store:
    """Return a store that a test can change."""
    return Store()


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Dash:
    """Return the shell with two pages of our own."""
    manager: Any = store
    return build(AppContext(manager=manager, base_dir=tmp_path, pages=PAGES))


@pytest.fixture
def url(app: Dash, serve: Callable[..., Any]) -> str:
    """Return the address of the running shell."""
    found: str = serve(app).url
    return found


@LOOKS
def test_no_serious_fault_of_accessibility(
    url: str, visit: Callable[..., Any], theme: str, width: int
) -> None:
    """Axe finds nothing serious, and nothing is wider than the window."""
    found = visit(url, theme=theme, width=width)
    found.page.wait_for_selector("[role=slider]")

    overflow = found.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert found.axe() == []
    assert overflow <= 0


def test_the_theme_follows_the_system_and_can_be_overridden(
    url: str, visit: Callable[..., Any]
) -> None:
    """Two presses of ``t`` lead from the system's dark to light, and a reload keeps it."""
    page = visit(url, theme="dark").page
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()


def test_the_theme_is_there_before_the_first_paint(url: str, visit: Callable[..., Any]) -> None:
    """The attribute is set while the head is read, before any style sheet is asked for."""
    page = visit(url, theme="light").page
    order = page.evaluate(
        "() => [...document.head.querySelectorAll('script[src], link[rel=stylesheet]')]"
        ".map(e => (e.src || e.href)).filter(url => url.includes('/assets/'))"
        ".map(url => url.split('/assets/')[1].split('?')[0])"
    )

    assert order[0] == "head/theme.js"
    assert len(order) > 3


def test_view_state_is_in_the_address_and_back_restores_it(
    url: str, visit: Callable[..., Any]
) -> None:
    """A page writes its state without being drawn again; back draws the older state."""
    page = visit(url).page
    page.get_by_role("button", name="state").click()
    page.wait_for_url("**/?step=1")
    expect(page.locator("#step")).to_have_text("step 0")
    page.get_by_role("button", name="state").click()
    page.wait_for_url("**/?step=2")

    page.go_back()
    expect(page.locator("#step")).to_have_text("step 1")
    page.reload()

    expect(page.locator("#step")).to_have_text("step 1")


def test_a_callback_goes_to_another_page_and_back(url: str, visit: Callable[..., Any]) -> None:
    """The address, the title, the mark in the navigation and the focus follow."""
    page = visit(url).page
    page.get_by_role("button", name="away").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("a b")
    expect(page).to_have_title("Second · Aquarium")
    expect(page.get_by_role("link", name="First", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    expect(page.get_by_role("main")).to_be_focused()

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("First")


def test_a_link_changes_the_page_without_a_reload(url: str, visit: Callable[..., Any]) -> None:
    """What the window holds survives a click in the navigation, as it does a known one."""
    page = visit(f"{url}/second/x").page
    page.evaluate("window.stillHere = true")

    page.get_by_role("link", name="First", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First")

    assert page.evaluate("window.stillHere") is True


def test_an_unknown_address_is_a_designed_page(url: str, visit: Callable[..., Any]) -> None:
    """Status 404, a heading and a way out."""
    found = visit(f"{url}/no/such/page")
    found.expect_console("404")

    expect(found.page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(found.page.get_by_role("link", name="Go to the first page")).to_be_visible()
    assert found.axe() == []


def test_an_id_that_leads_nowhere_is_a_designed_page(url: str, visit: Callable[..., Any]) -> None:
    """The page's own words are shown."""
    page = visit(f"{url}/second/missing").page

    expect(page.get_by_text("there is no run 'missing'")).to_be_visible()


def test_a_bug_in_a_page_is_a_designed_page(url: str, visit: Callable[..., Any]) -> None:
    """The frame stays, and the text of the exception stays on the server."""
    page = visit(f"{url}/second/bug").page

    expect(page.get_by_text("This page could not be drawn")).to_be_visible()
    expect(page.get_by_text("/secret/path")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


def test_our_own_error_in_a_callback_is_a_toast(url: str, visit: Callable[..., Any]) -> None:
    """Its message is for people and is shown as it is."""
    page = visit(url).page
    page.get_by_role("button", name="ours").click()

    expect(page.locator(".aq-toast-error")).to_have_text("the limit must be positive")


def test_a_bug_in_a_callback_is_a_toast_without_its_text(
    url: str, visit: Callable[..., Any]
) -> None:
    """A number leads to the log; the text, which may hold a path, does not travel."""
    page = visit(url).page
    page.get_by_role("button", name="bug").click()

    expect(page.locator(".aq-toast-error")).to_contain_text("Something went wrong (error ")
    assert "/secret/path" not in page.content()


def test_a_toast_is_text_and_can_be_closed(url: str, visit: Callable[..., Any]) -> None:
    """Markup in a message is read, not obeyed."""
    page = visit(url).page
    page.get_by_role("button", name="hello").click()
    toast = page.locator(".aq-toast")
    expect(toast).to_have_text("<b>run</b>")

    page.get_by_role("button", name="Close message").click()

    expect(toast).to_have_count(0)


def test_live_data_arrives_when_the_store_changed(
    url: str, store: Store, visit: Callable[..., Any]
) -> None:
    """A page hears of a new revision within the pace of the looks."""
    page = visit(url).page
    expect(page.locator("#live")).to_have_text("2 running")

    store.running, store.revision = 5, 2

    expect(page.locator("#live")).to_have_text("5 running", timeout=8000)
    expect(page.locator("#shell-live-text")).to_have_text("Live, 5 running")


def test_nothing_is_drawn_again_while_the_store_rests(url: str, visit: Callable[..., Any]) -> None:
    """Two further looks at an unchanged store call no callback."""
    page = visit(url).page
    expect(page.locator("#live")).to_have_text("2 running")
    calls: list[str] = []
    page.on("request", lambda r: calls.append(r.url) if "_dash-update" in r.url else None)

    for _ in range(2):
        page.wait_for_event("response", lambda r: r.url.endswith("/api/v1/live"), timeout=8000)

    assert calls == []


def test_a_hidden_tab_asks_for_nothing(url: str, visit: Callable[..., Any]) -> None:
    """The timer is off while the page says that it is hidden, and on again after."""
    page = visit(url).page
    expect(page.locator("#live")).to_have_text("2 running")
    hide = (
        "value => { Object.defineProperty(document, 'hidden', {value, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    asked: list[str] = []
    page.evaluate(hide, True)
    page.on("request", lambda r: asked.append(r.url))
    page.wait_for_timeout(2500)  # longer than a look is apart: nothing may happen in it
    assert asked == []

    page.evaluate(hide, False)
    page.wait_for_event("response", lambda r: r.url.endswith("/api/v1/live"), timeout=8000)


def test_live_updates_can_be_paused(url: str, visit: Callable[..., Any]) -> None:
    """The button says so by a word and its state."""
    page = visit(url).page
    expect(page.locator("#live")).to_have_text("2 running")

    page.locator("#shell-live-state").click()

    expect(page.locator("#shell-live-text")).to_have_text("Paused")
    expect(page.locator("#shell-live-state")).to_have_attribute("aria-pressed", "true")


def test_a_server_that_dies_and_comes_back(
    app: Dash, store: Store, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """After three silent looks the page says so; a new server is picked up by itself."""
    first = serve(app)
    found = visit(first.url)
    found.expect_console("ERR_CONNECTION_REFUSED", "Failed to load")
    expect(found.page.locator("#live")).to_have_text("2 running")
    first.stop()
    expect(found.page.locator("#shell-stale")).to_be_visible(timeout=15000)

    store.running, store.revision = 7, 9
    serve(app, int(first.url.rpartition(":")[2]))

    expect(found.page.locator("#live")).to_have_text("7 running", timeout=15000)
    expect(found.page.locator("#shell-stale")).to_be_hidden()


def test_the_keyboard_alone(url: str, visit: Callable[..., Any]) -> None:
    """The skip link is first, ``?`` opens the help, Escape closes it, ``g f`` goes to a page."""
    page = visit(f"{url}/second/x").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    page.keyboard.press("g")
    page.keyboard.press("f")

    expect(page.get_by_role("heading", level=1)).to_have_text("First")


def test_keys_are_ignored_while_typing(url: str, visit: Callable[..., Any]) -> None:
    """A ``t`` in a field is a letter."""
    page = visit(url, theme="dark").page
    page.locator("#filter").fill("")
    page.locator("#filter").press_sequentially("t?g")

    expect(page.locator("#filter")).to_have_value("t?g")
    expect(page.locator("html")).to_have_attribute("data-theme-choice", "system")
