"""Folders of other trackers that a dashboard shows: opened, looked at, closed again."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking.query import Filter, SortKey
from neural.tracking.records import MetricSummary, Series
from neural.tracking.source_store import SourceMetrics, SourceStore
from neural.tracking.sources import Skipped, SourceMedia
from neural.tracking.storage.catalog import Page
from neural.tracking.storage.metrics_reader import View

__all__ = ["MOST_FOLDERS", "OpenedFolder", "OpenedFolders", "OpenedStore"]

#: More folders than this are not a view any more, but a store: import them.
MOST_FOLDERS = 16
#: Seconds between two looks into an opened folder, and the part of the time that looks may take.
_LOOK_S = 2.0
_SHARE = 10


class OpenedStore(SourceStore):
    """Runs in one opened folder; any thread may ask, and it is not looked at all the time."""

    def __init__(self, path: Path, kind: str | None) -> None:
        self._lock = threading.RLock()
        self._next_look = 0.0
        #: Why the folder cannot be read any more; empty while it can.
        self.problem = ""
        super().__init__([path], kind=kind)

    def refresh(self) -> bool:
        """Look for what is new, unless that was done a moment ago."""
        with self._lock:
            started = time.monotonic()
            if started < self._next_look:
                return False
            changed = self._look()
            took = time.monotonic() - started
            self._next_look = time.monotonic() + max(_LOOK_S, _SHARE * took)
            return changed

    def _look(self) -> bool:
        try:
            changed = super().refresh()
        except (NotFoundError, OSError) as exc:
            if self._revision == 0:  # it was just named: whoever did is told
                raise
            changed, self.problem = not self.problem, str(exc)
            self._found.clear()
            self._records.clear()
            self._revision += changed
            return changed
        self.problem = ""
        return changed

    def page(
        self,
        wanted: Filter,
        sort: Sequence[SortKey] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """See :meth:`SourceStore.page`."""
        with self._lock:
            return super().page(wanted, sort, limit=limit, offset=offset, max_age_s=max_age_s)

    def metrics(self, experiment_id: str) -> SourceMetrics:
        """See :meth:`SourceStore.metrics`."""
        return _LockedMetrics(super().metrics(experiment_id), self._lock)

    def has(self, experiment_id: str) -> bool:
        """Tell whether a run is here."""
        return experiment_id in self._records

    def ids(self) -> list[str]:
        """Return the ids of all runs."""
        with self._lock:
            return list(self._records)

    def run_folder(self, experiment_id: str) -> Path:
        """Return the folder that the files of a run lie in."""
        path = self._run(experiment_id)[1].path
        return path if path.is_dir() else path.parent

    def load(self, experiment_id: str, media: SourceMedia) -> bytes:
        """Return the bytes of an image or a text of a run.

        Raises:
            StorageError: They cannot be read any more.
        """
        assert media.place is not None
        with self._lock:
            return self._run(experiment_id)[0].load(media.place)


class _LockedMetrics(SourceMetrics):
    """The metrics of one run, read while nobody looks for new points."""

    def __init__(self, metrics: SourceMetrics, lock: threading.RLock) -> None:
        super().__init__(metrics._source, metrics._id)
        self._lock = lock

    def names(self) -> list[str]:
        """See :class:`SourceMetrics`."""
        with self._lock:
            return super().names()

    def series_of(self, names: Iterable[str], view: View = "logged") -> dict[str, Series]:
        """See :class:`SourceMetrics`."""
        with self._lock:
            return super().series_of(names, view)

    def entries(self) -> list[dict[str, Any]]:
        """See :class:`SourceMetrics`."""
        with self._lock:
            return super().entries()

    def summaries(self) -> dict[str, MetricSummary]:
        """See :class:`SourceMetrics`."""
        with self._lock:
            return super().summaries()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFolder:
    """A file or folder of other trackers that is shown.

    Attributes:
        key: By which it is closed again.
        path: Absolute.
        kind: What it was taken for; ``None``: told by its content.
        runs: How many there are, by kind.
        skipped: What is not shown of it.
        problem: Why it cannot be read any more; empty while it can.
    """

    key: str
    path: Path
    kind: str | None
    runs: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    problem: str


class OpenedFolders:
    """The folders of other trackers that one dashboard shows; any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[Path, str | None, OpenedStore]] = {}
        self._closed = 0

    def open(self, path: Path, kind: str | None = None) -> str:
        """Show what a file or folder holds, and return the key by which it is closed.

        Args:
            path: Absolute; whoever calls has checked that it may be read.
            kind: Take all of it for this kind; ``None`` tells by the content.

        Raises:
            NotFoundError: There is nothing, or there are no runs of other trackers in it.
            InvalidInputError: Too many are open already.
        """
        key = hashlib.sha256(f"{path}\0{kind}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
        if key in self._opened:
            return key
        if len(self._opened) >= MOST_FOLDERS:
            raise InvalidInputError(f"At most {MOST_FOLDERS} folders are open at once; close one")
        store = OpenedStore(path, kind)
        if not store.ids():
            why = "".join(f"; {one}" for one in store.skipped[:3])
            raise NotFoundError(f"There are no runs of other trackers in {str(path)!r}{why}")
        with self._lock:
            self._opened.setdefault(key, (path, kind, store))
        return key

    def close(self, key: str) -> None:
        """Show a folder no more; nothing in it was changed.

        Raises:
            NotFoundError: No such folder is open.
        """
        with self._lock:
            if self._opened.pop(key, None) is None:
                raise NotFoundError("This folder is not open")
            self._closed += 1

    def folders(self) -> list[OpenedFolder]:
        """Return what is open, in the order of opening."""
        return [
            OpenedFolder(
                key=key,
                path=path,
                kind=kind,
                runs=_by_kind(store),
                skipped=store.skipped,
                problem=store.problem,
            )
            for key, (path, kind, store) in list(self._opened.items())
        ]

    def stores(self) -> list[OpenedStore]:
        """Return the runs of each open folder."""
        return [store for _, _, store in list(self._opened.values())]

    @property
    def closings(self) -> int:
        """How many folders were closed so far; part of what tells that something changed."""
        return self._closed


def _by_kind(store: OpenedStore) -> dict[str, int]:
    found: dict[str, int] = {}
    for experiment_id in store.ids():
        with contextlib.suppress(NotFoundError):
            kind = store.record(experiment_id).tags.get("source", "")
            found[kind] = found.get(kind, 0) + 1
    return found
