"""Choosing the columns of the table: a drawer with a search, and what is shown in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.pages.experiments.columns import Column, column_of, spark_column
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.metric_sections import matching
from neural.tracking.query.fields import STATS, spell_field
from neural.tracking.records import SYSTEM_PREFIX
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import is_choosable, labelled
from neural.tracking.ui.icons import icon

__all__ = ["available", "merged_choice", "picker", "picker_lists", "shown_list", "value_at_best"]

#: Names in one list; who looks for another one searches.
MOST_NAMES = 60
SPARK = "trend"
#: What can be shown of a metric, in the order of the choices.
FIGURES = (*STATS[:5], SPARK, "count", "nan_count", "best_step", "last_step")
#: Facts that the table does not always show anyway.
FACTS = ("group", "repeat", "host", "parent", "ended", "updated", "folder", "display_name")


def picker() -> html.Aside:
    """Return the drawer, closed; its lists are filled when it opens."""
    search = dcc.Input(id=Ids.PICKER_SEARCH, type="text", debounce=0.3, autoComplete="off")
    # Of the browser: a component of Dash's would have to be loaded before the first rows.
    choices = [{"label": figure, "value": figure} for figure in FIGURES]
    figure = dbc.Select(id=Ids.PICKER_STAT, options=choices, value="last")
    return html.Aside(
        [
            html.Div(
                [
                    html.H2("Columns"),
                    html.Button(
                        icon("close"),
                        id=Ids.PICKER_CLOSE,
                        type="button",
                        className="aq-icon-button",
                        **attributes(aria_label="Close the choice of columns", data_closes="true"),
                    ),
                ],
                className="aq-drawer-head",
            ),
            html.Div(
                [
                    html.Div(id=Ids.PICKER_SHOWN),
                    html.Button(
                        "Let the table choose",
                        id=Ids.PICKER_RESET,
                        type="button",
                        className="btn btn-outline-primary btn-sm",
                    ),
                    labelled("Search names", search, hint="Every word must be in the name."),
                    labelled("Figure of metrics", figure),
                    html.Div(id=Ids.PICKER_LISTS, className="aq-stack"),
                    html.Div(id=Ids.AT_BOX),
                ],
                className="aq-drawer-body aq-stack",
            ),
        ],
        id=Ids.PICKER,
        className="aq-drawer",
        hidden=True,
        **attributes(aria_label="Columns"),
    )


def value_at_best(metrics: Sequence[str]) -> html.Fieldset:
    """Return what adds a column with the value of a metric where another one was best."""
    names = list(filter(is_choosable, metrics))
    return html.Fieldset(
        [
            html.Legend("Value where another metric was best"),
            labelled("Metric", dcc.Dropdown(id=Ids.AT_METRIC, options=names)),
            labelled("at the best step of", dcc.Dropdown(id=Ids.AT_OTHER, options=names)),
            html.Button(
                "Add", id=Ids.AT_ADD, type="button", className="btn btn-outline-primary btn-sm"
            ),
        ],
        className="aq-fieldset",
    )


def available(library: RunLibrary, search: str, figure: str) -> dict[str, tuple[list[Column], int]]:
    """Return by section the columns to choose from, and how many more there are.

    Args:
        library: The runs.
        search: Words that a name has to contain; blank is every name.
        figure: Which of :data:`FIGURES` of the metrics.
    """
    metrics = library.all_metric_names()
    system = [name for name in metrics if name.startswith(SYSTEM_PREFIX)]
    plain = [name for name in metrics if not name.startswith(SYSTEM_PREFIX)]
    sections: dict[str, tuple[Iterable[str], Callable[[str], Column]]] = {
        "Metrics": (plain, lambda name: _figure_column(name, figure)),
        "Parameters": (library.param_names(), lambda n: _plain("params", n)),
        "Tags": (library.tag_names(), lambda n: _plain("tags", n)),
        "System": (system, lambda name: _figure_column(name, figure)),
        "Run": (FACTS, lambda name: Column(name, "fact", name)),
    }
    found = {}
    for section, (names, make) in sections.items():
        fitting = matching(names, search)
        if fitting:
            shown = [make(name) for name in fitting[:MOST_NAMES]]
            found[section] = (shown, len(fitting) - len(shown))
    return found


def _figure_column(metric: str, figure: str) -> Column:
    if figure == SPARK:
        return spark_column(metric)
    stat = figure if figure in STATS else "last"
    return Column(spell_field(f"metrics.{metric}.{stat}"), stat, metric)


def _plain(head: str, name: str) -> Column:
    key = spell_field(f"{head}.{name}")
    return Column(key, {"params": "param", "tags": "tag"}[head], name)


def picker_lists(
    found: Mapping[str, tuple[Sequence[Column], int]], shown: Iterable[str]
) -> list[Component]:
    """Return the lists to tick.

    Args:
        found: What :func:`available` returned.
        shown: Keys of the columns of the table.
    """
    if not found:
        return [html.P("No name fits this search.", className="aq-muted")]
    keys = set(shown)
    return [_list(section, columns, more, keys) for section, (columns, more) in found.items()]


def _list(section: str, columns: Sequence[Column], more: int, shown: set[str]) -> html.Section:
    ticks = dbc.Checklist(
        id={"type": Ids.PICKER_LIST, "section": section},
        options=[{"label": column.name, "value": column.key} for column in columns],
        value=[column.key for column in columns if column.key in shown],
        className="aq-checks aq-checks-column",
    )
    note = [html.P(f"{more:,} more; search for them.", className="aq-hint")] if more else []
    return html.Section([html.H3(section), ticks, *note])


def merged_choice(
    before: Sequence[str], offered: Iterable[str], ticked: Iterable[str]
) -> list[str]:
    """Return the columns after some were ticked or cleared; the others keep their places.

    A new one stands beside those of the same metric, or beside other parameters.

    Args:
        before: Keys of the columns of the table, in their order.
        offered: Keys that could be ticked.
        ticked: Those of them that are.
    """
    on, could = list(ticked), set(offered)
    kept = [key for key in before if key not in could or key in on]
    for key in on:
        if key not in kept:
            kept.insert(_place(kept, key), key)
    return kept


def _place(keys: Sequence[str], new: str) -> int:
    column = column_of(new)
    family = column.family if column else None
    alike = [i for i, key in enumerate(keys) if (c := column_of(key)) and c.family == family]
    return alike[-1] + 1 if alike else len(keys)


def shown_list(columns: Sequence[Column]) -> list[Component]:
    """Return the columns of the table in their order, each with a button that takes it away."""
    if not columns:
        return [html.P("No columns beyond those that are always there.", className="aq-muted")]
    return [
        html.H3("Shown"),
        html.Ul([html.Li(_shown(i, c)) for i, c in enumerate(columns)], className="aq-tags"),
    ]


def _shown(place: int, column: Column) -> html.Span:
    words = column.key if column.kind in ("spark", "at") or column.kind in STATS else column.name
    words = words.removeprefix("metrics.")
    drop = html.Button(
        icon("close"),
        id={"type": Ids.PICKER_DROP, "index": place},
        type="button",
        className="aq-icon-button",
        **attributes(aria_label=f"Remove the column {words}"),
    )
    return html.Span([html.Span(words), drop], className="aq-badge")
