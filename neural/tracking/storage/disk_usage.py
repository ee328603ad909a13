"""How much disk a folder takes."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["allocated_bytes"]

_BLOCK_BYTES = 512


def allocated_bytes(path: Path) -> int:
    """Return how many bytes the disk gave to ``path`` and all that is in it.

    Links are counted themselves and never followed; what vanishes meanwhile counts nothing.
    """
    try:
        total = _allocated(os.lstat(path))
    except OSError:
        return 0
    if path.is_symlink():
        return total
    for root, folders, files in os.walk(path):
        for name in (*folders, *files):
            try:
                total += _allocated(os.lstat(os.path.join(root, name)))
            except OSError:
                continue
    return total


def _allocated(state: os.stat_result) -> int:
    blocks = getattr(state, "st_blocks", None)
    return state.st_size if blocks is None else blocks * _BLOCK_BYTES
