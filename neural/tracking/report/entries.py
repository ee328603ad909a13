"""A metrics file as columns and back, byte for byte: columns pack to half of what text does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import orjson

from neural.errors import InvalidInputError
from neural.tracking.report.blocks import BlockReader, BlockWriter
from neural.tracking.report.package import Entries, Shape
from neural.tracking.storage.metrics_format import CLOSING, EMPTY, NON_FINITE, encode_entry

__all__ = ["from_columns", "to_columns"]

_HEAD = b"[ \n"
_BETWEEN = b",\n"
#: Shapes are numbered in two bytes.
_MOST_SHAPES = 1 << 16
_LARGEST = 2**63

Row = dict[str, Any]


def to_columns(data: bytes, blocks: BlockWriter) -> Entries | None:
    """Return the entries of a metrics file as columns; ``None`` if they would not come back.

    The columns are turned into a file again and that compared with ``data``, so what comes back
    is not nearly the same but the same.

    Args:
        data: A whole file in the line format.
        blocks: Takes the columns.
    """
    rows = _rows(data)
    if rows is None:
        return None
    shapes: dict[tuple[tuple[str, ...], tuple[type, ...]], list[Iterable[Any]]] = {}
    order = []
    for row in rows:
        key = tuple(row), tuple(map(type, row.values()))
        found = shapes.setdefault(key, [])
        order.append(key)
        found.append(row.values())
    if len(shapes) > _MOST_SHAPES or b"".join(_file(rows)) != data:
        return None
    number = {key: place for place, key in enumerate(shapes)}
    return Entries(
        shapes=[
            Shape(names=list(names), blocks=[blocks.add(c) for c in _columns(types, values)])
            for (names, types), values in shapes.items()
        ],
        order=blocks.add(np.array([number[key] for key in order], dtype=np.uint16))
        if len(shapes) > 1
        else None,
    )


def _rows(data: bytes) -> list[Row] | None:
    """Return the entries of a file whose columns can be arrays; ``None`` for all others."""
    if not (data.startswith(_HEAD) and data.endswith(CLOSING)):
        return [] if data == EMPTY else None
    try:
        rows = msgspec.json.decode(data, type=list[dict[str, float | int | str]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for row in rows:
        if not _made_plain(row):
            return None
    return rows


def _made_plain(row: Row) -> bool:
    """Turn the words of an entry into floats; tells whether arrays can hold all of it."""
    for name, value in row.items():
        if type(value) is str:
            if value not in NON_FINITE:
                return False
            row[name] = NON_FINITE[value]
        elif type(value) is int and not -_LARGEST <= value < _LARGEST:
            return False
    return next(iter(row), "") == "timestamp" and type(row.get("step")) is int


def _columns(types: tuple[type, ...], values: list[Iterable[Any]]) -> Iterator[Any]:
    for kind, column in zip(types, zip(*values, strict=True), strict=True):
        yield np.array(column, dtype=np.int64 if kind is int else np.float64)


def from_columns(entries: Entries, blocks: BlockReader, most_bytes: int) -> bytes:
    """Return the metrics file that :func:`to_columns` was given.

    Args:
        entries: The columns.
        blocks: Where they lie.
        most_bytes: Refuse to make a larger file.

    Raises:
        InvalidInputError: The columns do not fit together, or would make a larger file.
    """
    tables = [_table(shape, blocks) for shape in entries.shapes]
    # A number takes at most 25 characters, a character of a name at most 6 bytes; looked at
    # before anything is made of it.
    size = sum(
        len(table[0]) * sum(6 * len(name) + 30 for name in shape.names)
        for shape, table in zip(entries.shapes, tables, strict=True)
        if table
    )
    if size > most_bytes:
        raise InvalidInputError(f"A metrics file of the report would take {size} bytes")
    rows = list(_in_order(entries, tables, blocks))
    try:
        made = b"".join(_file(rows))
    except (TypeError, ValueError) as exc:  # a time that is NaN, a name that is no text
        raise InvalidInputError(f"Columns of the report are no metrics: {exc}") from exc
    if len(made) > most_bytes:
        raise InvalidInputError(f"A metrics file of the report would take {len(made)} bytes")
    return made


def _table(shape: Shape, blocks: BlockReader) -> list[list[Any]]:
    columns = [blocks.get(number) for number in shape.blocks]
    lengths = {column.size for column in columns}
    if (
        len(columns) != len(shape.names)
        or len(lengths) != 1
        or len(set(shape.names)) < len(columns)
    ):
        raise InvalidInputError("Columns of the report do not fit together")
    return [column.tolist() for column in columns]


def _in_order(
    entries: Entries, tables: list[list[list[Any]]], blocks: BlockReader
) -> Iterator[Row]:
    rows = [
        _rows_of(shape.names, table) for shape, table in zip(entries.shapes, tables, strict=True)
    ]
    if entries.order is None:
        for one in rows[:1]:
            yield from one
        return
    order = blocks.get(entries.order).tolist()
    counts = np.bincount(np.asarray(order, dtype=np.int64), minlength=len(tables)).tolist()
    if counts != [len(table[0]) for table in tables]:
        raise InvalidInputError("The order of entries in the report does not fit its columns")
    for number in order:
        yield next(rows[number])


def _rows_of(names: list[str], table: list[list[Any]]) -> Iterator[Row]:
    for values in zip(*table, strict=True):
        yield dict(zip(names, values, strict=True))


def _file(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the parts of a metrics file."""
    is_first = True
    for row in rows:
        yield _HEAD if is_first else _BETWEEN
        yield _line(row)
        is_first = False
    yield EMPTY if is_first else CLOSING


def _line(row: Row) -> bytes:
    if all(type(value) is int or math.isfinite(value) for value in row.values()):
        return orjson.dumps(row)
    values = dict(row)
    timestamp, step = values.pop("timestamp", 0.0), values.pop("step", 0)
    return encode_entry(timestamp, step, values)
