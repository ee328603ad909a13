"""The points of one metric in one metrics file, read on as the file grows."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural.tracking.storage.decoding import Columns
from neural.tracking.storage.exact_arrays import GrowingArray, to_exact
from neural.tracking.storage.merging import running_maximum
from neural.tracking.storage.metrics_file import START, Mark, MetricsFile

__all__ = ["Checkpoint", "Column", "Points", "points_before", "read_on"]


class Checkpoint(NamedTuple):
    """How many points of a metric stand before an offset of its file."""

    offset: int
    points: int


class Points(NamedTuple):
    """Points in file order; four arrays of the same length.

    ``clock`` is the running maximum of the timestamps of all entries so far, also of those
    without this metric: several files are merged on it.
    """

    step: NDArray[np.int64]
    time: NDArray[np.float64]
    value: NDArray[Any]
    clock: NDArray[np.float64]


class Column:
    """All points of one metric that were read from one file so far.

    Args:
        points: What is known already; none by default.
        checkpoints: Of ``points``, in order.
        mark: Where reading goes on.
        clock: Latest timestamp before ``mark``.
    """

    def __init__(
        self,
        points: Points | None = None,
        checkpoints: Sequence[Checkpoint] = (),
        mark: Mark = START,
        clock: float = -math.inf,
    ) -> None:
        empty = np.empty(0)
        known = points or Points(np.empty(0, dtype=np.int64), empty, empty, empty)
        self.mark = mark
        self.clock = clock
        self.checkpoints = list(checkpoints)
        #: How many points a cache holds of it.
        self.kept = 0
        #: Points before offsets that were asked for; what was read does not change any more.
        self.before: dict[int, int] = {}
        self._step = GrowingArray(known.step)
        self._time = GrowingArray(known.time)
        self._value = GrowingArray(known.value)
        # As long as no timestamp goes back, the clocks are the times, and kept only once.
        self._clock = None if known.clock is known.time else GrowingArray(known.clock)

    def __len__(self) -> int:
        return len(self._step)

    @property
    def points(self) -> Points:
        """All points; later ones do not appear in what was handed out before."""
        time = self._time.view()
        clock = time if self._clock is None else self._clock.view()
        return Points(self._step.view(), time, self._value.view(), clock)

    def extend(self, more: Points, mark: Mark, clock: float) -> None:
        """Add the points that were read up to ``mark``."""
        if self._clock is None and not np.array_equal(more.time, more.clock):
            self._clock = GrowingArray(self._time.view().copy())
        self._step.extend(more.step)
        self._time.extend(more.time)
        self._value.extend(more.value)
        if self._clock is not None:
            self._clock.extend(more.clock)
        self.mark, self.clock = mark, clock
        self.checkpoints.append(Checkpoint(mark.offset, len(self)))


def read_on(file: MetricsFile, columns: Mapping[str, Column]) -> None:
    """Add to ``columns`` what their file holds behind their marks, which it must still follow.

    Metrics that were read equally far are decoded together.

    Raises:
        OSError: The file cannot be read.
    """
    groups: dict[Mark, list[str]] = {}
    for name, column in columns.items():
        groups.setdefault(column.mark, []).append(name)
    for mark, names in groups.items():
        for chunk in file.chunks(mark):
            decoded = chunk.columns(names)
            clock = columns[names[0]].clock
            points = _points(decoded, names, clock)
            latest = max(clock, max(decoded.times, default=clock))
            for name in names:
                columns[name].extend(points[name], chunk.end, latest)


def _points(decoded: Columns, names: Sequence[str], clock: float) -> dict[str, Points]:
    steps = np.array(decoded.steps, dtype=np.int64)
    times = np.array(decoded.times, dtype=np.float64)
    clocks = running_maximum(times, clock)
    points = {}
    for name in names:
        values = decoded.values[name]
        if None in values:
            there = [i for i, value in enumerate(values) if value is not None]
            exact = to_exact([values[i] for i in there])  # type: ignore[misc]
            points[name] = Points(steps[there], times[there], exact, clocks[there])
        else:
            points[name] = Points(steps, times, to_exact(values), clocks)  # type: ignore[arg-type]
    return points


def points_before(file: MetricsFile, column: Column, name: str, offset: int) -> int:
    """Return how many points of the metric ``name`` stand before ``offset`` of its file."""
    if column.mark.whole:  # written by another program: it has no offsets
        return len(column) if offset > 0 else 0
    if offset in column.before:
        return column.before[offset]
    count = _counted(file, column, name, offset)
    if offset <= column.mark.offset:
        column.before[offset] = count
    return count


def _counted(file: MetricsFile, column: Column, name: str, offset: int) -> int:
    """Return the same from the last known place before ``offset``, by reading from there."""
    at = bisect.bisect_right(column.checkpoints, offset, key=lambda point: point.offset) - 1
    before = column.checkpoints[at] if at >= 0 else Checkpoint(0, 0)
    count = before.points
    if before.offset < offset < column.mark.offset:
        start = column.mark._replace(offset=before.offset)
        for chunk in file.chunks(start, stop=offset):
            values = chunk.columns([name]).values[name]
            count += len(values) - values.count(None)
    return count
