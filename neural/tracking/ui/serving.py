"""Opens the port, says where it is, and serves until it is told to stop."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from neural.errors import InvalidInputError

if TYPE_CHECKING:
    from uvicorn import Config

__all__ = ["ServerThread", "listen", "serve", "serve_in_thread", "server_config", "url_of"]

#: Seconds that open requests get when the server stops.
SHUTDOWN_S = 3

#: Seconds until a server in a thread has to accept connections.
START_S = 20.0

#: Largest message of a WebSocket, in bytes.
MAX_MESSAGE_BYTES = 1_000_000


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``; port 0 takes a free one.

    Raises:
        InvalidInputError: The port is taken or there is no such address; the message
            says what to do.
    """
    if not 0 <= port < 65536:
        raise InvalidInputError(f"port must be from 0 to 65535, got {port}")
    try:
        found = socket.getaddrinfo(host.strip("[]") or None, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise InvalidInputError(f"host {host!r} has no address: {error}") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from error
    return listener


def _unusable(host: str, port: int, error: OSError) -> InvalidInputError:
    if error.errno == errno.EADDRINUSE:
        return InvalidInputError(
            f"port {port} on {host} is in use, perhaps by another Aquarium; open that one, or "
            "choose another with --port (0 takes any free one)"
        )
    if error.errno == errno.EACCES:
        return InvalidInputError(f"port {port} needs more rights; use one above 1023")
    return InvalidInputError(f"cannot listen on {host}:{port}: {error.strerror}")


def url_of(listener: socket.socket, *, prefix: str = "", token: str = "") -> str:
    """Return the address that a browser on this machine opens.

    Args:
        listener: The listening socket.
        prefix: Path under which the application is served.
        token: The token, if one is asked for; the first visit trades it for a cookie.
    """
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    shown = f"[{host}]" if ":" in host else host
    query = f"?token={quote(token)}" if token else ""
    return f"http://{shown}:{port}{prefix}/{query}"


def server_config(app: Any) -> Config:
    """Return how uvicorn serves ``app``: one process, no log of addresses, no proxy trust.

    The log of requests is off because an address may hold a token.
    """
    import uvicorn

    return uvicorn.Config(
        app,
        workers=1,
        http="h11",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=MAX_MESSAGE_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


def serve(app: Any, listener: socket.socket, *, announce: Callable[[], None]) -> None:
    """Serve ``app`` on ``listener`` until a signal stops it; Ctrl-C is a clean end.

    Args:
        app: The ASGI application.
        listener: A listening socket; it is closed at the end.
        announce: Called once, when requests are about to be answered.
    """
    import uvicorn

    server = uvicorn.Server(server_config(app))
    announce()
    sys.stdout.flush()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


@dataclass(frozen=True)
class ServerThread:
    """A server in a thread of this process; it ends with the process at the latest."""

    _server: Any
    _thread: threading.Thread
    _listener: socket.socket

    @property
    def runs(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it and wait for that."""
        self._server.should_exit = True
        self._thread.join(SHUTDOWN_S + START_S)
        self._listener.close()


def serve_in_thread(app: Any, listener: socket.socket) -> ServerThread:
    """Serve ``app`` on ``listener`` beside what this process does; returns when it answers.

    Args:
        app: The ASGI application.
        listener: A listening socket; it is closed when the server is stopped.
    """
    import uvicorn

    server = uvicorn.Server(server_config(app))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="neural-aquarium", daemon=True
    )
    thread.start()
    # The socket listens already: this waits in the kernel until the loop accepts.
    with socket.create_connection(listener.getsockname()[:2], timeout=START_S):
        pass
    return ServerThread(server, thread, listener)
