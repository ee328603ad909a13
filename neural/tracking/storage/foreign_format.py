"""Metrics files that another program wrote: any JSON array of entries, read whole.

The seed's original tracker indents its array, spells NaN as a bare token and rewrites the file at
each call, so it may be caught half-written. What can be made out is kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

from neural.tracking.storage.decoding import (
    Damage,
    Entries,
    fault_of,
    lacks_a_sector,
    words_to_floats,
)
from neural.tracking.storage.small_files import DamagedError, parse_json

__all__ = ["LARGEST_FOREIGN_BYTES", "parse_entries"]

#: Such a file is rewritten whole at each call; one larger than this is no metrics file.
LARGEST_FOREIGN_BYTES = 1 << 29
_MOST_DAMAGE = 1000
#: Where another entry may start after one that could not be read.
_NEXT = re.compile(rb"[\n,]\s*(?=\{)")


def parse_entries(data: bytes) -> Entries:
    """Return the entries in ``data``, the whole content of a file."""
    if not data.strip():
        return Entries([], (Damage(0, "it is empty"),))
    try:
        value = parse_json(data)
    except DamagedError as exc:
        return _salvage(data, Damage(exc.offset, exc.reason))
    if not isinstance(value, list):
        return Entries([], (Damage(0, "it should hold a JSON array of entries"),))
    if not all(isinstance(item, dict) and fault_of(item) is None for item in value):
        return _salvage(data, Damage(0, "not every item of the array is an entry"))
    words_to_floats(value)
    return Entries(value)


def _salvage(data: bytes, otherwise: Damage) -> Entries:
    """Go through ``data`` object by object; what is left out is reported with its place.

    Args:
        data: The whole content of a file that is not sound as a whole.
        otherwise: What to report if each object by itself is sound.
    """
    entries: list[dict[str, Any]] = []
    damage: list[Damage] = []
    text = data.decode("latin-1")  # one character per byte; each entry is decoded on its own
    decoder = json.JSONDecoder()
    position = data.find(b"{")
    while position >= 0 and len(damage) < _MOST_DAMAGE:
        try:
            end = decoder.raw_decode(text, position)[1]
            entry = parse_json(data[position:end])
            reason = fault_of(entry)
            if lacks_a_sector(data[position:end], position):
                end, reason = position + 1, "a piece of an entry was never written to the disk"
        except (ValueError, RecursionError, DamagedError):
            end, reason = position + 1, "an entry cannot be decoded"
        if reason is None:
            entries.append(entry)
        else:
            damage.append(Damage(position, reason))
        found = _NEXT.search(data, end)
        position = found.end() if found else -1
    words_to_floats(entries)
    return Entries(entries, tuple(damage) or (otherwise,))
