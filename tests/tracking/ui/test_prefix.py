"""An application below a path: addresses with and without the prefix mean the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from neural.tracking.ui.prefix import Prefixed


def reached(
    path: str, raw: bytes | None = None, prefix: str = "/lab/aq", kind: str = "http"
) -> Any:
    """Return the scope that arrives behind the layer."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        raise AssertionError("the layer neither reads nor answers")

    scope = {"type": kind, "path": path, **({} if raw is None else {"raw_path": raw})}
    asyncio.run(Prefixed(app, prefix)(scope, nothing, nothing))
    return seen[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_a_proxy_cut_off_is_put_back(kind: str) -> None:
    """Decoded and encoded path move together."""
    scope = reached("/runs/a b", b"/runs/a%20b", kind=kind)

    assert scope["path"] == "/lab/aq/runs/a b"
    assert scope["raw_path"] == b"/lab/aq/runs/a%20b"


@pytest.mark.parametrize("path", ["/lab/aq", "/lab/aq/", "/lab/aq/compare"])
def test_a_whole_path_stays(path: str) -> None:
    """A proxy of the other kind, and who asks at the machine itself."""
    assert reached(path)["path"] == path


def test_a_path_that_only_begins_alike() -> None:
    """``/lab/aquarium`` is not below ``/lab/aq``."""
    assert reached("/lab/aquarium")["path"] == "/lab/aq/lab/aquarium"


@pytest.mark.parametrize(("path", "prefix"), [("/x", ""), ("http://evil/", "/lab/aq")])
def test_what_is_left_alone(path: str, prefix: str) -> None:
    """Without a prefix there is nothing to do; a whole URL is for the guard to refuse."""
    assert reached(path, prefix=prefix)["path"] == path
