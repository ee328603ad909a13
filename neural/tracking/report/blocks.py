"""Number arrays laid end to end, each kept once, their bytes in the order that packs best."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError

__all__ = ["DTYPES", "BlockReader", "BlockWriter"]

#: What a block may hold, by the name it has in a report.
DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "f8": np.dtype("<f8"),
    "i8": np.dtype("<i8"),
    "u2": np.dtype("<u2"),
    "u1": np.dtype("u1"),
}
_NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}


class BlockWriter:
    """Collects arrays; one that is there already, byte for byte, is not kept twice."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], int] = {}
        self._data: list[bytes] = []
        #: ``[dtype, number of items]`` of each block.
        self.table: list[tuple[str, int]] = []

    def add(self, array: NDArray[Any]) -> int:
        """Return the number of the block that holds ``array``.

        Args:
            array: Shape ``(T,)``, of one of :data:`DTYPES`.
        """
        dtype = array.dtype.newbyteorder("<")
        plain = np.ascontiguousarray(array, dtype=dtype).tobytes()
        key = _NAMES[dtype], hashlib.blake2b(plain, digest_size=20).digest()
        number = self._known.setdefault(key, len(self.table))
        if number == len(self.table):
            self.table.append((key[0], array.size))
            self._data.append(_shuffled(plain, dtype.itemsize))
        return number

    def add_bytes(self, data: bytes) -> int:
        """Return the number of the block that holds ``data``."""
        return self.add(np.frombuffer(data, dtype=np.uint8))

    def data(self) -> Iterator[bytes]:
        """Yield the bytes of all blocks, in their order."""
        yield from self._data


def _shuffled(data: bytes, width: int) -> bytes:
    """Return the bytes in another order: all first ones of the items, then all second ones.

    Signs and exponents then stand together, and packing finds what they have in common.
    """
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, width).T.tobytes()


class BlockReader:
    """The blocks of a report that somebody sent: no number in it is taken on trust.

    Args:
        table: ``[dtype, number of items]`` of each block.
        data: The bytes of all blocks.

    Raises:
        InvalidInputError: The two do not fit.
    """

    def __init__(self, table: Sequence[tuple[str, int]], data: memoryview) -> None:
        self._table = table
        self._data = data
        self._starts = [0]
        for name, count in table:
            if name not in DTYPES or count < 0:
                raise InvalidInputError(f"The report names a block of {count} items of {name!r}")
            self._starts.append(self._starts[-1] + count * DTYPES[name].itemsize)
        if self._starts[-1] != len(data):
            raise InvalidInputError(
                f"The blocks of the report should take {self._starts[-1]} bytes, but there are "
                f"{len(data)}: it was cut off or changed"
            )

    def get(self, number: int) -> NDArray[Any]:
        """Return a block.

        Raises:
            InvalidInputError: There is none of this number.
        """
        if not 0 <= number < len(self._table):
            raise InvalidInputError(f"The report has no block {number}")
        dtype = DTYPES[self._table[number][0]]
        raw = self._data[self._starts[number] : self._starts[number + 1]]
        shuffled = np.frombuffer(raw, dtype=np.uint8).reshape(dtype.itemsize, -1)
        found: NDArray[Any] = np.ascontiguousarray(shuffled.T).reshape(-1).view(dtype)
        return found
