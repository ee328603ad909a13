"""Pure decisions over headers and addresses; the whole server is in test_security.py."""

from __future__ import annotations

import pytest

from neural.errors import InvalidInputError, RefusedError
from neural.tracking.ui.origins import (
    host_allowed,
    is_loopback,
    needs_token,
    socket_refusal,
    unsafe_refusal,
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    """This machine alone."""
    assert is_loopback(host) is True


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.1.20", "8.8.8.8", "::ffff:127.0.0.1"]
)
def test_not_loopback(host: str) -> None:
    """Everything that others may reach, and an empty host, which binds every address."""
    assert is_loopback(host) is False


def test_a_host_that_leads_nowhere() -> None:
    """The message names it and says what works."""
    with pytest.raises(
        InvalidInputError, match=r"'no\.such\.invalid' has no address.*127\.0\.0\.1"
    ):
        is_loopback("no.such.invalid")


@pytest.mark.parametrize(
    ("host", "token", "needed"),
    [
        ("127.0.0.1", None, False),
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("localhost", None, False),
        ("0.0.0.0", None, True),
        ("0.0.0.0", True, True),
        ("::", None, True),
        ("192.168.1.20", None, True),
    ],
)
def test_who_is_asked_for_a_token(host: str, token: bool | None, needed: bool) -> None:
    """On loopback only who wants to, elsewhere everybody."""
    assert needs_token(host, debug=False, token=token) is needed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20"])
def test_no_token_off_loopback_is_refused(host: str) -> None:
    """The reason is in one line and says what to do."""
    with pytest.raises(RefusedError, match="without a token is refused") as found:
        needs_token(host, debug=False, token=False)

    assert "\n" not in str(found.value)
    assert "use host 127.0.0.1" in str(found.value)


@pytest.mark.parametrize("token", [None, True, False])
def test_debug_off_loopback_is_refused(token: bool | None) -> None:
    """Whatever the token: the tools would be open to the network."""
    with pytest.raises(RefusedError, match=r"debug with host '0\.0\.0\.0' is refused"):
        needs_token("0.0.0.0", debug=True, token=token)


def test_debug_on_loopback_is_fine() -> None:
    """Nobody else can reach it."""
    assert needs_token("127.0.0.1", debug=True, token=None) is False


def test_the_own_address_is_a_host_only_when_it_is_given() -> None:
    """A loopback server is not called by the address of another interface."""
    assert host_allowed(["192.168.1.20:8053"], (), "192.168.1.20") is True
    assert host_allowed(["192.168.1.20:8053"], (), None) is False
    assert host_allowed(["192.168.1.21:8053"], (), "192.168.1.20") is False
    assert host_allowed(["[fd00::1]:8053"], (), "fd00::1") is True


def test_a_browser_behind_tls_is_known_by_sec_fetch_site() -> None:
    """Its Origin has https where the server was called by http."""
    refusal = unsafe_refusal(
        sites=["same-origin"], origins=["https://lab:8053"], scheme="http", host="lab:8053"
    )

    assert refusal is None


def test_case_makes_no_difference_in_an_origin() -> None:
    """Browsers send hosts in lower case, proxies may not."""
    refusal = unsafe_refusal(
        sites=[], origins=["http://localhost:8053"], scheme="http", host="LOCALHOST:8053"
    )

    assert refusal is None


@pytest.mark.parametrize(
    "origins", [[], ["null"], ["http://evil.test"], ["http://a:1", "http://a:1"]]
)
def test_a_socket_needs_exactly_our_origin(origins: list[str]) -> None:
    """A missing one is refused as well: browsers always send it."""
    assert socket_refusal(origins=origins, host="a:1") is not None
    assert socket_refusal(origins=["http://a:1"], host="a:1") is None
