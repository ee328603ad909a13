"""Findings of the doctor as stretches to mark on the curves they were seen in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from neural.tracking.analysis.doctor import RULES, Finding, Severity
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.lines import View, XAxis
from neural.tracking.charts.regions import Region, region_layout
from neural.tracking.charts.regions import Severity as RegionSeverity
from neural.tracking.charts.theme import Theme
from neural.tracking.charts.traces import axes
from neural.tracking.records import Series

__all__ = ["finding_regions", "highlight"]

_SEVERITIES: Final[dict[Severity, RegionSeverity]] = {
    "error": "error",
    "warning": "warn",
    "info": "info",
}


def finding_regions(
    findings: Iterable[Finding],
    metric: str,
    *,
    series: Series | None = None,
    start: float | None = None,
    x: XAxis = "step",
) -> tuple[Region, ...]:
    """Return the regions of the findings that belong on the chart of ``metric``.

    Those are the ones seen in that metric, and the ones of the run as a whole.

    Args:
        findings: From :func:`neural.tracking.analysis.doctor.diagnose`.
        metric: Metric of the chart.
        series: Its drawn view; needed to place steps on an axis of time.
        start: When the run began, seconds since the Unix epoch, for the relative axis;
            ``None`` counts from the first point.
        x: What the x axis of the chart is. On one of another metric nothing has a place.
    """
    regions = []
    for one in findings:
        if one.region is None or (one.metrics and metric not in one.metrics):
            continue
        begin, end = (_place(step, x, series, start) for step in one.region)
        if begin is None or end is None:
            continue
        severity = _SEVERITIES[one.severity]
        regions.append(Region(begin=begin, end=end, text=RULES[one.rule].name, severity=severity))
    return tuple(regions)


def highlight(
    figure: FigureDict,
    regions: Iterable[Region],
    *,
    theme: Theme = "dark",
) -> FigureDict:
    """Return a copy of ``figure`` with the regions behind its curves.

    Args:
        figure: A figure with one pair of axes, over steps; not changed.
        regions: From :func:`finding_regions`.
        theme: Theme of the figure.
    """
    added = region_layout(tuple(regions), axes(View(), ()), theme)
    layout = dict(figure["layout"])
    for key, items in added.items():
        layout[key] = [*layout.get(key, []), *items]
    return {**figure, "layout": layout}


def _place(step: int, kind: XAxis, series: Series | None, start: float | None) -> float | None:
    """Return where a step stands on the x axis; ``None`` where that cannot be told."""
    if kind == "step":
        return float(step)
    if kind == "metric" or series is None or not series.step.size:
        return None
    order = np.argsort(series.step, kind="stable")
    steps, times = np.asarray(series.step)[order], np.asarray(series.time)[order]
    time = float(np.interp(step, steps, times))
    if not np.isfinite(time):
        return None
    if kind == "time":
        return time
    return time - (float(times[0]) if start is None else start)
