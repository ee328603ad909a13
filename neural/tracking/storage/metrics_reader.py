"""The metrics of one run: read on from where the last call stopped, merged over its files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from heapq import merge
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.records import MetricSummary, Series
from neural.tracking.storage.column import Column, Points, points_before, read_on
from neural.tracking.storage.exact_arrays import join_exact
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.merging import drawn, merge_order
from neural.tracking.storage.metrics_file import START, MetricsFile
from neural.tracking.storage.small_files import read_object
from neural.tracking.storage.summarising import FileFigures, merged, problems_of, update

__all__ = ["ColumnStore", "RunMetrics", "View"]

#: ``"logged"``: every value; ``"drawn"``: what charts draw.
View = Literal["logged", "drawn"]

#: Offsets at which an attempt begins, by file name; a file not named begins with it.
Offsets = Mapping[str, int]

T = TypeVar("T")


class ColumnStore(Protocol):
    """Keeps columns between processes."""

    def load(self, file: MetricsFile, name: str) -> Column | None:
        """Return the column of a metric if one is kept that ``file`` still follows."""
        ...

    def store(self, file: MetricsFile, name: str, column: Column) -> None:
        """Keep a column if that is worth it; never raises."""
        ...


class _Part(NamedTuple):
    """What one file holds of a metric.

    Attributes:
        column: Where it is kept.
        points: All of them up to now.
        starts: For each attempt the index of its first point; empty if there was only one.
    """

    column: Column
    points: Points
    starts: tuple[int, ...]

    @property
    def attempt(self) -> NDArray[np.int64]:
        """Number of the attempt each point belongs to."""
        attempt = np.zeros(len(self.points.step), dtype=np.int64)
        for number, start in enumerate(self.starts):
            attempt[start:] = number
        return attempt


class _Reader:
    """What was read of one metrics file so far."""

    def __init__(self, fault: str | None = None) -> None:
        self.fault = fault
        self.figures = FileFigures()
        self.entries: list[dict[str, Any]] = []
        self._entries_mark = START
        self._columns: dict[str, Column] = {}
        self._end = START

    def read_figures(self, file: MetricsFile) -> FileFigures:
        self.figures = update(self.figures, file)
        return self.figures

    def read_entries(self, file: MetricsFile) -> list[dict[str, Any]]:
        if not file.follows(self._entries_mark):
            self.entries, self._entries_mark = [], START
        for chunk in file.chunks(self._entries_mark):
            self.entries += chunk.entries().entries
            self._entries_mark = chunk.end
        return self.entries

    def read_columns(
        self, file: MetricsFile, names: Sequence[str], cache: ColumnStore | None
    ) -> dict[str, Column]:
        columns = {name: self._column(file, name, cache) for name in names}
        known = {name: column.mark for name, column in columns.items()}
        read_on(file, columns)
        if cache is not None:
            for name, column in columns.items():
                if column.mark != known[name]:
                    cache.store(file, name, column)
        return columns

    def _column(self, file: MetricsFile, name: str, cache: ColumnStore | None) -> Column:
        column = self._columns.get(name)
        if column is None or not file.follows(column.mark):
            column = (cache.load(file, name) if cache is not None else None) or Column()
            self._columns[name] = column
        return column

    @property
    def points_held(self) -> int:
        return sum(map(len, list(self._columns.values()))) + 10 * len(self.entries)

    def find_end(self, file: MetricsFile) -> str:
        """Return where the committed entries end, as a text that changes with each of them."""
        # Most metrics were read equally far, and each look costs a read.
        marks = {self._end, self.figures.mark, self._entries_mark}
        marks.update(column.mark for column in self._columns.values())
        known = max(
            (mark for mark in marks if file.follows(mark)), key=itemgetter(1), default=START
        )
        self._end = file.end_behind(known)
        return f"{file.name}:{self._end}"


class RunMetrics:
    """Metrics of one run, whoever wrote them and however many files they stand in.

    Each call reads only what was added since the last one, and nothing is ever written to the
    run. A damaged entry is left out and told in :attr:`problems`; nothing here raises because of
    what a file holds. Any thread may call it.

    Args:
        run_dir: Directory of the run; need not exist yet.
        cache: Keeps long columns between processes; ``None`` keeps them in this object only.
    """

    def __init__(self, run_dir: Path, cache: ColumnStore | None = None) -> None:
        self._paths = RunPaths(Path(run_dir))
        self._cache = cache
        self._readers: dict[str, _Reader] = {}
        self._derived: dict[tuple[str, View], tuple[object, Series]] = {}
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """Return the names of all metrics, in order of first logging."""
        return list(self.summaries())

    def summaries(self) -> dict[str, MetricSummary]:
        """Return figures of all metrics over all their logged values."""
        with self._lock:
            return merged(self._each(_Reader.read_figures))

    def entry_count(self) -> int:
        """Return how many entries were logged, damaged ones left out."""
        with self._lock:
            return sum(figures.entries for figures in self._each(_Reader.read_figures))

    @property
    def problems(self) -> list[str]:
        """What could not be read, a sentence each: file, byte offset and reason."""
        with self._lock:
            self._each(_Reader.read_figures)
            found: list[str] = []
            for name, reader in self._readers.items():
                found += [reader.fault] if reader.fault else problems_of(name, reader.figures)
            return found

    def entries(self) -> list[dict[str, Any]]:
        """Return every entry as logged: ``timestamp``, ``step`` and the metrics of the call.

        NaN and infinities are floats. The entries themselves are kept for the next call: do not
        change them.
        """
        with self._lock:
            files = self._each(_Reader.read_entries)
            if len(files) == 1:
                return list(files[0])
            # Not sorted by time: inside a file the order of logging is kept.
            clocked = [zip(_clocks(entries), entries, strict=True) for entries in files]
            return [entry for _, entry in merge(*clocked, key=itemgetter(0))]

    def series(self, name: str, view: View = "logged") -> Series:
        """Return the points of one metric; empty arrays if it was never logged.

        Args:
            name: Of the metric.
            view: ``"logged"``: every value, in logging order. ``"drawn"``: one value a step, by
                step: the last write of it within an attempt, and of what several attempts
                logged only what no later one has overtaken.
        """
        return self.series_of([name], view)[name]

    def series_of(self, names: Iterable[str], view: View = "logged") -> dict[str, Series]:
        """Return the points of several metrics, read together; see :meth:`series`."""
        wanted = list(dict.fromkeys(names))
        if view not in get_args(View):
            raise InvalidInputError(f"view must be 'logged' or 'drawn', got {view!r}")
        with self._lock:
            attempts = self._attempts() if view == "drawn" else []

            def read(reader: _Reader, file: MetricsFile) -> dict[str, _Part]:
                columns = reader.read_columns(file, wanted, self._cache)
                return {n: _part(file, columns[n], n, attempts) for n in wanted}

            files = self._each(read)
            return {n: self._series(n, view, [file[n] for file in files]) for n in wanted}

    def revision(self) -> str:
        """Return a short text that changes whenever anything was added or changed."""
        with self._lock:
            ends = self._each(_Reader.find_end)
            faults = [name for name, reader in self._readers.items() if reader.fault]
            return hashlib.blake2s(repr((ends, faults)).encode(), digest_size=8).hexdigest()

    @property
    def points_held(self) -> int:
        """About how many points are kept in memory; entries count tenfold."""
        return sum(reader.points_held for reader in list(self._readers.values()))

    def _each(self, read: Callable[[_Reader, MetricsFile], T]) -> list[T]:
        """Return what ``read`` makes of each metrics file that can be opened, the owner's first."""
        paths = self._paths.metrics_files()
        self._readers = {path.name: self._readers.get(path.name) or _Reader() for path in paths}
        results = []
        for path in paths:
            reader = self._readers[path.name]
            try:
                with MetricsFile(path) as file:
                    results.append(read(reader, file))
                    reader.fault = None
            except OSError as exc:
                fault = f"{path.name} cannot be read: {exc.strerror}"
                self._readers[path.name] = _Reader(fault)
        return results

    def _attempts(self) -> list[Offsets]:
        """Return the beginnings of the run's attempts; none if there was only one."""
        stored = read_object(self._paths.metadata, []).get("attempts")
        attempts: list[Offsets] = [{}]
        for attempt in stored if isinstance(stored, list) else []:
            offsets = attempt.get("offsets") if isinstance(attempt, dict) else None
            if isinstance(offsets, dict):
                attempts.append({n: o for n, o in offsets.items() if isinstance(o, int)})
        return attempts if any(attempts) else []

    def _series(self, name: str, view: View, parts: Sequence[_Part]) -> Series:
        parts = [part for part in parts if len(part.points.step)]
        if not parts:
            return Series(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
        key = [(part.column, len(part.points.step), part.starts) for part in parts]
        known = self._derived.get((name, view))
        if known is not None and known[0] == key:
            return known[1]
        order = merge_order([part.points.clock for part in parts])
        series = _in_order(parts, order)
        if view == "drawn":
            attempt = _attempt_of(parts, order) if parts[0].starts else None
            chosen = drawn(series.step, attempt)
            series = series if chosen is None else _chosen(series, chosen)
        for array in series:
            array.flags.writeable = False  # handed out again at the next call
        self._derived[name, view] = (key, series)
        return series


def _part(file: MetricsFile, column: Column, name: str, attempts: Sequence[Offsets]) -> _Part:
    offsets = [attempt.get(file.name, 0) for attempt in attempts]
    starts = tuple(points_before(file, column, name, offset) for offset in offsets)
    return _Part(column, column.points, starts)


def _in_order(parts: Sequence[_Part], order: NDArray[np.int64] | None) -> Series:
    step = _joined([part.points.step for part in parts])
    time = _joined([part.points.time for part in parts])
    value = reduce(join_exact, [part.points.value for part in parts])
    return Series(step, time, value) if order is None else _chosen(Series(step, time, value), order)


def _chosen(series: Series, indices: NDArray[Any]) -> Series:
    return Series(series.step[indices], series.time[indices], series.value[indices])


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _attempt_of(parts: Sequence[_Part], order: NDArray[np.int64] | None) -> NDArray[np.int64]:
    attempt = _joined([part.attempt for part in parts])
    return attempt if order is None else attempt[order]


def _clocks(entries: Iterable[Mapping[str, Any]]) -> Iterator[float]:
    return accumulate((entry["timestamp"] for entry in entries), max)
