"""Who may call: the Host a request names and the site a browser calls from.

Pure functions over headers. Checking ``Host`` stops DNS rebinding; checking the
calling site stops a page of another site from acting through the user's browser.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Sequence

from neural.errors import InvalidInputError, RefusedError

__all__ = ["host_allowed", "is_loopback", "needs_token", "socket_refusal", "unsafe_refusal"]

#: ``name`` or ``[address]`` and perhaps a port; nothing else is a Host.
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")

#: Values of Sec-Fetch-Site of a request that no other site began.
_OWN_SITE = ("same-origin", "none")


def host_allowed(
    values: Sequence[str], listed: Collection[str], connected_to: str | None = None
) -> bool:
    """Return whether a request with these ``Host`` lines may be answered.

    Args:
        values: Every ``Host`` line of the request; exactly one is right.
        listed: Names that are allowed besides loopback, in lower case.
        connected_to: Address of this machine that the connection came in on. It is
            allowed when given; an address, unlike a name, cannot be rebound.
    """
    if len(values) != 1:
        return False
    found = _HOST.fullmatch(values[0])
    if found is None or not 0 < int(found[2] or 80) < 65536:
        return False
    name = found[1].lower()
    if name == "localhost" or name in listed:
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    # An IPv6 address outside brackets, or the other way round, is no Host at all.
    if (address.version == 6) != name.startswith("["):
        return False
    return _is_own(address) or (connected_to is not None and str(address) == connected_to)


def unsafe_refusal(
    *, sites: Sequence[str], origins: Sequence[str], scheme: str, host: str
) -> str | None:
    """Return why a request that may change state is refused, else ``None``.

    A browser says where the request began in ``Sec-Fetch-Site``, which a page
    cannot forge; older ones say only ``Origin``. A request with neither comes from
    a program, which the token has to stop.

    Args:
        sites: Every ``Sec-Fetch-Site`` line.
        origins: Every ``Origin`` line.
        scheme: ``http`` or ``https``, as the server was called.
        host: The ``Host`` of the request, already allowed.
    """
    if len(sites) > 1 or len(origins) > 1:
        return "A header that names the calling site stands there twice."
    if sites and sites[0] not in _OWN_SITE:
        return "The request was made by a page of another site."
    if origins and not _same_origin(origins[0], host, (scheme,) if not sites else _SCHEMES):
        return "The Origin of the request is another site."
    return None


#: Behind a proxy that ends TLS the browser's scheme is not ours. Where Sec-Fetch-Site
#: vouches for the origin, only its host has to agree.
_SCHEMES = ("http", "https")


def _same_origin(origin: str, host: str, schemes: Sequence[str]) -> bool:
    return origin.lower() in [f"{scheme}://{host.lower()}" for scheme in schemes]


def socket_refusal(*, origins: Sequence[str], host: str) -> str | None:
    """Return why a WebSocket handshake is refused, else ``None``.

    Browsers let any page open a socket anywhere and always send ``Origin``, so a
    handshake without one is refused as well.
    """
    if len(origins) != 1 or not _same_origin(origins[0], host, _SCHEMES):
        return "A WebSocket is only opened to a page of this server."
    return None


def is_loopback(host: str) -> bool:
    """Return whether binding to ``host`` leaves the server to this machine alone.

    Raises:
        InvalidInputError: ``host`` is a name that leads nowhere.
    """
    try:
        return _is_own(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    if not host:
        return False  # an empty host binds every address
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise InvalidInputError(
            f"host {host!r} has no address ({error}); use 127.0.0.1 for this machine alone"
        ) from error
    return all(_is_own(ipaddress.ip_address(entry[4][0])) for entry in found)


def _is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is loopback by itself.

    From Python 3.13 on an IPv4 address in IPv6 clothes counts as one too. No program of ours
    uses that spelling, so it stays refused, whatever Python runs.
    """
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def needs_token(host: str, *, debug: bool, token: bool | None) -> bool:
    """Return whether a server on ``host`` asks for a token.

    Args:
        host: Address to bind.
        debug: Whether the development tools are on.
        token: What the user asked for; ``None`` leaves it to the host.

    Raises:
        RefusedError: The combination would let strangers in; the message says why.
        InvalidInputError: ``host`` is a name that leads nowhere.
    """
    if is_loopback(host):
        return bool(token)
    if debug:
        raise RefusedError(
            f"debug with host {host!r} is refused: the development tools would be open to the "
            "network; use host 127.0.0.1, or leave debug off"
        )
    if token is False:
        raise RefusedError(
            f"host {host!r} without a token is refused: everybody on the network could read and "
            "change the runs; leave the token on, or use host 127.0.0.1"
        )
    return True
