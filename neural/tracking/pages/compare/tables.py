"""The tables of a comparison: runs, parameters, values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.theme import RunStyle
from neural.tracking.pages.compare.compared import Compared, Value, ValueRow, value_rows
from neural.tracking.pages.param_diff import MISSING, change_text, param_rows, value_text
from neural.tracking.pages.tables import region
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, number
from neural.tracking.ui.icons import icon

__all__ = [
    "diff_table",
    "params_table",
    "run_name",
    "swatch",
    "swatch_class",
    "values_table",
]

#: Rows of a table; what does not fit is counted.
MOST_ROWS = 300


def swatch(style: RunStyle) -> html.Span:
    """Return a short piece of a run's line: its colour in the theme in force, and its dashes."""
    return html.Span(className=swatch_class(style), **attributes(aria_hidden="true"))


def swatch_class(style: RunStyle) -> str:
    """Return the class of the element that :func:`swatch` makes."""
    slot = "none" if style.slot is None else style.slot
    return f"aq-swatch aq-slot-{slot} aq-dash-{style.dash}"


def run_name(style: RunStyle, label: str) -> list[Component]:
    """Return swatch and name of a run."""
    return [swatch(style), html.Span(label, className="aq-run-label", title=label)]


def _head(
    first: str, labels: Sequence[str], styles: Sequence[RunStyle], baseline: int | None
) -> html.Thead:
    cells = [
        html.Th(
            [
                *run_name(style, label),
                *([html.Div("baseline", className="aq-hint")] if place == baseline else []),
            ],
            scope="col",
        )
        for place, (label, style) in enumerate(zip(labels, styles, strict=True))
    ]
    return html.Thead(html.Tr([html.Th(first, scope="col"), *cells]))


def params_table(
    runs: Sequence[Compared],
    labels: Sequence[str],
    styles: Sequence[RunStyle],
    *,
    baseline: int = 0,
    only_differing: bool = True,
) -> list[Component]:
    """Return the parameters of all runs, each with its change from the baseline.

    Args:
        runs: The runs.
        labels: What to call each.
        styles: What each looks like.
        baseline: Place of the run that the others are compared with.
        only_differing: Leave out the parameters that are the same in all runs.
    """
    return diff_table(
        [run.params for run in runs],
        labels,
        styles,
        nouns=("parameter", "parameters"),
        baseline=baseline,
        only_differing=only_differing,
    )


def diff_table(
    facts: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    styles: Sequence[RunStyle],
    *,
    nouns: tuple[str, str],
    baseline: int = 0,
    only_differing: bool = True,
) -> list[Component]:
    """Return what is known of all runs side by side, each with its change from the baseline.

    Args:
        facts: Of each run, by name.
        labels: What to call each.
        styles: What each looks like.
        nouns: What a fact is called, one of them and several.
        baseline: Place of the run that the others are compared with.
        only_differing: Leave out what is the same in all runs.
    """
    rows = param_rows(facts)
    wanted = [row for row in rows if row.differs] if only_differing else rows
    if not rows:
        return [html.P(f"None of these runs has {nouns[1]}.", className="aq-muted")]
    if not wanted:
        same = f"All {len(rows):,} {nouns[1]} are the same."
        return [html.P(same if len(facts) > 1 else "One run differs from nothing.")]
    body = [
        html.Tr(
            [
                html.Th(row.name, scope="row"),
                *(
                    _param_cell(value, row.values[baseline], place == baseline)
                    for place, value in enumerate(row.values)
                ),
            ]
        )
        for row in wanted[:MOST_ROWS]
    ]
    head = _head(nouns[0].capitalize(), labels, styles, baseline)
    table = html.Table([head, html.Tbody(body)], className="aq-list aq-list-runs")
    return [
        region(table, f"{nouns[1].capitalize()} of the runs"),
        *_hidden(len(wanted), len(rows), only_differing, nouns),
    ]


def _hidden(
    wanted: int, total: int, only_differing: bool, nouns: tuple[str, str]
) -> list[Component]:
    parts = []
    same = total - wanted
    if only_differing and same:
        are = f"{nouns[0]} is" if same == 1 else f"{nouns[1]} are"
        parts.append(f"{same:,} {are} the same in all runs.")
    if wanted > MOST_ROWS:
        parts.append(f"{wanted - MOST_ROWS:,} more are not shown.")
    return [html.P(" ".join(parts), className="aq-hint")] if parts else []


def _param_cell(value: Any, baseline: Any, is_baseline: bool) -> html.Td:
    text = value_text(value)
    change = "" if is_baseline else change_text(baseline, value)
    if change == "=":
        return html.Td(html.Span(text, className="aq-muted"), title=text)
    parts: list[Component] = [] if value is MISSING else [html.Span(text)]
    if change in _MARKS:
        parts.append(badge(f"{_MARKS[change][0]} {change}", kind=_MARKS[change][1]))
    elif change:
        parts.append(html.Span(change, className="aq-change"))
    return html.Td(parts, title=text, className="" if is_baseline else "aq-cell-differs")


#: Sign and kind of the mark of what only one of two runs has.
_MARKS = {"added": ("+", "ok"), "removed": ("−", "warn")}


def values_table(
    runs: Sequence[Compared], labels: Sequence[str], styles: Sequence[RunStyle]
) -> list[Component]:
    """Return best and last value of every metric, the best of all runs marked."""
    rows = value_rows(runs)
    if not rows:
        return [html.P("None of these runs has logged a metric.", className="aq-muted")]
    body = [_value_row(row) for row in rows[:MOST_ROWS]]
    head = _head("Metric", labels, styles, None)
    table = html.Table([head, html.Tbody(body)], className="aq-list aq-list-runs")
    more = f"{len(rows) - MOST_ROWS:,} more metrics are not shown."
    hint = [html.P(more, className="aq-hint")] if len(rows) > MOST_ROWS else []
    return [region(table, "Best and last values of the runs"), *hint]


def _value_row(row: ValueRow) -> html.Tr:
    extreme = "smallest" if row.goal == "min" else "largest"
    direction = f"{extreme} is best" if row.is_known else extreme
    head = html.Th([html.Span(row.metric), html.Div(direction, className="aq-hint")], scope="row")
    cells = [_value_cell(value, place in row.winners) for place, value in enumerate(row.values)]
    return html.Tr([head, *cells])


def _value_cell(value: Value | None, wins: bool) -> html.Td:
    if value is None:
        return html.Td("–", className="aq-muted", title="never logged")
    mark = [icon("check"), html.Span("best of all: ", className="visually-hidden")] if wins else []
    step = f"step {value.step:,} · " if value.step is not None else ""
    return html.Td(
        [
            html.Div([*mark, number(value.best)], className="aq-value-best"),
            html.Div([step, "last ", number(value.last)], className="aq-hint"),
        ],
        className="aq-cell-wins" if wins else "",
    )
