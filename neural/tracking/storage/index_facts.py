"""Single facts of many runs from the index: cells, texts that occur, what varies."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from typing import Any

from neural.tracking.query import Filter, count_runs, fetch
from neural.tracking.query.facts import Kind

__all__ = ["cells", "texts", "varying"]

#: SQLite takes at least so many values in one statement.
_IDS_AT_ONCE = 500
#: Looking up the facts of single runs is worth it for less than this share of all.
_FEW = 0.05


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
    found = f"SELECT r.run FROM runs r WHERE {where}"  # noqa: S608
    marks = _marks(keys)
    ((count,),) = fetch(connection, wanted, count_runs(wanted))
    ((whole,),) = connection.execute("SELECT count(*) FROM runs")
    given: list[Any] = [*keys]
    if count == whole:  # the facts of a key stand next to each other
        some = f"facts f WHERE f.key IN ({marks})"
    elif count > whole * _FEW:
        some = f"facts f WHERE f.key IN ({marks}) AND +f.run IN ({found})"
        given = [*keys, *values]
    else:  # CROSS JOIN: as in cells()
        some = f"({found}) m CROSS JOIN facts f WHERE f.run = m.run AND f.key IN ({marks})"
        given = [*values, *keys]
    sql = (
        f"SELECT f.key FROM {some} GROUP BY f.key"  # noqa: S608
        " HAVING count(*) < ? OR min(f.kind) != max(f.kind)"
        " OR min(f.num) IS NOT max(f.num) OR min(f.text) IS NOT max(f.text)"
    )
    return {key for (key,) in fetch(connection, wanted, (sql, [*given, count]))}


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
