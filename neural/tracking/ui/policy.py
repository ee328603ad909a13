"""What a server allows, as one value, and the headers that follow from it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from neural.errors import InvalidInputError
from neural.tracking.ui.tokens import TokenFile

__all__ = ["SecurityPolicy", "checked_ancestor", "content_policy"]

#: Scheme and host, never a wildcard for the host: any port at most.
_ANCESTOR = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(?:[0-9]{1,5}|\*))?")


def content_policy(
    script_hashes: Collection[str] = (), frame_ancestors: Collection[str] = ()
) -> str:
    """Return the Content-Security-Policy of pages: nothing from elsewhere, no inline script.

    Args:
        script_hashes: Hashes of the inline scripts that Dash needs, quoted.
        frame_ancestors: Origins that may show the dashboard in a frame.
    """
    scripts = " ".join(["script-src 'self'", *script_hashes])
    ancestors = " ".join(frame_ancestors) or "'none'"
    return (
        f"default-src 'self'; {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {ancestors}"
    )


def checked_ancestor(origin: str) -> str:
    """Return ``origin`` if it may stand in ``frame-ancestors``.

    Raises:
        InvalidInputError: It is neither ``'self'`` nor scheme, host and perhaps a port.
    """
    if origin == "'self'" or _ANCESTOR.fullmatch(origin):
        return origin
    raise InvalidInputError(
        f"a frame ancestor must be an origin such as 'http://localhost:8888', got {origin!r}"
    )


@dataclass(frozen=True, kw_only=True)
class SecurityPolicy:
    """What a server allows; without arguments: this machine only, no token.

    Attributes:
        hosts: Names that ``Host`` may have besides loopback, in lower case.
        any_address: Also allow the address a connection came in on, for a server
            that is bound to other than loopback.
        token: The token that is asked for; ``None`` asks for none.
        cookie: Name of the session cookie.
        frame_ancestors: Origins that may show the dashboard in a frame.
        script_hashes: Hashes of Dash's inline scripts.
    """

    hosts: frozenset[str] = frozenset()
    any_address: bool = False
    token: TokenFile | None = None
    cookie: str = "aquarium"
    frame_ancestors: tuple[str, ...] = ()
    script_hashes: tuple[str, ...] = ()

    def headers(self) -> dict[str, str]:
        """Return the headers that every answer has."""
        common = {
            "content-security-policy": content_policy(self.script_hashes, self.frame_ancestors),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
        }
        return common if self.frame_ancestors else {**common, "x-frame-options": "DENY"}
