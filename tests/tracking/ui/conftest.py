"""The dashboard without a network: requests go straight into its ASGI application.

Every header and every byte of a path is as the test gives it, also what no client
library would send.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from dash import Dash, Input, Output, html
from starlette.routing import Mount

from neural.tracking.ui import components
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import AppContext, Page
from neural.tracking.ui.policy import SecurityPolicy
from neural.tracking.ui.shell import build
from neural.tracking.ui.tokens import TokenFile

HOST = ("host", "127.0.0.1:8053")
RUN_ID = "4f2a90c1d3e5"


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; of a WebSocket 101 if it was accepted, else 403.
        headers: Lower-case name to value; the last one wins.
        body: All bytes of the body.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _request(
    app: Any,
    method: str = "GET",
    path: str = "/",
    headers: Iterable[tuple[str, str]] = (HOST,),
    body: bytes | Sequence[bytes] = b"",
) -> Answer:
    """Send one request into ``app``; ``path`` is the target with its query, still encoded."""
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8053),
    }
    parts = [body] if isinstance(body, bytes) else list(body)
    return asyncio.run(_exchange(app, scope, parts))


async def _exchange(app: Any, scope: dict[str, Any], parts: list[bytes]) -> Answer:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
        await asyncio.Event().wait()  # a client that stays; a real one says no more either
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:  # the server's outermost layer answers for a bug and raises it again
        if not sent:
            raise
    start = next(message for message in sent if message["type"] == "http.response.start")
    return Answer(
        start["status"],
        {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body"),
    )


def _handshake(app: Any, path: str, headers: Iterable[tuple[str, str]]) -> tuple[Answer, list[str]]:
    """Ask for a WebSocket; returns the answer and the types of all messages that were sent."""
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8053),
        "subprotocols": [],
    }
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(app(scope, receive, send))
    accepted = "websocket.accept" in sent
    return Answer(101 if accepted else 403), sent


def _served(app: Dash) -> list[tuple[str, str]]:
    """Return (method, path) of everything that is really served, with its variables filled in.

    Taken from the routes of FastAPI, which Dash adds its own to, and from Dash's list.
    """
    found: set[tuple[str, str]] = set()
    for route in app.server.routes:
        path = re.sub(r"\{[^}]*\}", "x", route.path)
        if isinstance(route, Mount):
            found.add(("GET", f"{route.path}/css/20-tokens.css"))
        else:
            found |= {(method, path) for method in getattr(route, "methods", None) or ()}
    found |= {("GET", re.sub(r"[{<][^}>]*[}>]", "x", path)) for path in app.routes}
    return sorted(found)


class PermissiveStore:
    """A store that checks no path at all: what stands before it has to.

    Attributes:
        root: Directory that holds the runs.
        artifacts_by_name: Artifact name to a path relative to the run, however hostile.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.artifacts_by_name: dict[str, str] = {}

    def page(self, text: str, **_: Any) -> SimpleNamespace:
        """Return an empty page of runs."""
        return SimpleNamespace(rows=[], total=0, revision=1)

    def count(self, text: str = "") -> int:
        """Return the number of runs."""
        return 1

    def run(self, experiment_id: str) -> SimpleNamespace:
        """Return the one run, whatever id was asked for."""
        return SimpleNamespace(folder=f"mnist_{RUN_ID}")

    def artifact_path(self, experiment_id: str, name: str) -> Path:
        """Join whatever is asked for to the folder of the run."""
        return self.root / f"mnist_{RUN_ID}" / self.artifacts_by_name.get(name, name)


def _page_layout(context: AppContext, location: Any) -> html.Div:
    if location.get("fail"):
        raise ValueError(f"a bug in {context.base_dir}")
    return html.Div([components.page_header("Runs"), html.Button(id="go"), html.P(id="said")])


def _page_register(app: Dash, context: AppContext) -> None:
    @callback(app, Output("said", "children"), Input("go", "n_clicks"), prevent_initial_call=True)
    def _said(clicks: int) -> str:
        return f"{clicks} clicks"


PAGE = Page(
    path="/", title="Runs", layout=_page_layout, register=_page_register, order=1, icon="page"
)


@pytest.fixture
def store(tmp_path: Path) -> PermissiveStore:
    """Return a store of one run with a file beside it that nobody may ever see."""
    root = tmp_path / "runs"
    folder = root / f"mnist_{RUN_ID}"
    for name in ("artifacts", "media/samples", "logs"):
        (folder / name).mkdir(parents=True)
    return PermissiveStore(root)


@pytest.fixture
def make_app(store: PermissiveStore) -> Callable[..., Dash]:
    """Return ``make_app(token=False, **policy) -> Dash`` over ``store``."""

    def make(*, token: bool = False, **policy: Any) -> Dash:
        manager: Any = store
        context = AppContext(manager=manager, base_dir=store.root, pages=(PAGE,))
        found = SecurityPolicy(**policy)
        if token:
            TokenFile(store.root).ensure()
            found = replace(found, token=TokenFile(store.root))
        return build(context, found)

    return make


@pytest.fixture
def app(make_app: Callable[..., Dash]) -> Dash:
    """Return the dashboard of this machine, without a token."""
    return make_app()


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """Return ``ask(app.server, method, path, headers, body) -> Answer``."""
    return _request


@pytest.fixture(scope="session")
def handshake() -> Callable[..., tuple[Answer, list[str]]]:
    """Return ``handshake(app.server, path, headers) -> (Answer, messages)``."""
    return _handshake


@pytest.fixture(scope="session")
def served() -> Callable[[Dash], list[tuple[str, str]]]:
    """Return ``served(app) -> [(method, path), ...]``."""
    return _served


@pytest.fixture(scope="session")
def host_header() -> tuple[str, str]:
    """Return a ``Host`` header that is allowed."""
    return HOST


@pytest.fixture
def run_folder(store: PermissiveStore) -> Path:
    """Return the folder of the one run."""
    return store.root / f"mnist_{RUN_ID}"
