"""The guard in front of the dashboard, over the routes that are really served.

No list of routes is written here: a route that somebody adds is tested by being there.
The numbers in the names of the sections are those of the security rules in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import Dash
from fastapi import FastAPI, WebSocket

from neural.tracking.ui.policy import content_policy
from neural.tracking.ui.security import GuardedServer
from neural.tracking.ui.tokens import TokenFile, cookie_name, open_session

Ask = Callable[..., Any]
Served = Callable[[Dash], list[tuple[str, str]]]

HOST = ("host", "127.0.0.1:8053")
OWN = ("origin", "http://127.0.0.1:8053")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

#: Paths that answer without a token. There is none.
PUBLIC_PATHS: tuple[str, ...] = ()

ALLOWED_HOSTS = [
    "127.0.0.1",
    "127.0.0.1:8053",
    "127.0.0.1:1",
    "127.0.0.1:65535",
    "127.0.0.2:8053",
    "localhost",
    "localhost:8053",
    "LOCALHOST",
    "LocalHost:9000",
    "[::1]",
    "[::1]:8053",
    "[0:0:0:0:0:0:0:1]:8053",
    "workstation:8053",
    "Workstation",
]

REFUSED_HOSTS: list[list[str]] = [
    [],
    [""],
    [" "],
    ["evil.test"],
    ["evil.test:8053"],
    ["127.0.0.1.evil.test"],
    ["localhost.evil.test"],
    ["evil.localhost"],
    ["localhost."],
    ["workstation."],
    ["workstation.evil.test"],
    ["[::ffff:127.0.0.1]"],
    ["[::ffff:7f00:1]:8053"],
    ["0.0.0.0"],
    ["0.0.0.0:8053"],
    ["[::]"],
    ["2130706433"],
    ["0x7f000001"],
    ["017700000001"],
    ["127.1"],
    ["127.000.000.001"],
    ["::1"],
    ["[127.0.0.1]"],
    ["192.168.1.20:8053"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["127.0.0.1:0"],
    ["127.0.0.1:65536"],
    ["127.0.0.1:"],
    ["127.0.0.1:80:80"],
    ["127.0.0.1:8053@evil.test"],
    ["evil.test@127.0.0.1"],
    ["127.0.0.1/evil"],
    ["127.0.0.1, evil.test"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1", "evil.test"],
    ["http://127.0.0.1"],
    ["127.0.0.1 evil.test"],
    ["127.0.0.1\t"],
    ["\x7f"],
    ["ⓛocalhost".encode().decode("latin-1")],
]

#: (headers, allowed) of a request that may change state.
SITES: list[tuple[list[tuple[str, str]], bool]] = [
    ([("sec-fetch-site", "same-origin")], True),
    ([("sec-fetch-site", "same-origin"), OWN], True),
    ([("sec-fetch-site", "none")], True),
    ([OWN], True),
    ([], True),
    ([("sec-fetch-site", "same-site")], False),
    ([("sec-fetch-site", "cross-site")], False),
    ([("sec-fetch-site", "cross-site"), OWN], False),
    ([("sec-fetch-site", "same-origin"), ("origin", "http://evil.test")], False),
    ([("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], False),
    ([("sec-fetch-site", "")], False),
    ([("origin", "null")], False),
    ([("origin", "http://evil.test")], False),
    ([("origin", "http://127.0.0.1:8053.evil.test")], False),
    ([("origin", "http://127.0.0.1:9999")], False),
    ([("origin", "http://127.0.0.1")], False),
    ([("origin", "https://127.0.0.1:8053")], False),
    ([OWN, ("origin", "http://evil.test")], False),
    ([("origin", "")], False),
]


@pytest.fixture
def guarded(make_app: Callable[..., Dash]) -> Dash:
    """Return the dashboard with one name listed besides loopback."""
    return make_app(hosts=frozenset({"workstation"}))


@pytest.fixture
def locked(make_app: Callable[..., Dash]) -> Dash:
    """Return the dashboard with a token."""
    return make_app(token=True, cookie="aquarium_test")


@pytest.fixture
def token(store: Any, locked: Dash) -> str:
    """Return the token of ``locked``."""
    return TokenFile(store.root).current()


def test_the_enumeration_sees_the_routes_of_everybody(app: Dash, served: Served) -> None:
    """Ours, Dash's own and the static files are in it, or the tests below prove nothing."""
    paths = {path for _, path in served(app)}

    assert {"/", "/api/v1/health", "/_dash-layout", "/_dash-update-component"} <= paths
    assert any(path.startswith("/assets/") for path in paths)
    assert any(path.startswith("/_dash-component-suites/") for path in paths)
    assert len(paths) >= 12


# ---- S2: Host -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ALLOWED_HOSTS)
def test_s2_allowed_host(guarded: Dash, ask: Ask, host: str) -> None:
    """Loopback in its usual spellings and listed names are answered."""
    assert ask(guarded.server, "GET", "/api/v1/health", [("host", host)]).status == 200


@pytest.mark.parametrize("hosts", REFUSED_HOSTS, ids=repr)
def test_s2_refused_host_on_every_route(
    guarded: Dash, ask: Ask, served: Served, hosts: list[str]
) -> None:
    """Whatever is not listed is refused with an empty body, whichever route is asked."""
    headers = [("host", host) for host in hosts]
    answers = [ask(guarded.server, method, path, headers) for method, path in served(guarded)]

    assert {answer.status for answer in answers} == {400}
    assert {answer.body for answer in answers} == {b""}


@pytest.mark.parametrize("name", ["x-forwarded-host", "forwarded", "x-host", "x-original-host"])
def test_s2_forwarding_headers_say_nothing(guarded: Dash, ask: Ask, name: str) -> None:
    """They neither open the door nor close it."""
    opened = ask(guarded.server, "GET", "/", [("host", "evil.test"), (name, "127.0.0.1")])
    closed = ask(guarded.server, "GET", "/", [HOST, (name, "evil.test")])

    assert (opened.status, closed.status) == (400, 200)


def test_s2_a_whole_url_in_the_request_line(guarded: Dash, ask: Ask) -> None:
    """An absolute target names a host of its own and is refused."""
    assert ask(guarded.server, "GET", "http://evil.test/", [HOST]).status == 400


def test_s2_the_address_a_connection_came_in_on(make_app: Callable[..., Dash], ask: Ask) -> None:
    """Bound to the network, the server's own address is a Host, and no other address is."""
    app = make_app(any_address=True)
    scopes = [("host", "127.0.0.1:8053"), ("host", "192.168.1.20"), ("host", "evil.test")]

    assert [ask(app.server, "GET", "/", [host]).status for host in scopes] == [200, 400, 400]


# ---- S3: unsafe methods -----------------------------------------------------------------


@pytest.mark.parametrize(("headers", "allowed"), SITES, ids=repr)
def test_s3_unsafe_methods_on_every_route(
    guarded: Dash, ask: Ask, served: Served, headers: list[tuple[str, str]], allowed: bool
) -> None:
    """What another site may have sent is refused everywhere; no route is exempt."""
    paths = sorted({path for _, path in served(guarded)})
    answers = [
        ask(guarded.server, method, path, [HOST, *headers]) for path in paths for method in UNSAFE
    ]

    refused = [b'"cross_site"' in answer.body and answer.status == 403 for answer in answers]
    assert refused == [not allowed] * len(answers)


def test_s3_reading_is_not_refused(guarded: Dash, ask: Ask) -> None:
    """A link on another site may lead here."""
    headers = [HOST, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]

    assert ask(guarded.server, "GET", "/", headers).status == 200


# ---- S4: WebSocket ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [HOST],
        [HOST, ("origin", "null")],
        [HOST, ("origin", "")],
        [HOST, ("origin", "http://evil.test")],
        [HOST, ("origin", "http://127.0.0.1:8053.evil.test")],
        [HOST, ("origin", "http://127.0.0.1:80530")],
        [HOST, ("origin", "http://localhost:8053")],
        [HOST, OWN, OWN],
        [("host", "evil.test"), ("origin", "http://evil.test")],
        [OWN],
    ],
    ids=repr,
)
def test_s4_a_foreign_handshake_is_closed_before_it_is_accepted(
    guarded: Dash, handshake: Ask, served: Served, headers: list[tuple[str, str]]
) -> None:
    """On every path, also that of Dash's own socket; no data frame is sent."""
    _add_socket(guarded.server)
    paths = {path for _, path in served(guarded)} | {"/socket", "/_dash-ws-callback"}

    for path in sorted(paths):
        assert handshake(guarded.server, path, headers)[1] == ["websocket.close"]


def test_s4_our_own_page_may_open_a_socket(guarded: Dash, handshake: Ask) -> None:
    """The refusals above are the guard's: the same socket opens for our own origin."""
    _add_socket(guarded.server)

    answer, _ = handshake(guarded.server, "/socket", [HOST, OWN])

    assert answer.status == 101


def test_s4_a_socket_needs_the_token(locked: Dash, handshake: Ask, token: str) -> None:
    """A session opens it, a session under another token does not."""
    _add_socket(locked.server)

    def cookie(secret: str) -> tuple[str, str]:
        return ("cookie", f"aquarium_test={open_session(secret)}")

    attempts = [[HOST, OWN], [HOST, OWN, cookie("x" * 43)], [HOST, OWN, cookie(token)]]

    found = [handshake(locked.server, "/socket", headers)[0].status for headers in attempts]
    assert found == [403, 403, 101]


def test_s4_dash_opens_no_socket_of_its_own(guarded: Dash, handshake: Ask) -> None:
    """Its route is not there, and the page is not told to use one."""
    answer, _ = handshake(guarded.server, "/_dash-ws-callback", [HOST, OWN])

    assert answer.status == 403
    assert "websocket" not in guarded._config()


def _add_socket(server: FastAPI) -> None:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()

    server.add_api_websocket_route("/socket", echo)
    # Before the routes of the pages, which would answer for the path.
    server.router.routes.insert(0, server.router.routes.pop())


# ---- S5: no CORS --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.test",
        "https://evil.test",
        "null",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://127.0.0.1:8053",
        "http://127.0.0.1:8053.evil.test",
        "file://",
        "chrome-extension://abc",
    ],
)
def test_s5_no_preflight_is_granted(guarded: Dash, ask: Ask, served: Served, origin: str) -> None:
    """No route answers any origin with a header of CORS."""
    headers = [HOST, ("origin", origin), ("access-control-request-method", "POST")]
    paths = sorted({path for _, path in served(guarded)})

    for method in ("OPTIONS", "GET"):
        for path in paths:
            found = ask(guarded.server, method, path, headers).headers
            assert not [name for name in found if name.startswith("access-control-")]


# ---- S6, S8: token ------------------------------------------------------------------------


def test_s6_every_route_needs_the_token(
    locked: Dash, ask: Ask, served: Served, store: Any, token: str
) -> None:
    """Without it, with a wrong one and with one that was replaced: 401 everywhere."""
    new = TokenFile(store.root).rotate()
    attempts = [
        [],
        [("authorization", f"Bearer {'x' * 43}")],
        [("authorization", f"Bearer {token}")],
        [("authorization", new)],
        [("authorization", "Bearer ")],
        [("cookie", f"aquarium_test={open_session(token)}")],
        [("cookie", "aquarium_test=")],
        [("cookie", f"other={open_session(new)}")],
    ]
    open_paths = {
        path
        for method, path in served(locked)
        for headers in attempts
        if ask(locked.server, method, path, [HOST, OWN, *headers]).status != 401
    }

    assert open_paths == set(PUBLIC_PATHS)


def test_s6_the_token_opens_every_route(locked: Dash, ask: Ask, served: Served, token: str) -> None:
    """The refusals above are the token's: the same routes answer otherwise with it."""
    headers = [HOST, OWN, ("authorization", f"Bearer {token}")]

    statuses = {ask(locked.server, m, p, headers).status for m, p in served(locked)}

    assert 401 not in statuses
    assert 200 in statuses


def test_s8_the_token_is_traded_once_for_a_cookie(locked: Dash, ask: Ask, token: str) -> None:
    """The redirect takes the token out of the address and keeps the rest of it."""
    answer = ask(locked.server, "GET", f"/compare?runs=a%2Cb&token={token}&m=loss", [HOST])
    cookie = answer.headers["set-cookie"]

    assert answer.status == 303
    assert answer.headers["location"] == "/compare?runs=a%2Cb&m=loss"
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert token not in cookie

    opened = ask(locked.server, "GET", "/", [HOST, ("cookie", cookie.partition(";")[0])])
    assert opened.status == 200


def test_s8_a_wrong_token_in_the_address_opens_nothing(locked: Dash, ask: Ask, token: str) -> None:
    """Neither does the right one twice, in a POST, or where no page is."""
    attempts = [
        ("GET", f"/?token={'x' * 43}"),
        ("GET", f"/?token={token}&token={token}"),
        ("POST", f"/?token={token}"),
        ("HEAD", f"/?token={token}"),
    ]

    answers = [ask(locked.server, method, path, [HOST, OWN]) for method, path in attempts]

    assert [answer.status for answer in answers] == [401] * len(answers)
    assert not any("set-cookie" in answer.headers for answer in answers)


def test_s8_rotation_ends_sessions_at_once(locked: Dash, ask: Ask, store: Any, token: str) -> None:
    """The cookie that was good a moment ago is refused."""
    headers = [HOST, ("cookie", f"aquarium_test={open_session(token)}")]
    before = ask(locked.server, "GET", "/", headers).status

    TokenFile(store.root).rotate()

    assert (before, ask(locked.server, "GET", "/", headers).status) == (200, 401)


def test_s8_a_browser_is_asked_in_words(locked: Dash, ask: Ask, token: str) -> None:
    """The page says where the token is, and does not say what it is."""
    answer = ask(locked.server, "GET", "/", [HOST, ("accept", "text/html")])

    assert answer.status == 401
    assert b"Aquarium asks for its token" in answer.body
    assert token.encode() not in answer.body


@pytest.mark.parametrize("path", ["//e", "/\\e", "/%5ce", "///e", "/%2f%2fe", "/.//e"])
def test_s22_no_redirect_leaves_the_host(locked: Dash, ask: Ask, token: str, path: str) -> None:
    """A redirect leads to a path with one slash, however the address began."""
    location = ask(locked.server, "GET", f"{path}?token={token}", [HOST]).headers["location"]

    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\\" not in location


@pytest.mark.parametrize("location", ["//evil.test", "https://evil.test", "/\\evil.test", "e"])
def test_s22_a_redirect_of_a_route_is_held_to_the_same(app: Dash, ask: Ask, location: str) -> None:
    """Also a route that somebody writes later cannot send a browser away."""

    @app.server.get("/api/away")
    async def _away() -> Any:
        from fastapi.responses import RedirectResponse

        return RedirectResponse(location)

    app.server.router.routes.insert(0, app.server.router.routes.pop())
    answer = ask(app.server, "GET", "/api/away", [HOST])

    assert (answer.status, answer.headers["location"]) == (307, "/")


# ---- S7: errors --------------------------------------------------------------------------


def test_s7_there_is_no_console(app: Dash, ask: Ask) -> None:
    """The path of the debugger of other servers is no page here."""
    assert ask(app.server, "GET", "/console", [HOST]).status == 404


def test_s7_a_bug_tells_the_client_nothing(app: Dash, ask: Ask, store: Any) -> None:
    """Status 500 with our own words: no traceback, no path, no text of the exception."""

    @app.server.get("/api/bug")
    async def _bug() -> None:
        raise ValueError(f"a bug in {store.root}")

    app.server.router.routes.insert(0, app.server.router.routes.pop())
    answer = ask(app.server, "GET", "/api/bug", [HOST])

    assert answer.status == 500
    assert answer.body.startswith(b'{"code":"error","message":"The server made a mistake')
    assert str(store.root).encode() not in answer.body
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"null", b'{"output": "no.such", "inputs": []}', b'{"output": 1}', b"1"],
)
def test_s7_a_senseless_callback_tells_the_client_nothing(app: Dash, ask: Ask, body: bytes) -> None:
    """What no page of ours would send is refused without a traceback."""
    headers = [HOST, OWN, ("content-type", "application/json")]

    answer = ask(app.server, "POST", "/_dash-update-component", headers, body)

    assert answer.status >= 400
    assert b"Traceback" not in answer.body
    assert b"/site-packages/" not in answer.body


def test_a_server_without_a_policy_answers_nothing(ask: Ask) -> None:
    """Forgetting the guard is an error of the first request, not an open door."""
    with pytest.raises(RuntimeError, match="no security policy"):
        ask(GuardedServer(), "GET", "/", [HOST])


# ---- S22: headers --------------------------------------------------------------------------


def test_s22_every_answer_has_the_headers(app: Dash, ask: Ask, served: Served) -> None:
    """Pages, files, errors, refusals: the policy stands on each of them."""
    requests = [(m, p, [HOST]) for m, p in served(app)]
    requests += [(m, "/no/such/page", [HOST]) for m in ("GET", "POST", "TRACE")]
    requests += [("GET", "/", []), ("POST", "/", [HOST, ("origin", "null")])]

    for method, path, headers in requests:
        found = ask(app.server, method, path, headers).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert "default-src" in found["content-security-policy"]
        assert "frame-ancestors 'none'" in found["content-security-policy"]


def test_s22_no_inline_script_without_its_hash(app: Dash, ask: Ask) -> None:
    """Scripts come from here or have one of the hashes; eval is not allowed."""
    policy = ask(app.server, "GET", "/", [HOST]).headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))

    assert "unsafe" not in scripts
    assert set(scripts.split()[1:]) == {"'self'", *app.csp_hashes()}


def test_s22_a_frame_is_allowed_only_to_whom_it_was_given() -> None:
    """A notebook that shows the dashboard is named; nobody else is."""
    policy = content_policy(frame_ancestors=("http://localhost:8888",))

    assert policy.endswith("frame-ancestors http://localhost:8888")


def test_the_cookie_of_one_store_is_not_that_of_another(tmp_path: Any) -> None:
    """Two servers on one host do not throw each other's sessions out."""
    names = {cookie_name(tmp_path / "a"), cookie_name(tmp_path / "b")}

    assert len(names) == 2
