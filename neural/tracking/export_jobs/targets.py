"""Where a page may send runs: this machine, and what was named when the server was started."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from neural.errors import InvalidInputError, RefusedError
from neural.tracking.export_jobs.spec import FOLDER_PLATFORMS, JobSpec
from neural.tracking.exporters.addresses import check_address
from neural.tracking.open_roots import OpenRoots
from neural.tracking.redaction import looks_secret, redact_mapping, redact_url
from neural.tracking.sinks import Target

__all__ = ["ONLINE", "PageTargets"]

#: What to give with ``--export-to`` so that pages may send to W&B online.
ONLINE = "wandb"
_SQLITE = "sqlite:///"
_MOST_NAME = 200


class PageTargets:
    """Checks what was typed into a page, and knows the secrets that never stand on one.

    Args:
        roots: Folders that pages may write into.
        configured: Given with ``--export-to``: addresses of MLflow servers, which may hold a
            user and a password, or ``"wandb"``.

    Raises:
        InvalidInputError: One of ``configured`` is neither.
        RefusedError: One of them is an address that nobody sends runs to.
    """

    def __init__(self, roots: OpenRoots, configured: Iterable[str] = ()) -> None:
        self.roots = roots
        given = [text.strip() for text in configured]
        self.online = ONLINE in given
        addresses = [text for text in given if text != ONLINE]
        for address in addresses:
            check_address(address)
        self._addresses = {redact_url(address): address for address in addresses}

    @property
    def addresses(self) -> tuple[str, ...]:
        """MLflow servers that were configured, without their secrets."""
        return tuple(self._addresses)

    def checked(self, spec: JobSpec) -> JobSpec:
        """Return ``spec`` with its places spelled out, as it may be kept and shown.

        Raises:
            InvalidInputError: Something in it cannot be used.
            RefusedError: It leads where a page may not send.
        """
        spec = replace(spec, tags=redact_mapping(spec.tags))
        if spec.platform == "mlflow":
            return replace(spec, place=self._mlflow(spec.place or ""))
        if spec.platform == "wandb":
            return replace(spec, place=_project(spec.place), options=self._wandb(spec.options))
        if spec.platform in FOLDER_PLATFORMS:
            return replace(spec, place=str(self.roots.inside(spec.place or spec.platform)))
        raise InvalidInputError(f"There is no platform {spec.platform!r} on this page")

    def target(self, spec: JobSpec) -> Target:
        """Return where a job sends to, secrets included; checked again, as the job was kept.

        Raises:
            InvalidInputError: Something in it cannot be used.
            RefusedError: It leads where a page may not send, or may not any more.
        """
        spec = self.checked(spec)
        return Target(
            place=self._addresses.get(spec.place or "", spec.place),
            tags=spec.tags,
            dry_run=spec.kind == "check",
            options=spec.options,
            without=frozenset(spec.without),
        )

    def _mlflow(self, text: str) -> str:
        text = text.strip()
        if text in self._addresses:
            return text
        if text.startswith("sqlite:"):
            return self._sqlite(text)
        parts = _split(text)
        if parts.username or parts.password or parts.query:
            raise InvalidInputError(
                "An address with a user, a password or a query is not typed into a page. Start "
                "Aquarium with --export-to ADDRESS, or set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD for it"
            )
        if parts.scheme in ("http", "https") and not _is_this_machine(parts.hostname or ""):
            raise RefusedError(
                f"{redact_url(text)} is not on this machine. To allow it, start Aquarium with "
                f"--export-to {redact_url(text)}"
            )
        check_address(text, hosts=())
        return text

    def _sqlite(self, text: str) -> str:
        path = text.removeprefix(_SQLITE)
        if path == text or "?" in path or not path.strip("/"):
            raise InvalidInputError(
                f"A SQLite file is named like sqlite:////folder/mlflow.db, got {text[:200]!r}"
            )
        return f"{_SQLITE}{self.roots.inside(path)}"

    def _wandb(self, options: Mapping[str, str]) -> dict[str, str]:
        mode = options.get("mode") or "offline"
        if mode not in ("online", "offline"):
            raise InvalidInputError(f"mode must be online or offline, got {mode!r}")
        if mode == "online" and not self.online:
            raise RefusedError(
                "Runs go to W&B online only if Aquarium was started with --export-to wandb; "
                "offline runs can be sent with: wandb sync"
            )
        found = {"mode": mode, "dir": str(self.roots.inside(options.get("dir") or "wandb"))}
        if options.get("entity"):
            found["entity"] = _name("entity", options["entity"])
        return found


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as exc:
        raise InvalidInputError(f"{redact_url(text)!r} is no address: {exc}") from exc


def _is_this_machine(host: str) -> bool:
    # A name is looked up again by whoever connects, and may then lead elsewhere: only literal
    # addresses and the one name that no server of names answers for.
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _project(text: str | None) -> str:
    return _name("project", text or "neural")


def _name(what: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > _MOST_NAME or any(ord(sign) < 32 for sign in text):
        raise InvalidInputError(f"{what} must be a name of at most {_MOST_NAME} characters")
    if looks_secret(what, text):
        raise InvalidInputError(f"{what} looks like a key, and keys are not typed into a page")
    return text
