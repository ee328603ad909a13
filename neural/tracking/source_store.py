"""The lens: runs of other trackers where they lie, seen as a store that nobody can write."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from neural.errors import ReadOnlyError
from neural.tracking.detection import Detection, Watch
from neural.tracking.query import Filter, SortKey
from neural.tracking.records import MetricSummary, RunRecord, Series
from neural.tracking.sources import (
    RunSource,
    Skipped,
    SourceFile,
    SourceMedia,
    SourceRun,
    run_id_of,
)
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
from neural.tracking.storage.facts import facts_of
from neural.tracking.storage.metrics_reader import View

__all__ = ["SourceMetrics", "SourceStore"]

#: So many points are gone through faster in Python than as arrays.
_FEW = 100


class SourceMetrics:
    """The metrics of one foreign run; see :class:`~neural.tracking.storage.port.MetricsSource`.

    Args:
        source: Where it was read.
        source_id: Its id there.
    """

    def __init__(self, source: RunSource, source_id: str) -> None:
        self._source, self._id = source, source_id

    def names(self) -> list[str]:
        """Return the names of all metrics, in order of first logging."""
        return list(self._source.series(self._id))

    def series(self, name: str, view: View = "logged") -> Series:
        """Return the points of one metric; empty arrays if it was never logged."""
        return self.series_of([name], view)[name]

    def series_of(self, names: Iterable[str], view: View = "logged") -> dict[str, Series]:
        """Return the points of several metrics; drawn is the last one of each step."""
        known = self._source.series(self._id)
        empty = Series(np.empty(0, np.int64), np.empty(0), np.empty(0))
        found = {name: known.get(name, empty) for name in names}
        return {n: _drawn(s) for n, s in found.items()} if view == "drawn" else found

    def entries(self) -> list[dict[str, Any]]:
        """Return every point as an entry of its own."""
        return [
            {"timestamp": time, "step": step, name: value}
            for name, series in self._source.series(self._id).items()
            for step, time, value in zip(*(column.tolist() for column in series), strict=True)
        ]

    def summaries(self) -> dict[str, MetricSummary]:
        """Return figures of all metrics over all their values."""
        return _summaries(self._source.series(self._id))


def _drawn(series: Series) -> Series:
    last = {step: at for at, step in enumerate(series.step.tolist())}
    order = [last[step] for step in sorted(last)]
    return Series(series.step[order], series.time[order], series.value[order])


def _summaries(series: Mapping[str, Series]) -> dict[str, MetricSummary]:
    return {
        name: _short_summary(points) if len(points.step) <= _FEW else _summary(points)
        for name, points in series.items()
        if len(points.step)
    }


def _short_summary(series: Series) -> MetricSummary:
    """Return the same as :func:`_summary`, faster where arrays are not worth their while."""
    values, steps = series.value.tolist(), series.step.tolist()
    there = [at for at, value in enumerate(values) if value == value]
    low = min(there, key=values.__getitem__, default=None)
    high = max(there, key=values.__getitem__, default=None)
    return MetricSummary(
        count=len(values),
        nan_count=len(values) - len(there),
        last=values[-1],
        last_step=steps[-1],
        min=math.nan if low is None else values[low],
        min_step=0 if low is None else steps[low],
        max=math.nan if high is None else values[high],
        max_step=0 if high is None else steps[high],
        mean=_mean([values[at] for at in there]),
    )


def _mean(values: list[float]) -> float:
    try:
        return float(sum(values) / len(values)) if values else math.nan
    except OverflowError:  # whole numbers of any size
        return math.inf if sum(values) > 0 else -math.inf


def _summary(series: Series) -> MetricSummary:
    values = series.value if series.value.dtype == np.float64 else series.value.astype(np.float64)
    there = np.flatnonzero(~np.isnan(values))
    low = int(there[np.argmin(values[there])]) if len(there) else -1
    high = int(there[np.argmax(values[there])]) if len(there) else -1
    exact = to_exact(series.value.tolist()) if series.value.dtype == object else series.value

    def point(at: int) -> tuple[Any, int]:
        return (exact[at : at + 1].tolist()[0], int(series.step[at])) if at >= 0 else (np.nan, 0)

    with np.errstate(invalid="ignore", over="ignore"):  # infinities of both signs have no mean
        mean = float(values[there].mean()) if len(there) else float("nan")
    return MetricSummary(
        count=len(values),
        nan_count=len(values) - len(there),
        last=point(len(values) - 1)[0],
        last_step=int(series.step[-1]),
        min=point(low)[0],
        min_step=point(low)[1],
        max=point(high)[0],
        max_step=point(high)[1],
        mean=mean,
    )


class SourceStore:
    """Runs below some paths; see :class:`~neural.tracking.storage.port.RunStore`.

    It is its own catalog. Every listing looks for new runs and points first; what would change a
    run raises :class:`~neural.errors.ReadOnlyError`.

    Args:
        paths: Files and folders.
        kind: Take all of them for this kind; ``None`` tells by the content.
    """

    def __init__(self, paths: Iterable[Path], *, kind: str | None = None) -> None:
        self._paths = list(paths)
        self._watches = [Watch(path, kind=kind) for path in self._paths]
        self._sources: dict[Detection, RunSource] = {}
        self._found: dict[str, tuple[RunSource, SourceRun]] = {}
        self._records: dict[str, RunRecord] = {}
        self._facts: dict[str, dict[str, Any]] = {}
        self._skipped: tuple[Skipped, ...] = ()
        self._revision = 0
        self.refresh()

    def refresh(self) -> bool:
        """Look for new runs and points; returns whether there were any.

        Raises:
            NotFoundError: There is nothing at one of the paths.
        """
        with _without_collector():
            return self._refresh()

    def _refresh(self) -> bool:
        skipped: list[Skipped] = []
        changed = False
        sources: dict[Detection, RunSource] = {}
        for watch in self._watches:
            found = watch.look()
            skipped += found.skipped
            for detection in found.detections:
                source = self._sources.get(detection) or detection.open()
                sources[detection] = source
                if source.refresh():
                    changed = True
                    self._keep(detection.kind, source)
        gone = set(self._sources) - set(sources)
        self._sources, self._skipped = sources, tuple(skipped)
        if gone:
            self._found.clear()
            self._records.clear()
            self._facts.clear()
            for detection, source in sources.items():
                self._keep(detection.kind, source)
        self._revision += changed or bool(gone)
        return changed or bool(gone)

    def _keep(self, kind: str, source: RunSource) -> None:
        for run in source.runs():
            run_id = run_id_of(kind, run)
            self._found[run_id] = (source, run)
            self._records[run_id] = _record(kind, run_id, source, run)
            self._facts.pop(run_id, None)

    @property
    def catalog(self) -> SourceStore:
        """See :attr:`~neural.tracking.storage.port.RunStore.catalog`."""
        return self

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What is not shown of the sources."""
        own = (one for source in self._sources.values() for one in source.skipped())
        return (*self._skipped, *own)

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
        self.refresh()
        records = self._records.values()
        revision = self._revision
        return page_of(
            records,
            wanted,
            sort,
            limit=limit,
            offset=offset,
            revision=revision,
            facts=self._facts_of,
        )

    def _facts_of(self, record: RunRecord) -> dict[str, Any]:
        """Return what filters see of a run; made anew only where the run has changed."""
        found = self._facts.get(record.experiment_id)
        if found is None:
            found = self._facts[record.experiment_id] = facts_of(record)
        return found

    def count(self, wanted: Filter) -> int:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.count`."""
        return self.page(wanted, limit=0).total

    def record(self, experiment_id: str) -> RunRecord:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.record`."""
        self._run(experiment_id)
        return self._records[experiment_id]

    def names(self, kind: str) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.names`."""
        return names_in(self._records.values(), kind)

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.cells`."""
        return cells_of(self._records.values(), ids, keys)

    def texts(self, key: str, limit: int) -> list[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.texts`."""
        return texts_in(self._records.values(), key, limit)

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """See :meth:`~neural.tracking.storage.catalog.Catalog.varying`."""
        return varying_in(self._records.values(), wanted, keys)

    def metrics(self, experiment_id: str) -> SourceMetrics:
        """See :meth:`~neural.tracking.storage.port.RunStore.metrics`."""
        source, run = self._run(experiment_id)
        return SourceMetrics(source, run.source_id)

    def media(self, experiment_id: str) -> Sequence[SourceMedia]:
        """Return images, texts, histograms and tables of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        source, run = self._run(experiment_id)
        return source.media(run.source_id)

    def files(self, experiment_id: str) -> Sequence[SourceFile]:
        """Return the artifacts of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        source, run = self._run(experiment_id)
        return source.files(run.source_id)

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """See :meth:`~neural.tracking.storage.port.RunStore.revision`."""
        self.refresh()
        records = self._records
        return {i: f"{hash(repr(records[i])):x}" for i in experiment_ids if i in records}

    def annotate(
        self,
        experiment_id: str,
        tags: Mapping[str, str | None],
        values: Mapping[str, str | bool | None],
    ) -> None:
        """Refuse: another tracker's run is not changed."""
        self._refuse(experiment_id)

    def delete(self, experiment_id: str) -> None:
        """Refuse: another tracker's run is not changed."""
        self._refuse(experiment_id)

    def restore(self, experiment_id: str) -> None:
        """Refuse: another tracker's run is not changed."""
        self._refuse(experiment_id)

    def trash(self) -> list[dict[str, Any]]:
        """Return nothing: what its tracker calls deleted is listed as archived."""
        return []

    def purge(self, ids: Iterable[str] | None = None) -> int:
        """Refuse: another tracker's run is not changed."""
        self._refuse(", ".join(ids or ()))

    def _refuse(self, what: str) -> NoReturn:
        raise ReadOnlyError(
            f"{what or 'This'} belongs to another tracker, and is only read. Copy it into a "
            "folder of yours first: neural import PATH --base-dir DIR"
        )

    def _run(self, experiment_id: str) -> tuple[RunSource, SourceRun]:
        try:
            return self._found[experiment_id]
        except KeyError:
            raise missing(experiment_id, ", ".join(map(str, self._paths))) from None


@contextmanager
def _without_collector() -> Iterator[None]:
    """Look for no garbage meanwhile: what is made here stays, and there may be very much of it."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _record(kind: str, run_id: str, source: RunSource, run: SourceRun) -> RunRecord:
    series = source.series(run.source_id)
    ends = [float(points.time[-1]) for points in series.values() if len(points.time)]
    return RunRecord(
        experiment_id=run_id,
        experiment_name=run.experiment_name,
        folder=str(run.path),
        status=run.status,
        stored_status=run.status,
        alive=None,
        start_time=run.start_time,
        end_time=run.end_time,
        updated=max(ends, default=None),
        group=run.group,
        parent=run.parent,
        host=run.host,
        display_name=run.name,
        notes=run.notes,
        tags={**run.tags, "source": kind},
        archived=run.archived,
        params=run.params,
        metrics=_summaries(series),
        entries=sum(len(points.step) for points in series.values()),
        problems=tuple(map(str, run.remarks)),
    )
