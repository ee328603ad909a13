"""The index: every run of a folder in SQLite, brought up to date before each answer."""

from __future__ import annotations

import logging
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from neural.tracking.query import Filter, SortKey, count_runs, fetch, page_of_runs
from neural.tracking.records import RunRecord
from neural.tracking.storage import index_facts
from neural.tracking.storage.catalog import Page, missing
from neural.tracking.storage.index_database import IndexDatabase
from neural.tracking.storage.index_rows import docs, stored_state
from neural.tracking.storage.index_schema import INDEX_FILE
from neural.tracking.storage.index_state import decode_look, decode_row
from neural.tracking.storage.index_sync import IndexSync
from neural.tracking.storage.local import is_run

__all__ = ["IndexCatalog"]

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: In a store of more runs than this, what is answered may be this old, in seconds.
_LARGE_STORE = 1_000
_GRACE_S = 0.25

#: The next key after one, over and over: a table of many rows a key is not read through.
_KEYS = """
WITH RECURSIVE found(key) AS (
    SELECT min(key) FROM facts WHERE key >= ?1 AND key < ?2
    UNION ALL
    SELECT (SELECT min(key) FROM facts WHERE key > found.key AND key < ?2)
    FROM found WHERE found.key IS NOT NULL
)
SELECT key FROM found WHERE key IS NOT NULL
"""


class IndexCatalog:
    """Answers from an index of the runs; see :class:`~neural.tracking.storage.catalog.Catalog`.

    Only what changed is read again, from the last offset. The index may be deleted at any time,
    by anybody; a damaged or foreign one is replaced. Where it cannot be used, because another
    process keeps it locked or the disk is full, answers come from one in memory.

    Args:
        base_dir: Folder that holds the runs; need not exist.
        place: Folder for the index; ``None`` keeps it in memory.
    """

    def __init__(self, base_dir: Path, place: Path | None) -> None:
        self._base_dir = base_dir
        self._place = place
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._sync = IndexSync(self._base_dir)
        self._database = IndexDatabase(self._place, self._sync.refresh)
        self._spare: IndexCatalog | None = None
        self._refreshed = -math.inf

    def page(
        self,
        wanted: Filter,
        sort: Sequence[SortKey] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.page`."""

        def answer(connection: sqlite3.Connection) -> Page:
            found, total = page_of_runs(connection, wanted, sort, limit=limit, offset=offset)
            rows = [decode_row(doc) for doc in docs(connection, found)]
            (revision,) = connection.execute("SELECT revision FROM meta").fetchone()
            return Page(rows=rows, total=total, revision=revision)

        return self._answer(answer, max_age_s=max_age_s)

    def count(self, wanted: Filter) -> int:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.count`."""
        query = count_runs(wanted)
        return self._answer(lambda connection: int(fetch(connection, wanted, query)[0][0]))

    def names(self, kind: str) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.names`."""
        prefix, last = f"{kind}.", ".count" if kind == "metrics" else ""
        end = f"{kind}/"  # the next character after the point

        def answer(connection: sqlite3.Connection) -> list[str]:
            keys = (key for (key,) in connection.execute(_KEYS, (prefix, end)))
            return sorted(k[len(prefix) : len(k) - len(last)] for k in keys if k.endswith(last))

        return self._answer(answer)

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.cells`."""
        return self._answer(lambda c: index_facts.cells(c, ids, keys), refresh=False)

    def texts(self, key: str, limit: int) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.texts`."""
        return self._answer(lambda c: index_facts.texts(c, key, limit))

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.varying`."""
        return self._answer(lambda c: index_facts.varying(c, wanted, keys))

    def record(self, experiment_id: str) -> RunRecord:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.record`."""
        folder = self.folder(experiment_id)

        def answer(connection: sqlite3.Connection) -> bytes | None:
            self._sync.refresh_run(connection, folder)
            known = stored_state(connection, folder)
            return None if known is None else known.state

        state = self._answer(answer, refresh=False)
        record = None if state is None else decode_look(state).record
        if record is None or record.experiment_id != experiment_id:
            raise missing(experiment_id, self._base_dir)
        return record

    def folder(self, experiment_id: str) -> str:
        """Return the folder name of the run of exactly this id.

        Raises:
            NotFoundError: There is none.
        """
        for refresh in (False, True):  # most often the index knows, and need not look around
            folder = self._answer(lambda c: _folder(c, experiment_id), refresh=refresh)
            if folder is not None and is_run(self._base_dir, folder):
                return folder
        raise missing(experiment_id, self._base_dir)

    @property
    def is_there(self) -> bool:
        """Whether an answer needs no reading of all runs first."""
        return self._database.is_open or (
            self._place is not None and (self._place / INDEX_FILE).exists()
        )

    def forget(self, folder: str) -> None:
        """Read a run again before the next answer: this process has changed it."""
        with self._own_lock():
            self._sync.forget(folder)
            self._refreshed = -math.inf
            if self._spare is not None:
                self._spare.forget(folder)

    def close(self) -> None:
        """Let go of the index; the next answer opens it again."""
        with self._own_lock():
            self._database.close()

    def _answer(
        self,
        query: Callable[[sqlite3.Connection], T],
        *,
        refresh: bool = True,
        max_age_s: float = 0.0,
    ) -> T:
        asked = time.monotonic()
        with self._own_lock():
            for _ in range(2):
                try:
                    connection = self._database.connection()
                    if refresh:
                        self._bring_up_to_date(connection, asked, max_age_s)
                    return query(connection)
                except (sqlite3.Error, msgspec.MsgspecError, OSError) as exc:
                    self._refreshed = -math.inf
                    if self._place is None:
                        raise
                    if not self._mended(exc):
                        break
            if self._spare is None:
                self._spare = IndexCatalog(self._base_dir, None)
            return self._spare._answer(query, refresh=refresh, max_age_s=max_age_s)

    def _bring_up_to_date(
        self, connection: sqlite3.Connection, asked: float, max_age_s: float
    ) -> None:
        # Who had to wait for the lock profits from the look that was begun meanwhile.
        grace = max(_GRACE_S, max_age_s) if len(self._sync.known) > _LARGE_STORE else 0.0
        if self._refreshed + grace > asked:
            return
        begun = time.monotonic()
        self._sync.refresh(connection)
        self._refreshed = begun

    def _mended(self, error: Exception) -> bool:
        """Do what can be done about an error; tells whether trying again makes sense."""
        if isinstance(error, sqlite3.OperationalError | OSError):
            self._database.close()  # locked, deleted under us, no room: the file may be sound
            return "locked" not in str(error)
        _log.warning("The index in %s was unusable and is built anew: %s", self._place, error)
        self._database.drop()
        return True

    def _own_lock(self) -> threading.RLock:
        if self._pid != os.getpid():
            # In a forked child. What was open belongs to the parent, and closing it could free
            # the parent's locks; the lock may be held by a thread that is not here.
            _inherited.append(self._database)
            self._start()
        return self._lock


#: Databases of a parent process, kept from being closed.
_inherited: list[IndexDatabase] = []


def _folder(connection: sqlite3.Connection, experiment_id: str) -> str | None:
    """Return the folder of a run; of copies that share an id, the one that bears it first."""
    sql = "SELECT folder FROM runs WHERE id = ? ORDER BY folder NOT LIKE '%_' || id, folder LIMIT 1"
    found = connection.execute(sql, (experiment_id,)).fetchone()
    return None if found is None else str(found[0])
