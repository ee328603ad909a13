"""What a chart gives away: everything that was logged as CSV, and Python that draws it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from neural.tracking.charts.lines import View
from neural.tracking.pages.board.data import ChartData, ChartRun, Look
from neural.tracking.pages.board.looks import view_for
from neural.tracking.ui.page import AppContext

__all__ = ["MOST_ROWS", "answer", "raw_csv", "snippet"]

#: Values in one CSV of the browser; more are a matter for the SDK.
MOST_ROWS = 1_000_000


def answer(
    context: AppContext,
    charts: ChartData,
    ask: Mapping[str, Any],
    runs: Sequence[ChartRun],
    look: Look,
) -> dict[str, str]:
    """Return ``{"what", "metric", "text"}`` for what a chart was asked for.

    Args:
        context: The application.
        charts: Where the values come from.
        ask: ``{"what": "csv" or "python", "metric": …}``.
        runs: Runs of the board.
        look: How the chart is looked at.
    """
    metric = str(ask["metric"])
    if ask["what"] == "csv":
        text = raw_csv(metric, charts, runs)
    else:
        logged = [run for run, _ in charts.raw(metric, runs)]
        look = replace(look, view=view_for(len(runs), look))
        text = snippet(str(context.base_dir), metric, logged, look)
    return {"what": str(ask["what"]), "metric": metric, "text": text}


def raw_csv(metric: str, charts: ChartData, runs: Sequence[ChartRun]) -> str:
    """Return every value that charts draw of a metric: run, id, step, time, value.

    Beyond :data:`MOST_ROWS` values the last line says how many are left out.
    """
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n")
    write.writerow(["run", "id", "step", "time", metric])
    free, left_out = MOST_ROWS, 0
    for run, series in charts.raw(metric, runs):
        count = min(free, series.step.size)
        columns = (column[:count].tolist() for column in series)
        for step, time, value in zip(*columns, strict=True):
            write.writerow([_cell(run.label), run.id, step, time, value])
        free -= count
        left_out += series.step.size - count
    if left_out:
        file.write(f"# {left_out:,} more values: ExperimentManager.metric() has all\n")
    return file.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def snippet(base_dir: str, metric: str, runs: Sequence[ChartRun], look: Look) -> str:
    """Return a script that draws a chart again from the store.

    Args:
        base_dir: Directory of the runs.
        metric: Metric of the chart.
        runs: The runs that logged it.
        look: How it is looked at.
    """
    if look.group.by:
        return _group_snippet(base_dir, metric, runs, look)
    ends = look.ends if None not in look.ends else None
    return "\n".join(
        [
            "from neural.tracking import ExperimentManager",
            *_imports(look.view),
            "from neural.tracking.charts.lines import View",
            "from neural.tracking.charts.run_comparison import (",
            "    run_comparison,",
            "    run_comparison_figure,",
            ")",
            "",
            *_reading(base_dir, metric, runs),
            f"view = {_view(look.view)}",
            *_along(look.view),
            "comparison = run_comparison(",
            "    metric, series, labels=labels, starts=starts, view=view"
            + (", along=along" if look.view.x == "metric" else "")
            + (f", y_range={ends!r}" if ends else ""),
            ")",
            "run_comparison_figure(comparison).show()",
            "",
        ]
    )


def _group_snippet(base_dir: str, metric: str, runs: Sequence[ChartRun], look: Look) -> str:
    groups: dict[str, list[str]] = {}
    for run in runs:
        groups.setdefault(look.labels.get(run.id, ""), []).append(run.id)
    how = f"statistic={look.group.statistic!r}, band={look.group.band!r}"
    return "\n".join(
        [
            "import plotly.graph_objects as go",
            "",
            "from neural.tracking import ExperimentManager",
            "from neural.tracking.analysis.aggregate import group_line",
            *_imports(look.view),
            "from neural.tracking.charts.lines import View, placed_values",
            "",
            *_reading(base_dir, metric, runs),
            f"view = {_view(look.view)}",
            *_along(look.view),
            f"groups = {groups!r}",
            "figure = go.Figure()",
            "for label, ids in groups.items():",
            "    members = [",
            "        placed_values(series[run], view, start=starts[run]"
            + (", along=along[run])" if look.view.x == "metric" else ")"),
            "        for run in ids",
            "    ]",
            f"    line = group_line(members, {how}, columns=None)",
            "    x = 10**line.x if view.log_x else line.x",
            "    figure.add_scatter(x=x, y=line.center, name=label, customdata=line.n)",
            "    if line.lower is not None:",
            "        figure.add_scatter(x=x, y=line.lower, line_width=0, showlegend=False)",
            '        figure.add_scatter(x=x, y=line.upper, line_width=0, fill="tonexty",',
            "                           showlegend=False)",
            "figure.update_layout(title=metric)",
            "figure.show()",
            "",
        ]
    )


def _reading(base_dir: str, metric: str, runs: Sequence[ChartRun]) -> list[str]:
    return [
        f"metric = {metric!r}",
        "labels = {",
        *(f"    {run.id!r}: {run.label!r}," for run in runs),
        "}",
        f"starts = {{{', '.join(f'{run.id!r}: {run.start!r}' for run in runs)}}}",
        "",
        f"manager = ExperimentManager({base_dir!r}, read_only=True)",
        'series = {run: manager.metric(run, metric, view="drawn") for run in labels}',
    ]


def _imports(view: View) -> list[str]:
    if view.x != "process":
        return []
    return ["from neural.tracking.analysis.pauses import resumed_at, without_pauses"]


def _along(view: View) -> list[str]:
    if view.x == "process":
        return [
            "for run, one in series.items():",
            "    resumed = resumed_at(manager.get_experiment(run).metadata)",
            "    series[run] = without_pauses(one, manager.metric(run, metric).time, resumed)",
        ]
    if view.x != "metric":
        return []
    return ['along = {run: manager.metric(run, view.x_metric, view="drawn") for run in labels}']


def _view(view: View) -> str:
    """Return a view as it is written in Python: what is not as by default."""
    default = View()
    set_fields = [
        f"{one.name}={getattr(view, one.name)!r}"
        for one in fields(View)
        if getattr(view, one.name) != getattr(default, one.name)
    ]
    return f"View({', '.join(set_fields)})"
