"""Our own runs and those of opened folders as one store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.lens.opened import OpenedFolders, OpenedStore
from neural.tracking.query import Filter, SortKey, sort_runs
from neural.tracking.records import RunRecord
from neural.tracking.storage.catalog import Catalog, Page
from neural.tracking.storage.facts import facts_of
from neural.tracking.storage.port import MetricsSource
from neural.tracking.storage.run_store import LocalRunStore

__all__ = ["JoinedCatalog", "JoinedStore"]


class JoinedCatalog:
    """Finds runs in our own catalog and in opened folders; ours win where both have an id."""

    def __init__(self, own: Catalog, opened: OpenedFolders) -> None:
        self._own, self._opened = own, opened

    def page(
        self,
        wanted: Filter,
        sort: Sequence[SortKey] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """See :meth:`Catalog.page`."""
        first = None if limit is None else offset + limit
        own = self._own.page(wanted, sort, limit=first, max_age_s=max_age_s)
        keys = ["id", "created", *(key.key for key in sort)]
        facts = self._own.cells([row["experiment_id"] for row in own.rows], keys)
        found = [(row, facts.get(row["experiment_id"], {})) for row in own.rows]
        total, revisions = own.total, [own.revision, self._opened.closings]
        for store in self._opened.stores():
            page = store.page(wanted, sort)
            rows = [row for row in page.rows if row["experiment_id"] not in self._present(store)]
            revisions.append(page.revision)
            total += len(rows)
            found += [(row, facts_of(store.record(row["experiment_id"]))) for row in rows[:first]]
        ordered = sort_runs(found, sort, lambda pair: pair[1])
        shown = ordered[offset : None if limit is None else offset + limit]
        # Of the numbers only one combination is ever seen again by mistake in 2**60.
        revision = hash(tuple(revisions)) & (2**60 - 1)
        return Page(rows=[row for row, _ in shown], total=total, revision=revision)

    def count(self, wanted: Filter) -> int:
        """See :meth:`Catalog.count`."""
        return self._own.count(wanted) + sum(
            sum(row["experiment_id"] not in self._present(store) for row in store.page(wanted).rows)
            for store in self._opened.stores()
        )

    def _present(self, store: OpenedStore) -> frozenset[str]:
        """Return which runs of an opened folder were imported, and so are ours already."""
        return frozenset(self._own.cells(store.ids(), ["id"]))

    def record(self, experiment_id: str) -> RunRecord:
        """See :meth:`Catalog.record`."""
        with contextlib.suppress(NotFoundError):
            return self._own.record(experiment_id)
        for store in self._opened.stores():
            if store.has(experiment_id):
                return store.record(experiment_id)
        return self._own.record(experiment_id)

    def names(self, kind: str) -> list[str]:
        """See :meth:`Catalog.names`."""
        found = set(self._own.names(kind))
        return sorted(found.union(*(store.names(kind) for store in self._opened.stores())))

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See :meth:`Catalog.cells`."""
        found: dict[str, dict[str, Any]] = {}
        for store in self._opened.stores():
            theirs = [one for one in ids if store.has(one)]
            found |= store.cells(theirs, keys) if theirs else {}
        return found | self._own.cells(ids, keys)

    def texts(self, key: str, limit: int) -> list[str]:
        """See :meth:`Catalog.texts`; ours come first."""
        found = list(self._own.texts(key, limit))
        for store in self._opened.stores():
            found += store.texts(key, limit)
        return list(dict.fromkeys(found))[:limit]

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """See :meth:`Catalog.varying`."""
        found = self._own.varying(wanted, keys)
        samples: list[Mapping[str, Any]] = []
        for catalog in (self._own, *self._opened.stores()):
            found |= catalog.varying(wanted, keys)
            ids = [row["experiment_id"] for row in catalog.page(wanted, limit=1).rows]
            samples += [catalog.cells(ids, keys).get(one, {}) for one in ids]
        # What is the same in each of them may differ from one to the next.
        return found | {k for k in keys if len({repr(one.get(k)) for one in samples}) > 1}


class JoinedStore(LocalRunStore):
    """Our runs, which can be changed, and those of opened folders, which cannot."""

    def __init__(self, base_dir: Path, opened: OpenedFolders) -> None:
        self._opened = opened
        super().__init__(base_dir)

    @property
    def catalog(self) -> Catalog:
        """See :class:`LocalRunStore`."""
        own = super().catalog
        return JoinedCatalog(own, self._opened) if self._opened.stores() else own

    def foreign(self, experiment_id: str) -> OpenedStore | None:
        """Return the opened folder that a run is in; ``None`` for ours, and for none."""
        stores = [store for store in self._opened.stores() if store.has(experiment_id)]
        if not stores or super().catalog.cells([experiment_id], ["id"]):
            return None
        return stores[0]

    def metrics(self, experiment_id: str) -> MetricsSource:  # type: ignore[override]
        """See :class:`LocalRunStore`."""
        store = self.foreign(experiment_id)
        return super().metrics(experiment_id) if store is None else store.metrics(experiment_id)

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """See :class:`LocalRunStore`."""
        ids = list(experiment_ids)
        found: dict[str, str] = {}
        for store in self._opened.stores():
            found |= store.revision([one for one in ids if store.has(one)])
        return found | super().revision(ids)

    def annotate(
        self,
        experiment_id: str,
        tags: Mapping[str, str | None],
        values: Mapping[str, str | bool | None],
    ) -> None:
        """See :class:`LocalRunStore`."""
        if (store := self.foreign(experiment_id)) is not None:
            store.annotate(experiment_id, tags, values)  # refuses, and says what helps
        super().annotate(experiment_id, tags, values)

    def delete(self, experiment_id: str) -> None:
        """See :class:`LocalRunStore`."""
        if (store := self.foreign(experiment_id)) is not None:
            store.delete(experiment_id)  # refuses, and says what helps
        super().delete(experiment_id)
