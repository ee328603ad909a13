"""Groups of runs as lines of a chart, kept ready until one of their runs changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from neural.tracking.analysis.aggregate import GroupLine, group_line
from neural.tracking.charts.figures import encode
from neural.tracking.charts.group_curves import GroupCurve, group_traces
from neural.tracking.charts.lines import Line, View, placed_values
from neural.tracking.charts.positions import window
from neural.tracking.charts.theme import Theme, run_styles
from neural.tracking.charts.traces import Axes
from neural.tracking.pages.board_view import GroupView
from neural.tracking.pages.chart_lines import ChartRun, DrawnTraces, LineCache
from neural.tracking.pages.chart_looks import Look
from neural.tracking.pages.chart_marks import trace_mark

__all__ = ["GroupLines", "group_parts"]

#: Groups that are kept ready.
MOST_GROUPS = 512
#: Members behind the lines of one chart; more hide what they belong to.
MOST_MEMBERS = 60
#: What the runs belong to that are in no group.
OTHERS = "other runs"


class GroupLines:
    """Lines of groups, each reckoned again when one of its runs changed.

    Args:
        cache: Where the lines of the runs come from.
    """

    def __init__(self, cache: LineCache) -> None:
        self._cache = cache
        self._line = lru_cache(maxsize=MOST_GROUPS)(self._reckon)

    def curves(
        self,
        metric: str,
        lines: Sequence[tuple[ChartRun, Line]],
        revisions: Mapping[str, str],
        how: tuple[View, Look],
    ) -> list[GroupCurve]:
        """Return the groups of the runs that logged a metric, in the order of their first run.

        Args:
            metric: It.
            lines: Its lines, which become the members.
            revisions: State of the runs by id.
            how: The view, and the look whose groups are drawn.
        """
        view, look = how
        groups: dict[str, list[tuple[ChartRun, Line]]] = {}
        for run, drawn in lines:
            groups.setdefault(look.labels.get(run.id, OTHERS), []).append((run, drawn))
        shown = look.group.members and len(lines) <= MOST_MEMBERS
        found = []
        for label, members in groups.items():
            state = tuple((run, revisions.get(run.id, "")) for run, _ in members)
            found.append(
                GroupCurve(
                    key=f"group:{label}",
                    label=f"{label} ({len(members)})",
                    line=self._line(metric, state, view, look.group),
                    members=tuple(one for _, one in members) if shown else (),
                )
            )
        return found

    def _reckon(
        self, metric: str, state: tuple[tuple[ChartRun, str], ...], view: View, group: GroupView
    ) -> GroupLine:
        """Return the line of the runs in ``state``; their revisions only tell old from new."""
        members = []
        for run, _ in state:
            series = self._cache.series(run.id, metric)
            if series is not None:
                along = self._cache.along(run.id, view)
                members.append(placed_values(series, view, start=run.start, along=along))
        line = group_line(
            members,
            statistic=group.statistic,
            band=group.band,
            columns=view.columns,
            x_range=window(view),
        )
        return replace(line, x=np.power(10.0, line.x)) if view.log_x else line


def group_parts(
    groups: Sequence[GroupCurve], frame: Axes, theme: Theme
) -> tuple[list[DrawnTraces], str]:
    """Return the traces of groups as they travel, and what is to be said of them."""
    styles = run_styles(group.key for group in groups)
    parts: list[DrawnTraces] = []
    for group in groups:
        traces = encode(group_traces(group, styles[group.key], frame, theme=theme))
        parts.append((traces, [trace_mark(trace) for trace in traces]))
    return parts, groups[0].line.note() if len(groups) == 1 else _note(groups)


def _note(groups: Sequence[GroupCurve]) -> str:
    """Return one sentence for all groups."""
    runs = sum(group.line.members for group in groups)
    left_out = sum(group.line.nan + group.line.infinite for group in groups)
    first = groups[0].line
    words = f"{first.statistic}, {first.band} of {runs:,} runs in {len(groups):,} groups"
    return f"{words}; {left_out:,} NaN or infinite left out" if left_out else words
