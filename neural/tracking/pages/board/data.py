"""From the store to a chart of one metric over some runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.lines import Line, View, visible_values
from neural.tracking.charts.regions import Region
from neural.tracking.charts.run_comparison import (
    RunComparison,
    comparison_layout,
    run_comparison_dict,
)
from neural.tracking.charts.theme import RunStyle, Theme, run_styles
from neural.tracking.charts.traces import axes, elapsed_unit
from neural.tracking.pages.board.group_lines import GroupLines, group_note, group_parts
from neural.tracking.pages.board.lines import ChartRun, DrawnTraces, LineCache
from neural.tracking.pages.board.looks import Look, coarseness, extent_of, padded, view_for
from neural.tracking.pages.board.marks import mark
from neural.tracking.pages.board.ranking import Shortlist, more_lines, shortlist
from neural.tracking.summary import infer_goal

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.records import Series

__all__ = ["Chart", "ChartData", "ChartRun", "Look"]

#: Shares of the values that a clipped y axis leaves out below and above.
CLIPPED = (0.05, 0.95)


class Chart(NamedTuple):
    """The chart of one metric.

    Attributes:
        figure: As a plain dict.
        note: In words, what is not on screen; empty when everything is.
        mark: What tells it from another, see :func:`neural.tracking.pages.board.marks.mark`.
        badges: What else is to be known of it, in a word or two each.
        more: How many lines it could show; ``None`` when it shows all it can.
    """

    figure: FigureDict
    note: str
    mark: dict[str, Any]
    badges: tuple[str, ...] = ()
    more: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """What one chart is made from: metric, runs and their state, view, lines."""

    metric: str
    runs: Sequence[ChartRun]
    revisions: Mapping[str, str]
    view: View
    look: Look
    chosen: Shortlist | None = None
    lines: Sequence[tuple[ChartRun, Line]] = ()

    @property
    def drawn(self) -> Sequence[ChartRun]:
        """The runs that get a line, if they logged the metric."""
        if self.chosen is None:
            return self.runs
        kept = set(self.chosen.ids)
        return [run for run in self.runs if run.id in kept]

    def revision(self, run: ChartRun) -> str:
        return self.revisions.get(run.id, "")


class ChartData:
    """Charts of runs, with the lines that have not changed since kept ready.

    Args:
        manager: The store.
    """

    def __init__(self, manager: ExperimentManager) -> None:
        self._manager = manager
        self._cache = LineCache(manager)
        self._groups = GroupLines(self._cache)

    def chart(
        self,
        metric: str,
        runs: Sequence[ChartRun],
        look: Look,
        theme: Theme,
        revisions: Mapping[str, str] | None = None,
        regions: Sequence[Region] = (),
    ) -> Chart:
        """Return the chart of one metric; runs that never logged it get no line.

        Args:
            metric: Its name.
            runs: The runs, in the order of their colours.
            look: Axes, smoothing, width.
            theme: Theme.
            revisions: What the manager said of the runs' state a moment ago; ``None`` asks it.
            regions: Stretches to mark behind the lines.
        """
        if revisions is None:
            revisions = self._manager.revision([run.id for run in runs])
        scene = _Scene(
            metric=metric,
            runs=runs,
            revisions=revisions,
            view=view_for(len(runs), look),
            look=look,
        )
        chosen = self._chosen(scene)
        found, hidden = self._lines(replace(scene, chosen=chosen))
        scene = replace(scene, lines=found, chosen=chosen)
        y_range, clipped = self._y_axis(scene)
        comparison = RunComparison(
            metric=metric,
            lines=tuple(one for _, one in scene.lines),
            view=scene.view,
            total=max(len(found), chosen.total if chosen else 0),
            order=chosen.order if chosen else "",
            y_range=y_range,
            clipped=clipped,
            regions=tuple(regions),
        )
        figure, marks, words = self._figure(scene, comparison, theme)
        _finish(figure, scene)
        note = "; ".join(filter(None, [words or comparison.note(), coarseness(look, scene.view)]))
        badges = _badges(comparison, look, hidden, self._damaged(scene))
        more = more_lines(len(found), comparison.total) if comparison.order else None
        return Chart(figure, note, mark(figure, marks), badges, more)

    def reading_ahead(
        self, metrics: Sequence[str], revisions: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """Read ``metrics`` of the runs that changed at once, for the charts drawn inside."""
        return self._cache.reading_ahead(metrics, revisions)

    def raw(self, metric: str, runs: Sequence[ChartRun]) -> list[tuple[ChartRun, Series]]:
        """Return what the runs logged of a metric, as charts draw it: one value a step."""
        found = []
        for run in runs:
            series = self._cache.series(run.id, metric)
            if series is not None and series.step.size:
                found.append((run, series))
        return found

    def _chosen(self, scene: _Scene) -> Shortlist | None:
        """Return which runs are drawn where there are too many; ``None`` is all of them."""
        look = scene.look
        if look.group.by or len(scene.runs) <= look.lines:
            return None
        records = [self._cache.record(run.id, scene.revision(run)) for run in scene.runs]
        logged = {
            record.experiment_id: record.metrics
            for record in records
            if record is not None and scene.metric in record.metrics
        }
        goals = {name: goal for one in records if one for name, goal in one.goals.items()}
        return shortlist(
            logged, look.lines, look.by, lambda name: goals.get(name) or infer_goal(name)
        )

    def _damaged(self, scene: _Scene) -> int:
        """Return in how many places the files of the runs cannot be read."""
        records = [self._cache.record(run.id, scene.revision(run)) for run in scene.runs]
        return sum(len(record.problems) for record in records if record)

    def _lines(self, scene: _Scene) -> tuple[list[tuple[ChartRun, Line]], int]:
        """Return all lines there are, and how many values are hidden in them."""
        found = [
            (run, self._cache.line(run, scene.metric, scene.view, scene.revision(run)))
            for run in scene.drawn
        ]
        lines = [(run, drawn) for run, (drawn, _) in found if drawn is not None]
        return lines, sum(hidden for _, (_, hidden) in found)

    def _figure(
        self, scene: _Scene, comparison: RunComparison, theme: Theme
    ) -> tuple[FigureDict, list[list[int]], str]:
        """Return the figure, the marks of its traces, and a note in place of the usual one."""
        view, lines, words = scene.view, comparison.lines, ""
        if not lines:
            return run_comparison_dict(comparison, theme=theme, compact=True), [], ""
        unit = elapsed_unit(view, lines)
        frame = axes(view, lines, unit=unit)
        if scene.look.group.by:
            groups = self._groups.curves(
                scene.metric, scene.lines, scene.revisions, (view, scene.look)
            )
            parts = group_parts(groups, scene.look.labels, frame, theme)
            words = group_note(groups, comparison.counts)
        else:
            parts = self._run_parts(scene, unit, theme)
        layout = comparison_layout(comparison, frame, theme, compact=True)
        layout["meta"]["factor"] = frame.factor
        data = [trace for traces, _ in parts for trace in traces]
        return {"data": data, "layout": layout}, [one for _, marks in parts for one in marks], words

    def _run_parts(self, scene: _Scene, unit: tuple[float, str], theme: Theme) -> list[DrawnTraces]:
        styles = _styles(tuple(run.id for run in scene.runs))
        looks = {
            run.id: RunStyle(run.slot, run.dash) if run.dash else styles[run.id]
            for run in scene.runs
        }
        return [
            self._cache.traces(
                run, scene.metric, scene.view, scene.revision(run), (unit, theme, looks[run.id])
            )
            for run, _ in scene.lines
        ]

    def _y_axis(self, scene: _Scene) -> tuple[tuple[float, float] | None, int]:
        """Return the ends of the y axis where they are not automatic, and what lies beyond."""
        look, is_log = scene.look, scene.view.log_y
        low, high = look.ends
        if not look.clip and not look.shared and low is None and high is None:
            return None, 0
        lines = [one for _, one in scene.lines]
        for metric in look.shared:
            lines += [one for _, one in self._lines(replace(scene, metric=metric))[0]]
        extent, values = extent_of(lines, is_log=is_log), self._visible(scene)
        if extent is None:
            return None, 0
        if look.clip and values.size:
            bottom, top = np.quantile(values, CLIPPED)
            extent = float(bottom), float(top)
        automatic = padded(extent, is_log=is_log)
        ends = (automatic[0] if low is None else low, automatic[1] if high is None else high)
        if not ends[0] < ends[1]:
            return None, 0
        return ends, int(np.count_nonzero((values < ends[0]) | (values > ends[1])))

    def _visible(self, scene: _Scene) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return all finite values on screen, of all runs."""
        parts = [np.zeros(0)]
        for run, _ in scene.lines:
            series = self._cache.placed(run.id, scene.metric, scene.view)
            if series is not None:
                along = self._cache.along(run.id, scene.view)
                parts.append(visible_values(series, scene.view, start=run.start, along=along))
        return np.concatenate(parts)


@lru_cache(maxsize=64)
def _styles(ids: tuple[str, ...]) -> Mapping[str, RunStyle]:
    """Return what the runs look like; the same for every chart of a page."""
    return run_styles(ids)


def _finish(figure: FigureDict, scene: _Scene) -> None:
    """Say what a range that somebody chose belongs to; on another axis it means nothing."""
    view, look = scene.view, scene.look
    axes_key = f"{scene.metric}|{view.x}|{view.x_metric}|{view.log_x}|{view.log_y}"
    figure["layout"]["uirevision"] = f"{axes_key}|{look.ends}|{look.clip}|{bool(look.shared)}"


def _badges(comparison: RunComparison, look: Look, hidden: int, damaged: int) -> tuple[str, ...]:
    again = f"{hidden:,} re-logged" if hidden else ""
    clipped = "y clipped" if look.clip and comparison.clipped else ""
    places = f"{damaged:,} unreadable place{'' if damaged == 1 else 's'}" if damaged else ""
    return tuple(filter(None, [again, clipped, places]))
