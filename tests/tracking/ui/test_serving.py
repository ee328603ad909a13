"""Ports and addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.tracking.ui.serving import listen, server_config, url_of


def test_a_free_port_is_taken_when_none_is_named() -> None:
    """Port 0 leaves the choice to the system, and the address says which it was."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        assert port > 0
        assert url_of(listener) == f"http://127.0.0.1:{port}/"


def test_a_port_that_is_in_use() -> None:
    """The message says so, and what to do."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]

        with pytest.raises(InvalidInputError, match=f"port {port} on 127.0.0.1 is in use.*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_is_none(port: int) -> None:
    """The range is in the message."""
    with pytest.raises(InvalidInputError, match=f"port must be from 0 to 65535, got {port}"):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.invalid", "203.0.113.7"])
def test_an_address_that_is_not_ours(host: str) -> None:
    """A name without an address, and an address of another machine."""
    with pytest.raises(InvalidInputError, match=host.replace(".", r"\.")):
        listen(host, 0)


def test_the_address_for_a_browser() -> None:
    """Bound to everything, one opens loopback; the token is part of the first visit."""
    with listen("0.0.0.0", 0) as listener:
        port = listener.getsockname()[1]

        address = url_of(listener, prefix="/lab", token="a-b_c")

    assert address == f"http://127.0.0.1:{port}/lab/?token=a-b_c"


def test_an_address_of_version_six() -> None:
    """It stands in brackets; a machine without such addresses can say so too."""
    listener: Any = SimpleNamespace(getsockname=lambda: ("::1", 8053, 0, 0))

    assert url_of(listener) == "http://[::1]:8053/"


def test_no_request_is_logged_and_no_proxy_trusted() -> None:
    """An address may hold a token; a forwarded host may hold anything."""
    config = server_config(app=None)

    assert config.access_log is False
    assert config.proxy_headers is False
    assert config.server_header is False
    assert config.workers == 1
