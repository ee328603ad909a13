"""CRC-32C (Castagnoli) of many short rows, or one long one, at the speed of numpy.

The checksum is linear: each byte adds (xor) a word that depends on its value and on how many bytes
follow it. Those words stand in one table a distance.

Reference:
    G. Castagnoli et al., "Optimization of cyclic redundancy-check codes with 24 and 32 parity
    bits", IEEE Transactions on Communications 41(6), 1993.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST_ROW", "crc32c", "crc32c_rows", "masked", "masked_rows"]

_POLYNOMIAL = 0x82F63B78
_ALL_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
#: Longest row that :func:`crc32c_rows` takes, in bytes.
LONGEST_ROW = 512


@functools.cache
def _tables() -> NDArray[np.uint32]:
    """Return what a byte adds by the number of bytes behind it, shape ``(LONGEST_ROW, 256)``."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ np.uint32(_POLYNOMIAL), first >> 1)
    tables = [first]
    while len(tables) < LONGEST_ROW:
        last = tables[-1]
        tables.append((last >> 8) ^ first[last & 0xFF])
    return np.array(tables, dtype=np.uint32)


def crc32c_rows(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the checksum of each row.

    Args:
        rows: Shape ``(N, L)`` with ``L`` at most :data:`LONGEST_ROW`.

    Returns:
        Shape ``(N,)``.

    Example:
        >>> rows = np.frombuffer(b"123456789", np.uint8)[None]
        >>> hex(crc32c_rows(rows)[0])
        '0xe3069283'
    """
    length = rows.shape[1]
    found = _without_start(rows)
    start = _after(_ALL_ONES, length)
    return found ^ np.uint32(start ^ _ALL_ONES)


def _without_start(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    tables = _tables()
    length = rows.shape[1]
    found = np.zeros(len(rows), dtype=np.uint32)
    columns = np.ascontiguousarray(rows.T)
    for at, column in enumerate(columns):
        if len(column) and (column[0] == column).all():  # most bytes of many records are the same
            found ^= tables[length - 1 - at, column[0]]
        else:
            found ^= tables[length - 1 - at].take(column)
    return found


def _after(state: int, count: int) -> int:
    """Return what a state becomes through ``count`` zero bytes, at most :data:`LONGEST_ROW`."""
    tables = _tables()
    left = state >> (8 * count) if count < 4 else 0
    for at in range(min(count, 4)):
        left ^= int(tables[count - 1 - at, (state >> (8 * at)) & 0xFF])
    return left


def crc32c(data: bytes) -> int:
    """Return the checksum of ``data``.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    array = np.frombuffer(data, np.uint8)
    whole = len(array) // LONGEST_ROW * LONGEST_ROW
    state = _ALL_ONES
    for word in _without_start(array[:whole].reshape(-1, LONGEST_ROW)).tolist():
        state = _after(state, LONGEST_ROW) ^ word
    rest = array[whole:]
    if len(rest):
        state = _after(state, len(rest)) ^ int(_without_start(rest[None])[0])
    return state ^ _ALL_ONES


def masked(checksum: int) -> int:
    """Return a checksum as record files keep it: turned by 15 bits, plus a constant."""
    return ((checksum >> 15 | checksum << 17) + _MASK_DELTA) & _ALL_ONES


def masked_rows(checksums: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return checksums as record files keep them, see :func:`masked`; any shape."""
    turned = (checksums >> np.uint32(15)) | (checksums << np.uint32(17))
    return turned + np.uint32(_MASK_DELTA)
