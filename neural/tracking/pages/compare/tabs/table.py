"""Tab of the comparison: metrics of runs or groups, the best and its ties marked, to be kept."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.compare.tables import swatch
from neural.tracking.pages.compare.tabs.columns import FIGURES, metrics_of, telling_metrics
from neural.tracking.pages.compare.tabs.grouping import NONE, field_of, group_choices
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, select, toggles
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.pages.compare.tabs.table_values import (
    Column,
    Figures,
    Line,
    Spot,
    export_table,
    figures,
)
from neural.tracking.pages.experiments.export import FORMATS, Table
from neural.tracking.pages.tables import region
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, card, empty_state, number, safe_link
from neural.tracking.ui.icons import icon

__all__ = ["EXPORT", "TAB", "table_to_keep"]

#: Type of the ids of the buttons that write a file; ``index`` is the format.
EXPORT = "compare-export"

#: Columns and rows on the page.
FIRST_METRICS, MOST_METRICS, MOST_LINES = 6, 60, 400


def _chosen(view: TabView) -> Chosen:
    names = dict.fromkeys(metrics_of(view.comparison), "")
    metrics = view.several("tm", names, tuple(telling_metrics(view.comparison)[:FIRST_METRICS]))
    shown = view.several("tv", FIGURES, ("best", "last"))
    # In the order of the choices, so that the table does not depend on that of the clicks.
    shown = tuple(one for one in FIGURES if one in shown)
    return {
        "tm": metrics,
        "tv": shown,
        "tg": view.one("tg", group_choices(view, none=True), NONE),
        "tmem": view.several("tmem", {"1": ""}, ()),
        "ts": view.one("ts", _orders(metrics, shown), NONE),
    }


def _orders(metrics: tuple[str, ...], shown: tuple[str, ...]) -> dict[str, str]:
    columns = [Column(metric, figure, None) for metric in metrics for figure in shown]
    return {NONE: "As chosen", **{column.key: column.title for column in columns}}


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    names = {name: name for name in metrics_of(view.comparison)}
    return [
        bar(
            dropdown("tm", "Metrics", names, chosen["tm"], several=True),
            toggles("tv", "Values", FIGURES, chosen["tv"]),
        ),
        bar(
            select("tg", "Group by", group_choices(view, none=True), chosen["tg"]),
            toggles("tmem", "Under a group", {"1": "Members"}, chosen["tmem"]),
            select("ts", "Best first by", _orders(chosen["tm"], chosen["tv"]), chosen["ts"]),
        ),
    ]


def _figures(view: TabView, chosen: Chosen) -> Figures:
    (by,), (order,) = chosen["tg"], chosen["ts"]
    return figures(
        view.shown,
        view.rows,
        chosen["tm"][:MOST_METRICS],
        chosen["tv"],
        by=field_of(by),
        members=bool(chosen["tmem"]),
        order=order,
    )


def table_to_keep(view: TabView) -> Table:
    """Return the table on screen as files are made of it."""
    chosen = _chosen(view)
    is_grouped = chosen["tg"] != (NONE,)
    return export_table(_figures(view, chosen), "group" if is_grouped else "run", view.shown.names)


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not chosen["tm"]:
        why = html.P("None of these runs has logged a metric.")
        call = 'tracker.log_metrics({"loss": loss}, step=step)'
        return [empty_state("No metrics", why, snippet=call)]
    if not view.shown.runs:
        return [nothing_in_sight()]
    found = _figures(view, chosen)
    notes = [html.P(text, className="aq-hint") for text in _notes(found, chosen)]
    return [card("Metrics", [_table(view, found), *notes], actions=_exports())]


def _exports() -> list[Component]:
    return [
        html.Button(
            [icon("download"), html.Span(name)],
            id={"type": EXPORT, "index": name},
            type="button",
            className="btn btn-outline-primary btn-sm",
            **attributes(aria_label=f"Download the table as {name}"),
        )
        for name in FORMATS
    ]


def _notes(found: Figures, chosen: Chosen) -> list[str]:
    notes = [
        "✓ best of the column; ≈ a statistical tie with it: the difference is no more than chance "
        "may give (Welch's t test against the best, Holm-corrected, 5 %). Hold the pointer over a "
        "mark to read why."
    ]
    if chosen["tg"] != (NONE,):
        notes.append("Groups: mean ± sample standard deviation over n runs.")
    if found.without_tests:
        notes.append(f"Ties are not marked. {found.without_tests}")
    if any(column.goal is None for column in found.columns):
        notes.append(
            "Columns without an arrow have no known direction, so nothing in them is best."
        )
    if len(found.lines) > MOST_LINES:
        notes.append(f"{len(found.lines) - MOST_LINES:,} more rows are not shown.")
    if len(chosen["tm"]) > MOST_METRICS:
        notes.append(f"{len(chosen['tm']) - MOST_METRICS:,} more metrics are not shown.")
    return notes


def _table(view: TabView, found: Figures) -> Component:
    heads = [html.Th("Group" if found.lines[0].style is None else "Run", scope="col")]
    heads += [_head(column) for column in found.columns]
    rows = [_row(view, line) for line in found.lines[:MOST_LINES]]
    table = html.Table(
        [html.Thead(html.Tr(heads)), html.Tbody(rows)], className="aq-list aq-list-figures"
    )
    return region(table, "Metrics of the runs")


def _head(column: Column) -> html.Th:
    words = {"min": ("↓", "smaller is better"), "max": ("↑", "larger is better")}
    arrow, about = words.get(column.goal or "", ("", "no known direction"))
    return html.Th(
        [
            html.Span(column.metric, className="aq-wrap-name"),
            html.Div(f"{FIGURES[column.figure]} {arrow}", className="aq-hint"),
        ],
        scope="col",
        className="aq-cell-end",
        title=f"{column.title}: {about}",
    )


def _row(view: TabView, line: Line) -> html.Tr:
    if line.style is None:
        count = f"n = {len(line.ids):,}"
        name: list[Component] = [
            html.Span(line.label, className="aq-group-name"),
            html.Span(count, className="aq-hint"),
        ]
    else:
        href = run_href(view.context, line.ids[0])
        name = [swatch(line.style), safe_link(line.label, href, className="aq-run-label")]
    kind = "aq-row-member" if line.is_member else ""
    head = html.Th(html.Div(name, className="aq-run-line"), scope="row")
    return html.Tr([head, *(_cell(spot, len(line.ids)) for spot in line.spots)], className=kind)


def _cell(spot: Spot, runs: int) -> html.Td:
    if spot.value is None:
        return html.Td("–", className="aq-cell-end aq-muted", title="No finite value")
    parts: list[Component | str] = [number(spot.value)]
    if spot.std is not None:
        parts.append(html.Span(f" ± {spot.std:.2g}", className="aq-muted"))
    if spot.n < runs:
        parts.append(html.Span(f" n = {spot.n}", className="aq-text-warn"))
    marks: list[Component] = []
    if spot.standing == "best":
        marks = [icon("check"), html.Span("best: ", className="visually-hidden")]
    elif spot.standing == "tied":
        marks = [badge("≈ tie")]
    kind = {"best": "aq-cell-wins", "tied": "aq-cell-tied"}.get(spot.standing, "")
    return html.Td(
        html.Span([*marks, *parts], className="aq-value-best"),
        className=f"aq-cell-end {kind}",
        title=spot.reason,
    )


TAB = Tab(
    name="table",
    label="Table",
    keys=("tm", "tv", "tg", "tmem", "ts"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    redraws=frozenset({"tm", "tv"}),
)
