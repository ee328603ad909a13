"""Lines of runs, and what is drawn of them, kept ready until their runs change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from neural.errors import NotFoundError, StorageError
from neural.tracking.analysis.pauses import resumed_at, without_pauses
from neural.tracking.charts.figures import encode_array
from neural.tracking.charts.lines import Line, View, XAxis, line
from neural.tracking.charts.theme import RunStyle, Theme
from neural.tracking.charts.traces import axes, line_traces
from neural.tracking.pages.board.marks import trace_mark

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.records import RunRecord, Series

__all__ = ["ChartRun", "DrawnTraces", "LineCache", "resume_times", "series_along"]

#: Lines that are kept ready, some 40 kB each: a page of charts of a hundred runs.
MOST_LINES = 2048

#: Runs whose figures are kept ready.
MOST_RUNS = 256

#: Traces as they travel, and the marks of each.
DrawnTraces: TypeAlias = tuple[list[dict[str, Any]], list[list[int]]]


class ChartRun(NamedTuple):
    """A run as charts need it; travels to the browser and back as a list.

    Attributes:
        id: Of the run.
        label: What people call it; no two of a page alike.
        start: When it began, in seconds since the Unix epoch.
        slot: Of its colour, where the page says what it looks like; ``None`` is grey.
        dash: Of its line; empty where the page does not say, and its place among the others does.
    """

    id: str
    label: str
    start: float | None
    slot: int | None = None
    dash: str = ""


class LineCache:
    """Lines of runs, each read again when its run changed.

    Args:
        manager: The store.
    """

    def __init__(self, manager: ExperimentManager) -> None:
        self._manager = manager
        #: ``line(run, metric, view, revision)``: the line, and how many values are hidden.
        self.line = lru_cache(maxsize=MOST_LINES)(self._read)
        #: ``record(run_id, revision)``: what is known of a run; ``None`` if it is gone.
        self.record = lru_cache(maxsize=MOST_RUNS)(self._read_record)
        self._last: dict[str, str] = {}
        self._ahead: dict[str, dict[str, Series]] = {}
        #: ``traces(run, metric, view, revision, (unit, theme, style))``: what is drawn of it.
        self.traces = lru_cache(maxsize=MOST_LINES)(self._draw)

    def _draw(
        self,
        run: ChartRun,
        metric: str,
        view: View,
        revision: str,
        how: tuple[tuple[float, str], Theme, RunStyle],
    ) -> tuple[list[dict[str, Any]], list[list[int]]]:
        """Return the traces of a line as they travel, and their marks."""
        unit, theme, style = how
        drawn, _ = self.line(run, metric, view, revision)
        if drawn is None:
            return [], []
        frame = axes(view, [drawn], unit=unit)
        traces = [
            {key: _encoded(value) for key, value in trace.items()}
            for trace in line_traces(drawn, style, frame, theme=theme, gap_panel=2, unified=True)
        ]
        return traces, [trace_mark(trace) for trace in traces]

    def _read(
        self, run: ChartRun, metric: str, view: View, revision: str
    ) -> tuple[Line | None, int]:
        """Return a line, and how many values later ones of the same step or attempt hide.

        ``revision`` only tells a newer line from an older one.
        """
        series = self.placed(run.id, metric, view)
        if series is None or not series.step.size:
            return None, 0
        along = self.along(run.id, view)
        drawn = line(series, view, key=run.id, label=run.label, start=run.start, along=along)
        record = self.record(run.id, revision)
        figures = record.metrics.get(metric) if record else None
        # While the run goes on, one of the two may have been read a moment later.
        return drawn, max(0, figures.count - series.step.size) if figures else 0

    def _read_record(self, run_id: str, _revision: str) -> RunRecord | None:
        try:
            return self._manager.run(run_id)
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None

    @contextmanager
    def reading_ahead(self, metrics: Sequence[str], revisions: Mapping[str, str]) -> Iterator[None]:
        """Read several metrics of the runs that changed since the last time at once.

        Args:
            metrics: Those whose lines are wanted inside the ``with`` block.
            revisions: State of the runs by id.
        """
        changed = [run for run, now in revisions.items() if self._last.get(run, now) != now]
        self._last = {**self._last, **revisions} if len(self._last) < MOST_RUNS else {**revisions}
        for run_id in changed:
            with suppress(NotFoundError):  # moved to the trash while somebody looks at it
                self._ahead[run_id] = self._manager.metrics(run_id, metrics, view="drawn")
        try:
            yield
        finally:
            for run_id in changed:
                self._ahead.pop(run_id, None)

    def series(self, run_id: str, metric: str) -> Series | None:
        """Return what charts draw of a metric; ``None`` if the run is gone."""
        ahead = self._ahead.get(run_id, {}).get(metric)
        if ahead is not None:
            return ahead
        try:
            return self._manager.metric(run_id, metric, view="drawn")
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None

    def placed(self, run_id: str, metric: str, view: View) -> Series | None:
        """Return what charts draw of a metric on the x axis of ``view``; ``None`` as above."""
        if view.x != "process":
            return self.series(run_id, metric)
        try:
            return series_along(self._manager, run_id, metric, view.x)
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None

    def along(self, run_id: str, view: View) -> Series | None:
        """Return the metric on the x axis, where that is one."""
        return self.series(run_id, view.x_metric) if view.x == "metric" else None


def series_along(library: ExperimentManager, run_id: str, metric: str, x: XAxis) -> Series:
    """Return the drawn view of a metric; over process time its times leave out pauses.

    Raises:
        NotFoundError: There is no such run.
    """
    series = library.metric(run_id, metric, view="drawn")
    resumed = resume_times(library, run_id) if x == "process" else []
    if not resumed:
        return series
    return without_pauses(series, library.metric(run_id, metric).time, resumed)


def resume_times(library: ExperimentManager, run_id: str) -> list[float]:
    """Return when a run went on again, in seconds since the Unix epoch; none if it never did."""
    found = library.get_experiment(run_id)
    try:
        return [] if found is None else resumed_at(found.metadata)
    except StorageError:  # damaged: it is among the run's problems already
        return []


def _encoded(value: Any) -> Any:
    """Return an array as it travels; deeper inside a trace of a line there are none."""
    return encode_array(value) if isinstance(value, np.ndarray) else value
