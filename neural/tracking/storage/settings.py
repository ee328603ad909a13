"""Settings of the dashboard over one store, in ``<base_dir>/.neural/settings.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from neural._files import locked
from neural.errors import InvalidInputError, StorageError
from neural.tracking.storage.documents import read_object, update_object
from neural.tracking.storage.kept import kept_dir, writing

__all__ = ["DENSITIES", "REFRESH_S", "THEMES", "Settings", "SettingsStore"]

THEMES = ("system", "dark", "light")
DENSITIES = ("compact", "comfortable")

#: Choices of how often a page looks for new data while runs are written, in seconds.
REFRESH_S = (1, 2, 5, 10, 30)

#: Largest weight of the past that curves may start with; see ``smoothing.smooth``.
MOST_SMOOTHING = 0.999

#: A table of more columns is not a choice any more.
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What pages start with; a browser may differ in theme and density, an address in the rest.

    Attributes:
        theme: ``"system"``, ``"dark"`` or ``"light"``.
        density: ``"compact"`` (rows of 28 px) or ``"comfortable"`` (36 px).
        smoothing: Weight of the past that curves start with, in ``[0, 0.999]``.
        refresh_s: Seconds between two looks for new data, one of :data:`REFRESH_S`.
        keys: Whether single letters are commands.
        columns: Columns that the table of runs starts with; empty: the table decides.

    Raises:
        InvalidInputError: A value is none of these; the message names it.
    """

    theme: str = "system"
    density: str = "compact"
    smoothing: float = 0.0
    refresh_s: int = 2
    keys: bool = True
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _one_of("theme", self.theme, THEMES)
        _one_of("density", self.density, DENSITIES)
        _one_of("refresh_s", self.refresh_s, REFRESH_S)
        _smoothing(self.smoothing)
        if not isinstance(self.keys, bool):
            raise InvalidInputError(f"keys must be true or false, got {self.keys!r}")
        object.__setattr__(self, "columns", _columns(self.columns))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> tuple[Self, tuple[str, ...]]:
        """Return the settings in ``values``, and a line for each that cannot be used.

        What is missing or cannot be used is as by default; unknown keys are another version's.
        """
        usable, problems = {}, []
        for name in (field.name for field in fields(cls) if field.name in values):
            try:
                cls(**{name: values[name]})
            except InvalidInputError as error:
                problems.append(str(error))
            else:
                usable[name] = values[name]
        return cls(**usable), tuple(problems)


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    # By type too: True is the number 1 to Python.
    if not any(value == one and type(value) is type(one) for one in known):
        raise InvalidInputError(f"{name} must be one of {known}, got {value!r}")


def _smoothing(value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= MOST_SMOOTHING:  # type: ignore[arg-type, operator]
        raise InvalidInputError(f"smoothing must be in [0, {MOST_SMOOTHING}], got {value!r}")


def _columns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InvalidInputError(f"columns must be a list of names, got {value!r}")
    if len(value) > MOST_COLUMNS:
        raise InvalidInputError(f"columns has at most {MOST_COLUMNS} names, got {len(value)}")
    return tuple(value)


class SettingsStore:
    """The settings of one store of runs.

    Args:
        base_dir: Directory that holds the runs. Nothing is made before something is changed.
    """

    def __init__(self, base_dir: Path) -> None:
        self.path = kept_dir(base_dir) / "settings.json"

    def load(self) -> Settings:
        """Return the settings; what cannot be read is as by default."""
        return self.look()[0]

    def look(self) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings, and a line for each thing in the file that cannot be used."""
        try:
            return Settings.from_json(read_object(self.path))
        except StorageError as error:
            return Settings(), (str(error),)

    def change(self, **values: Any) -> Settings:
        """Change some settings, keep the others, and return all of them.

        A damaged file is set aside as ``settings.json.damaged``.

        Raises:
            InvalidInputError: A name or value is none of :class:`Settings`.
            StorageError: The directory cannot be written to.
        """
        unknown = sorted(set(values) - {field.name for field in fields(Settings)})
        if unknown:
            raise InvalidInputError(f"there is no setting {unknown[0]!r}")
        Settings(**values)
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
        with writing("The settings", self.path.parent):
            return Settings.from_json(update_object(self.path, lambda kept: kept.update(plain)))[0]

    def reset(self) -> Settings:
        """Go back to the defaults and return them.

        Raises:
            StorageError: The directory cannot be written to.
        """
        with writing("The change", self.path.parent), locked(self.path.parent):
            self.path.unlink(missing_ok=True)
        return Settings()
