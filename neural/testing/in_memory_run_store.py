"""Runs that are kept in memory: the twin of those on disk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neural._clock import now, to_iso
from neural.errors import NotFoundError, RunIsAliveError
from neural.tracking.query import Filter, SortKey
from neural.tracking.query.facts import nearest_float
from neural.tracking.records import MetricSummary, RunRecord, Series
from neural.tracking.storage.catalog import (
    Page,
    cells_of,
    missing,
    names_in,
    page_of,
    texts_in,
    varying_in,
)
from neural.tracking.storage.exact_arrays import to_exact
from neural.tracking.storage.facts import row_of
from neural.tracking.storage.metrics_reader import View

__all__ = ["InMemoryMetrics", "InMemoryRunStore", "summary_of"]

#: ``(step, time, value)``
Point = tuple[int, float, float | int]


class InMemoryMetrics:
    """Metrics of one run as a list of entries.

    Args:
        entries: As logged: ``timestamp``, ``step`` and the metrics of each call.
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self._entries = [dict(entry) for entry in entries]

    def add(self, entry: Mapping[str, Any]) -> None:
        """Log one entry."""
        self._entries.append(dict(entry))

    def entries(self) -> list[dict[str, Any]]:
        """See :meth:`~neural.tracking.storage.port.MetricsSource.entries`."""
        return [dict(entry) for entry in self._entries]

    def names(self) -> list[str]:
        """See :meth:`~neural.tracking.storage.port.MetricsSource.names`."""
        found = dict.fromkeys(name for entry in self._entries for name in entry)
        return [name for name in found if name not in ("timestamp", "step")]

    def series(self, name: str, view: View = "logged") -> Series:
        """See :meth:`~neural.tracking.storage.port.MetricsSource.series`."""
        points = self._points(name)
        if view == "drawn":
            points = sorted({step: (step, time, value) for step, time, value in points}.values())
        return Series(
            np.array([step for step, _, _ in points], dtype=np.int64),
            np.array([time for _, time, _ in points], dtype=np.float64),
            to_exact([value for _, _, value in points]),
        )

    def series_of(self, names: Iterable[str], view: View = "logged") -> dict[str, Series]:
        """See :meth:`~neural.tracking.storage.port.MetricsSource.series_of`."""
        return {name: self.series(name, view) for name in names}

    def summaries(self) -> dict[str, MetricSummary]:
        """See :meth:`~neural.tracking.storage.port.MetricsSource.summaries`."""
        return {name: summary_of(self._points(name)) for name in self.names()}

    def _points(self, name: str) -> list[Point]:
        there = (entry for entry in self._entries if name in entry)
        return [(entry["step"], entry["timestamp"], entry[name]) for entry in there]


def summary_of(points: Sequence[Point]) -> MetricSummary:
    """Return the figures of a series of at least one point, worked out in the plainest way."""
    values = [(value, step) for step, _, value in points if value == value]
    low = min(values, key=lambda pair: pair[0], default=(math.nan, 0))
    high = max(values, key=lambda pair: pair[0], default=(math.nan, 0))
    return MetricSummary(
        count=len(points),
        nan_count=len(points) - len(values),
        last=points[-1][2],
        last_step=points[-1][0],
        min=low[0],
        min_step=low[1],
        max=high[0],
        max_step=high[1],
        mean=sum(nearest_float(v) for v, _ in values) / len(values) if values else math.nan,
    )


@dataclass
class _Run:
    record: RunRecord
    metrics: InMemoryMetrics
    revision: int = 0
    deleted: float = field(default=0.0)


class InMemoryRunStore:
    """Runs in a dict; see :class:`~neural.tracking.storage.port.RunStore`.

    It is its own catalog.
    """

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._trash: dict[str, _Run] = {}
        self._revision = 0

    def add(self, record: RunRecord, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        """Keep a run; what its metrics come to is worked out from ``entries``."""
        self._runs[record.experiment_id] = _Run(record, InMemoryMetrics(entries))
        self._revision += 1

    def log(self, experiment_id: str, entry: Mapping[str, Any]) -> None:
        """Log one entry to a run.

        Raises:
            NotFoundError: There is no such run.
        """
        self._run(experiment_id).metrics.add(entry)
        self._changed(experiment_id)

    @property
    def catalog(self) -> InMemoryRunStore:
        """See :attr:`~neural.tracking.storage.port.RunStore.catalog`."""
        return self

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
        records = map(self.record, self._runs)
        revision = self._revision
        return page_of(records, wanted, sort, limit=limit, offset=offset, revision=revision)

    def count(self, wanted: Filter) -> int:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.count`."""
        return self.page(wanted, limit=0).total

    def names(self, kind: str) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.names`."""
        return names_in(map(self.record, self._runs), kind)

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.cells`."""
        return cells_of(map(self.record, self._runs), ids, keys)

    def texts(self, key: str, limit: int) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.texts`."""
        return texts_in(map(self.record, self._runs), key, limit)

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.varying`."""
        return varying_in(map(self.record, self._runs), wanted, keys)

    def record(self, experiment_id: str) -> RunRecord:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.record`."""
        run = self._run(experiment_id)
        entries = run.metrics.entries()
        return replace(
            run.record,
            metrics=run.metrics.summaries(),
            entries=len(entries),
            updated=max((entry["timestamp"] for entry in entries), default=None),
        )

    def metrics(self, experiment_id: str) -> InMemoryMetrics:
        """See :meth:`~neural.tracking.storage.port.RunStore.metrics`."""
        return self._run(experiment_id).metrics

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """See :meth:`~neural.tracking.storage.port.RunStore.revision`."""
        return {i: str(self._runs[i].revision) for i in experiment_ids if i in self._runs}

    def annotate(
        self,
        experiment_id: str,
        tags: Mapping[str, str | None],
        values: Mapping[str, str | bool | None],
    ) -> None:
        """See :meth:`~neural.tracking.storage.port.RunStore.annotate`."""
        run = self._run(experiment_id)
        merged = {**run.record.tags, **tags}
        unset: dict[str, Any] = {"notes": "", "archived": False, "pinned": False}
        changes: dict[str, Any] = {}
        for key, value in values.items():
            changes[key] = unset.get(key) if value is None else value
        kept = {name: text for name, text in merged.items() if text is not None}
        run.record = replace(run.record, tags=kept, **changes)
        self._changed(experiment_id)

    def delete(self, experiment_id: str) -> None:
        """See :meth:`~neural.tracking.storage.port.RunStore.delete`."""
        run = self._run(experiment_id)
        if run.record.alive:
            raise RunIsAliveError(f"Run {experiment_id!r} is being written")
        run.deleted = now()
        self._trash[experiment_id] = self._runs.pop(experiment_id)
        self._revision += 1

    def restore(self, experiment_id: str) -> None:
        """See :meth:`~neural.tracking.storage.port.RunStore.restore`."""
        self._check_trashed({experiment_id})
        self._runs[experiment_id] = self._trash.pop(experiment_id)
        self._revision += 1

    def trash(self) -> list[dict[str, Any]]:
        """See :meth:`~neural.tracking.storage.port.RunStore.trash`."""
        runs = reversed(self._trash.values())
        return [row_of(run.record) | {"deleted": to_iso(run.deleted)} for run in runs]

    def purge(self, ids: Iterable[str] | None = None) -> int:
        """See :meth:`~neural.tracking.storage.port.RunStore.purge`; it frees no bytes of a disk."""
        chosen = set(self._trash) if ids is None else set(ids)
        self._check_trashed(chosen)
        for experiment_id in chosen:
            del self._trash[experiment_id]
        return 0

    def _run(self, experiment_id: str) -> _Run:
        try:
            return self._runs[experiment_id]
        except KeyError:
            raise missing(experiment_id, "this store") from None

    def _changed(self, experiment_id: str) -> None:
        self._revision += 1
        self._runs[experiment_id].revision = self._revision

    def _check_trashed(self, ids: set[str]) -> None:
        unknown = ids - set(self._trash)
        if unknown:
            raise NotFoundError(f"There is no run {', '.join(sorted(unknown))} in the trash")
