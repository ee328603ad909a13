"""Bringing an index up to date with the run folders."""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from neural.tracking.storage.freshness import FolderWatch, is_unchanged, settled
from neural.tracking.storage.index_rows import IndexedRun, indexed, store, stored_state
from neural.tracking.storage.index_state import decode_look
from neural.tracking.storage.index_sweep import IndexSweep
from neural.tracking.storage.local import RunLook, look_at

__all__ = ["IndexSync"]

#: Runs that are read before the index is locked to take them.
_RUNS_AT_ONCE = 5_000


class IndexSync:
    """Finds out which runs changed, reads those, and writes them into the index.

    Args:
        base_dir: Folder that holds the runs.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        self._watch = FolderWatch(base_dir)
        self._sweep = IndexSweep(base_dir)
        #: Times of the folders of all runs in the index.
        self.known: dict[str, int] = {}
        self._unsettled: set[str] = set()  # of those: what their folders' times do not tell
        self._live: dict[str, RunLook] = {}
        self._connection: sqlite3.Connection | None = None
        self._version = 0
        self._stored_base_time = 0

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Bring the index up to date.

        Raises:
            sqlite3.Error: It is locked, damaged or full.
            msgspec.MsgspecError: It is damaged.
        """
        self._load(connection)
        seen = self._watch.folders(self.known)
        base_time = 0 if self._watch.has_others else self._watch.base_time
        changed, gone = set(self._unsettled), []
        if seen is not self.known:
            changed.update(name for name, moved in seen.items() if self.known.get(name) != moved)
            gone = [name for name in self.known if name not in seen]
        changed.update(self._moved_on(changed.union(gone)))
        changed |= self._sweep.changed(connection, len(self.known)) & self.known.keys()
        changed.difference_update(gone)
        if changed or gone:
            self._write(connection, list(changed), gone)
        if base_time != self._stored_base_time:
            connection.execute("UPDATE meta SET base_time = ?", (base_time,))
            self._stored_base_time = base_time

    def refresh_run(self, connection: sqlite3.Connection, folder: str) -> None:
        """Bring one run that is in the index up to date; see :meth:`refresh` for what is raised."""
        self._load(connection)
        try:
            moved = os.stat(self._base_dir / folder).st_mtime_ns
        except OSError:
            self._write(connection, [], [folder])
            return
        look = self._live.get(folder)
        if self.known.get(folder) != moved or (look and not self._is_unchanged(folder, look)):
            self._write(connection, [folder], [])

    def forget(self, folder: str) -> None:
        """Read a run again at the next refresh: it was changed by this process just now."""
        if folder in self.known:
            self._note(folder, 0)

    def _note(self, folder: str, moved: int) -> None:
        self.known[folder] = moved
        if moved:
            self._unsettled.discard(folder)
        else:
            self._unsettled.add(folder)

    def _load(self, connection: sqlite3.Connection) -> None:
        """Take over what the index says, unless only this object has written to it since."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if self._connection is connection and self._version == version:
            return
        self.known = dict(connection.execute("SELECT folder, moved FROM runs"))
        self._unsettled = {folder for folder, moved in self.known.items() if not moved}
        self._live = dict(_live_looks(connection))
        (self._stored_base_time,) = connection.execute("SELECT base_time FROM meta").fetchone()
        self._watch.base_time = self._stored_base_time
        self._connection, self._version = connection, version

    def _moved_on(self, others: set[str]) -> list[str]:
        """Return the runs that are being written and have new entries, or have come to an end."""
        return [
            name
            for name, look in self._live.items()
            if name not in others and not self._is_unchanged(name, look)
        ]

    def _is_unchanged(self, folder: str, look: RunLook) -> bool:
        return is_unchanged(self._base_dir / folder, look)

    def _write(
        self, connection: sqlite3.Connection, changed: Sequence[str], gone: Sequence[str]
    ) -> None:
        for start in range(0, max(len(changed), 1), _RUNS_AT_ONCE):
            part = changed[start : start + _RUNS_AT_ONCE]
            with _collector_paused():
                # Read first, so that the index is locked for a moment only.
                found = list(self._read(connection, part))
                with _transaction(connection):
                    store(connection, [run for _, run in found], gone if start == 0 else ())
            for look, run in found:
                self._remember(look, run)
        for folder in gone:
            self.known.pop(folder, None)
            self._unsettled.discard(folder)
            self._live.pop(folder, None)

    def _read(
        self, connection: sqlite3.Connection, folders: Sequence[str]
    ) -> Iterator[tuple[RunLook, IndexedRun]]:
        for folder in folders:
            run_dir = f"{self._base_dir}/{folder}"
            now = time.time_ns()
            try:
                moved = os.stat(run_dir).st_mtime_ns
            except OSError:  # gone just now; the next look will tell
                continue
            earlier = self._live.get(folder) or self._stored(connection, folder)
            look = look_at(run_dir, earlier.figures if earlier else None)
            yield look, indexed(look, settled(moved, now))

    def _stored(self, connection: sqlite3.Connection, folder: str) -> RunLook | None:
        if folder not in self.known:
            return None
        found = stored_state(connection, folder)
        return None if found is None else decode_look(found.state)

    def _remember(self, look: RunLook, run: IndexedRun) -> None:
        self._note(run.folder, run.moved)
        if run.rests:
            self._live.pop(run.folder, None)
        else:
            self._live[run.folder] = look


def _live_looks(connection: sqlite3.Connection) -> Iterator[tuple[str, RunLook]]:
    sql = "SELECT folder, state FROM runs JOIN states USING (run) WHERE NOT rests"
    for folder, state in connection.execute(sql):
        yield folder, decode_look(state)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the collector of cycles from walking over and over what is about to be stored."""
    pause = gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()
