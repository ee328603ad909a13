r"""A slow and strict reader of metrics files that shares no code with the product's own.

Tests compare what was logged with what this finds. It knows two things only: what JSON is, and
that the first ``\n]`` of a file is its end.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["entries_of", "same_values", "strict_json", "surviving_entries"]

_SPELLED = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def strict_json(text: bytes) -> Any:
    """Return what a strict JSON text holds.

    Raises:
        ValueError: It is not JSON to the letter: a bare ``NaN``, a name that stands twice in one
            object, bytes that are not UTF-8, or anything behind the document but blanks.
    """
    return json.loads(
        text.decode("utf-8", "strict"),
        parse_constant=_refuse,
        object_pairs_hook=_unique_names,
    )


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a name stands twice in {pairs}")
    return found


def entries_of(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a file that must be a whole JSON array; values as they were logged.

    Raises:
        ValueError: It is not.
    """
    found = strict_json(path.read_bytes())
    if not isinstance(found, list):
        raise ValueError(f"{path} holds no array")
    return [_values(entry) for entry in found]


def surviving_entries(path: Path) -> list[dict[str, Any]]:
    r"""Return the whole entries of a file whose writer was killed.

    The first ``\n]`` ends it. Without one, the last line counts if it is a whole entry: a kill
    may also come when the comma has been written over the line break, but nothing over the ``]``.

    Raises:
        ValueError: A line that is not the last one is damaged.
    """
    head, closing, _ = path.read_bytes().partition(b"\n]")
    lines = head.split(b"\n")
    if lines[0].rstrip(b" ,") not in (b"[", b""):
        raise ValueError(f"{path} does not start like an array: {lines[0]!r}")
    last = lines.pop() if lines[1:] and not closing else None
    found = [_values(strict_json(line.removesuffix(b","))) for line in lines[1:]]
    if last is not None:
        with contextlib.suppress(ValueError):  # the tail that the kill tore
            found.append(
                _values(strict_json(last.rstrip(b" \0").removesuffix(b"]").removesuffix(b",")))
            )
    return found


def _values(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r} is no entry")
    return {
        name: _SPELLED.get(value, value) if isinstance(value, str) else value
        for name, value in entry.items()
    }


def same_values(one: Iterable[Any], other: Iterable[Any]) -> bool:
    """Tell whether two series of numbers are equal bit by bit, NaN and -0.0 included."""
    return _bits(list(one)) == _bits(list(other))


def _bits(values: list[Any]) -> object:
    if all(type(value) is float and value == value for value in values):
        return struct.pack(f"<{len(values)}d", *values)
    return [(type(v), struct.pack("<d", v) if _is_plain(v) else repr(v)) for v in values]


def _is_plain(value: Any) -> bool:
    return isinstance(value, float) and value == value
