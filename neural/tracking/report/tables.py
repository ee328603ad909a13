"""The tables of a report: runs with their best values, parameters that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neural.tracking.analysis.keys import NOT_SET
from neural.tracking.charts.theme import RunStyle
from neural.tracking.records import RunStatus
from neural.tracking.report.content import Content, Metric, Run, shown
from neural.tracking.report.markup import Markup, join, tag
from neural.tracking.ui.format import format_duration, format_number, format_time

__all__ = ["card", "look_of", "params_card", "runs_card", "swatch"]

#: Columns of best values in the table of runs; the curves show all metrics.
_MOST_COLUMNS = 12
#: Characters of a value in a table; the whole of it is on hover.
_MOST_CHARACTERS = 200
_DASHES = {"solid": None, "dash": "6 3", "dot": "1.5 3", "dashdot": "7 3 1.5 3"}
_STATUSES = {
    RunStatus.RUNNING.value: ("live", "●"),
    RunStatus.COMPLETED.value: ("ok", "✓"),
    RunStatus.FAILED.value: ("error", "✗"),
    RunStatus.CRASHED.value: ("error", "⚠"),
    RunStatus.CANCELLED.value: ("warn", "■"),
}


def card(title: str, *children: object) -> Markup:
    """Return a titled part of the page."""
    return tag("section", tag("h2", title), *children, class_="nr-card")


def runs_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
    """Return the table of runs, which is the legend of the curves, too."""
    metrics = content.metrics[:_MOST_COLUMNS]
    heads = [
        _head("Run"),
        _head("Status"),
        _head("Started"),
        _head("Duration", is_number=True),
        *(_head(f"{m.name} {_direction(m)}", is_number=True) for m in metrics),
        _head("Tags"),
    ]
    rows = [
        tag(
            "tr",
            _run_cell(place, run, styles, is_switch=True),
            tag("td", _status(run.record.status)),
            _number(format_time(run.record.start_time)[:19], run.record.start_time, ""),
            _number(format_duration(run.record.duration), run.record.duration),
            *(_best_cell(metric, place) for metric in metrics),
            tag("td", join(_tag(name, words) for name, words in run.record.tags.items())),
        )
        for place, run in enumerate(content.runs)
    ]
    more = len(content.metrics) - len(metrics) + content.unlisted
    hint = "Best value of each metric in its direction; ★ is the best of all runs."
    if more:
        hint += f" {more:,} more metrics are in the file."
    return card("Runs", _table("Runs", heads, rows), tag("p", hint, class_="nr-hint"))


def _direction(metric: Metric) -> str:
    return "↓ min" if metric.goal == "min" else "↑ max"


def _head(title: str, *, is_number: bool = False) -> Markup:
    button = tag("button", title, type="button", title="Sort")
    return tag("th", button, scope="col", class_="nr-number" if is_number else None)


def _table(name: str, heads: Iterable[Markup], rows: Iterable[Markup]) -> Markup:
    table = tag(
        "table",
        tag("thead", tag("tr", join(heads))),
        tag("tbody", join(rows)),
        data_sortable=True,
        aria_label=name,
    )
    # What scrolls sideways has to be reached with the keyboard, too.
    return tag(
        "div", table, class_="nr-table", tabindex="0", role="region", aria_label=f"{name} table"
    )


def look_of(style: RunStyle) -> str:
    """Return a short name of a look: slot and dashes."""
    return f"{'n' if style.slot is None else style.slot}-{style.dash}"


def swatch(style: RunStyle) -> Markup:
    """Return a piece of line that looks as the run's curves do."""
    line = tag(
        "line",
        x1="0",
        y1="5",
        x2="22",
        y2="5",
        stroke="currentColor",
        stroke_width="3",
        stroke_dasharray=_DASHES[style.dash],
    )
    look = look_of(style)
    class_ = f"nr-swatch nr-c{look.partition('-')[0]}"
    return tag("svg", line, class_=class_, viewBox="0 0 22 10", aria_hidden="true", data_look=look)


def _run_cell(
    place: int, run: Run, styles: Mapping[str, RunStyle], *, is_switch: bool = False
) -> Markup:
    style = styles[run.record.experiment_id]
    name = tag("span", run.label, title=f"{run.label} ({run.record.experiment_id})")
    inside = tag("span", swatch(style), name, class_="nr-run")
    if is_switch:
        box = tag(
            "input",
            type="checkbox",
            checked=True,
            autocomplete="off",
            data_run=place,
            aria_label=f"Draw {run.label}",
        )
        inside = tag("span", Markup(box.removesuffix("</input>")), inside, class_="nr-run")
    return tag("th", inside, scope="row")


def _status(status: str) -> Markup:
    kind, sign = _STATUSES.get(status, ("muted", "•"))
    return tag(
        "span", tag("span", sign, aria_hidden="true"), f" {status}", class_=f"nr-status-{kind}"
    )


def _number(words: str, value: float | int | None, class_: str = "nr-number") -> Markup:
    return tag("td", words, class_=class_ or None, data_value="" if value is None else repr(value))


def _best_cell(metric: Metric, place: int) -> Markup:
    found = metric.best[place]
    if found is None:
        return _number("–", None)
    value, step = found
    is_best = place in metric.winners
    words = [format_number(value), " ★" if is_best else ""]
    return tag(
        "td",
        *words,
        class_="nr-number nr-best" if is_best else "nr-number",
        data_value=repr(float(value)) if abs(value) < 1e300 else str(value),
        title=f"{value!r} at step {step:,}",
    )


def _tag(name: str, words: str) -> Markup:
    return tag("span", f"{name}={words}" if words else name, class_="nr-tag")


def params_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
    """Return the parameters in which runs differ, and those that they share."""
    parts: list[Markup] = []
    if content.differing:
        heads = [_head("Run"), *(_head(name) for name in content.differing)]
        rows = [
            tag(
                "tr",
                _run_cell(place, run, styles),
                *(_param_cell(run.params.get(name, NOT_SET)) for name in content.differing),
            )
            for place, run in enumerate(content.runs)
        ]
        parts.append(_table("Parameters that differ", heads, rows))
    elif len(content.runs) > 1:
        parts.append(tag("p", "All runs have the same parameters.", class_="nr-hint"))
    if content.common:
        parts.append(_common(content.common, is_open=not content.differing))
    if not parts:
        parts.append(tag("p", "No parameters were logged.", class_="nr-hint"))
    return card("Parameters that differ" if content.differing else "Parameters", *parts)


def _param_cell(value: object) -> Markup:
    words = shown(value)
    cut = words if len(words) <= _MOST_CHARACTERS else f"{words[:_MOST_CHARACTERS]}…"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return tag(
        "td",
        tag("span", cut, class_="nr-value", title=words if len(words) > 30 else None),
        class_="nr-mono",
        data_value=_sort_value(value) if is_number else None,
    )


def _sort_value(value: Any) -> str:
    try:
        return repr(float(value))
    except OverflowError:
        return str(value)


def _common(common: Mapping[str, Any], *, is_open: bool) -> Markup:
    rows = [
        tag("tr", tag("th", name, scope="row"), _param_cell(value))
        for name, value in common.items()
    ]
    table = tag("table", tag("tbody", join(rows)), aria_label="Parameters that all runs share")
    inside = tag(
        "div", table, class_="nr-table", tabindex="0", role="region", aria_label="Shared parameters"
    )
    count = len(common)
    words = f"{count:,} that all runs share" if count > 1 else "1 that all runs share"
    return tag("details", tag("summary", words), inside, open=is_open)
