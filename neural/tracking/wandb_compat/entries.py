"""W&B's ``config`` and ``summary``: mappings whose entries are attributes too."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from os import PathLike
from pathlib import Path
from typing import Any

from neural.errors import InvalidInputError

__all__ = ["Config", "Summary", "config_of"]


class _Entries(MutableMapping[str, Any]):
    """Entries by name, as items and as attributes.

    Args:
        changed: Called with the entries that were set.
    """

    def __init__(self, changed: Callable[[Mapping[str, Any]], object]) -> None:
        object.__setattr__(self, "_items", {})
        object.__setattr__(self, "_changed", changed)

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._items[name] = value
        self._changed({name: value})

    def __delitem__(self, name: str) -> None:
        del self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle ask before there are any items
            raise AttributeError(name)
        try:
            return self._items[name]
        except KeyError:
            known = ", ".join(self._items) or "none"
            raise AttributeError(f"There is no {name!r}; there are: {known}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def as_dict(self) -> dict[str, Any]:
        """Return the entries as a new dict."""
        return dict(self._items)

    _items: dict[str, Any]
    _changed: Callable[[Mapping[str, Any]], object]


class Config(_Entries):
    """Hyperparameters of a run; whatever is set goes into its hyperparameters."""

    # ``MutableMapping.update`` has other arguments, and would set one entry after the other.
    def update(  # type: ignore[override]
        self, given: Any = None, allow_val_change: bool | None = None, **more: Any
    ) -> None:
        """Set several entries.

        Args:
            given: See :func:`config_of`.
            allow_val_change: Taken as W&B takes it; an entry may be changed in any case.
            more: Further entries.
        """
        found = {**config_of(given), **more}
        self._items.update(found)
        self._changed(found)

    def setdefaults(self, given: Any) -> None:
        """Set those entries that are not there yet."""
        found = {k: v for k, v in config_of(given).items() if k not in self._items}
        self.update(found)


class Summary(_Entries):
    """Last value of every metric, and whatever a script sets beside."""

    def update(self, given: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set several entries."""
        found = {**dict(given or {}), **more}
        self._items.update(found)
        self._changed(found)

    def follow(self, values: Mapping[str, Any]) -> None:
        """Take the values that were just logged; they are not logged again."""
        self._items.update(values)


def config_of(given: Any) -> dict[str, Any]:
    """Return hyperparameters, in whichever of W&B's forms they were given.

    Args:
        given: A mapping, an ``argparse`` namespace, absl's flags, the path of a YAML file (with
            ``value`` below each name, or without), or ``None``.

    Raises:
        InvalidInputError: It is none of these.
    """
    if given is None:
        return {}
    if isinstance(given, str | PathLike):
        return _from_file(Path(given))
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, Namespace):
        return dict(vars(given))
    if hasattr(given, "flag_values_dict"):
        return dict(given.flag_values_dict())
    if hasattr(given, "items"):
        return dict(given.items())
    raise InvalidInputError(
        f"config must be a mapping, a namespace or the path of a YAML file, got {type(given)}"
    )


def _from_file(path: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError) as exc:
        raise InvalidInputError(f"config {str(path)!r} cannot be read: {exc}") from exc
    if not isinstance(found, Mapping):
        raise InvalidInputError(f"config {str(path)!r} must hold names and values")
    return {
        str(name): value["value"] if isinstance(value, Mapping) and "value" in value else value
        for name, value in found.items()
        if name != "wandb_version"
    }
