"""What TensorBoard's event records say, one at a time.

Messages of TensorFlow and TensorBoard: ``Event`` and ``Summary``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from neural.tracking.importers.event_tensor import Tensor, of_size
from neural.tracking.importers.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    Field,
    double,
    fields,
    signed,
    text,
)

__all__ = [
    "Event",
    "Value",
    "find_simple_value",
    "histogram",
    "read_event",
    "simple_value",
]

_FLOAT = struct.Struct("<f")


@dataclass(slots=True)
class Value:
    """One value of a summary; offsets are into the record."""

    tag: str = ""
    plugin: str = ""
    content: bytes = b""
    simple: Field | None = None
    image: Field | None = None
    histogram: Field | None = None
    audio: Field | None = None
    tensor: Field | None = None


@dataclass(slots=True)
class Event:
    """One record."""

    time: float = 0.0
    step: int = 0
    version: str = ""
    restarts: bool = False
    values: list[Value] = field(default_factory=list)


def read_event(data: bytes) -> Event:
    """Return what a record says.

    Raises:
        WireError: It is no event.
    """
    event = Event()
    for one in fields(data):
        if one.number == 1:
            event.time = double(data, one)
        elif one.number == 2 and one.wire == VARINT:
            event.step = signed(one.value)
        elif one.number == 3 and one.wire == BYTES:
            event.version = text(data, one)
        elif one.number == 5 and one.wire == BYTES:
            event.values += _values(data, one)
        elif one.number == 7 and one.wire == BYTES:
            inner = {f.number: f.value for f in fields(data, one.start, one.end)}
            event.restarts = inner.get(1) == 1
    return event


def _values(data: bytes, summary: Field) -> Iterator[Value]:
    for one in fields(data, summary.start, summary.end):
        if one.number == 1 and one.wire == BYTES:
            yield _value(data, one)


def _value(data: bytes, message: Field) -> Value:
    value = Value()
    for one in fields(data, message.start, message.end):
        if one.number == 1 and one.wire == BYTES:
            value.tag = text(data, one)
        elif one.number == 2 and one.wire == FIXED32:
            value.simple = one
        elif one.wire == BYTES:
            _content(data, one, value)
    return value


_CONTENTS = {4: "image", 5: "histogram", 6: "audio", 8: "tensor"}


def _content(data: bytes, one: Field, value: Value) -> None:
    if one.number in _CONTENTS:
        setattr(value, _CONTENTS[one.number], one)
    elif one.number == 9:
        for inner in fields(data, one.start, one.end):
            if inner.number == 1 and inner.wire == BYTES:
                _plugin(data, inner, value)


def _plugin(data: bytes, message: Field, value: Value) -> None:
    for one in fields(data, message.start, message.end):
        if one.number == 1 and one.wire == BYTES:
            value.plugin = text(data, one)
        elif one.number == 2 and one.wire == BYTES:
            value.content = data[one.start : one.end]


def find_simple_value(data: bytes) -> tuple[str, int] | None:
    """Return tag and offset of the four bytes of a record's only value, if it is a float32.

    That is a ``simple_value``, or a tensor of one float32 whose plugin is ``scalars`` or that
    names none.
    """
    event = read_event(data)
    if len(event.values) != 1 or event.version or event.restarts:
        return None
    value = event.values[0]
    if value.simple is not None:
        return value.tag, value.simple.start
    if value.tensor is None or value.plugin not in ("", "scalars"):
        return None
    tensor = Tensor.read(data, value.tensor)
    alone = [tensor.content] if tensor.content else [f for f in tensor.packed if f.number == 5]
    if tensor.dtype != 1 or tensor.shape or len(alone) != 1:
        return None
    place = alone[0]
    return (value.tag, place.start) if place.end - place.start == 4 else None


def simple_value(data: bytes, place: Field) -> float:
    """Return the float32 at a place, as the float64 it is exactly."""
    found: float = _FLOAT.unpack_from(data, place.start)[0]
    return found


def histogram(data: bytes, message: Field) -> dict[str, list[float]] | None:
    """Return a ``HistogramProto`` as edges and counts; ``None`` if it is empty.

    Limits are the right edges of the buckets. The first bucket begins at the smallest value, and
    empty buckets at both ends are left out, as their limits are as far out as floats go.
    """
    low, high = 0.0, 0.0
    limits: list[float] = []
    counts: list[float] = []
    for one in fields(data, message.start, message.end):
        if one.number == 1 and one.wire == FIXED64:
            low = double(data, one)
        elif one.number == 2 and one.wire == FIXED64:
            high = double(data, one)
        elif one.number in (6, 7):
            target = limits if one.number == 6 else counts
            target += np.frombuffer(of_size(data, one, 8), "<f8").tolist()
    there = [i for i, count in enumerate(counts) if count]
    if not there or len(limits) != len(counts):
        return None
    first, last = there[0], there[-1]
    inner = limits[first:last]
    left = max(low, limits[first - 1]) if first else low
    right = max(min(high, limits[last]), inner[-1] if inner else left)
    return {"edges": [min(left, *inner, right), *inner, right], "counts": counts[first : last + 1]}
