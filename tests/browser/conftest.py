"""A real browser on a real server: offline, and with nothing in its console.

Use ``visit(path)`` (a :class:`Visit`) in a test. At the end of each test the console
must be empty, no request may have gone to another host, and none may have failed.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import uvicorn
from dash import Dash
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from neural.tracking.ui.serving import listen, server_config, url_of

#: Without these Chromium looks for updates and opens connections of its own.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Faults of upstream components, by rule and a part of the element they are at.
AXE_ALLOWED = (
    ("aria-required-children", "ag-root"),
    # A row of headings of groups of columns, while none of these columns is in sight.
    ("aria-required-children", "ag-header-row-group"),
    ("aria-hidden-focus", "dash-dropdown"),
)

Theme = Literal["dark", "light"]

WIDTHS = {1440: 900, 960: 900, 390: 844}

_DAILY = [("dark", 1440), ("light", 390)]
#: Each theme and each end of the widths; all of them in `make torture`.
LOOKS = pytest.mark.parametrize(
    ("theme", "width"),
    [
        *_DAILY,
        *(
            pytest.param(theme, width, marks=pytest.mark.torture)
            for theme in ("dark", "light")
            for width in WIDTHS
            if (theme, width) not in _DAILY
        ),
    ],
)


@dataclass
class Server:
    """A running server.

    Attributes:
        url: Its address, without a slash at the end.
        stop: Ends it and waits for that.
    """

    url: str
    stop: Callable[[], None]


def start_server(app: Dash, port: int = 0) -> Server:
    """Serve ``app`` in a thread of this process and return when it answers."""
    listener = listen("127.0.0.1", port)
    server = uvicorn.Server(server_config(app.server))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    # The socket listens already: this waits in the kernel until the loop accepts.
    with socket.create_connection(listener.getsockname(), timeout=20):
        pass

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()

    return Server(url_of(listener).rstrip("/"), stop)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Return ``serve(app, port=0) -> Server``; every server is stopped after the test."""
    servers: list[Server] = []

    def start(app: Dash, port: int = 0) -> Server:
        servers.append(start_server(app, port))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def chromium(browser_executable: str) -> Iterator[Browser]:
    """One browser for the tests of a file; every test has a context of its own.

    Not for the whole session: the driver keeps an event loop running in this thread,
    in which later tests could not run one of their own.
    """
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A tab, and what it did that it should not.

    Attributes:
        page: The playwright page.
        context: The browser context it lives in.
        console: Messages of the console (all but debug), page errors, failed requests.
        foreign: Requests to other hosts; they are refused.
        expected: Parts of messages that this test provokes itself.
    """

    page: Page
    context: BrowserContext
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect_console(self, *parts: str) -> None:
        """Allow messages that contain one of ``parts``: the test provokes them."""
        self.expected.extend(parts)

    def problems(self) -> list[str]:
        """Return everything that should not have happened so far."""
        unexpected = [m for m in self.console if not any(part in m for part in self.expected)]
        return unexpected + [f"foreign request: {url}" for url in self.foreign]

    def axe(self) -> list[str]:
        """Return the serious and critical faults that axe finds, but for :data:`AXE_ALLOWED`."""
        from axe_playwright_python.sync_playwright import Axe

        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
            if not any(rule["id"] == name and part in node["html"] for name, part in AXE_ALLOWED)
        ]

    def screenshot(self, path: Path) -> None:
        """Keep a picture of what is in the window."""
        self.page.screenshot(path=path)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Return ``visit(url, theme="dark", width=1440) -> Visit``; checked after the test."""
    visits: list[Visit] = []

    def open_page(url: str, *, theme: Theme = "dark", width: int = 1440, **options: Any) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            color_scheme=theme,
            reduced_motion="reduce",
            timezone_id="UTC",
            locale="en-GB",
            **options,
        )
        found = Visit(context.new_page(), context)
        visits.append(found)
        _listen_to(found)
        found.page.goto(url)
        found.page.wait_for_selector("h1")
        return found

    yield open_page
    problems = [problem for found in visits for problem in found.problems()]
    for found in visits:
        found.context.close()
    assert problems == []


def _listen_to(visit: Visit) -> None:
    def refuse_foreign(route: Route) -> None:
        if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost", None):
            route.continue_()
        else:
            visit.foreign.append(route.request.url)
            route.abort()

    visit.context.route("**/*", refuse_foreign)
    visit.page.on(
        "console",
        lambda m: visit.console.append(f"{m.type}: {m.text}") if m.type != "debug" else None,
    )
    visit.page.on("pageerror", lambda error: visit.console.append(f"page error: {error}"))
    visit.page.on(
        "response",
        lambda r: visit.console.append(f"{r.status}: {r.url}") if r.status >= 400 else None,
    )
