"""Addresses that runs may be sent to, checked before anything is opened."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, urlsplit

from neural.errors import InvalidInputError, RefusedError
from neural.tracking.redaction import redact_url

__all__ = ["check_address", "is_loopback", "secrets_of"]

#: Where clouds hand out credentials to whoever asks; both families.
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_METADATA = (ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200"))

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_address(url: str, *, hosts: Iterable[str] | None = None) -> None:
    """Check that an address is one that runs may be sent to.

    Args:
        url: An ``http`` or ``https`` address.
        hosts: Where a page asks: hosts that were configured. Then only these and the loopback are
            allowed. ``None`` is a person at a terminal, who may name any host.

    Raises:
        InvalidInputError: It is no such address; secrets in it are not repeated.
        RefusedError: Nobody sends runs there, or the page may not.
    """
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if host in _METADATA_NAMES:
        raise RefusedError(f"{redact_url(url)} is the metadata service of a cloud")
    found = list(_addresses(host))
    for address in found:
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            raise RefusedError(f"{redact_url(url)} leads to {address}, which is not a server")
        if address in _METADATA:
            raise RefusedError(f"{redact_url(url)} is the metadata service of a cloud")
    if hosts is None or host in {name.lower() for name in hosts}:
        return
    if not found or not all(address.is_loopback for address in found):
        raise RefusedError(
            f"{redact_url(url)} is not on this machine. To allow it, start Aquarium with its host "
            "configured"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host name leads to this machine and nowhere else."""
    found = list(_addresses(host))
    return bool(found) and all(address.is_loopback for address in found)


def secrets_of(url: str) -> list[str]:
    """Return what in an address must not be shown: user, password and query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    return [text for text in (parts.password, parts.username, parts.query) if text]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError as exc:
        raise InvalidInputError(f"{redact_url(url)!r} is no address: {exc}") from exc
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(
            f"An address must be like https://host:port, got {redact_url(url)!r}"
        )
    if any(c.isspace() or c == "\\" or ord(c) < 32 for c in url):
        raise InvalidInputError(f"{redact_url(url)!r} is no address: it has blanks or backslashes")
    return parts


def _addresses(host: str) -> Iterator[_Address]:
    """Yield what a host resolves to; one that does not, to nothing."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    for *_, where in found:
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        yield mapped or address
