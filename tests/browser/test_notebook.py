"""The frame that a notebook shows, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker, jupyter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Return ``notebook(**options of show)``: address of a page of another origin with it."""
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    with ExperimentTracker(
        "digits", tmp_path, auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
    served: list[ThreadingHTTPServer] = []

    def serve(**options: Any) -> str:
        frame = jupyter.show(tmp_path, page="/views", **options)._repr_html_()
        content = f"<!DOCTYPE html><link rel=icon href=data:,><h1>Notebook</h1>{frame}".encode()

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served.append(server)
        return f"http://localhost:{server.server_address[1]}/"

    yield serve
    for one in served:
        one.shutdown()
        one.server_close()
    jupyter.stop_all()


def test_the_dashboard_works_in_the_frame(
    notebook: Callable[..., str], visit: Callable[..., Any]
) -> None:
    """Pages, callbacks and the palette, although the notebook is of another origin."""
    page = visit(notebook()).page
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Views", timeout=20_000)

    frame.get_by_role("button", name="Find").click()
    frame.get_by_role("combobox").fill("digits")
    frame.get_by_role("combobox").press("Enter")

    expect(frame.get_by_role("heading", level=1)).to_have_text("digits", timeout=20_000)


def test_another_site_cannot_frame_it(
    notebook: Callable[..., str], visit: Callable[..., Any]
) -> None:
    """Only the origins that were named: the browser refuses the frame to all others."""
    found = visit(notebook(ancestors=["https://hub.example"]))
    found.expect_console("frame-ancestors")

    # What the browser puts in the place of a refused page has no heading of ours.
    expect(found.page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_count(0)
    assert any("frame-ancestors" in message for message in found.console)
