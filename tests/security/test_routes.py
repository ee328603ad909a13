"""S2, S3, S5, S6, S22 over everything that a running server answers, on a real socket.

What there is to ask is taken from the running application: the routes of FastAPI with Dash's own
among them, every style sheet and script, every page, every callback and every socket. A new one
is tested by being there.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from dash import Dash
from starlette.routing import Mount

from neural.tracking.aquarium_app import create_app
from neural.tracking.ui.page import load_pages
from neural.tracking.ui.serving import listen, serve_in_thread
from neural.tracking.ui.tokens import TokenFile, open_session
from tests.security.asking import Answer
from tests.security.conftest import RUN_IDS, Site
from tests.security.test_paths import places

#: What answers without a token. There is nothing.
PUBLIC: frozenset[tuple[str, str]] = frozenset()

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

UPGRADE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Target:
    """One thing that a server answers.

    Attributes:
        method: ``"WEBSOCKET"`` is a socket.
        path: With its variables filled in.
        body: What a page would send there.
    """

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Running:
    """A server that runs, with a token.

    Attributes:
        app: What it serves.
        port: At which.
        token: File of its token.
        cookie: Name of its sessions' cookie.
    """

    app: Dash
    port: int
    token: TokenFile
    cookie: str

    @property
    def own(self) -> list[tuple[str, str]]:
        """Headers of a page of its own."""
        return [
            ("Host", f"127.0.0.1:{self.port}"),
            ("Origin", f"http://127.0.0.1:{self.port}"),
        ]

    def ask(self, targets: Iterable[Target], headers: Headers) -> Iterator[tuple[Target, Answer]]:
        """Ask for each target with these headers and no others."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for target in targets:
            yield target, self._ask(connection, target, headers)
        connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, target: Target, headers: Headers
    ) -> Answer:
        method = "GET" if target.method == "WEBSOCKET" else target.method
        connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
        lines = [*headers, *(UPGRADE if target.method == "WEBSOCKET" else ())]
        if target.body:
            lines += [("Content-Type", "application/json")]
        for name, value in [*lines, ("Content-Length", str(len(target.body)))]:
            connection.putheader(name, value)
        connection.endheaders(target.body or None)
        answer = connection.getresponse()
        body = b"" if answer.status == 101 else answer.read()
        if answer.status == 101:
            connection.close()
        found = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Answer(answer.status, found, body)


@pytest.fixture(scope="module")
def running(site: Site) -> Iterator[Running]:
    """Serve the whole dashboard with a token."""
    app = create_app(site.base_dir, token=True)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = serve_in_thread(app.server, listener)
    policy = app.server.policy
    yield Running(app, port, policy.token, policy.cookie)
    server.stop()


@pytest.fixture(scope="module")
def targets(running: Running) -> list[Target]:
    """Return everything that the server answers."""
    found = {*_routes(running.app), *_files(running.app), *_pages(), *_callbacks(running.app)}
    return sorted(found, key=lambda one: (one.method, one.path, one.body))


def _routes(app: Dash) -> Iterator[Target]:
    for place in places(app):
        yield Target(place.method, place.target.replace("<text>", "1"), place.body.encode())
    for route in app.server.routes:
        for method in getattr(route, "methods", None) or ():
            if "{" not in route.path:
                yield Target(method, route.path)


def _files(app: Dash) -> Iterator[Target]:
    for route in app.server.routes:
        if isinstance(route, Mount):
            folder = Path(route.app.directory)  # type: ignore[attr-defined]
            paths = [Path(parent) / name for parent, _, names in os.walk(folder) for name in names]
            for path in paths:
                yield Target("GET", f"{route.path}/{path.relative_to(folder).as_posix()}")
    for package, names in app.registered_paths.items():
        for name in sorted(names):
            yield Target("GET", f"/_dash-component-suites/{package}/{name}")


def _pages() -> Iterator[Target]:
    for page in load_pages():
        yield Target("GET", page.address(*RUN_IDS[:1] * page.path.count("{")))


def _callbacks(app: Dash) -> Iterator[Target]:
    for output, callback in app.callback_map.items():
        inputs = [{**one, "value": None} for one in callback["inputs"]]
        state = [{**one, "value": None} for one in callback["state"]]
        body = {"output": output, "outputs": [], "inputs": inputs, "state": state}
        yield Target("POST", "/_dash-update-component", json.dumps(body).encode())


def test_everything_is_asked_for(targets: list[Target]) -> None:
    """Our routes, Dash's, sockets, files, pages and callbacks are among it."""
    paths = {target.path for target in targets}
    methods = Counter(target.method for target in targets)

    assert {"/", "/api/v1/health", "/api/v1/views", "/compare", "/settings"} <= paths
    assert {"/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico"} <= paths
    assert {"/assets/css/20-tokens.css", f"/experiments/{RUN_IDS[0]}"} <= paths
    assert methods["WEBSOCKET"] >= 1
    assert sum(path.startswith("/_dash-component-suites/") for path in paths) > 30
    assert sum(target.path == "/_dash-update-component" for target in targets) > 50


def test_s6_without_the_token_nothing_is_told(running: Running, targets: list[Target]) -> None:
    """No token, a wrong one, one that was replaced, its session: refused, whatever is asked."""
    old = running.token.current()
    session = open_session(old)
    new = running.token.rotate()
    attempts: list[list[tuple[str, str]]] = [
        [],
        [("Authorization", f"Bearer {'x' * 43}")],
        [("Authorization", f"Bearer {old}")],
        [("Authorization", new)],
        [("Cookie", f"{running.cookie}={session}")],
        [("Cookie", f"other={open_session(new)}")],
    ]

    answered = {
        (target.method, target.path)
        for attempt in attempts
        for target, answer in running.ask(targets, [*running.own, *attempt])
        if answer.status not in (401, 403) or RUN_IDS[0].encode() in answer.body
    }

    assert answered == PUBLIC


def test_s6_with_the_token_everything_answers(running: Running, targets: list[Target]) -> None:
    """The refusals above are the token's: with it nothing is refused, and nothing is a bug."""
    headers = [*running.own, ("Authorization", f"Bearer {running.token.current()}")]

    statuses = {
        (target.method, target.path): answer.status
        for target, answer in running.ask(targets, headers)
    }

    assert [key for key, status in statuses.items() if status in (401, 403)] == []
    assert [key for key, status in statuses.items() if status >= 500] == []
    assert Counter(statuses.values())[200] > 100


@pytest.mark.parametrize(
    "host", ["evil.test", "127.0.0.1.evil.test", "0.0.0.0", "[::ffff:127.0.0.1]", "localhost."]
)
def test_s2_a_foreign_host_gets_nothing(running: Running, targets: list[Target], host: str) -> None:
    """Not a byte of a body comes back, with the right token too."""
    token = ("Authorization", f"Bearer {running.token.current()}")
    headers = [("Host", f"{host}:{running.port}"), running.own[1], token]

    answers = [(target.path, answer) for target, answer in running.ask(targets, headers)]

    assert {answer.status for _, answer in answers} <= {400, 403}
    assert [path for path, answer in answers if answer.body] == []


@pytest.mark.parametrize(
    "origin",
    [
        [("Origin", "null")],
        [("Origin", "http://evil.test")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
    ],
    ids=repr,
)
def test_s3_another_site_changes_nothing(
    running: Running, targets: list[Target], origin: list[tuple[str, str]]
) -> None:
    """Every unsafe method of every path is refused, though the browser sends the session."""
    session = ("Cookie", f"{running.cookie}={open_session(running.token.current())}")
    paths = sorted({target.path for target in targets if target.method != "WEBSOCKET"})
    asked = [Target(method, path) for path in paths[:: len(paths) // 60] for method in UNSAFE]
    asked += [target for target in targets if target.method in UNSAFE]

    answers = running.ask(asked, [running.own[0], *origin, session])

    assert [target for target, answer in answers if answer.status != 403] == []


def test_s5_s22_every_answer_has_its_headers(running: Running, targets: list[Target]) -> None:
    """The policy stands on everything, no header grants another site anything."""
    headers = [*running.own, ("Authorization", f"Bearer {running.token.current()}")]
    wrong = []

    for target, answer in running.ask(targets, headers):
        if target.method == "WEBSOCKET":
            continue
        policy = answer.header("content-security-policy")
        held = (
            answer.header("x-content-type-options") == "nosniff"
            and answer.header("referrer-policy") == "no-referrer"
            and "frame-ancestors 'none'" in policy
            and ("default-src 'self'" in policy or "default-src 'none'" in policy)
            and not any(name.startswith("access-control-") for name, _ in answer.headers)
        )
        wrong += [] if held else [target.path]

    assert wrong == []


def test_s6_nothing_else_listens(tmp_path: Path) -> None:
    """A server has one port, and none for a debugger, a profiler or a reloader."""
    command = [sys.executable, "-m", "neural", "ui", "--port", "0", "--base-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        listening = [
            one.laddr
            for member in family
            for one in member.net_connections()
            if one.status == psutil.CONN_LISTEN
        ]
        process.kill()

    assert [f"http://{ip}:{port}/" for ip, port in listening] == [address]


def test_s7_no_debugger_is_served(running: Running) -> None:
    """Neither a console nor its parts, by any of the usual addresses."""
    paths = ["/console", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/_alive_test", "/docs"]
    headers = [*running.own, ("Authorization", f"Bearer {running.token.current()}")]

    answers: list[Any] = list(running.ask([Target("GET", path) for path in paths], headers))

    assert [answer.status for _, answer in answers] == [404, 200, 404, 404]
    assert not any(b"werkzeug" in answer.body.lower() for _, answer in answers)
