"""Single facts of many runs from the index: cells, texts that occur, what varies."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from typing import Any

from neural.tracking.query import Filter, fetch
from neural.tracking.query.facts import Kind

__all__ = ["cells", "texts", "varying"]

#: SQLite takes at least so many values in one statement.
_IDS_AT_ONCE = 500


def cells(
    connection: sqlite3.Connection, ids: Sequence[str], keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return facts by run; see :meth:`~neural.tracking.storage.catalog.Catalog.cells`."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[start : start + _IDS_AT_ONCE]
        # CROSS JOIN: SQLite is to look up each run's facts, not to walk through all facts.
        sql = (
            "SELECT r.id, f.key, f.kind, f.num, f.text FROM runs r CROSS JOIN facts f"  # noqa: S608
            f" WHERE r.id IN ({_marks(some)}) AND f.run = r.run AND f.key IN ({_marks(keys)})"
        )
        for run, key, kind, num, text in connection.execute(sql, (*some, *keys)):
            found.setdefault(run, {})[key] = _value(kind, num, text)
    return found


def texts(connection: sqlite3.Connection, key: str, limit: int) -> list[str]:
    """Return texts that occur; see :meth:`~neural.tracking.storage.catalog.Catalog.texts`."""
    sql = (
        "SELECT text FROM facts WHERE key = ? AND kind = ? GROUP BY text"
        " ORDER BY count(*) DESC, text LIMIT ?"
    )
    return [text for (text,) in connection.execute(sql, (key, Kind.TEXT, limit))]


def varying(connection: sqlite3.Connection, wanted: Filter, keys: Sequence[str]) -> set[str]:
    """Return which facts differ; see :meth:`~neural.tracking.storage.catalog.Catalog.varying`."""
    where, values = wanted.sql()
    sql = (
        f"WITH m AS MATERIALIZED (SELECT r.run FROM runs r WHERE {where})"  # noqa: S608
        " SELECT f.key FROM m CROSS JOIN facts f"
        f" WHERE f.run = m.run AND f.key IN ({_marks(keys)}) GROUP BY f.key"
        " HAVING count(*) < (SELECT count(*) FROM m) OR min(f.kind) != max(f.kind)"
        " OR min(f.num) IS NOT max(f.num) OR min(f.text) IS NOT max(f.text)"
    )
    return {key for (key,) in fetch(connection, wanted, (sql, [*values, *keys]))}


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _value(kind: int, num: float | None, text: str | None) -> Any:
    if kind == Kind.BOOL:
        return bool(num)
    if kind == Kind.NAN:
        return math.nan
    if kind == Kind.NUMBER:
        return num if text is None else int(text)
    return text
