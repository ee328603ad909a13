"""Rows of a log: which of their values is the step, which the time, and which are metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from neural._clock import from_iso
from neural.tracking.importers.reading import ReadRun, Skips

__all__ = ["STEP_NAMES", "RowReader", "number_of", "step_name", "time_of"]

#: What steps are called, the first that is there counts; compared in lower case.
STEP_NAMES = (
    "step",
    "_step",
    "global_step",
    "trainer/global_step",
    "iteration",
    "iter",
    "iterations",
    "n_iter",
    "steps",
    "total_steps",
    "num_timesteps",
    "timesteps",
    "time/total_timesteps",
    "training_iteration",
    "update",
    "epoch",
    "epochs",
)
_TIME_NAMES = ("timestamp", "_timestamp", "wall_time", "walltime", "created_at")
#: Later than this, in seconds since the Unix epoch, a number may be a time; beyond the second it
#: counts milliseconds.
_EARLIEST, _MILLISECONDS = 1e8, 1e11
_TENSOR = re.compile(r"(?:tensor|array)\(\s*([^,()\[\]]+)")
_WORDS = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "true": 1, "false": 0}
_LONGEST_LIST = 100
_DEEPEST = 8
_INT64 = range(-(2**63), 2**63)
_LONGEST_NUMBER = 400


def step_name(names: Iterable[str]) -> str | None:
    """Return the one of ``names`` that is the step; ``None`` if there is none."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(name.strip().lower(), name)
    return next((plain[wanted] for wanted in STEP_NAMES if wanted in plain), None)


def number_of(value: object) -> float | int | None:
    """Return a number, or a text that is one; ``None`` for anything else.

    Example:
        >>> [number_of(value) for value in ("3", " 0.5", "-inf", "tensor(2.)", "adam", None)]
        [3, 0.5, -inf, 2.0, None, None]
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NUMBER:
        return None
    text = value.strip()
    try:
        return int(text) if text.lstrip("+-").isdecimal() and text.isascii() else _float(text)
    except ValueError:
        return None


def _float(text: str) -> float | int | None:
    if "_" in text:  # Python would take 1_000 for a number, and names for one too
        return None
    try:
        return float(text)
    except ValueError:
        word = _WORDS.get(text.lower())
        if word is not None:
            return word
        inner = _TENSOR.match(text)
        return float(inner[1]) if inner else None


def time_of(value: object) -> float | None:
    """Return a time in seconds since the Unix epoch; ``None`` if ``value`` is none.

    Numbers may count seconds or milliseconds; texts are ISO-8601.
    """
    number = number_of(value)
    if number is None:
        return from_iso(value.strip()) if isinstance(value, str) else None
    try:
        seconds = float(number)
    except OverflowError:
        return None
    if not _EARLIEST < seconds < 1e15:
        return None
    return seconds / 1000 if seconds > _MILLISECONDS else seconds


class RowReader:
    """Puts rows into a run.

    Args:
        run: Takes the points.
        skips: Takes what is left out.
        path: What the rows were read from.
    """

    def __init__(self, run: ReadRun, skips: Skips, path: object) -> None:
        self._run, self._skips, self._path = run, skips, path
        self._said: set[str] = set()
        self._last_step: int | None = None
        self._counts = False  # whether steps turned out to be no whole numbers
        self._row = -1

    def add(self, row: Mapping[str, Any], fallback_time: float, offset: int | None = None) -> None:
        """Add one row.

        Args:
            row: Values by name; those that are no numbers are listed once a name.
            fallback_time: Its time if it tells none.
            offset: Where it stands.
        """
        self._row += 1
        step_key = step_name(row)
        step = self._step(row, step_key, offset)
        time_key, time = self._time(row)
        used = (step_key if step is not None else None, time_key)
        at = step if step is not None else self._counted()
        self._last_step = at
        for key, value in row.items():
            if key not in used:
                for name, number in self._numbers(key.strip(), value, offset, 0):
                    self._point(name, at, fallback_time if time is None else time, number, offset)

    def _point(
        self, name: str, step: int, time: float, number: float | int, offset: int | None
    ) -> None:
        try:
            self._run.metric(name).add(step, time, number)
        except ValueError as exc:
            self._once("", f"{name!r} and others are left out: {exc}", offset)

    def _step(self, row: Mapping[str, Any], key: str | None, offset: int | None) -> int | None:
        if key is None:
            return None
        number = number_of(row[key])
        if number is None or not math.isfinite(number) or number != int(number):
            if row[key] not in (None, ""):
                self._counts = True
                self._once(key, f"{key!r} is no whole number, so rows are counted", offset)
            return None
        return int(number) if int(number) in _INT64 else None

    def _counted(self) -> int:
        """Return the step of a row that has none: that of the row before, or its number."""
        return self._row if self._last_step is None or self._counts else self._last_step

    def _time(self, row: Mapping[str, Any]) -> tuple[str | None, float | None]:
        for key, value in row.items():
            if key.strip().lower() in _TIME_NAMES:
                time = time_of(value)
                if time is not None:
                    return key, time
        return None, None

    def _numbers(
        self, name: str, value: Any, offset: int | None, depth: int
    ) -> Iterator[tuple[str, float | int]]:
        """Yield the numbers in a value; those in lists and objects have names of several parts."""
        number = number_of(value)
        if number is not None:
            yield name, number
        elif isinstance(value, Mapping) and depth < _DEEPEST:
            for key, item in value.items():
                yield from self._numbers(f"{name}/{key}", item, offset, depth + 1)
        elif isinstance(value, list) and len(value) <= _LONGEST_LIST and depth < _DEEPEST:
            for at, item in enumerate(value):
                yield from self._numbers(f"{name}/{at}", item, offset, depth + 1)
        elif value not in (None, "", []):
            self._once(name, f"{name!r} holds {type(value).__name__} values, no numbers", offset)

    def _once(self, name: str, reason: str, offset: int | None) -> None:
        if name not in self._said and len(self._said) < 1000:
            self._said.add(name)
            self._skips.add(self._path, reason, offset)
