"""The guard on a real socket: what no ASGI test sees is how the server reads a request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from dash import Dash

from neural.tracking.ui.serving import listen, server_config

UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture
def port(make_app: Callable[..., Dash]) -> Iterator[int]:
    """Serve the dashboard in a thread and return its port."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(make_app().server))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listener.close()


def exchange(port: int, text: str) -> tuple[int, bytes, bytes]:
    """Send ``text`` as it is; return status, head and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.lower(), body


@pytest.mark.parametrize(
    "request_text",
    [
        "GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.test\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        "GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
        "GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n evil.test\r\nConnection: close\r\n\r\n",
        "GET /assets/css/20-tokens.css HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
    ],
    ids=lambda text: text.encode("unicode_escape").decode()[:90],
)
def test_a_foreign_host_is_refused_on_the_wire(port: int, request_text: str) -> None:
    """Status 400 and not a byte of a page, however the request is written."""
    status, _, body = exchange(port, request_text)

    assert status == 400
    assert b"<" not in body


def test_a_usual_request_is_answered_on_the_wire(port: int) -> None:
    """The refusals above are of the hosts."""
    status, head, body = exchange(
        port, f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    )

    assert status == 200
    assert b"<title>aquarium</title>" in body.lower()
    assert b"x-content-type-options: nosniff" in head
    assert b"\r\nserver:" not in head


@pytest.mark.parametrize(
    "origin",
    ["", "Origin: null\r\n", "Origin: http://evil.test\r\n", "Origin: http://127.0.0.1\r\n"],
)
@pytest.mark.parametrize("path", ["/", "/_dash-ws-callback", "/api/v1/live", "/ws/logs/x"])
def test_a_foreign_handshake_is_403_on_the_wire(port: int, path: str, origin: str) -> None:
    """HTTP 403 before the socket is accepted; no frame follows."""
    status, _, body = exchange(
        port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{UPGRADE}{origin}\r\n"
    )

    assert status == 403
    assert body == b""


def test_a_second_request_on_the_connection_is_looked_at_too(port: int) -> None:
    """A connection that began well is not trusted for it."""
    first = f"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    second = "GET /api/v1/health HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n"

    _, _, rest = exchange(port, first + second)

    assert b"HTTP/1.1 400" in rest


def test_a_huge_body_is_refused_while_it_arrives(port: int) -> None:
    """The announced five gigabytes are not waited for."""
    status, _, _ = exchange(
        port,
        f"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {5 * 10**9}\r\nConnection: close\r\n\r\n{{",
    )

    assert status == 413
