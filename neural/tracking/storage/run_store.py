"""The runs in one folder on disk: found, read, described, thrown away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neural._clock import to_iso
from neural.errors import NotFoundError, StorageError
from neural.tracking.storage import trash
from neural.tracking.storage.cache_place import cache_place
from neural.tracking.storage.catalog import Catalog
from neural.tracking.storage.columns import ColumnCache
from neural.tracking.storage.documents import annotate, find_run
from neural.tracking.storage.facts import row_of
from neural.tracking.storage.index import IndexCatalog
from neural.tracking.storage.metrics_reader import RunMetrics
from neural.tracking.storage.run_cache import RunCache
from neural.tracking.storage.run_revision import run_revision

__all__ = ["LocalRunStore"]

_log = logging.getLogger(__name__)


class LocalRunStore:
    """Run directories below one folder; see :class:`~neural.tracking.storage.port.RunStore`.

    Args:
        base_dir: Folder that holds the runs; need not exist.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        self._lock = threading.Lock()
        self._warned = False
        self._open()

    def _open(self) -> None:
        is_there = self._base_dir.is_dir()
        place = cache_place(self._base_dir)
        self._cache = RunCache(None if place is None else ColumnCache(place / "columns"))
        self._own_index = IndexCatalog(self._base_dir, place)
        self._was_there = is_there  # last: other threads take it to mean that all is in place

    @property
    def catalog(self) -> Catalog:
        """Finds runs; see :class:`~neural.tracking.storage.catalog.Catalog`."""
        return self._index

    @property
    def _index(self) -> IndexCatalog:
        if not self._was_there:
            self._look_again()
        return self._own_index

    def _look_again(self) -> None:
        """Begin to keep what is derived once there is a folder to keep it in."""
        with self._lock:
            if self._was_there:
                return
            if self._base_dir.is_dir():
                self._open()
            elif not self._warned:
                self._warned = True
                _log.warning("There is no folder %s, so there are no runs in it", self._base_dir)

    def folder(self, experiment_id: str) -> Path:
        """Return the directory of the run of exactly this id.

        Raises:
            NotFoundError: There is none.
        """
        if not self._index.is_there:  # for one run it is not worth making
            return find_run(self._base_dir, experiment_id)
        return self._base_dir / self._index.folder(experiment_id)

    def metrics(self, experiment_id: str) -> RunMetrics:
        """Return the reader of the run's metrics.

        Raises:
            NotFoundError: There is no such run.
        """
        folder = self.folder(experiment_id)
        return self._cache.metrics(folder)

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """Return by id a short text that changes with the run; runs that are gone are left out."""
        found = {}
        for experiment_id in experiment_ids:
            try:
                folder = self.folder(experiment_id)
                found[experiment_id] = run_revision(folder, self._cache.metrics(folder))
            except (NotFoundError, OSError):
                continue
        return found

    def annotate(
        self,
        experiment_id: str,
        tags: Mapping[str, str | None],
        values: Mapping[str, str | bool | None],
    ) -> None:
        """Change what is said about a run.

        Args:
            experiment_id: Exact id.
            tags: Tags to set, and with ``None`` to take away; others stay.
            values: ``notes``, ``display_name``, ``archived``, ``pinned``; ``None`` takes it away.

        Raises:
            NotFoundError: There is no such run.
            StorageError: It cannot be written.
        """
        folder = self.folder(experiment_id)
        try:
            annotate(folder, tags=tags, metrics=None, **values)
        except OSError as exc:
            raise StorageError(f"{folder} cannot be annotated: {exc.strerror}") from exc
        finally:
            self._index.forget(folder.name)

    def delete(self, experiment_id: str) -> None:
        """Move a run to the trash.

        Raises:
            NotFoundError: There is no such run.
            RunIsAliveError: It is being written right now.
            StorageError: It cannot be moved.
        """
        folder = self.folder(experiment_id).name
        trash.throw_away(self._base_dir, folder)
        self._index.forget(folder)

    def restore(self, experiment_id: str) -> None:
        """Take a run out of the trash.

        Raises:
            NotFoundError: No such run is in the trash.
            StorageError: It cannot be moved.
        """
        self._index.forget(trash.restore(self._base_dir, experiment_id))

    def trash(self) -> list[dict[str, Any]]:
        """Return the runs in the trash, as a listing shows them, last deleted first.

        Each row also says when, under ``deleted``.
        """
        found = sorted(trash.trashed_runs(self._base_dir), key=lambda pair: -pair[1])
        return [row_of(record) | {"deleted": to_iso(deleted)} for record, deleted in found]

    def purge(self, ids: Iterable[str] | None = None) -> int:
        """Delete runs that are in the trash for good; see :func:`~..trash.purge`."""
        return trash.purge(self._base_dir, ids)
