"""Addresses that runs may be sent to."""

from __future__ import annotations

import pytest

from neural.errors import InvalidInputError, RefusedError
from neural.tracking.exporters.addresses import check_address, is_loopback, secrets_of


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5000",
        "http://localhost:5000/base",
        "https://[::1]:5000",
        "http://192.168.1.20:5000",
        "http://10.0.0.7",
        "http://user:pw@127.0.0.1:5000",
    ],
)
def test_a_person_names_any_server(url: str) -> None:
    """On this machine or in the office."""
    check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://169.254.1.1",
        "http://[fe80::1]:5000",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",  # 169.254.169.254 as a number
        "http://0xa9fea9fe/",
        "http://metadata.google.internal/computeMetadata",
        "http://METADATA.google.internal./",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://0.0.0.0:5000",
        "http://[::]:5000",
        "http://224.0.0.1",
    ],
)
def test_nobody_sends_runs_there(url: str) -> None:
    """Services that hand out credentials, and what is no server."""
    with pytest.raises(RefusedError):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "gopher://127.0.0.1:6379",
        "//127.0.0.1",
        "http://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1\\@evil",
        "http://127.0.0.1 /x",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_address(url: str) -> None:
    """The message shows the form."""
    with pytest.raises(InvalidInputError):
        check_address(url)


@pytest.mark.parametrize("url", ["http://192.168.1.20:5000", "http://10.0.0.7", "http://8.8.8.8"])
def test_a_page_reaches_this_machine_alone(url: str) -> None:
    """Other hosts must have been configured."""
    check_address("http://127.0.0.1:5000", hosts=[])

    with pytest.raises(RefusedError, match="configured"):
        check_address(url, hosts=["tracking.example"])


def test_a_page_reaches_what_was_configured() -> None:
    """Whatever it resolves to."""
    check_address("http://192.168.1.20:5000", hosts=["192.168.1.20"])


def test_no_message_repeats_a_password() -> None:
    """Neither of a refused address."""
    with pytest.raises(RefusedError) as refused:
        check_address("http://ada:hunter22@169.254.169.254/")

    assert "hunter22" not in str(refused.value)


def test_what_must_not_be_shown() -> None:
    """User, password and query."""
    assert secrets_of("http://ada:pw@host/x?token=t") == ["pw", "ada", "token=t"]


def test_loopback() -> None:
    """This machine and nowhere else."""
    assert is_loopback("127.0.0.1")
    assert not is_loopback("192.168.1.20")
