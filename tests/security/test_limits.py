"""S24: what is too large, too slow or of the wrong kind is refused while it arrives."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dash import Dash

from neural.tracking.ui import body
from neural.tracking.ui.serving import listen, serve_in_thread

MEGABYTE = 1 << 20


@pytest.fixture
def port(whole: Dash) -> Iterator[int]:
    """Serve the dashboard and return its port."""
    listener = listen("127.0.0.1", 0)
    server = serve_in_thread(whole.server, listener)
    yield listener.getsockname()[1]
    server.stop()


def head(port: int, *lines: str) -> bytes:
    """Return the head of a request that a page of our own would send."""
    own = f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    return (
        f"POST /_dash-update-component HTTP/1.1\r\n{own}" + "\r\n".join([*lines, "", ""])
    ).encode()


@pytest.mark.parametrize("megabytes", [200, pytest.param(5_000, marks=pytest.mark.torture)])
def test_s24_a_body_without_an_end(port: int, megabytes: int) -> None:
    """One that does not say its size is cut off at the cap, and fills no memory."""
    before = psutil.Process(os.getpid()).memory_info().rss
    chunk = b"100000\r\n" + b" " * MEGABYTE + b"\r\n"
    sent = 0

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        json_type = "Content-Type: application/json"
        connection.sendall(head(port, json_type, "Transfer-Encoding: chunked"))
        try:
            while sent < megabytes:
                connection.sendall(chunk)
                sent += 1
        except OSError:  # cut off, as it should be
            pass
        status = _status(connection)
    grown = psutil.Process(os.getpid()).memory_info().rss - before

    assert status in (413, None)
    assert sent < megabytes, "all of it was taken"
    assert grown < 50 * MEGABYTE


def _status(connection: socket.socket) -> int | None:
    """Return the status of the answer; ``None`` if the connection was cut before it came."""
    try:
        return int(connection.recv(100).split()[1])
    except (OSError, IndexError):
        return None


def test_s24_a_form_of_a_hundred_thousand_parts(port: int) -> None:
    """Forms are not taken at all, however they are packed."""
    part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    kinds = {
        "multipart/form-data; boundary=x": (part * 15_000).encode(),
        "application/x-www-form-urlencoded": b"a=b&" * 100_000,
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    statuses = []
    for kind, content in kinds.items():
        headers = {"Content-Type": kind, "Origin": f"http://127.0.0.1:{port}"}
        connection.request("POST", "/api/v1/views", content, headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()

    assert statuses == [415, 415]


def test_s24_a_body_that_trickles_holds_up_nobody(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up after a while, and others are answered meanwhile."""
    monkeypatch.setattr(body, "READ_TIMEOUT_S", 0.5)
    lines = ("Content-Type: application/json", "Content-Length: 100")

    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(head(port, *lines) + b"{")
        others = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        others.request("GET", "/api/v1/health")
        other = others.getresponse()
        other.read()
        others.close()
        status = _status(slow)

    assert other.status == 200
    assert status == 408


def test_s24_a_file_is_not_uploaded(port: int, tmp_path: Path) -> None:
    """No route takes one: there is nothing to fill the disk with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/octet-stream", "Origin": f"http://127.0.0.1:{port}"}
    connection.request("PUT", "/api/v1/runs/x/artifacts/y", b"x" * 1000, headers)
    status = connection.getresponse().status
    connection.close()

    assert status in (404, 405, 415)
