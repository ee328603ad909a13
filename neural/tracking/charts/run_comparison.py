"""Run comparison: one metric over several runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from neural.tracking.charts.figures import (
    FigureDict,
    as_figure,
    base_layout,
    empty_figure,
    encode,
)
from neural.tracking.charts.lines import Counts, Line, View, line
from neural.tracking.charts.regions import Region, region_layout
from neural.tracking.charts.theme import RunStyle, Theme, escape_text, run_styles
from neural.tracking.charts.traces import Axes, axes, gap_axis, line_traces
from neural.tracking.records import Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "MAX_LINES",
    "RunComparison",
    "comparison_layout",
    "run_comparison",
    "run_comparison_dict",
    "run_comparison_figure",
]

#: Lines in one chart; beyond, nobody can follow one and the browser slows down.
MAX_LINES = 100
#: Up to this many lines one tooltip tells them all.
_UNIFIED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """One metric over several runs, and nothing left to work out.

    Attributes:
        metric: Metric name.
        lines: One line a run, in the order given.
        view: The view they were made for.
        total: Runs that logged the metric; more than lines when some were left out.
        order: In words, which were not left out: ``"by val/acc desc"``.
        y_range: Ends of the y axis; ``None`` is what the lines need.
        clipped: Points on screen that are beyond these ends.
        regions: Stretches that are marked behind the lines.
    """

    metric: str
    lines: tuple[Line, ...]
    view: View
    total: int
    order: str = ""
    y_range: tuple[float, float] | None = None
    clipped: int = 0
    regions: tuple[Region, ...] = ()

    @property
    def counts(self) -> Counts:
        """What is drawn and what is hidden, over all lines."""
        return Counts.of(line.counts for line in self.lines)

    def note(self) -> str:
        """Return in words what is not on screen; empty when everything is."""
        parts = [self.counts.note()]
        if len(self.lines) < self.total:
            order = f", {self.order}" if self.order else ""
            parts.append(f"showing {len(self.lines)} of {self.total:,}{order}")
        if self.clipped:
            parts.append(f"{self.clipped:,} points beyond the y axis")
        return "; ".join(filter(None, parts))


def run_comparison(
    metric: str,
    runs: Mapping[str, Series],
    *,
    labels: Mapping[str, str] | None = None,
    starts: Mapping[str, float | None] | None = None,
    view: View | None = None,
    along: Mapping[str, Series] | None = None,
    y_range: tuple[float, float] | None = None,
    max_lines: int = MAX_LINES,
) -> RunComparison:
    """Return the data of one metric over several runs.

    Args:
        metric: Metric name.
        runs: The drawn view of the metric by run id, in the order of drawing; a run without
            a point gets no line.
        labels: Names for people by run id; equal ones get their id behind them.
        starts: When each run began, in seconds since the Unix epoch, for the relative axis;
            a run without one counts from its first point.
        view: Axes, smoothing and width; ``None`` draws steps, unsmoothed.
        along: The drawn view of the metric on the x axis by run id, where that is one.
        y_range: Ends of the y axis; ``None`` is what the lines need.
        max_lines: Lines at most; runs left out are counted in the note.
    """
    view, starts, along = view or View(), starts or {}, along or {}
    logged = {run_id: one for run_id, one in runs.items() if one.step.size}
    names = _distinct({run_id: (labels or {}).get(run_id, run_id) for run_id in logged})
    lines = (
        line(
            one,
            view,
            key=run_id,
            label=names[run_id],
            start=starts.get(run_id),
            along=along.get(run_id),
        )
        for run_id, one in logged.items()
    )
    return RunComparison(
        metric=metric,
        lines=tuple(islice(lines, max_lines)),
        view=view,
        total=len(logged),
        y_range=y_range,
    )


def run_comparison_dict(
    comparison: RunComparison,
    *,
    theme: Theme = "dark",
    styles: Mapping[str, RunStyle] | None = None,
    compact: bool = False,
) -> FigureDict:
    """Draw the comparison as a plain dict with typed arrays.

    Args:
        comparison: Data.
        theme: Theme.
        styles: Style by run id, so that a run looks the same all over a page; ``None`` gives
            those of the runs in this chart.
        compact: For a card that has title, legend and note outside the chart. The note is in
            ``layout.meta["note"]``.
    """
    figure: FigureDict = encode(_draw(comparison, theme, styles, compact))
    return figure


def run_comparison_figure(
    comparison: RunComparison,
    *,
    theme: Theme = "dark",
    styles: Mapping[str, RunStyle] | None = None,
) -> go.Figure:
    """Draw the comparison as a Plotly figure; see :func:`run_comparison_dict`.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(comparison, theme, styles, compact=False))


def _distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels with the run id added where two runs are called the same."""
    uses = Counter(labels.values())
    return {
        run_id: label if uses[label] == 1 else f"{label} ({run_id})"
        for run_id, label in labels.items()
    }


def _draw(
    comparison: RunComparison,
    theme: Theme,
    styles: Mapping[str, RunStyle] | None,
    compact: bool,
) -> FigureDict:
    lines, metric = comparison.lines, comparison.metric
    if not lines:
        reason = f"None of the runs logged {metric!r}"
        return empty_figure(reason, title="" if compact else metric, theme=theme)
    styles = {**run_styles(line.key for line in lines), **(styles or {})}
    frame = axes(comparison.view, lines)
    unified = len(lines) <= _UNIFIED
    data = [
        trace
        for line in lines
        for trace in line_traces(
            line, styles[line.key], frame, theme=theme, gap_panel=2, unified=unified
        )
    ]
    return {"data": data, "layout": comparison_layout(comparison, frame, theme, compact=compact)}


def comparison_layout(
    comparison: RunComparison, frame: Axes, theme: Theme = "dark", *, compact: bool = False
) -> dict[str, Any]:
    """Return the layout of a comparison with at least one line.

    Args:
        comparison: Data.
        frame: Its axes.
        theme: Theme.
        compact: For a card that has title, legend, note and tooltip outside the chart.
    """
    metric, lines = comparison.metric, comparison.lines
    words = {} if compact else {"title": {"text": escape_text(metric)}}
    layout: dict[str, Any] = base_layout(theme, metric, note=comparison.note(), compact=compact)
    return layout | {
        "xaxis": frame.x,
        "yaxis": frame.y | _y_ends(comparison) | words,
        "yaxis2": gap_axis(),
        "showlegend": not compact and len(lines) > 1,
        "hovermode": _hover_mode(len(lines), compact),
        # What must survive a live update as long as the same thing is looked at.
        "uirevision": escape_text(f"{metric}|{comparison.view.x}"),
        **region_layout(comparison.regions, frame, theme),
    }


def _hover_mode(lines: int, compact: bool) -> str | bool:
    if compact:
        return False
    return "x unified" if lines <= _UNIFIED else "closest"


def _y_ends(comparison: RunComparison) -> dict[str, Any]:
    if comparison.y_range is None:
        return {}
    ends = np.array(comparison.y_range)
    return {
        "range": (np.log10(np.maximum(ends, 1e-300)) if comparison.view.log_y else ends).tolist()
    }
