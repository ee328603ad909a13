"""Protocol buffers without their definitions: the fields of a message as they lie in its bytes.

Encoding: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "BYTES",
    "FIXED32",
    "FIXED64",
    "VARINT",
    "Field",
    "WireError",
    "double",
    "fields",
    "signed",
    "text",
]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZES = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
_DOUBLE = struct.Struct("<d")


class WireError(ValueError):
    """Bytes are not a message."""


class Field(NamedTuple):
    """One field of a message.

    Attributes:
        number: As the definition numbers it.
        wire: :data:`VARINT`, :data:`FIXED64`, :data:`BYTES` or :data:`FIXED32`.
        start: Offset of its content.
        end: Offset behind its content.
        value: Of a varint: the number, without sign; else 0.
    """

    number: int
    wire: int
    start: int
    end: int
    value: int


def fields(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """Yield the fields of the message in ``data[start:end]``.

    Raises:
        WireError: It is not a message.
    """
    end = len(data) if end is None else end
    while start < end:
        key, start = _varint(data, start, end)
        number, wire = key >> 3, key & 7
        value = 0
        if wire == VARINT:
            value, stop = _varint(data, start, end)
        elif wire == BYTES:
            size, start = _varint(data, start, end)
            stop = start + size
        elif wire in _SIZES:
            stop = start + _SIZES[wire]
        else:
            raise WireError(f"there is no field type {wire}")
        if stop > end or number == 0:
            raise WireError("a field does not fit into its message")
        yield Field(number, wire, start, stop, value)
        start = stop


def _varint(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return a number and the offset behind it."""
    value = shift = 0
    for at in range(start, min(end, start + _LONGEST_VARINT)):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + 1
        shift += 7
    raise WireError("a number does not end")


def signed(value: int) -> int:
    """Return a varint as the int64 that was meant."""
    return value - (1 << 64) if value >> 63 else value


def text(data: bytes, field: Field) -> str:
    """Return the content of a field as text; bytes that are no UTF-8 are replaced."""
    return data[field.start : field.end].decode("utf-8", "replace")


def double(data: bytes, field: Field) -> float:
    """Return the content of a field of eight bytes as a float64.

    Raises:
        WireError: It has another size.
    """
    if field.wire != FIXED64:
        raise WireError("a number of eight bytes was expected")
    found: float = _DOUBLE.unpack_from(data, field.start)[0]
    return found
