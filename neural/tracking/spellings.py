"""Arguments that may be spelled in two ways, and lists that are easily given as one text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from neural.errors import InvalidInputError

__all__ = ["one_of", "several"]

T = TypeVar("T")


def one_of(**spellings: T | None) -> T | None:
    """Return the value of an argument, under whichever of its names it was given.

    The seed's reference and its examples name some arguments differently, and both work.

    Args:
        spellings: Name -> value; ``None`` was not given.

    Returns:
        ``None`` if it was given under no name.

    Raises:
        InvalidInputError: It was given under several names.

    Example:
        >>> one_of(metric_names=None, metrics=["loss"])
        ['loss']
    """
    given = {name: value for name, value in spellings.items() if value is not None}
    if len(given) > 1:
        raise InvalidInputError(f"{' and '.join(given)} are the same; give only one")
    return next(iter(given.values()), None)


def several(name: str, values: Any, *, of: str) -> list[str]:
    """Return names or ids as a list; one text alone would be taken letter by letter.

    Args:
        name: Of the argument.
        values: What was given; anything that can be gone through.
        of: What it should hold, in words a user knows: ``"ids"``.

    Raises:
        InvalidInputError: It is a text, cannot be gone through, or holds what is no text.

    Example:
        >>> several("ids", ("a1", "b2"), of="ids")
        ['a1', 'b2']
    """
    if isinstance(values, str):
        raise InvalidInputError(
            f"{name} must be a list of {of}, got {values!r}: write [{values!r}]"
        )
    found = list(values) if isinstance(values, Iterable) else None
    if found is None or not all(isinstance(value, str) for value in found):
        raise InvalidInputError(f"{name} must be a list of {of}, got {found or values!r}")
    return found
