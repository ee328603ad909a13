"""Inputs that are kept: what once failed, or is known to be hard, is tried again each time.

A file of ``tests/data/fuzz/<name>/`` is one input. A failure that a random test finds is printed
with its input; put that into a file there.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["kept"]

FOLDER = Path(__file__).parents[1] / "data" / "fuzz"


def kept(name: str) -> list[bytes]:
    """Return the kept inputs of one target, in the order of their names."""
    return [path.read_bytes() for path in sorted((FOLDER / name).iterdir())]
