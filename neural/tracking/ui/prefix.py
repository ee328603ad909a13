"""An application below a path, behind proxies that cut the path off and those that do not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from neural.errors import InvalidInputError

__all__ = ["Prefixed", "clean_prefix"]

#: Segments without what a route, a query or a header would take for something else.
_PATH = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[\w.~@%:-]+(/[\w.~@%:-]+)*", re.ASCII)


def clean_prefix(prefix: str) -> str:
    """Return ``prefix`` with one slash before it and none behind; empty for the root.

    Raises:
        InvalidInputError: It is not a plain path.

    Example:
        >>> clean_prefix("proxy/8053/"), clean_prefix("/"), clean_prefix("")
        ('/proxy/8053', '', '')
    """
    inner = prefix.strip("/")
    if inner and not _PATH.fullmatch(inner):
        raise InvalidInputError(f"prefix must be a path such as '/proxy/8053/', got {prefix!r}")
    return f"/{inner}" if inner else ""


@dataclass(frozen=True)
class Prefixed:
    """Puts the prefix back that a proxy has cut off.

    A proxy such as Jupyter's shows ``/user/ada/proxy/8053/compare`` to the browser and asks
    for ``/compare``. What asks for the whole path, a proxy of another kind or somebody at the
    machine itself, gets the same answer.

    Args:
        app: Answers below ``prefix`` only.
        prefix: As :func:`clean_prefix` returns it.
    """

    app: ASGIApp
    prefix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on one connection."""
        if self.prefix and scope["type"] in ("http", "websocket"):
            scope = self._below(scope)
        await self.app(scope, receive, send)

    def _below(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if path == self.prefix or path.startswith(f"{self.prefix}/") or path[:1] != "/":
            return scope
        raw = scope.get("raw_path") or path.encode()
        return {**scope, "path": self.prefix + path, "raw_path": self.prefix.encode() + raw}
