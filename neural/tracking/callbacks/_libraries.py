"""The training libraries, imported when they are used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["first_of", "log_numbers", "numbers_of"]


def first_of(*modules: str) -> ModuleType:
    """Import the first of some modules that is installed.

    Raises:
        NotFoundError: None of them is.
    """
    for name in modules:
        package = name.partition(".")[0]
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as exc:
            if exc.name is None or exc.name.partition(".")[0] != package:
                raise  # it is there, and something that it needs is not
    raise NotFoundError(
        f"{' or '.join(modules)} is not installed in this environment. Install it: "
        f"pip install {modules[0].partition('.')[0]}"
    )


def numbers_of(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return those values that a metric can have; libraries tell texts and arrays among them."""
    found = {}
    for name, value in (values or {}).items():
        number = value.item() if _is_single(value) else value
        if isinstance(number, bool | int | float):
            found[name if name not in ("step", "timestamp") else f"source_{name}"] = number
    return found


def log_numbers(tracker: ExperimentTracker, values: Mapping[str, Any] | None, step: int) -> None:
    """Log those values that are numbers, if there are any."""
    numbers = numbers_of(values)
    if numbers:
        tracker.log_metrics(numbers, step)


def _is_single(value: Any) -> bool:
    """Tell whether a value is a numpy scalar or a tensor of one element."""
    if isinstance(value, bool | int | float) or not hasattr(value, "item"):
        return False
    count = value.numel() if callable(getattr(value, "numel", None)) else getattr(value, "size", 0)
    return bool(count == 1)
