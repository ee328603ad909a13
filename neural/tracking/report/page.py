"""The HTML of a report: everything in it can be read without running a script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.tracking.analysis.keys import NOT_SET
from neural.tracking.charts.theme import RunStyle
from neural.tracking.records import RunStatus
from neural.tracking.report.content import Content, Metric, Run, shown
from neural.tracking.report.markup import Markup, join, tag
from neural.tracking.ui.format import format_duration, format_number, format_time

__all__ = ["Origin", "body", "look_of", "swatch"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a report comes from, and what is not in it.

    Attributes:
        title: Its title.
        made: When it was made, epoch seconds.
        place: Name of the folder the runs lie in, without the path to it.
        version: Of this package.
        points: Logged values of all runs.
        files: Artifacts and other files that are in it.
        notes: What was left out or redacted, a sentence each.
    """

    title: str
    made: float
    place: str
    version: str
    points: int
    files: int
    notes: Sequence[str]


def body(content: Content, styles: Mapping[str, RunStyle], origin: Origin, group_by: str) -> Markup:
    """Return all that stands on the page.

    Args:
        content: What is said.
        styles: Looks of the runs by id.
        origin: Where it comes from.
        group_by: The grouping that is on at first; empty is none.
    """
    sections = [
        _runs_card(content, styles),
        _curves_card(content, group_by),
        _params_card(content, styles),
        _notes_card(content, styles),
        _about_card(origin),
    ]
    return join(
        [
            tag("a", "Skip to content", class_="nr-skip", href="#content"),
            _top(content, origin),
            tag("main", join(sections), id="content", class_="nr-page", tabindex="-1"),
        ]
    )


def _top(content: Content, origin: Origin) -> Markup:
    count = len(content.runs)
    words = (
        f"{count:,} run{'' if count == 1 else 's'} · {len(content.metrics):,} "
        f"metric{'' if len(content.metrics) == 1 else 's'} · {origin.points:,} points · from "
        f"{origin.place} · made {format_time(origin.made)} with neural {origin.version}"
    )
    head = tag("div", tag("h1", origin.title), tag("p", words, class_="nr-hint"))
    button = tag("button", "Theme", id="nr-theme", type="button", class_="nr-button", hidden=True)
    return tag("header", head, button, class_="nr-top")


def _card(title: str, *children: object) -> Markup:
    return tag("section", tag("h2", title), *children, class_="nr-card")


# ---------------------------------------------------------------------- runs


def _runs_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
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
    return _card("Runs", _table("Runs", heads, rows), tag("p", hint, class_="nr-hint"))


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


# ---------------------------------------------------------------------- curves


def _curves_card(content: Content, group_by: str) -> Markup:
    if not content.metrics:
        return _card("Curves", tag("p", "No run logged a metric.", class_="nr-hint"))
    options = [tag("option", "none", value="")] + [
        tag("option", one.title, value=one.key, selected=one.key == group_by)
        for one in content.groupings
    ]
    axes = [("step", "step"), ("relative", "relative time"), ("time", "wall clock")]
    slider = '<input id="nr-smoothing" type="range" min="0" max="0.99" step="0.01" value="0">'
    controls = tag(
        "fieldset",
        tag("label", "Smoothing ", Markup(slider), tag("output", "0.00", id="nr-smoothing-value")),
        tag("label", "x ", _select("nr-x", [tag("option", words, value=v) for v, words in axes])),
        tag("label", Markup('<input id="nr-log" type="checkbox">'), " log y"),
        tag("label", "Group by ", _select("nr-group", options)),
        tag("label", "Metrics ", Markup('<input id="nr-search" type="search">')),
        id="nr-controls",
        class_="nr-controls",
        disabled=True,
        aria_label="How the curves are drawn",
    )
    needs_script = "The curves need JavaScript; the tables do not."
    return _card(
        "Curves",
        controls,
        tag("noscript", tag("p", needs_script)),
        tag("p", id="nr-status", class_="nr-hint nr-status", role="status"),
        tag("ul", id="nr-legend", class_="nr-legend", aria_label="Groups"),
        tag("div", id="nr-charts", class_="nr-charts"),
    )


def _select(name: str, options: Iterable[Markup]) -> Markup:
    return tag("select", join(options), id=name, autocomplete="off")


# ---------------------------------------------------------------------- parameters and notes


def _params_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
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
    return _card("Parameters that differ" if content.differing else "Parameters", *parts)


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


def _notes_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
    notes = [
        tag(
            "div",
            tag("h3", swatch(styles[run.record.experiment_id]), " ", run.label),
            tag("pre", run.record.notes),
            class_="nr-note",
        )
        for run in content.runs
        if run.record.notes.strip()
    ]
    return _card("Notes", tag("div", *notes)) if notes else Markup()


def _about_card(origin: Origin) -> Markup:
    files = (
        f"and {origin.files:,} of their files"
        if origin.files
        else "without their artifacts, images and logs"
    )
    words = (
        "This file needs no network and asks for nothing. It holds the runs themselves, every "
        f"logged value, parameter and note, {files}. This brings them back:"
    )
    left_out = tag("ul", *(tag("li", note) for note in origin.notes)) if origin.notes else Markup()
    inside = tag(
        "div",
        tag("p", words),
        tag("pre", tag("code", "neural import REPORT.html"), tabindex="0"),
        left_out,
        class_="nr-about",
    )
    return _card("About this file", inside)
