"""The tables of the index, and opening a database that may be old, foreign or damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from neural import __version__
from neural.tracking.query import register_functions
from neural.tracking.storage.cache_place import is_on_network

__all__ = ["INDEX_FILE", "create", "drop", "is_ours", "open_index", "open_memory", "open_new"]

INDEX_FILE = "index.sqlite"

#: Stands in the header of the file, so that another program's database is not taken for ours.
_APPLICATION_ID = 0x4E726C31
#: One more for every change of the tables or of what is kept in them; others are built anew.
_VERSION = 2

_MARKS = ("application_id", "user_version")

#: How long to wait for another process that is writing the index.
_PATIENCE_S = 1.0

# The facts stand by key and not by run: a condition reads one stretch of the table, a sort finds
# each run's value in it, and no second index has to be kept. What is long stands apart from the
# runs, so that going through all of them reads little.
_TABLES = """
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    folder TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created REAL,
    ended REAL,
    updated REAL,
    moved INTEGER NOT NULL,     -- mtime of the folder in ns when it was read; 0 if that may lie
    rests INTEGER NOT NULL,     -- 1 if only a new mtime can mean that something changed
    signature INTEGER NOT NULL  -- of the sizes and times of its files
);
CREATE TABLE states (
    run INTEGER PRIMARY KEY,
    doc BLOB NOT NULL,  -- the row of a listing
    state BLOB NOT NULL -- what it takes to read on
);
CREATE TABLE facts (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    kind INTEGER NOT NULL,
    num REAL,
    text TEXT,
    PRIMARY KEY (key, run)
) WITHOUT ROWID;
CREATE TABLE meta (
    revision INTEGER NOT NULL,
    base_time INTEGER NOT NULL, -- mtime of the folder of runs in ns; 0 if it says nothing
    writer TEXT NOT NULL
);
"""
_INDICES = """
CREATE INDEX runs_by_age ON runs (created DESC, id, run);
CREATE INDEX runs_by_id ON runs (id);
CREATE INDEX runs_by_freshness ON runs (folder, moved, rests);
"""


def open_index(place: Path) -> sqlite3.Connection:
    """Open the index in the folder ``place``.

    Raises:
        sqlite3.Error: There is none, or it is not usable.
    """
    path = place / INDEX_FILE
    connection = _connect(f"file:{_quoted(path)}?mode=rw")
    try:
        if not is_ours(connection):
            raise sqlite3.DatabaseError(f"{path} is not an index of this version")
        # Where several machines share the disk, a write-ahead log does not work.
        mode = "TRUNCATE" if is_on_network(place) else "WAL"
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("PRAGMA synchronous=NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def open_memory() -> sqlite3.Connection:
    """Return an empty index that lives in memory."""
    connection = _connect("file::memory:")
    create(connection)
    return connection


def open_new(path: Path) -> sqlite3.Connection:
    """Return an empty database at ``path``, for one quick write of everything.

    A process that dies meanwhile leaves a file that nobody opens.
    """
    connection = _connect(f"file:{_quoted(path)}?mode=rwc")
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database."""
    connection.executescript(_TABLES)
    connection.executescript(_INDICES)
    connection.execute("INSERT INTO meta VALUES (0, 0, ?)", (__version__,))
    connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={_VERSION}")


def is_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether a database is an index of this version.

    Raises:
        sqlite3.Error: It is no database.
    """
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS]
    if found != [_APPLICATION_ID, _VERSION]:
        return False
    # Another release may reckon some fact differently.
    return connection.execute("SELECT writer FROM meta").fetchall() == [(__version__,)]


def drop(place: Path) -> None:
    """Remove the index from the folder ``place``; it is built anew when it is needed."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            os.unlink(place / f"{INDEX_FILE}{ending}")


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA cache_size=-32768")  # reads the file
        register_functions(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(path.absolute()))
