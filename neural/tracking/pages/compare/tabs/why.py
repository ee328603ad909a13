"""Tab of the comparison: why two runs differ, the likeliest reason first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.errors import MissingExtraError, NeuralError
from neural.tracking.analysis.differences import Difference, Explanation, explain_difference
from neural.tracking.analysis.explanations import gap_sentence, likely_sentence
from neural.tracking.analysis.run_facts import RunSide
from neural.tracking.analysis.samples import Which
from neural.tracking.pages.compare.tabs.code import captured_diff
from neural.tracking.pages.compare.tabs.columns import RESULTS, metrics_of, telling_metrics
from neural.tracking.pages.compare.tabs.environment import environment_of
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, select
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.pages.tables import table
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, card, empty_state, number

__all__ = ["TAB"]

#: Differences on the page; the weakest are counted.
MOST_DIFFERENCES = 60
#: Other runs whose environment is read for evidence on code, packages and machines.
MOST_ENVIRONMENTS = 300

_BASES = {
    "controlled": ("ok", "controlled"),
    "related": ("warn", "related"),
    "noise": ("muted", "seed noise"),
    "none": ("muted", "no evidence"),
}


def _chosen(view: TabView) -> Chosen:
    names = view.shown.names
    first, second = (*names, "", "")[:2]
    metrics = dict.fromkeys(metrics_of(view.comparison), "")
    return {
        "wa": view.one("wa", names, first),
        "wb": view.one("wb", names, second or first),
        "wm": view.one("wm", metrics, next(iter(telling_metrics(view.comparison)), "")),
        "wv": view.one("wv", RESULTS, "best"),
    }


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    names = view.comparison.names
    metrics = {name: name for name in metrics_of(view.comparison)}
    return [
        bar(
            dropdown("wa", "First run", names, chosen["wa"]),
            dropdown("wb", "Second run", names, chosen["wb"]),
            dropdown("wm", "Metric", metrics, chosen["wm"]),
            select("wv", "Result of a run", RESULTS, chosen["wv"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not view.shown.runs:
        return [nothing_in_sight()]
    if not chosen["wm"]:
        return [empty_state("No metrics", html.P("None of these runs has logged a metric."))]
    if chosen["wa"] == chosen["wb"]:
        why = html.P("One run has nothing to differ from. Choose two.")
        return [empty_state("Two runs are needed", why)]
    try:
        found = _explained(view, chosen)
    except MissingExtraError as error:
        return [empty_state("This needs more packages", html.P(str(error)))]
    return [_gap(found), _reasons(found)]


def _explained(view: TabView, chosen: Chosen) -> Explanation:
    (a,), (b,), (metric,), (which,) = (chosen[key] for key in ("wa", "wb", "wm", "wv"))
    revision = view.context.manager.page(limit=1).revision
    key = ("why", a, b, metric, which, revision)
    return view.cache.get(key, lambda: _explain(view, a, b, metric, _which(which)))


def _which(text: str) -> Which:
    return "last" if text == "last" else "best"


def _explain(view: TabView, a: str, b: str, metric: str, which: Which) -> Explanation:
    rows = view.all_rows
    by_id = {str(row["experiment_id"]): row for row in rows}
    sides = [_side(view, run_id, by_id[run_id]) for run_id in (a, b)]
    return explain_difference(
        sides[0],
        sides[1],
        metric=metric,
        rows=rows,
        which=which,
        environments=_environments(view, rows, {str(one.row["experiment_name"]) for one in sides}),
    )


def _side(view: TabView, run_id: str, row: Mapping[str, Any]) -> RunSide:
    folder = str(row["folder"])
    try:
        artifacts = view.context.manager.artifacts(run_id)
    except NeuralError:  # its list of artifacts is damaged
        artifacts = []
    # What the run is called elsewhere on the page.
    named = {**row, "display_name": view.comparison.names.get(run_id)}
    return RunSide(
        row=named,
        environment=environment_of(view, run_id),
        diff=captured_diff(view, run_id, folder) or None,
        artifacts=artifacts,
    )


def _environments(view: TabView, rows: list[Any], names: set[str]) -> dict[str, Mapping[str, Any]]:
    near = [row for row in rows if str(row["experiment_name"]) in names][:MOST_ENVIRONMENTS]
    ids = [str(row["experiment_id"]) for row in near]
    return {one: environment_of(view, one) for one in ids}


def _gap(found: Explanation) -> Component:
    kind, word = {
        True: ("muted", "Within noise"),
        False: ("ok", "More than noise"),
        None: ("warn", "Noise unknown"),
    }[found.is_within_noise]
    tiles: list[tuple[str, Any]] = [
        (found.a, number(found.value_a)),
        (found.b, number(found.value_b)),
        ("Gap", number(found.gap)),
        ("Noise between seeds (std)", number(found.noise.std if found.noise.is_known else None)),
    ]
    return card(
        f"The gap in {found.metric}",
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(name, className="aq-tile-name", title=name),
                            html.Div(value, className="aq-tile-value"),
                        ],
                        className="aq-tile",
                    )
                    for name, value in tiles
                ],
                className="aq-tiles",
            ),
            html.Div(
                [
                    badge(word, kind=kind),
                    html.P(gap_sentence(found)),
                    html.P(likely_sentence(found), className="aq-verdict"),
                ],
                className="aq-stack aq-after-tiles",
            ),
        ],
    )


def _reasons(found: Explanation) -> Component:
    unknown = [html.P(text, className="aq-text-warn") for text in found.unknown]
    if not found.differences:
        return card("What differs", [html.P("Nothing that was recorded differs."), *unknown])
    rows = [_row(number, one) for number, one in enumerate(found.differences[:MOST_DIFFERENCES])]
    heads = ("+", "What", "First", "Second", "How likely", "+Effect", "Evidence")
    shown = table(heads, rows, label="What differs, the likeliest reason first")
    hidden = len(found.differences) - MOST_DIFFERENCES
    about = (
        "The score orders the reasons from 0 to 1 and is no probability; shares can overlap, and "
        "nothing here proves a cause."
    )
    more = f" {hidden:,} weaker ones are not shown." if hidden > 0 else ""
    return card(
        f"What differs ({len(found.differences):,})",
        [shown, html.P(about + more, className="aq-hint"), *unknown],
    )


def _row(place: int, one: Difference) -> html.Tr:
    kind, word = _BASES[one.basis]
    meter = html.Span(
        html.Span(style={"width": f"{100 * one.score:.0f}%"}),
        className="aq-meter",
        **attributes(aria_hidden="true"),
    )
    return html.Tr(
        [
            html.Td(f"{place + 1}", className="aq-cell-end aq-muted"),
            html.Th([html.Span(one.name), html.Div(one.kind, className="aq-hint")], scope="row"),
            html.Td(one.a, className="aq-value-text"),
            html.Td(one.b, className="aq-value-text"),
            html.Td([meter, html.Span(f"{one.score:.2f}", className="aq-number")]),
            html.Td(number(one.effect), className="aq-cell-end"),
            html.Td([badge(word, kind=kind), html.Div(one.evidence, className="aq-evidence")]),
        ]
    )


TAB = Tab(
    name="why",
    label="Why do these two differ",
    keys=("wa", "wb", "wm", "wv"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
)
