"""The token that opens a server, and the sessions that are bought with it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
import time
from pathlib import Path

from neural.errors import StorageError

__all__ = ["SESSION_S", "TokenFile", "cookie_name", "open_session", "session_valid"]

#: Bytes of randomness in a token: 256 bits.
TOKEN_BYTES = 32

#: A session ends after this many seconds: 30 days.
SESSION_S = 30 * 86400

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,}")
_PRIVATE = 0o600


class TokenFile:
    """The token of the server of one store, kept under ``<base_dir>/.neural/token``.

    The file is looked at for every request, so that a new token locks out the old
    one and its sessions at once. A file that is missing or that others may read
    admits nobody.

    Args:
        base_dir: Directory that holds the runs.
    """

    def __init__(self, base_dir: Path) -> None:
        self.path = base_dir / ".neural" / "token"
        self._seen: tuple[int, int, int, int] | None = None
        self._token = ""

    def ensure(self) -> str:
        """Return the token, made first if there is none that is private and whole.

        Raises:
            StorageError: The file cannot be written.
        """
        return self.current() or self.rotate()

    def rotate(self) -> str:
        """Replace the token by a new one, which ends every session; return it.

        Raises:
            StorageError: The file cannot be written.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(token)
        except OSError as error:
            raise StorageError(
                f"the token cannot be kept in {self.path} ({error.strerror}); make the directory "
                "writable, or use host 127.0.0.1 without a token"
            ) from error
        return self.current()

    def _replace(self, token: str) -> None:
        # Never readable by others, not even for a moment: private from its first byte.
        temporary = self.path.with_name(f".token-{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(temporary, flags, _PRIVATE)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(token)
            temporary.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def current(self) -> str:
        """Return the token in force, or an empty string that matches nothing."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            self._seen, self._token = None, ""
            return ""
        try:
            self._refresh(descriptor)
        finally:
            os.close(descriptor)
        return self._token

    def _refresh(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        seen = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
        if seen == self._seen:
            return
        private = stat.S_ISREG(found.st_mode) and not found.st_mode & 0o077
        text = os.read(descriptor, 256).decode("ascii", "replace").strip() if private else ""
        self._seen, self._token = seen, text if _TOKEN.fullmatch(text) else ""

    def matches(self, offered: str) -> bool:
        """Return whether ``offered`` is the token, in a time that tells nothing of it."""
        token = self.current()
        return bool(token) and hmac.compare_digest(_bytes(token), _bytes(offered))


def cookie_name(base_dir: Path) -> str:
    """Return the name of the session cookie of one store.

    Cookies are shared by all ports of a host, so that two servers with one name
    would throw each other's sessions out.
    """
    digest = hashlib.sha256(_bytes(str(base_dir))).hexdigest()
    return f"aquarium_{digest[:12]}"


def open_session(token: str, now: float | None = None) -> str:
    """Return the value of a session cookie that the holder of ``token`` gets.

    Args:
        token: The token in force.
        now: Epoch seconds; ``None`` means now.
    """
    issued = f"{int(time.time() if now is None else now)}.{secrets.token_urlsafe(16)}"
    return f"{issued}.{_seal(token, issued)}"


def session_valid(token: str, cookie: str, now: float | None = None) -> bool:
    """Return whether ``cookie`` was issued under ``token`` and is not too old.

    Args:
        token: The token in force; a session of an earlier one is not valid.
        cookie: What the browser sent.
        now: Epoch seconds; ``None`` means now.
    """
    issued, _, seal = cookie.rpartition(".")
    if not token or not hmac.compare_digest(_bytes(_seal(token, issued)), _bytes(seal)):
        return False
    age = (time.time() if now is None else now) - int(issued.partition(".")[0])
    return 0 <= age + 1 <= SESSION_S


def _seal(token: str, issued: str) -> str:
    return hmac.new(_bytes(token), _bytes(issued), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
