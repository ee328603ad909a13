"""From the store to a chart of one metric over some runs, and what of it is new."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from dash import Patch

from neural.errors import NotFoundError
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.lines import Line, View, line
from neural.tracking.charts.run_comparison import MAX_LINES, RunComparison, run_comparison_dict
from neural.tracking.charts.theme import Theme, run_styles
from neural.tracking.downsampling import DEFAULT_COLUMNS

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["Chart", "ChartData", "ChartRun", "blank", "changes", "columns_for", "mark"]

#: Lines that are kept ready, some 40 kB each: a page of charts of a hundred runs.
MOST_LINES = 2048

#: Bytes of the arrays of a chart, some 220 kB as they travel: twenty lines of 1,000 points.
MOST_BYTES = 160_000
#: Pixel columns of a line, however many lines there are.
FEWEST_COLUMNS = 25

#: What of a trace changes while a run logs; all else makes it another chart.
_ARRAYS = ("x", "y", "customdata", "text")


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


class Chart(NamedTuple):
    """The chart of one metric.

    Attributes:
        figure: As a plain dict.
        note: In words, what is not on screen; empty when everything is.
    """

    figure: FigureDict
    note: str


class ChartData:
    """Charts of runs, with the lines that have not changed since kept ready.

    Args:
        manager: The store.
    """

    def __init__(self, manager: ExperimentManager) -> None:
        self._manager = manager
        self._line = lru_cache(maxsize=MOST_LINES)(self._read_line)

    def chart(
        self,
        metric: str,
        runs: Sequence[ChartRun],
        view: View,
        theme: Theme,
        revisions: Mapping[str, str] | None = None,
    ) -> Chart:
        """Return the chart of one metric; runs that never logged it get no line.

        Args:
            metric: Its name.
            runs: The runs, in the order of their colours.
            view: Axes and smoothing.
            theme: Theme.
            revisions: What the manager said of the runs' state a moment ago; ``None`` asks it.
        """
        view = replace(view, columns=columns_for(len(runs), view))
        if revisions is None:
            revisions = self._manager.revision([run.id for run in runs])
        found = [self._line(run, metric, view, revisions.get(run.id, "")) for run in runs]
        lines = [line for line, _ in found if line is not None]
        comparison = RunComparison(
            metric=metric, lines=tuple(lines[:MAX_LINES]), view=view, total=len(lines)
        )
        styles = run_styles(run.id for run in runs)
        figure = run_comparison_dict(comparison, theme=theme, styles=styles, compact=True)
        # A tooltip of many lines covers a small chart; in small type it covers less.
        figure["layout"]["hoverlabel"] = {"font": {"size": 11}}
        # A range that was chosen on one kind of axis means nothing on another.
        figure["layout"]["uirevision"] = f"{metric}|{view.x}|{view.log_y}"
        return Chart(figure, _note(comparison, sum(hidden for _, hidden in found)))

    def _read_line(
        self, run: ChartRun, metric: str, view: View, revision: str
    ) -> tuple[Line | None, int]:
        """Return a line, and how many values later ones of the same step or attempt hide.

        ``revision`` only tells a newer line from an older one.
        """
        try:
            series = self._manager.metric(run.id, metric, view="drawn")
            logged = self._manager.run(run.id).metrics.get(metric)
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None, 0
        if not series.step.size:
            return None, 0
        drawn = line(series, view, key=run.id, label=run.label, start=run.start)
        # While the run goes on, one of the two may have been read a moment later.
        return drawn, max(0, logged.count - series.step.size) if logged else 0


def columns_for(lines: int, view: View) -> int:
    """Return how finely lines are drawn, so that a chart stays light however many there are.

    Args:
        lines: How many there are.
        view: Steps travel in four bytes, times in eight; a smoothed line has its raw one behind
            it, and the raw values for the tooltip.
    """
    x = 4 if view.x == "step" else 8
    # Each column of a line has a smallest and a largest point.
    column = 2 * ((x + 4) + ((x + 8) if view.smoothing else 0))
    wanted = MOST_BYTES // (max(1, lines) * column)
    return max(FEWEST_COLUMNS, min(DEFAULT_COLUMNS, wanted))


def _note(comparison: RunComparison, hidden: int) -> str:
    again = f"{hidden:,} re-logged, the last of each step is drawn" if hidden else ""
    return ", ".join(filter(None, [comparison.note(), again]))


def mark(figure: FigureDict) -> dict[str, Any]:
    """Return what tells this figure from another, small enough to travel with each request.

    Returns:
        ``{"shape": …, "traces": […]}``: one number for everything but the data, and one for
        the data of each trace.
    """
    shape = [figure["layout"], [_without_arrays(trace) for trace in figure["data"]]]
    # What is hidden is told beside the chart and is no part of its shape.
    shape[0] = {**shape[0], "meta": None}
    return {
        "shape": _number(shape),
        "traces": [_number([trace.get(key) for key in _ARRAYS]) for trace in figure["data"]],
    }


def changes(figure: FigureDict, before: Mapping[str, Any], now: Mapping[str, Any]) -> Patch | None:
    """Return the arrays of the traces that are not as before; ``None`` if more than those differ.

    Args:
        figure: The chart as it should be.
        before: :func:`mark` of the chart that is on screen.
        now: The mark of ``figure``.
    """
    if before.get("shape") != now["shape"] or len(before["traces"]) != len(now["traces"]):
        return None
    patch = Patch()
    for i, trace in enumerate(figure["data"]):
        if before["traces"][i] != now["traces"][i]:
            for key in _ARRAYS:
                if key in trace:
                    patch["data"][i][key] = trace[key]
    return patch


def blank() -> FigureDict:
    """Return a chart with nothing on it, for the moment until its data is there."""
    figure = run_comparison_dict(
        RunComparison(metric="", lines=(), view=View(), total=0), compact=True
    )
    clear = "rgba(0,0,0,0)"  # fits either theme
    figure["layout"] |= {"annotations": [], "paper_bgcolor": clear, "plot_bgcolor": clear}
    return figure


def _without_arrays(trace: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in trace.items() if key not in _ARRAYS}


def _number(value: Any) -> int:
    return zlib.crc32(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))
