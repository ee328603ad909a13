"""Requests that no client library would send, many of them into one application.

They go straight into the ASGI application, all in one event loop: a thousand take a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

__all__ = ["HOST", "JSON", "Answer", "Request", "ask_all"]

Headers = tuple[tuple[str, str], ...]

HOST = ("host", "127.0.0.1:8053")
JSON = ("content-type", "application/json")

#: Nothing that is asked may take longer, however slow the machine is.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        target: Path and query, encoded as they stand in the request line.
        method: ``"WEBSOCKET"`` asks for a socket.
        headers: All of them; ``Host`` too.
        body: As it is sent.
    """

    target: str
    method: str = "GET"
    headers: Headers = (HOST,)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; of a socket 101 if it was accepted, else 403.
        headers: Names in lower case, in the order in which they were sent.
        body: All bytes of the body; of a socket all that it sent.
    """

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")


def ask_all(app: Any, requests: Iterable[Request]) -> list[Answer]:
    """Send each request into the ASGI application ``app``; the answers in their order."""

    async def all_of_them() -> list[Answer]:
        return [await asyncio.wait_for(_ask(app, one), PATIENCE_S) for one in requests]

    return asyncio.run(all_of_them())


def _scope(request: Request) -> dict[str, Any]:
    raw, _, query = request.target.partition("?")
    is_socket = request.method == "WEBSOCKET"
    scope = {
        "type": "websocket" if is_socket else "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws" if is_socket else "http",
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in request.headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8053),
    }
    return {**scope, "subprotocols": []} if is_socket else {**scope, "method": request.method}


async def _ask(app: Any, request: Request) -> Answer:
    sent: list[dict[str, Any]] = []
    is_socket = request.method == "WEBSOCKET"
    given = [
        {"type": "websocket.connect"}
        if is_socket
        else {"type": "http.request", "body": request.body, "more_body": False}
    ]

    async def receive() -> dict[str, Any]:
        if given:
            return given.pop()
        # A socket is left at once; whoever asked by HTTP stays, and says no more.
        if not is_socket:
            await asyncio.Event().wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    try:
        await app(_scope(request), receive, send)
    except Exception:  # the outermost layer answers for a bug and raises it again
        if not sent:
            raise
    return _opened(sent) if is_socket else _answered(sent)


def _opened(sent: Sequence[dict[str, Any]]) -> Answer:
    accepted = any(message["type"] == "websocket.accept" for message in sent)
    said = "".join(m.get("text") or "" for m in sent if m["type"] == "websocket.send")
    return Answer(101 if accepted else 403, (), said.encode())


def _answered(sent: Sequence[dict[str, Any]]) -> Answer:
    start = next(message for message in sent if message["type"] == "http.response.start")
    return Answer(
        start["status"],
        tuple((name.decode(), value.decode("latin-1")) for name, value in start["headers"]),
        b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body"),
    )
