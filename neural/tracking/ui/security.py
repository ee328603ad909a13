"""One outermost ASGI layer: nothing is answered before it has looked.

It covers HTTP and WebSockets, static files and errors alike, and denies by
default. The order: Host, calling site, token, body; then the headers of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neural.tracking.ui.body import BodyRefusedError, read_body, replay
from neural.tracking.ui.origins import host_allowed, socket_refusal, unsafe_refusal
from neural.tracking.ui.policy import SecurityPolicy
from neural.tracking.ui.prefix import Prefixed
from neural.tracking.ui.tokens import SESSION_S, open_session, session_valid

__all__ = ["GuardedServer", "Security"]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_SIGN_IN = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Aquarium: token needed</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark;--bg:#f5f8fd;--text:#0b1b3b;--line:#7488a8;--go:#006f9a;
--on:#fff;--field:#fff}@media(prefers-color-scheme:dark){:root{--bg:#00143c;--text:#e6edf7;
--line:#5f7bbd;--go:#00b4f0;--on:#00143c;--field:#061c4a}}body{font:13px/1.5 system-ui,sans-serif;
max-width:30rem;margin:15vh auto 0;padding:0 1rem;background:var(--bg);color:var(--text)}
h1{font-size:16px}input,button{font:inherit;padding:6px 10px;border:1px solid var(--line);
border-radius:6px;background:var(--field);color:var(--text)}input{width:100%;margin:4px 0 12px;
box-sizing:border-box}button{background:var(--go);border-color:var(--go);color:var(--on)}
:focus-visible{outline:2px solid var(--go);outline-offset:2px}</style></head>
<body><main><h1>Aquarium asks for its token</h1>
<p>Open the address that was printed where the server was started, or paste the token
from the file <code>.neural/token</code> in the directory of the runs.</p>
<form><label>Token<input name="token" type="password" autocomplete="off" required></label>
<button>Open</button></form></main></body></html>
"""


class GuardedServer(FastAPI):
    """A FastAPI application that cannot be served without its guard.

    The guard stands outside everything, also outside the layer that answers for
    bugs. :attr:`policy` has to be set before the first request.
    """

    policy: SecurityPolicy | None = None
    #: Path under which it is served; see :class:`neural.tracking.ui.prefix.Prefixed`.
    prefix: str = ""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the whole stack; called once, by the first request."""
        if self.policy is None:
            raise RuntimeError("the server has no security policy; build it with shell.build()")
        return Prefixed(Security(super().build_middleware_stack(), self.policy), self.prefix)


class _Refusal(NamedTuple):
    status: int
    code: str
    message: str


class _Headers:
    """The headers of one request; asking for a name gives every line of it."""

    def __init__(self, scope: Scope) -> None:
        self._lines = [(k.lower(), v.decode("latin-1")) for k, v in scope["headers"]]

    def all(self, name: bytes) -> list[str]:
        return [value for key, value in self._lines if key == name]

    def one(self, name: bytes) -> str:
        return next(iter(self.all(name)), "")


@dataclass(frozen=True)
class Security:
    """The guard round an ASGI application.

    Args:
        app: What answers when nothing was refused.
        policy: What is allowed.
    """

    app: ASGIApp
    policy: SecurityPolicy
    _answer_headers: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_answer_headers", self.policy.headers())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        # Any other kind is one that nobody has thought about: no answer.

    # ---- HTTP ----------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _Headers(scope)
        refusal = self._host_refusal(scope, headers) or self._site_refusal(scope, headers)
        if refusal is not None:
            await _answer(send, refusal)
            return
        if self.policy.token is not None and not self._has_token(headers):
            await self._ask_for_token(scope, headers, send)
            return
        await self._hand_on(scope, receive, send, headers)

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send, headers: _Headers) -> None:
        if scope["method"] not in _SAFE_METHODS:
            try:
                body = await read_body(receive, headers.one(b"content-length"))
                body.check(headers.one(b"content-type"))
            except BodyRefusedError as error:
                await _answer(send, _Refusal(error.status, error.code, str(error)), hang_up=True)
                return
            receive = replay(body, receive)
        await self.app(scope, receive, send)

    def _host_refusal(self, scope: Scope, headers: _Headers) -> _Refusal | None:
        server = scope.get("server")
        address = server[0] if self.policy.any_address and server else None
        named = host_allowed(headers.all(b"host"), self.policy.hosts, address)
        # A request line with a whole URL in it names a host of its own.
        if named and scope["path"].startswith("/"):
            return None
        return _Refusal(400, "host", "")

    def _site_refusal(self, scope: Scope, headers: _Headers) -> _Refusal | None:
        if scope["method"] in _SAFE_METHODS:
            return None
        reason = unsafe_refusal(
            sites=headers.all(b"sec-fetch-site"),
            origins=headers.all(b"origin"),
            scheme=scope["scheme"],
            host=headers.one(b"host"),
        )
        return None if reason is None else _Refusal(403, "cross_site", reason)

    # ---- token ---------------------------------------------------------

    def _has_token(self, headers: _Headers) -> bool:
        token = self.policy.token
        assert token is not None
        scheme, _, offered = headers.one(b"authorization").partition(" ")
        if scheme.lower() == "bearer" and token.matches(offered.strip()):
            return True
        return any(
            session_valid(token.current(), cookie)
            for line in headers.all(b"cookie")
            if (cookie := _cookie(line, self.policy.cookie)) is not None
        )

    async def _ask_for_token(self, scope: Scope, headers: _Headers, send: Send) -> None:
        token = self.policy.token
        assert token is not None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        offered = [value for key, value in query if key == "token"]
        if scope["method"] == "GET" and len(offered) == 1 and token.matches(offered[0]):
            rest = [(key, value) for key, value in query if key != "token"]
            await self._open_session(scope, send, token.current(), urlencode(rest))
        elif "text/html" in headers.one(b"accept") and scope["method"] == "GET":
            await _send(send, 401, _SIGN_IN, {"content-type": "text/html; charset=utf-8"})
        else:
            message = "This server asks for its token: Authorization: Bearer <token>."
            await _answer(send, _Refusal(401, "token", message))

    async def _open_session(self, scope: Scope, send: Send, token: str, query: str) -> None:
        # One slash and no backslash, or a browser takes it for another host.
        path = "/" + quote(scope["path"].lstrip("/\\"), safe="/:@!$&'()*+,;=~-._")
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = (
            f"{self.policy.cookie}={open_session(token)}; Path=/; Max-Age={SESSION_S}; "
            f"HttpOnly; SameSite=Strict{secure}"
        )
        location = f"{path}?{query}" if query else path
        headers = {"location": location, "set-cookie": cookie, "cache-control": "no-store"}
        await _send(send, 303, b"", headers)

    # ---- WebSocket --------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _Headers(scope)
        refused = (
            self._host_refusal(scope, headers) is not None
            or socket_refusal(origins=headers.all(b"origin"), host=headers.one(b"host")) is not None
            or (self.policy.token is not None and not self._has_token(headers))
        )
        if refused:
            # Closing before accepting is answered as HTTP 403 by the server.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await self.app(scope, receive, send)

    # ---- answers ---------------------------------------------------------

    def _with_headers(self, send: Send) -> Send:
        failed = False

        async def guarded(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                failed = message["status"] >= 500
                if not failed:
                    await send(self._completed(message))
                    return
                # Whatever text a bug or a debugger wrote, it stays in our own log.
                body, start = _failure(message["status"])
                await send(self._completed(start))
                await send({"type": "http.response.body", "body": body})
            elif not failed:
                await send(message)

        return guarded

    def _completed(self, message: Message) -> Message:
        lines = [(key.lower(), value) for key, value in message.get("headers", [])]
        present = {key for key, _ in lines}
        for name, value in self._answer_headers.items():
            # A route may be stricter (files are); no route of ours is laxer.
            if name.encode() not in present:
                lines.append((name.encode(), value.encode("latin-1")))
        lines = [(k, _local(v) if k == b"location" else v) for k, v in lines]
        return {**message, "headers": lines}


def _local(location: bytes) -> bytes:
    """Return ``location`` if it leads to this host by a path, else the first page."""
    off_site = (b"//", b"/\\", b"/%5c", b"/%5C")
    one_slash = location.startswith(b"/") and not location.startswith(off_site)
    return location if one_slash and b"\\" not in location else b"/"


def _cookie(line: str, name: str) -> str | None:
    try:
        morsel = SimpleCookie(line).get(name)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


def _failure(status: int) -> tuple[bytes, Message]:
    message = "The server made a mistake; its terminal shows the details."
    body = orjson.dumps({"code": "error", "message": message})
    return body, _start(status, body, {"content-type": "application/json"})


async def _answer(send: Send, refusal: _Refusal, *, hang_up: bool = False) -> None:
    # A request with a wrong Host learns nothing at all, not even what answered.
    if not refusal.message:
        await _send(send, refusal.status, b"", {})
        return
    body = orjson.dumps({"code": refusal.code, "message": refusal.message})
    # Or the server would go on to take the rest of a body that nobody wants, without an end.
    closing = {"connection": "close"} if hang_up else {}
    headers = {"content-type": "application/json", **closing}
    await _send(send, refusal.status, body, headers)


async def _send(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    await send(_start(status, body, headers))
    await send({"type": "http.response.body", "body": body})


def _start(status: int, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    lines = {**headers, "content-length": str(len(body))}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in lines.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}
