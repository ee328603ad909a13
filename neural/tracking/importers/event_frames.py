"""The frames of TensorBoard's event files: where each record lies, and whether it is whole.

A frame is ``uint64 length, uint32 masked CRC-32C of these 8 bytes, data, uint32 masked CRC-32C of
data``, little-endian. There are three outcomes for a frame that is not whole. At the end of a file
it is *waited* for: its writer may be in the middle of it. Where its length is right and its data
are not, it is *skipped*. Where its length is wrong nobody knows where the next one begins, and
reading *stops*.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural.tracking.importers.crc32c import crc32c, crc32c_rows, masked, masked_rows

__all__ = ["HEAD_BYTES", "TAIL_BYTES", "Frames", "find_frames", "is_whole", "whole_rows"]

_HEAD = struct.Struct("<QI")
HEAD_BYTES = _HEAD.size
TAIL_BYTES = 4
_MOST_KNOWN = 4096

#: Checksums of lengths: files hold few different ones.
_known: dict[int, int] = {}


class Frames(NamedTuple):
    """Whole frames in a block.

    Attributes:
        starts: Offsets of their data in the block, int64 of shape ``(N,)``.
        lengths: Sizes of their data, int64 of shape ``(N,)``.
        end: Offset behind the last of them.
        missing: How many bytes the next frame needs from ``end`` on; 0 where no head is there.
        damaged: Whether reading stops here: the next head is not one.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    end: int
    missing: int
    damaged: bool


def find_frames(block: bytes) -> Frames:
    """Return the frames of a block that begins with one."""
    starts: list[int] = []
    lengths: list[int] = []
    size, at, missing, damaged = len(block), 0, 0, False
    unpack, known = _HEAD.unpack_from, _known
    while at + HEAD_BYTES <= size:
        length, checksum = unpack(block, at)
        if known.get(length) != checksum and not _is_head(length, checksum):
            damaged = True
            break
        after = at + HEAD_BYTES + length + TAIL_BYTES
        if after > size:
            missing = after - at
            break
        starts.append(at + HEAD_BYTES)
        lengths.append(length)
        at = after
    return Frames(np.array(starts, np.int64), np.array(lengths, np.int64), at, missing, damaged)


def _is_head(length: int, checksum: int) -> bool:
    if masked(crc32c(struct.pack("<Q", length))) != checksum:
        return False
    if len(_known) < _MOST_KNOWN:
        _known[length] = checksum
    return True


def is_whole(block: bytes, start: int, length: int) -> bool:
    """Tell whether the data of one frame are as they were written."""
    end = start + length
    stored = int.from_bytes(block[end : end + TAIL_BYTES], "little")
    return masked(crc32c(block[start:end])) == stored


def whole_rows(
    block: NDArray[np.uint8], starts: NDArray[np.int64], length: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the data of frames of one length, and which of them are as they were written.

    Args:
        block: Bytes.
        starts: Where the data begin, shape ``(N,)``.
        length: How long they are; at most :data:`~neural.tracking.importers.crc32c.LONGEST_ROW`.

    Returns:
        Shapes ``(N, length)`` and ``(N,)``.
    """
    rows = block[starts[:, None] + np.arange(length + TAIL_BYTES)]
    stored = rows[:, length:].copy().view("<u4")[:, 0]
    data = rows[:, :length]
    return data, masked_rows(crc32c_rows(data)) == stored
