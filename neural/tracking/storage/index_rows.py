"""Writing runs into the tables of the index; the caller holds the transaction."""

from __future__ import annotations

import functools
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from neural.tracking.query import encode_facts
from neural.tracking.query.facts import Kind, storable
from neural.tracking.records import FINAL_STATUSES, RunRecord, RunStatus
from neural.tracking.storage.facts import facts_of, row_of
from neural.tracking.storage.index_state import decode_look, encode_look, encode_row
from neural.tracking.storage.local import RunLook

__all__ = ["IndexedRun", "StoredState", "docs", "fact_rows", "indexed", "store", "stored_state"]

#: ``(key, kind, num, text)``
FactRow = tuple[str, int, float | None, str | None]

#: Facts in one statement, and from how many of one key on such a statement is worth it.
_FACTS_AT_ONCE = 200
_WORTH_IT = 8

_ENDED = frozenset({*FINAL_STATUSES, RunStatus.CRASHED})


class IndexedRun(NamedTuple):
    """A run as the tables keep it; the first fields are the columns of ``runs`` in order."""

    folder: str
    id: str
    name: str
    status: str
    created: float | None
    ended: float | None
    updated: float | None
    moved: int
    rests: bool
    signature: int
    doc: bytes
    state: bytes
    facts: list[FactRow]


_COLUMNS = IndexedRun._fields[:-3]
#: Of a fact beside its key.
_FACT_VALUES = ("run", "kind", "num", "text")


def indexed(look: RunLook, moved: int) -> IndexedRun:
    """Return what the tables keep of a run.

    Args:
        look: The run as it was read.
        moved: Modification time of its folder in nanoseconds, 0 if it may be changing just now.
    """
    record = look.record
    facts = facts_of(record)
    return IndexedRun(
        folder=record.folder,
        id=record.experiment_id,
        name=record.experiment_name,
        status=record.status,
        created=record.start_time,
        ended=record.end_time,
        updated=record.updated,
        moved=moved,
        rests=_rests(record),
        signature=look.signature,
        doc=encode_row(row_of(record)),
        state=encode_look(look),
        facts=fact_rows(facts),
    )


def _rests(record: RunRecord) -> bool:
    """Tell whether nobody is expected to go on with a run."""
    ended = record.end_time is not None or record.status in _ENDED
    return record.alive is False and ended


def fact_rows(facts: Mapping[str, Any]) -> list[FactRow]:
    """Return facts as rows of their table; missing ones are left out."""
    rows: list[FactRow] = []
    for key, value in facts.items():
        kind = type(value)
        if (kind is float and value == value) or (kind is int and -_EXACT < value < _EXACT):
            rows.append((_storable(key), _NUMBER, value, None))  # most facts, and so without ado
        elif kind is str:
            rows.append((_storable(key), *_encoded_text(value)))
        elif kind is bool:
            rows.append((_storable(key), _BOOL, float(value), None))
        elif value is not None:
            rows += encode_facts({key: value})
    return rows


_EXACT = 2**53
_NUMBER, _BOOL = Kind.NUMBER.value, Kind.BOOL.value


_storable = functools.lru_cache(maxsize=65536)(storable)


@functools.lru_cache(maxsize=4096)
def _encoded_text(text: str) -> tuple[int, float | None, str | None]:
    return next(encode_facts({"": text}))[1:]


class StoredState(NamedTuple):
    """What the index holds of a run already."""

    number: int
    state: bytes


def stored_state(connection: sqlite3.Connection, folder: str) -> StoredState | None:
    """Return what the index holds of the run in ``folder``."""
    sql = "SELECT run, state FROM runs JOIN states USING (run) WHERE folder = ?"
    found = connection.execute(sql, (folder,)).fetchone()
    return None if found is None else StoredState(*found)


def docs(connection: sqlite3.Connection, runs: Sequence[int]) -> list[bytes]:
    """Return the rows that a listing shows of ``runs``, given by number, in that order.

    Raises:
        sqlite3.DatabaseError: One is missing, so the index is damaged.
    """
    sql = "SELECT run, doc FROM states WHERE run IN (SELECT value FROM json_each(?))"
    found = dict(connection.execute(sql, (json.dumps(runs),)))
    try:
        return [found[run] for run in runs]
    except KeyError as exc:
        raise sqlite3.DatabaseError(f"run {exc} has no row") from None


def store(
    connection: sqlite3.Connection, runs: Sequence[IndexedRun], gone: Iterable[str] = ()
) -> None:
    """Put runs into the index, in place of what it holds of them.

    Args:
        connection: Inside a transaction.
        runs: New and changed ones.
        gone: Folders of runs that are no more.
    """
    new, changed = [], False
    for run in runs:
        known = stored_state(connection, run.folder)
        if known is None:
            new.append(run)
        elif known.state != run.state:
            _update(connection, known, run)
            changed = True
        else:  # nothing but the time of its folder
            sql = "UPDATE runs SET moved = ?, rests = ?, signature = ? WHERE run = ?"
            connection.execute(sql, (run.moved, run.rests, run.signature, known.number))
    for folder in gone:
        known = stored_state(connection, folder)
        if known is not None:
            _remove(connection, known)
            changed = True
    if new:
        first = connection.execute("SELECT ifnull(max(run), 0) + 1 FROM runs").fetchone()[0]
        _insert(connection, first, new)
    if new or changed:
        # Grows also when the index was deleted and made anew in between.
        now = time.time_ns() // 1_000_000
        connection.execute("UPDATE meta SET revision = max(revision + 1, ?)", (now,))


def _insert(connection: sqlite3.Connection, first: int, runs: Sequence[IndexedRun]) -> None:
    columns = ", ".join(("run", *_COLUMNS))
    marks = ", ".join("?" * (1 + len(_COLUMNS)))
    connection.executemany(
        f"INSERT INTO runs ({columns}) VALUES ({marks})",  # noqa: S608 - names of columns
        ((number, *run[: len(_COLUMNS)]) for number, run in enumerate(runs, first)),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO states VALUES (?, ?, ?)",
        ((number, run.doc, run.state) for number, run in enumerate(runs, first)),
    )
    # Key by key, so that each stretch of the table is written from its start to its end.
    by_key: defaultdict[str, list[Any]] = defaultdict(list)
    for number, run in enumerate(runs, first):
        for key, kind, num, text in run.facts:
            by_key[key] += (number, kind, num, text)
    width = len(_FACT_VALUES)
    few: list[tuple[Any, ...]] = []
    for key in sorted(by_key):
        values = by_key[key]
        if len(values) >= _WORTH_IT * width:
            _insert_facts(connection, key, values)
        else:
            few += ((key, *values[i : i + width]) for i in range(0, len(values), width))
    connection.executemany(_insert_statement(1), few)


def _insert_facts(connection: sqlite3.Connection, key: str, values: list[Any]) -> None:
    """Insert facts of one key; ``values`` are number, kind, num and text of each in a row."""
    width = len(_FACT_VALUES)
    step = _FACTS_AT_ONCE * width
    for start in range(0, len(values), step):
        part = values[start : start + step]
        connection.execute(_insert_statement(len(part) // width), [key, *part])


@functools.lru_cache(maxsize=_FACTS_AT_ONCE + 1)
def _insert_statement(count: int) -> str:
    first = range(2, 4 * count + 2, 4)
    marks = ", ".join(f"(?{i}, ?1, ?{i + 1}, ?{i + 2}, ?{i + 3})" for i in first)
    return f"INSERT OR REPLACE INTO facts (run, key, kind, num, text) VALUES {marks}"  # noqa: S608


def _update(connection: sqlite3.Connection, known: StoredState, new: IndexedRun) -> None:
    """Replace what is known of a run; of its facts only those that differ."""
    old, facts = set(_facts_in(known)), set(new.facts)
    _delete_facts(connection, known.number, {row[0] for row in old} - {row[0] for row in facts})
    connection.executemany(
        "INSERT OR REPLACE INTO facts (run, key, kind, num, text) VALUES (?, ?, ?, ?, ?)",
        ((known.number, *row) for row in facts - old),
    )
    settings = ", ".join(f"{column} = ?" for column in _COLUMNS)
    connection.execute(
        f"UPDATE runs SET {settings} WHERE run = ?",  # noqa: S608 - names of columns
        (*new[: len(_COLUMNS)], known.number),
    )
    connection.execute(
        "UPDATE states SET doc = ?, state = ? WHERE run = ?", (new.doc, new.state, known.number)
    )


def _remove(connection: sqlite3.Connection, known: StoredState) -> None:
    _delete_facts(connection, known.number, {row[0] for row in _facts_in(known)})
    connection.execute("DELETE FROM runs WHERE run = ?", (known.number,))
    connection.execute("DELETE FROM states WHERE run = ?", (known.number,))


def _delete_facts(connection: sqlite3.Connection, number: int, keys: Iterable[str]) -> None:
    connection.executemany(
        "DELETE FROM facts WHERE key = ? AND run = ?", ((key, number) for key in keys)
    )


def _facts_in(known: StoredState) -> list[FactRow]:
    """Return the facts that the index holds of a run, as its stored state tells them.

    The table itself stands by key: to find them there, all of it would have to be read.
    """
    return fact_rows(facts_of(decode_look(known.state).record))
