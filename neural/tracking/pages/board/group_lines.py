"""Groups of runs as lines of a chart, kept ready until one of their runs changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from neural.tracking.analysis.aggregate import BANDS, STATISTICS, GroupLine, group_line
from neural.tracking.charts.figures import encode
from neural.tracking.charts.group_curves import GroupCurve, group_traces
from neural.tracking.charts.lines import Counts, Line, View, placed_values
from neural.tracking.charts.positions import window
from neural.tracking.charts.theme import DASHES, RUN_COLORS, RunStyle, Theme
from neural.tracking.charts.traces import Axes
from neural.tracking.pages.board.lines import ChartRun, DrawnTraces, LineCache
from neural.tracking.pages.board.looks import Look
from neural.tracking.pages.board.marks import trace_mark
from neural.tracking.pages.board.view import GroupView

__all__ = ["GroupLines", "group_note", "group_parts"]

#: Groups that are kept ready.
MOST_GROUPS = 512
#: Members behind the lines of one chart; more hide what they belong to.
MOST_MEMBERS = 60
#: What the runs belong to that are in no group.
OTHERS = "other runs"
#: What the keys of groups begin with, which no run id does.
PREFIX = "group:"


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
                    key=f"{PREFIX}{label}",
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
            series = self._cache.placed(run.id, metric, view)
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
    groups: Sequence[GroupCurve], labels: Mapping[str, str], frame: Axes, theme: Theme
) -> list[DrawnTraces]:
    """Return the traces of groups as they travel.

    Args:
        groups: Those of one chart.
        labels: Label of its group by run id, of all runs of the page: a group looks the same in
            every chart, whichever others are in it.
        frame: Axes of the chart.
        theme: Theme.
    """
    styles = _styles([*sorted(set(labels.values())), OTHERS])
    parts: list[DrawnTraces] = []
    for group in groups:
        style = styles[group.key.removeprefix(PREFIX)]
        traces = encode(group_traces(group, style, frame, theme=theme))
        parts.append((traces, [trace_mark(trace) for trace in traces]))
    return parts


def _styles(labels: Sequence[str]) -> dict[str, RunStyle]:
    """Return styles in the order of the labels: groups are few, and shall look far apart."""
    slots = len(RUN_COLORS["dark"])
    return {
        label: RunStyle(place % slots, DASHES[min(place // slots, len(DASHES) - 1)])
        for place, label in enumerate(labels)
    }


def group_note(groups: Sequence[GroupCurve], counts: Counts) -> str:
    """Return in words what lines and bands are, and what of the runs is not on screen.

    Args:
        groups: Those of one chart.
        counts: Of the lines of their runs.
    """
    runs = sum(group.line.members for group in groups)
    first = groups[0].line
    band = "" if first.band == "none" else f", {BANDS[first.band]},"
    count = f"{len(groups):,} groups" if len(groups) > 1 else "one group"
    words = f"{STATISTICS[first.statistic]}{band} of {runs:,} runs in {count}"
    hidden = replace(counts, drawn=counts.total).note()
    return "; ".join(filter(None, [words, hidden]))
