"""Tables of names that stand for things which are imported only when used."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from neural.errors import UnknownNameError

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """Names and the ``"module:attribute"`` strings they stand for.

    Naming a thing imports nothing. Our own entries and those of other packages
    (entry points) stand in the same table, and our own win.

    Args:
        kind: What the entries are, in words a user knows: ``"page"``.
        group: Entry-point group through which other packages add theirs.
        builtin: Our own entries, name to ``"module:attribute"``.
    """

    def __init__(self, kind: str, *, group: str, builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self._targets = dict(builtin)

    def __iter__(self) -> Iterator[str]:
        """Return the known names in alphabetical order."""
        return iter(sorted(self._known()))

    def __contains__(self, name: object) -> bool:
        """Return whether ``name`` is known; imports nothing."""
        return name in self._known()

    def register(self, name: str, target: str) -> None:
        """Add ``target`` under ``name``.

        Raises:
            ValueError: The name is taken. Nothing is ever replaced silently.
        """
        if name in self._known():
            raise ValueError(f"{self.kind} {name!r} is already registered")
        self._targets[name] = target

    def load(self, name: str) -> T:
        """Import and return what ``name`` stands for.

        Raises:
            UnknownNameError: No such name; the message lists close matches.
            ImportError: The module it names cannot be imported.
        """
        known = self._known()
        if name not in known:
            raise UnknownNameError(self.kind, name, known)
        found: T = pkgutil.resolve_name(known[name])
        return found

    def _known(self) -> dict[str, str]:
        plugins = {point.name: point.value for point in entry_points(group=self.group)}
        return {**plugins, **self._targets}
