"""Bodies are read to a cap, and what is not JSON never gets further."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from dash import Dash

from neural.tracking.ui.body import MAX_JSON_BYTES, Body, BodyRefusedError, read_body, replay

HEADERS = [
    ("host", "127.0.0.1:8053"),
    ("origin", "http://127.0.0.1:8053"),
    ("content-type", "application/json"),
]


def _parts(*parts: bytes) -> Callable[[], Any]:
    left = list(parts)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


def test_a_body_in_parts_is_put_together() -> None:
    """The parts come back as one, once, and then whatever comes after."""
    body = asyncio.run(read_body(_parts(b'{"a"', b": 1}"), ""))

    async def read_twice() -> list[dict[str, Any]]:
        receive = replay(body, _parts(b"later"))
        return [dict(await receive()), dict(await receive())]

    first, second = asyncio.run(read_twice())
    assert first == {"type": "http.request", "body": b'{"a": 1}', "more_body": False}
    assert second["body"] == b"later"


def test_reading_stops_where_a_body_is_too_long() -> None:
    """The rest is never asked for, whatever length was announced."""
    asked = 0

    async def endless() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    with pytest.raises(BodyRefusedError, match="larger than 1,000 bytes"):
        asyncio.run(read_body(endless, "10", limit=1000))

    assert asked == 11


def test_an_announced_length_is_enough_to_refuse() -> None:
    """Nothing is read of a body that says that it is too long."""

    async def never() -> dict[str, Any]:
        raise AssertionError

    with pytest.raises(BodyRefusedError) as found:
        asyncio.run(read_body(never, str(5 * 10**9)))

    assert found.value.status == 413


def test_a_body_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never finishes does not keep its place."""
    monkeypatch.setattr("neural.tracking.ui.body.READ_TIMEOUT_S", 0.01)

    async def silent() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(BodyRefusedError) as found:
        asyncio.run(read_body(silent, ""))

    assert found.value.status == 408


def test_a_client_that_left() -> None:
    """The application is told so instead of being given half a body."""

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    body = asyncio.run(read_body(gone, ""))

    assert body.gone is True
    assert asyncio.run(replay(body, gone)()) == {"type": "http.disconnect"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json", 400),
    ],
)
def test_what_is_not_taken(content: bytes, kind: str, status: int) -> None:
    """Forms, which a page of any site can send, and JSON that is broken or too deep."""
    with pytest.raises(BodyRefusedError) as found:
        Body(content).check(kind)

    assert found.value.status == status


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_what_is_taken(kind: str) -> None:
    """JSON, with or without its charset; and nothing at all."""
    Body(b'{"a": [1, 2.5, "x"]}').check(kind)
    Body(b"").check("")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{" + b" " * MAX_JSON_BYTES, 413), (b"{", 400), ([b" " * 400_000] * 3, 413)],
)
def test_the_server_refuses_them(
    app: Dash, ask: Callable[..., Any], body: bytes | list[bytes], status: int
) -> None:
    """The cap stands in front of Dash, which reads whatever it is given."""
    answer = ask(app.server, "POST", "/_dash-update-component", HEADERS, body)

    assert answer.status == status
