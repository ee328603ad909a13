"""The file of the index: made, opened, checked, and made anew when it is gone or unusable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from neural.tracking.storage.index_schema import (
    INDEX_FILE,
    create,
    drop,
    open_index,
    open_memory,
    open_new,
)

__all__ = ["IndexDatabase"]


class IndexDatabase:
    """Gives out a connection to an index that is there and is ours.

    Args:
        place: Folder of the index; ``None`` keeps it in memory.
        fill: Puts all runs into a new, empty index.
    """

    def __init__(self, place: Path | None, fill: Callable[[sqlite3.Connection], None]) -> None:
        self._place = place
        self._fill = fill
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._pid = os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already."""
        return self._connection is not None

    def connection(self) -> sqlite3.Connection:
        """Return a connection to the index, which is made if it is not there.

        Raises:
            sqlite3.Error: It can be neither opened nor made.
            OSError: There is no room for it.
        """
        if self._connection is not None and self._inode != _inode(self._place):
            self.close()  # deleted or replaced by somebody
        if self._connection is None:
            self._connection = self._open()
            self._inode = _inode(self._place)
        return self._connection

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def __del__(self, getpid: Callable[[], int] = os.getpid) -> None:
        # At the end of the interpreter modules are gone. What a forked child has is its parent's.
        if self._connection is not None and self._pid == getpid():
            self._connection.close()

    def drop(self) -> None:
        """Remove the index; the next call makes another."""
        self.close()
        if self._place is not None:
            drop(self._place)

    def _open(self) -> sqlite3.Connection:
        if self._place is None:
            connection = open_memory()
            self._fill(connection)
            return connection
        if not (self._place / INDEX_FILE).exists():
            self._make()
        try:
            return open_index(self._place)
        except sqlite3.OperationalError:  # locked, or no access: it may well be sound
            raise
        except sqlite3.DatabaseError:  # damaged, of another program, or of another version
            drop(self._place)
            self._make()
            return open_index(self._place)

    def _make(self) -> None:
        """Make the index under another name and put it in place whole.

        If another process was faster, its index is as good as ours.
        """
        assert self._place is not None
        self._place.mkdir(parents=True, exist_ok=True)
        temporary = self._place / f".{INDEX_FILE}.{os.getpid()}.{os.urandom(3).hex()}.tmp"
        try:
            with contextlib.closing(open_new(temporary)) as connection:
                create(connection)
                self._fill(connection)
            with contextlib.suppress(FileExistsError):
                os.link(temporary, self._place / INDEX_FILE)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _inode(place: Path | None) -> int:
    if place is None:
        return 0
    try:
        return os.stat(place / INDEX_FILE).st_ino
    except OSError:
        return -1
