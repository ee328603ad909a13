"""An HTTP proxy on 127.0.0.1 that breaks one request: before or after the server has acted."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

__all__ = ["Fault", "FaultProxy"]

#: ``refuse``: closed without a word. ``reset``: broken off in the middle of an answer, after the
#: server has acted. ``lost``: the server has acted and nobody says so. ``stall``: no answer until
#: the client gives up. Numbers: that status in place of the server's.
Fault = Literal["refuse", "reset", "lost", "stall", "429", "500", "503"]


class FaultProxy:
    """Forwards requests to a server and counts them; breaks one of them, or every one.

    Args:
        port: Where the server listens, on 127.0.0.1.

    Attributes:
        requests: Method and path of every request so far.
    """

    def __init__(self, port: int) -> None:
        self.requests: list[str] = []
        self._port = port
        self._fault: Fault | None = None
        self._at: int | None = None
        self._released = threading.Event()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Address that clients use."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def break_at(self, request: int | None, fault: Fault | None) -> None:
        """Break the request of this number from now on, the first is 0; ``None`` is every one."""
        self.requests.clear()
        self._at, self._fault = request, fault

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def fault_for(self, request: str) -> Fault | None:
        """Count a request; returns how to break it."""
        number = len(self.requests)
        self.requests.append(request)
        return self._fault if self._at in (None, number) else None

    def stall(self) -> None:
        """Wait until the proxy ends."""
        self._released.wait()

    def forward(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server; returns status, headers and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    owner: FaultProxy
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            body = self._chunks()
        fault = self.owner.fault_for(f"{self.command} {self.path}")
        if fault == "refuse":
            return self._break_off()
        if fault == "stall":
            self.owner.stall()
            return self._break_off()
        if fault in ("429", "500", "503"):
            return self._answer(int(fault), [], b'{"error_code": "TEMPORARILY_UNAVAILABLE"}')
        dropped = ("host", "transfer-encoding", "content-length", "connection")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        status, answered, content = self.owner.forward(self.command, self.path, body, headers)
        if fault == "lost":
            return self._break_off()
        if fault == "reset":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
            return self._break_off()
        return self._answer(status, answered, content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of http.server

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        dropped = ("transfer-encoding", "content-length", "connection", "date", "server")
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _break_off(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            # With a linger of no time, closing is a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
        """Say nothing."""
