"""What a run printed, over HTTP and over the socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import websockets
from dash import Dash

from neural.tracking.ui.serving import listen, serve_in_thread

Ask = Callable[..., Any]
RUN = "/api/v1/runs/4f2a90c1d3e5"


@pytest.fixture
def log(run_folder: Path) -> Path:
    """Return the log of the output of the one run, with three lines."""
    path = run_folder / "logs" / "stdout.log"
    path.write_bytes(b"one\n\x1b[31mtwo\n<b>three</b>\n")
    return path


@pytest.fixture
def running(store: Any, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Let the one run be running until its status is set to something else."""
    run = SimpleNamespace(folder=store.run("").folder, status="running")
    monkeypatch.setattr(store, "run", lambda experiment_id: run)
    return run


@pytest.fixture
def address(app: Dash) -> Iterator[str]:
    """Return the address of the socket on a server that really runs."""
    listener = listen("127.0.0.1", 0)
    server = serve_in_thread(app.server, listener)
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}/ws/logs/4f2a90c1d3e5"
    server.stop()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Callable[[], Any]]:
    """Open the socket as a page of our own does; gives what returns its next message."""
    origin: Any = "http" + address.removeprefix("ws").partition("/ws/")[0]
    async with websockets.connect(address, origin=origin) as socket:

        async def following() -> Any:
            return json.loads(await asyncio.wait_for(socket.recv(), 20))

        yield following


def part(app: Dash, ask: Ask, query: str = "", stream: str = "stdout") -> Any:
    """Return the part of a log that the HTTP route answers with."""
    return json.loads(ask(app.server, path=f"{RUN}/log/{stream}{query}").body)


def test_the_end_of_a_log_over_http(app: Dash, ask: Ask, log: Path) -> None:
    """Lines as pieces of text with their colours, markup as the text it is."""
    found = part(app, ask)

    assert found["lines"] == [
        [["one"]],
        [["two", "ansi-f1", ""]],
        [["<b>three</b>", "ansi-f1", ""]],
    ]
    assert (found["line"], found["end"], found["size"]) == (1, log.stat().st_size, found["end"])


@pytest.mark.parametrize(
    ("query", "first"), [("?offset=4", 2), ("?before=4", 1), ("?line=1", 1), ("?offset=99999", 4)]
)
def test_parts_over_http(app: Dash, ask: Ask, log: Path, query: str, first: int) -> None:
    """Onwards from an offset, back from one, or by the number of a line."""
    assert part(app, ask, query)["line"] == first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/log/stdin", 422),
        ("/log/stderr", 404),
        ("/log/..%2f..%2fsecret", 404),
        ("/logs/stderr.log", 404),
        ("/log/stdout?offset=x", 422),
    ],
)
def test_what_is_no_log(app: Dash, ask: Ask, log: Path, path: str, status: int) -> None:
    """Two streams and nothing else have an address."""
    assert ask(app.server, path=RUN + path).status == status


def test_a_link_out_of_the_run_is_not_followed(
    app: Dash, ask: Ask, run_folder: Path, tmp_path: Path
) -> None:
    """A run directory may come from anywhere."""
    (tmp_path / "secret").write_text("secret\n")
    (run_folder / "logs" / "stdout.log").symlink_to(tmp_path / "secret")

    assert ask(app.server, path=f"{RUN}/log/stdout").status == 404


def test_the_raw_log_is_a_download_by_ranges(app: Dash, ask: Ask, log: Path) -> None:
    """Bytes as they were printed, never shown in place."""
    headers = (("host", "127.0.0.1:8053"), ("range", "bytes=4-8"))
    answer = ask(app.server, path=f"{RUN}/logs/stdout.log", headers=headers)

    assert (answer.status, answer.body) == (206, b"\x1b[31m")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "127.0.0.1:8053")],
        [("host", "127.0.0.1:8053"), ("origin", "http://evil.example")],
        [("host", "127.0.0.1:8053"), ("origin", "null")],
        [("host", "127.0.0.1:8053"), ("origin", "http://127.0.0.1:8053.evil.example")],
        [("host", "evil.example"), ("origin", "http://evil.example")],
    ],
)
def test_s4_a_socket_of_another_site(
    app: Dash, handshake: Any, log: Path, headers: list[tuple[str, str]]
) -> None:
    """It is closed before it is accepted, and not a line is sent."""
    answer, sent = handshake(app.server, "/ws/logs/4f2a90c1d3e5", headers)

    assert (answer.status, sent) == (403, ["websocket.close"])


def test_s4_a_socket_without_the_token(
    make_app: Callable[..., Dash], handshake: Any, log: Path
) -> None:
    """The token is asked for before the socket is accepted."""
    headers = [("host", "127.0.0.1:8053"), ("origin", "http://127.0.0.1:8053")]

    answer, sent = handshake(make_app(token=True).server, "/ws/logs/4f2a90c1d3e5", headers)

    assert (answer.status, sent) == (403, ["websocket.close"])


def test_the_socket_follows_a_log(log: Path, running: SimpleNamespace, address: str) -> None:
    """New lines arrive, the unfinished one is replaced, and the end of the run is said."""

    async def follow() -> None:
        async with connected(f"{address}?offset=4") as following:
            assert (await following())["line"] == 2
            with log.open("ab") as file:
                file.write(b"50%\r")
            assert (await following())["tail"] == [["50%", "ansi-f1", ""]]
            with log.open("ab") as file:
                file.write(b"\x1b[0m100%\nnext\n")
            found = await following()
            assert (found["line"], found["tail"]) == (4, None)
            assert found["lines"] == [[["100%"]], [["next"]]]
            running.status = "completed"
            assert await following() == {"ended": True}

    asyncio.run(follow())


def test_a_log_that_is_not_there_yet(
    run_folder: Path, running: SimpleNamespace, address: str
) -> None:
    """The socket waits for the first line."""

    async def follow() -> None:
        async with connected(f"{address}?stream=stderr") as following:
            (run_folder / "logs" / "stderr.log").write_text("late\n")
            assert (await following())["lines"] == [[["late"]]]

    asyncio.run(follow())


def test_a_log_that_was_replaced(log: Path, running: SimpleNamespace, address: str) -> None:
    """The page is told to begin again."""

    async def follow() -> None:
        async with connected(address) as following:
            assert len((await following())["lines"]) == 3
            log.write_text("new\n")
            assert await following() == {"reset": True}
            assert (await following())["lines"] == [[["new"]]]

    asyncio.run(follow())


def test_a_stream_that_does_not_exist(log: Path, running: SimpleNamespace, address: str) -> None:
    """The message names it, and the socket ends."""

    async def follow() -> None:
        async with connected(f"{address}?stream=../secret") as following:
            assert "stream must be one of" in (await following())["problem"]

    asyncio.run(follow())
