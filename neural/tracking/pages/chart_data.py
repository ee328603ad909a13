"""From the store to a chart of one metric over some runs, and what of it is new."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from dash import Patch

from neural.errors import NotFoundError
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.lines import Line, View, line
from neural.tracking.charts.run_comparison import MAX_LINES, RunComparison, run_comparison_dict
from neural.tracking.charts.theme import Theme, run_styles

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["ChartData", "ChartRun", "blank", "changes", "mark"]

#: Lines that are kept ready, some 40 kB each: a page of charts of a hundred runs.
MOST_LINES = 2048

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


class ChartData:
    """Charts of runs, with the lines that have not changed since kept ready.

    Args:
        manager: The store.
    """

    def __init__(self, manager: ExperimentManager) -> None:
        self._manager = manager
        self._line = lru_cache(maxsize=MOST_LINES)(self._read_line)

    def figure(self, metric: str, runs: Sequence[ChartRun], view: View, theme: Theme) -> FigureDict:
        """Return the chart of one metric; runs that never logged it get no line."""
        revisions = self._manager.revision([run.id for run in runs])
        found = (self._line(run, metric, view, revisions.get(run.id, "")) for run in runs)
        lines = [one for one in found if one is not None]
        comparison = RunComparison(
            metric=metric, lines=tuple(lines[:MAX_LINES]), view=view, total=len(lines)
        )
        styles = run_styles(run.id for run in runs)
        figure = run_comparison_dict(comparison, theme=theme, styles=styles, compact=True)
        # A range that was chosen on one kind of axis means nothing on another.
        figure["layout"]["uirevision"] = f"{metric}|{view.x}|{view.log_y}"
        return figure

    def _read_line(self, run: ChartRun, metric: str, view: View, revision: str) -> Line | None:
        """Return one line; ``revision`` only tells a newer one from an older."""
        try:
            series = self._manager.metric(run.id, metric, view="drawn")
        except NotFoundError:  # moved to the trash while somebody looks at it
            return None
        if not series.step.size:
            return None
        return line(series, view, key=run.id, label=run.label, start=run.start)

    def relogged(self, metric: str, runs: Sequence[ChartRun]) -> int:
        """Return how many logged values are hidden by later ones of the same step or attempt."""
        return sum(self._hidden(run.id, metric) for run in runs)

    def _hidden(self, experiment_id: str, metric: str) -> int:
        try:
            logged = self._manager.metric(experiment_id, metric, view="logged")
            drawn = self._manager.metric(experiment_id, metric, view="drawn")
        except NotFoundError:
            return 0
        return int(logged.step.size - drawn.step.size)


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
