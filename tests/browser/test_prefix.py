"""Aquarium behind a proxy that shows it below a path, as Jupyter's does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PREFIX = "/user/ada/proxy/8053"


class CuttingProxy:
    """A reverse proxy that takes a prefix off each request, and passes all else on as it is.

    One request a connection, so that only the first line has to be understood; what follows
    an upgrade to a WebSocket passes through untouched. What is not below the prefix gets 404
    and is noted: an address that forgot the prefix.
    """

    def __init__(self, target: tuple[str, int], prefix: str, *, cut: bool) -> None:
        self.prefix, self.cut, self._target = prefix, cut, target
        self.strayed: list[str] = []
        self.sockets: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Address of the application as the browser sees it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}{self.prefix}"

    def close(self) -> None:
        """Take no further connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                more = client.recv(65536)
                if not more:
                    return
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            method, path, version = head.partition(b"\r\n")[0].decode().split(" ")
            if not path.startswith(f"{self.prefix}/"):
                self.strayed.append(path)
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            if b"upgrade: websocket" in head.lower():
                self.sockets.append(path)
            else:
                head += b"\r\nConnection: close"
            if self.cut:
                line = f"{method} {path.removeprefix(self.prefix)} {version}".encode()
                head = line + head[head.index(b"\r\n") :]
            with socket.create_connection(self._target) as server:
                server.sendall(head + b"\r\n\r\n" + body)
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                _pump(server, client)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture(params=[True, False], ids=["cuts", "keeps"])
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, serve: Callable[..., Any]
) -> Iterator[CuttingProxy]:
    """A proxy of each kind before the dashboard over one run with a log."""
    tracker = ExperimentTracker("digits", tmp_path, auto_visualize=False, capture_environment=False)
    with tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
        logs = Path(tracker.experiment_dir) / "logs"
        logs.mkdir(exist_ok=True)
        (logs / "stdout.log").write_text("hello\n")
    server = serve(create_app(tmp_path, prefix=f"{PREFIX}/"))
    address = urlsplit(server.url)
    found = CuttingProxy(("127.0.0.1", int(address.port or 0)), PREFIX, cut=request.param)
    yield found
    found.close()


def test_every_address_stays_below_the_prefix(
    proxy: CuttingProxy, visit: Callable[..., Any]
) -> None:
    """Pages, callbacks, files, the palette, saved views: nothing forgets the prefix."""
    page = visit(f"{proxy.url}/settings").page
    page.get_by_role("link", name="Views", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Views")
    page.get_by_role("button", name="Save this view").click()
    page.locator("#shell-save-name").fill("behind a proxy")
    page.keyboard.press("Enter")
    expect(page.locator(".aq-toast-ok")).to_contain_text("Saved as")

    page.keyboard.press("Control+k")
    page.keyboard.type("digits")
    expect(page.get_by_role("option", name="digits")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("digits")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("digits")

    assert f"{PREFIX}/experiments/" in page.url
    assert proxy.strayed == []


def test_a_log_is_followed_through_the_proxy(
    proxy: CuttingProxy, visit: Callable[..., Any], tmp_path: Path
) -> None:
    """The socket stands below the prefix as well."""
    log = next(tmp_path.glob("digits_*/logs/stdout.log"))
    experiment_id = log.parent.parent.name.rpartition("_")[2]
    page = visit(f"{proxy.url}/experiments/{experiment_id}?tab=logs").page

    expect(page.locator("#L1 .aq-log-text")).to_have_text("hello")

    expect(page.locator("#run-logs")).to_have_attribute("data-alive", "false")
    for _ in range(200):  # the first lines came with the page; the socket follows
        if proxy.sockets:
            break
        page.wait_for_timeout(50)
    assert proxy.sockets[0].startswith(f"{PREFIX}/ws/logs/{experiment_id}?stream=stdout")
    assert proxy.strayed == []
