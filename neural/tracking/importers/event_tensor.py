"""Tensors in event files: TensorFlow's message ``TensorProto``."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neural.tracking.importers.wire import BYTES, VARINT, Field, WireError, fields, signed

__all__ = ["Tensor", "of_size"]

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
        floats = np.frombuffer(of_size(data, one, size), f"<f{size}").tolist()
        return floats
    whole = [one.value] if one.wire == VARINT else _varints(data, one)
    if one.number == 13:
        floats = np.array(whole, "<u8").astype("<u2").view("<f2").astype(np.float64).tolist()
        return floats
    return [float(v if one.number in (16, 17) else signed(v)) for v in whole]


def of_size(data: bytes, one: Field, size: int) -> bytes:
    """Return the bytes of a field whose values have ``size`` bytes each.

    Raises:
        WireError: They do not fit.
    """
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
