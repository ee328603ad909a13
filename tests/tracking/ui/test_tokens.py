"""The token: how it is made, kept and replaced, and the sessions it opens."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from neural.errors import StorageError
from neural.tracking.ui.tokens import SESSION_S, TokenFile, open_session, session_valid


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    """Return the place of a token that does not exist yet."""
    return TokenFile(tmp_path / "runs")


def test_a_token_has_256_bits_and_is_never_the_same(file: TokenFile) -> None:
    """Long enough not to be guessed."""
    first, second = file.rotate(), file.rotate()

    assert len(base64.urlsafe_b64decode(first + "=")) == 32
    assert first != second


def test_it_is_kept_for_its_owner_alone(file: TokenFile) -> None:
    """Mode 0600, from the first byte: no temporary file is left either."""
    token = file.ensure()

    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.path.read_text() == token
    assert list(file.path.parent.iterdir()) == [file.path]


def test_the_next_start_finds_it_again(file: TokenFile) -> None:
    """An open browser stays signed in over a restart."""
    token = file.ensure()

    assert TokenFile(file.path.parent.parent).ensure() == token


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_token_that_others_may_read_opens_nothing(file: TokenFile, mode: int) -> None:
    """It may have leaked; starting again makes a new one."""
    token = file.ensure()
    file.path.chmod(mode)

    assert file.matches(token) is False
    assert file.ensure() != token
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "short", "x" * 42, "x" * 43 + "!", "\0" * 60])
def test_a_file_that_holds_no_token_opens_nothing(file: TokenFile, content: str) -> None:
    """Neither its content nor an empty string is accepted."""
    file.ensure()
    file.path.write_text(content)

    assert file.current() == ""
    assert file.matches(content) is False
    assert file.matches("") is False


def test_a_missing_file_opens_nothing(file: TokenFile) -> None:
    """Who deletes the token locks everybody out, not in."""
    token = file.ensure()
    file.path.unlink()

    assert file.matches(token) is False
    assert file.matches("") is False


def test_a_link_is_not_followed(file: TokenFile, tmp_path: Path) -> None:
    """A file somewhere else cannot be made the token."""
    other = TokenFile(tmp_path / "other")
    token = other.ensure()
    file.path.parent.mkdir(parents=True)
    file.path.symlink_to(other.path)

    assert file.matches(token) is False


def test_a_new_token_is_seen_by_who_knew_the_old_one(file: TokenFile) -> None:
    """A running server looks at the file for each request."""
    running = TokenFile(file.path.parent.parent)
    old = running.ensure()

    new = file.rotate()

    assert (running.matches(old), running.matches(new)) == (False, True)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the file and what to do."""
    (tmp_path / "runs").write_text("a file where the directory should be")

    with pytest.raises(StorageError, match=r"runs/\.neural/token.*host 127\.0\.0\.1"):
        TokenFile(tmp_path / "runs").ensure()


def test_a_session_is_good_under_its_token_only() -> None:
    """And it does not hold the token."""
    cookie = open_session("secret-token")

    assert session_valid("secret-token", cookie) is True
    assert session_valid("another-token", cookie) is False
    assert session_valid("", cookie) is False
    assert "secret-token" not in cookie


@pytest.mark.parametrize(
    ("age", "valid"), [(0, True), (SESSION_S - 2, True), (SESSION_S + 2, False)]
)
def test_a_session_ends(age: float, valid: bool) -> None:
    """After thirty days the token is asked for again."""
    cookie = open_session("t", now=1_000_000.0)

    assert session_valid("t", cookie, now=1_000_000.0 + age) is valid


def test_a_session_of_the_future_is_not_good() -> None:
    """Its date is sealed, so that this is a wrong clock and no guess."""
    assert session_valid("t", open_session("t", now=2_000.0), now=1_000.0) is False


@pytest.mark.parametrize("cookie", ["", ".", "..", "1.a.b", "x", "9" * 5000, "ü.ö.ä", "1.a."])
def test_a_cookie_that_is_none(cookie: str) -> None:
    """Whatever stands in it, it is refused without an error."""
    assert session_valid("t", cookie) is False


def test_a_changed_date_breaks_the_seal() -> None:
    """Nobody makes a session younger."""
    issued, _, rest = open_session("t", now=1_000.0).partition(".")

    assert session_valid("t", f"{int(issued) + 1}.{rest}", now=1_001.0) is False
