"""Lines of runs, and what is drawn of them, kept ready until their runs change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from neural.errors import NotFoundError
from neural.tracking.charts.figures import encode
from neural.tracking.charts.lines import Line, View, line
from neural.tracking.charts.theme import RunStyle, Theme
from neural.tracking.charts.traces import axes, line_traces
from neural.tracking.pages.chart_marks import trace_mark

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.records import Series

__all__ = ["ChartRun", "DrawnTraces", "LineCache"]

#: Lines that are kept ready, some 40 kB each: a page of charts of a hundred runs.
MOST_LINES = 2048

#: Runs whose numbers of values are kept ready.
MOST_RUNS = 256

#: Traces as they travel, and the marks of each.
DrawnTraces: TypeAlias = tuple[list[dict[str, Any]], list[list[int]]]


class ChartRun(NamedTuple):
    """A run as charts need it; travels to the browser and back as a list.

    Attributes:
        id: Of the run.
        label: What people call it; no two of a page alike.
        start: When it began, in seconds since the Unix epoch.
    """

    id: str
    label: str
    start: float | None


class LineCache:
    """Lines of runs, each read again when its run changed.

    Args:
        manager: The store.
    """

    def __init__(self, manager: ExperimentManager) -> None:
        self._manager = manager
        #: ``line(run, metric, view, revision)``: the line, and how many values are hidden.
        self.line = lru_cache(maxsize=MOST_LINES)(self._read)
        self._logged = lru_cache(maxsize=MOST_RUNS)(self._read_counts)
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
        traces = encode(line_traces(drawn, style, frame, theme=theme, gap_panel=2, unified=True))
        return traces, [trace_mark(trace) for trace in traces]

    def _read(
        self, run: ChartRun, metric: str, view: View, revision: str
    ) -> tuple[Line | None, int]:
        """Return a line, and how many values later ones of the same step or attempt hide.

        ``revision`` only tells a newer line from an older one.
        """
        series = self.series(run.id, metric)
        if series is None or not series.step.size:
            return None, 0
        along = self.along(run.id, view)
        drawn = line(series, view, key=run.id, label=run.label, start=run.start, along=along)
        logged = self._logged(run.id, revision).get(metric, 0)
        # While the run goes on, one of the two may have been read a moment later.
        return drawn, max(0, logged - series.step.size)

    def _read_counts(self, run_id: str, _revision: str) -> dict[str, int]:
        """Return how many values of each metric were logged, those of re-logged steps included."""
        return {name: one.count for name, one in self._manager.run(run_id).metrics.items()}

    def series(self, run_id: str, metric: str) -> Series | None:
        """Return what charts draw of a metric; ``None`` if the run is gone."""
        try:
            return self._manager.metric(run_id, metric, view="drawn")
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None

    def along(self, run_id: str, view: View) -> Series | None:
        """Return the metric on the x axis, where that is one."""
        return self.series(run_id, view.x_metric) if view.x == "metric" else None
