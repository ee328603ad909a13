"""Names and values in the records of a ``.wandb`` log: W&B's items, whose values are JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from neural.tracking.importers.rows import number_of
from neural.tracking.importers.wire import BYTES, VARINT, Field, fields, signed, text

__all__ = [
    "EXACT_DIGITS",
    "Item",
    "commit_of",
    "exact_number",
    "histogram_of",
    "item_of",
    "items_of",
    "json_of",
    "number_in",
    "timestamp_of",
]

_NESTED = 2
_VALUE = b"\x82\x01"  # the key of field 16, bytes
#: A number of fewer digits is a float64 exactly, if it is whole.
EXACT_DIGITS = 15


class Item(NamedTuple):
    """A name and a value as JSON."""

    key: bytes
    value: bytes


def items_of(data: bytes, start: int, end: int) -> tuple[list[Item], Field | None]:
    """Return the items of a history, configuration or summary, and the step of a history.

    Raises:
        WireError: It is none.
    """
    found: list[Item] = []
    step: Field | None = None
    at = start
    while at < end:
        # Nearly all items are short: one name, one value, each with one byte for its length.
        if data[at] == 0x0A and at + 3 < end and data[at + 1] < 0x80:
            stop = at + 2 + data[at + 1]
            name_end = at + 4 + data[at + 3]
            if (
                data[at + 2] in b"\x0a\x12"
                and data[at + 3] < 0x80
                and stop <= end
                and data[name_end : name_end + 2] == _VALUE
                and name_end + 3 + data[name_end + 2] == stop
            ):
                found.append(Item(data[at + 4 : name_end], data[name_end + 3 : stop]))
                at = stop
                continue
        one = next(fields(data, at, end))
        if one.number == 1 and one.wire == BYTES:
            found.append(item_of(data, one))
        elif one.number == 2 and one.wire == BYTES:
            step = one
        at = one.end
    return found, step


def item_of(data: bytes, message: Field) -> Item:
    """Return one item of a message."""
    key, nested, value = b"", [], b"null"
    for one in fields(data, message.start, message.end):
        if one.wire != BYTES:
            continue
        if one.number == 1:
            key = data[one.start : one.end]
        elif one.number == _NESTED:
            nested.append(data[one.start : one.end])
        elif one.number == 16:
            value = data[one.start : one.end]
    return Item(key or b".".join(nested), value)


def exact_number(value: bytes) -> float | int:
    """Return a number as JSON; an integer that perhaps no float64 is stays one.

    Raises:
        ValueError: It is none.
    """
    if len(value) > EXACT_DIGITS and value.lstrip(b"-").isdigit():
        return int(value)
    return float(value)


def commit_of(data: bytes, message: Field) -> Iterator[tuple[str, str]]:
    """Yield tags that say which commit of the code a run is of."""
    for one in fields(data, message.start, message.end):
        if one.number == 2 and one.wire == BYTES:
            yield "git commit", text(data, one)


def timestamp_of(data: bytes, message: Field) -> float:
    """Return a time in seconds since the Unix epoch."""
    parts = {
        f.number: f.value for f in fields(data, message.start, message.end) if f.wire == VARINT
    }
    return float(signed(parts.get(1, 0))) + parts.get(2, 0) / 1e9


def json_of(value: bytes) -> Any:
    """Return what a JSON text says; ``None`` if it is none."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def number_in(value: bytes) -> float | int | None:
    """Return a number as JSON; ``None`` if it is none."""
    found = json_of(value)
    return number_of(found) if isinstance(found, int | float) else None


def histogram_of(value: Mapping[str, Any]) -> dict[str, list[float]] | None:
    """Return a histogram of W&B as edges and counts; ``None`` if it is none."""
    edges, counts = value.get("bins"), value.get("values")
    if value.get("packedBins") and isinstance(counts, list):
        packed = value["packedBins"]
        try:
            low, width = float(packed["min"]), float(packed["size"])
            edges = [low + width * i for i in range(len(counts) + 1)]
        except (KeyError, TypeError, ValueError):
            return None
    if not isinstance(edges, list) or not isinstance(counts, list):
        return None
    numbers = [number_of(one) for one in (*edges, *counts)]
    if len(edges) != len(counts) + 1 or None in numbers:
        return None
    return {"edges": edges, "counts": counts}
