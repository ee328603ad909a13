"""What a user may choose about how metrics are written."""

from __future__ import annotations

from typing import Literal

from neural.errors import InvalidInputError

__all__ = ["DURABILITIES", "WRITERS", "Durability", "WriterKind", "check_choices"]

WriterKind = Literal["auto", "mapped", "pwrite"]
Durability = Literal["process", "interval", "step"]
WRITERS: tuple[WriterKind, ...] = ("auto", "mapped", "pwrite")
DURABILITIES: tuple[Durability, ...] = ("process", "interval", "step")


def check_choices(writer: str, durability: str) -> None:
    """Refuse what is none of the choices.

    Raises:
        InvalidInputError: ``writer`` is not in :data:`WRITERS`, or ``durability`` is not in
            :data:`DURABILITIES`; the message names both.
    """
    _check("writer", writer, WRITERS)
    _check("durability", durability, DURABILITIES)


def _check(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidInputError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
