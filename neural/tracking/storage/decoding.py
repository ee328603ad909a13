r"""From the bytes of whole entries to entries, or to the columns of a few metrics.

Both come from blocks of entries joined by ``,\n``. A block is decoded at once; only one that
holds a damaged entry is gone through line by line, so that the others are kept.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from neural.tracking.storage.metrics_format import NON_FINITE, SEPARATOR, Block

__all__ = [
    "Columns",
    "Damage",
    "Entries",
    "columns_of",
    "decode_columns",
    "decode_entries",
    "decode_table",
    "fault_of",
    "lacks_a_sector",
    "number",
    "words_to_floats",
]

#: Beyond so many columns at once, decoding whole entries is quicker.
_MOST_COLUMNS = 64
#: A decoder for the columns of a table is worth making from so many entries on.
_FEWEST_ROWS = 32
_STEP_LIMIT = 2**63
_RESERVED = ("timestamp", "step")

#: What a disk writes whole or not at all, and how one looks that a power loss kept from it. In
#: an entry such blanks can still be JSON, if they fall into a name.
_SECTOR = 512
_GAP = b" " * _SECTOR
#: Between two entries, when the power went and one byte of a commit was on the disk.
_HALF_COMMIT = re.compile(rb"(?<=\})(?:\n\n|,\])")

_ENTRIES = msgspec.json.Decoder(list[dict[str, Any]])
_ENTRY = msgspec.json.Decoder(dict[str, Any])


class Damage(NamedTuple):
    """A place of a file that could not be read."""

    offset: int
    reason: str


class Entries(NamedTuple):
    """Entries of one block.

    Attributes:
        entries: As logged; NaN and infinities are floats.
        damage: Entries that are left out, and why.
        torn_at: Where a last entry starts that could not be decoded: behind the entry before it.
    """

    entries: list[dict[str, Any]]
    damage: tuple[Damage, ...] = ()
    torn_at: int | None = None


class Columns(NamedTuple):
    """Some metrics of one block; all lists have one item per entry.

    Attributes:
        steps: Steps of the entries.
        times: Their timestamps.
        values: By metric: the value, NaN and infinities as floats, ``None`` where not logged.
        damage: See :class:`Entries`.
        torn_at: See :class:`Entries`.
    """

    steps: list[int]
    times: list[float]
    values: dict[str, list[float | int | None]]
    damage: tuple[Damage, ...] = ()
    torn_at: int | None = None


def decode_entries(block: Block) -> Entries:
    """Return the entries of ``block``; a damaged one is left out and reported."""
    if _GAP in block.data:
        return _line_by_line(block)
    try:
        entries = _ENTRIES.decode(b"[%b]" % block.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _line_by_line(block)
    if not _are_sound(entries):
        return _line_by_line(block)
    if b'NaN"' in block.data or b'Infinity"' in block.data:
        words_to_floats(entries)
    return Entries(entries)


def _are_sound(entries: list[dict[str, Any]]) -> bool:
    try:
        steps = [entry["step"] for entry in entries]
        times = [entry["timestamp"] for entry in entries]
    except KeyError:
        return False
    sound = set(map(type, steps)) <= {int} and set(map(type, times)) <= {float}
    return sound and (not steps or (max(steps) < _STEP_LIMIT and min(steps) >= -_STEP_LIMIT))


def words_to_floats(entries: list[dict[str, Any]]) -> None:
    """Turn the words that stand for NaN and infinities into floats, in place."""
    for entry in entries:
        for name, value in entry.items():
            if type(value) is str and value in NON_FINITE:
                entry[name] = NON_FINITE[value]


def _line_by_line(block: Block) -> Entries:
    entries, damage, torn_at = [], [], None
    for offset, line in _lines(block):
        torn_at = None
        entry, reason = _decode_line(line, offset + len(SEPARATOR))
        if entry is not None:
            entries.append(entry)
        else:
            damage.append(Damage(offset + len(SEPARATOR), reason))
            torn_at = offset
    words_to_floats(entries)
    return Entries(entries, tuple(damage), torn_at)


def _lines(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yield each entry and the offset of the separator before it."""
    offset = block.start
    for line in block.data.split(SEPARATOR):
        whole = _decode_line(line, offset + len(SEPARATOR))[0] is not None
        for entry in [line] if whole else _HALF_COMMIT.split(line):
            yield offset, entry
            offset += len(SEPARATOR) + len(entry)


def lacks_a_sector(line: bytes, offset: int) -> bool:
    """Tell whether a sector of blanks stands in an entry: it was kept ready and never written.

    Args:
        line: The entry.
        offset: Where it begins in its file.
    """
    at = line.find(_GAP)
    while at >= 0:
        end = len(line) - len(line[at:].lstrip(b" "))
        if (offset + at) % _SECTOR == 0 == (offset + end) % _SECTOR:
            return True
        at = line.find(_GAP, end)
    return False


def _decode_line(line: bytes, offset: int) -> tuple[dict[str, Any] | None, str]:
    if lacks_a_sector(line, offset):
        return None, "a piece of an entry was never written to the disk"
    try:
        entry = _ENTRY.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        return None, f"an entry cannot be decoded ({exc})"
    reason = fault_of(entry)
    return (entry, "") if reason is None else (None, reason)


def fault_of(entry: dict[str, Any]) -> str | None:
    """Return what keeps an entry from having a place in a series, or ``None``."""
    step, timestamp = entry.get("step"), entry.get("timestamp")
    if not _is_small(step):
        return "an entry has no whole-numbered step of 64 bits"
    if type(timestamp) is not float and not _is_small(timestamp):
        return "an entry has no timestamp"
    return None


def _is_small(value: Any) -> bool:
    return type(value) is int and -_STEP_LIMIT <= value < _STEP_LIMIT


def decode_columns(block: Block, names: Sequence[str]) -> Columns:
    """Return the metrics ``names`` of ``block``, decoded at once where that is possible."""
    decoder = _row_decoder(tuple(names))
    if decoder is not None and _GAP not in block.data:
        try:
            return _from_rows(decoder.decode(b"[%b]" % block.data), names)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _NotTypedError):
            pass  # damage, or a value of an unexpected kind: look at each entry
    return columns_of(decode_entries(block), names)


def decode_table(block: Block) -> Columns | None:
    """Return every metric of ``block``, or ``None`` if its entries are not alike enough for that.

    About twice as quick as :func:`decode_entries` for many entries with the same metrics.
    """
    width = block.data.find(SEPARATOR)
    if width < 0 or width * _FEWEST_ROWS > len(block.data) or _GAP in block.data:
        return None
    try:
        first = _ENTRY.decode(block.data[:width])
        names = tuple(name for name in first if name not in _RESERVED)
        decoder = _row_decoder(names, strict=True)
        return decoder and _from_rows(decoder.decode(b"[%b]" % block.data), names)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _NotTypedError):
        return None


class _NotTypedError(Exception):
    """A block holds a value that only the entries' own decoder understands."""


@functools.lru_cache(maxsize=256)
def _row_decoder(
    names: tuple[str, ...], *, strict: bool = False
) -> msgspec.json.Decoder[list[Any]] | None:
    """Return a decoder of a few metrics; a strict one refuses entries that have others."""
    if len(names) > _MOST_COLUMNS:
        return None
    fields: list[Any] = [("timestamp", float), ("step", int)]
    fields += [(f"v{i}", int | float | str | None, None) for i in range(len(names))]
    try:
        row = msgspec.defstruct(
            "Row",
            fields,
            rename={f"v{i}": name for i, name in enumerate(names)},
            gc=False,
            forbid_unknown_fields=strict,
        )
    except ValueError:  # a name with a quote, a backslash or a control character
        return None
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


def _from_rows(rows: list[Any], names: Sequence[str]) -> Columns:
    steps = [row.step for row in rows]
    if steps and (max(steps) >= _STEP_LIMIT or min(steps) < -_STEP_LIMIT):
        raise _NotTypedError
    values = {name: _column(rows, f"v{i}") for i, name in enumerate(names)}
    return Columns(steps, [row.timestamp for row in rows], values)


def _column(rows: list[Any], field: str) -> list[float | int | None]:
    values = list(map(operator.attrgetter(field), rows))
    if str in set(map(type, values)):
        if not all(v in NON_FINITE for v in values if type(v) is str):
            raise _NotTypedError
        values = [NON_FINITE[v] if type(v) is str else v for v in values]
    return values


def columns_of(decoded: Entries, names: Sequence[str]) -> Columns:
    """Return the metrics ``names`` of decoded entries; what is no number counts as not logged."""
    entries = decoded.entries
    values = {name: [number(entry.get(name)) for entry in entries] for name in names}
    steps = [entry["step"] for entry in entries]
    times = [float(entry["timestamp"]) for entry in entries]
    return Columns(steps, times, values, decoded.damage, decoded.torn_at)


def number(value: Any) -> float | int | None:
    """Return a metric's value as logged by any writer: bools are 0 and 1, no number is ``None``."""
    if type(value) is float or type(value) is int:
        return value
    return int(value) if type(value) is bool else None
