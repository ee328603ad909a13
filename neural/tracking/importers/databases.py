"""SQLite files of other programs: opened for reading only, beside a writer that goes on."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from neural.tracking._source_tree import Folder

__all__ = ["MAGIC", "columns_of", "database_files", "opened"]

MAGIC = b"SQLite format 3\0"
_WAIT_S = 1.0


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading; nothing is made or changed beside it.

    A log that a living writer keeps beside it is read with it. Where a killed one has left a log,
    SQLite would have to write to read it: then both are copied elsewhere first.

    Raises:
        ValueError: It is no database, or another program keeps all others out.
        OSError: It cannot be read.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is not a regular file")
    log = path.with_name(f"{path.name}-wal")
    if path.with_name(f"{path.name}-shm").exists():
        with _connected(path, "mode=ro") as connection:
            yield connection
    elif log.exists() and log.stat().st_size:
        with tempfile.TemporaryDirectory(prefix="neural-") as folder:
            for one in (path, log):
                shutil.copyfile(one, Path(folder) / one.name, follow_symlinks=False)
            with _connected(Path(folder) / path.name, "mode=rw") as connection:
                yield connection
    else:
        with _connected(path, "mode=ro&immutable=1" if _is_wal(path) else "mode=ro") as connection:
            yield connection


@contextmanager
def _connected(path: Path, options: str) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?{options}", uri=True, timeout=_WAIT_S
        )
        with closing(connection):
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            yield connection
    except sqlite3.Error as exc:
        raise ValueError(f"the database cannot be read: {exc}") from exc


def _is_wal(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(20)[18:20] == b"\2\2"


def columns_of(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Return the columns of each table by its name, in lower case."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {
        str(name).lower(): {
            str(row[1]).lower()
            for row in connection.execute(f"PRAGMA table_info({_quoted(str(name))})")
        }
        for (name,) in tables
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def database_files(folder: Folder) -> Iterator[tuple[str, dict[str, set[str]]]]:
    """Yield the databases in a folder with their tables and columns."""
    for name in folder.files:
        if folder.head(name).startswith(MAGIC):
            try:
                with opened(folder.path / name) as connection:
                    tables = columns_of(connection)
            except (ValueError, OSError):
                continue
            yield name, tables
