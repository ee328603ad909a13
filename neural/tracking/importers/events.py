"""What TensorBoard's event records say, one at a time.

Messages of TensorFlow and TensorBoard: ``Event``, ``Summary``, ``TensorProto`` and
``HParamsPluginData``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.importers.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    Field,
    WireError,
    double,
    fields,
    signed,
    text,
)

__all__ = [
    "Event",
    "Tensor",
    "Value",
    "find_simple_value",
    "histogram",
    "hparams",
    "read_event",
    "simple_value",
]

_FLOAT = struct.Struct("<f")
_DTYPES: dict[int, tuple[str, int]] = {
    # number of the type: how it lies in tensor_content, and the field of single values
    1: ("<f4", 5),
    2: ("<f8", 6),
    3: ("<i4", 7),
    4: ("u1", 7),
    5: ("<i2", 7),
    6: ("i1", 7),
    9: ("<i8", 10),
    10: ("?", 11),
    19: ("<f2", 13),
    22: ("<u4", 16),
    23: ("<u8", 17),
}
_STRING = 7
_BFLOAT16 = 14
_MOST_ELEMENTS = 1 << 20


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


@dataclass(slots=True)
class Tensor:
    """A tensor.

    Attributes:
        dtype: Number of its type.
        shape: Sizes; empty for a single value.
        content: Where its bytes lie, if they lie together.
        packed: Where its values lie, if they stand one by one.
        strings: Where its texts lie.
    """

    dtype: int = 0
    shape: list[int] = field(default_factory=list)
    content: Field | None = None
    packed: list[Field] = field(default_factory=list)
    strings: list[Field] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes, message: Field) -> Tensor:
        """Return the tensor of a message.

        Raises:
            WireError: It is none.
        """
        tensor = cls()
        for one in fields(data, message.start, message.end):
            if one.number == 1 and one.wire == VARINT:
                tensor.dtype = one.value
            elif one.number == 2 and one.wire == BYTES:
                tensor.shape = _shape(data, one)
            elif one.number == 4 and one.wire == BYTES:
                tensor.content = one if one.end > one.start else None
            elif one.number == 8 and one.wire == BYTES:
                tensor.strings.append(one)
            elif one.number in (5, 6, 7, 10, 11, 13, 16, 17):
                tensor.packed.append(one)
        return tensor

    @property
    def is_text(self) -> bool:
        """Whether it holds texts, or bytes such as images."""
        return self.dtype == _STRING

    def numbers(self, data: bytes) -> NDArray[np.float64]:
        """Return its values, flat; integers of more than 53 bits are rounded.

        Raises:
            WireError: It holds none, or too many.
        """
        if self.dtype == _BFLOAT16 and self.content is not None:
            raw = np.frombuffer(data[self.content.start : self.content.end], "<u2")
            return (raw.astype("<u4") << 16).view("<f4").astype(np.float64)
        if self.dtype not in _DTYPES:
            raise WireError(f"a tensor of type {self.dtype} holds no numbers")
        layout, number = _DTYPES[self.dtype]
        if self.content is not None:
            raw_bytes = data[self.content.start : self.content.end]
            if len(raw_bytes) % np.dtype(layout).itemsize:
                raise WireError("the bytes of a tensor do not fit its type")
            return np.frombuffer(raw_bytes, layout).astype(np.float64)
        values = [v for one in self.packed if one.number == number for v in _packed(data, one)]
        wanted = _product(self.shape)
        if len(values) == 1 and 1 < wanted <= _MOST_ELEMENTS:  # one value stands for all
            values *= wanted
        return np.array(values or [0.0] * (wanted == 1), dtype=np.float64)


def _shape(data: bytes, message: Field) -> list[int]:
    shape = []
    for dim in fields(data, message.start, message.end):
        if dim.number == 2 and dim.wire == BYTES:
            sizes = [f.value for f in fields(data, dim.start, dim.end) if f.number == 1]
            shape.append(sizes[0] if sizes else 0)
    return shape


def _product(shape: list[int]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def _packed(data: bytes, one: Field) -> list[float]:
    """Return the values of a repeated field, packed or alone."""
    floats: list[float]
    if one.number in (5, 6):
        size = 4 if one.number == 5 else 8
        floats = np.frombuffer(_multiple(data, one, size), f"<f{size}").tolist()
        return floats
    whole = [one.value] if one.wire == VARINT else _varints(data, one)
    if one.number == 13:
        floats = np.array(whole, "<u8").astype("<u2").view("<f2").astype(np.float64).tolist()
        return floats
    return [float(v if one.number in (16, 17) else signed(v)) for v in whole]


def _multiple(data: bytes, one: Field, size: int) -> bytes:
    if (one.end - one.start) % size:
        raise WireError("packed values do not fit their type")
    return data[one.start : one.end]


def _varints(data: bytes, one: Field) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in data[one.start : one.end]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value & 0xFFFF_FFFF_FFFF_FFFF)
            value = shift = 0
        elif shift > 63:
            raise WireError("a number does not end")
    return values


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
            target += np.frombuffer(_multiple(data, one, 8), "<f8").tolist()
    there = [i for i, count in enumerate(counts) if count]
    if not there or len(limits) != len(counts):
        return None
    first, last = there[0], there[-1]
    inner = limits[first:last]
    left = max(low, limits[first - 1]) if first else low
    right = max(min(high, limits[last]), inner[-1] if inner else left)
    return {"edges": [min(left, *inner, right), *inner, right], "counts": counts[first : last + 1]}


def hparams(content: bytes) -> dict[str, Any]:
    """Return what the hparams plugin says of a session.

    Keys are ``params``, ``group``, ``start_time``, ``end_time`` and ``status``, as far as given.
    """
    found: dict[str, Any] = {}
    for one in fields(content):
        if one.number == 3 and one.wire == BYTES:
            found |= _session_start(content, one)
        elif one.number == 4 and one.wire == BYTES:
            for inner in fields(content, one.start, one.end):
                if inner.number == 1:
                    found["status"] = inner.value
                elif inner.number == 2 and inner.wire == FIXED64:
                    found["end_time"] = double(content, inner)
    return found


def _session_start(data: bytes, message: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"params": {}}
    for one in fields(data, message.start, message.end):
        if one.number == 1 and one.wire == BYTES:
            key, value = "", None
            for inner in fields(data, one.start, one.end):
                if inner.number == 1 and inner.wire == BYTES:
                    key = text(data, inner)
                elif inner.number == 2 and inner.wire == BYTES:
                    value = _json_value(data, inner, 0)
            found["params"][key] = value
        elif one.number == 4 and one.wire == BYTES:
            found["group"] = text(data, one)
        elif one.number == 5 and one.wire == FIXED64:
            found["start_time"] = double(data, one)
    return found


_DEEPEST = 20


def _json_value(data: bytes, message: Field, depth: int) -> Any:
    """Return a ``google.protobuf.Value``."""
    if depth > _DEEPEST:
        raise WireError("a parameter is nested too deeply")
    for one in fields(data, message.start, message.end):
        if one.number == 2 and one.wire == FIXED64:
            return double(data, one)
        if one.number == 3 and one.wire == BYTES:
            return text(data, one)
        if one.number == 4:
            return bool(one.value)
        if one.number == 6 and one.wire == BYTES:
            inner = fields(data, one.start, one.end)
            return [_json_value(data, item, depth + 1) for item in inner if item.number == 1]
    return None
