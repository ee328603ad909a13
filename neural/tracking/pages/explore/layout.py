"""What stands on the Explore page."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.pages.experiments.filter import filter_box
from neural.tracking.pages.explore.controls import picker, select
from neural.tracking.pages.explore.ids import PREFIX, Ids
from neural.tracking.pages.explore.panels import Panels, tab_of
from neural.tracking.pages.explore.runs import MOST_RUNS, metric_key
from neural.tracking.pages.explore.scene import Scene
from neural.tracking.pages.explore.tabs import TABS
from neural.tracking.pages.explore.view import STATS, ExploreView
from neural.tracking.pages.tabs import panel, tab_row
from neural.tracking.ui.components import loading_state, page_header
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import PageLocation

__all__ = ["GOALS", "content_class", "controls_of", "counts", "header_controls", "layout"]

GOALS = {"": "As its name says", "min": "Smaller is better", "max": "Larger is better"}


def layout(panels: Panels, location: PageLocation) -> html.Div:
    """Return the page; the charts are drawn once it stands.

    Args:
        panels: What draws.
        location: Where the browser is.
    """
    view = ExploreView.of(location)
    scene = panels.scene(view)
    tab = tab_of(view)
    return html.Div(
        [
            *_stores(view),
            page_header(
                "Explore",
                subtitle=html.Div(counts(scene), id=Ids.COUNTS, role="status"),
                actions=_actions(view),
            ),
            filter_box(view.filter, prefix=PREFIX),
            html.Div(header_controls(scene), className="aq-controls aq-explore-head"),
            tab_row(
                PREFIX,
                {one.name: one.label for one in TABS.values()},
                tab.name,
                counts={},
                about="What to look at",
            ),
            panel(PREFIX, _panel(scene), tab.label),
        ],
        className="aq-page aq-explore",
    )


def _stores(view: ExploreView) -> list[Component]:
    filled: dict[str, Any] = {Ids.STATE: view.state(), Ids.ADDRESS: view.state()}
    silent = (
        *(Ids.DRAWN, Ids.SHAPE, Ids.FOLLOWED),
        *(Ids.TYPED, Ids.HINTED, Ids.ASK, Ids.ANSWER, Ids.QUIET),
    )
    return [
        *(dcc.Store(id=store, data=data) for store, data in filled.items()),
        *(dcc.Store(id=store) for store in silent),
    ]


def _actions(view: ExploreView) -> list[Component]:
    return [
        html.Button(
            [icon("close"), html.Span("Clear brushes")],
            id=Ids.UNBRUSH,
            type="button",
            className="btn btn-outline-primary",
            hidden=not view.brush,
        ),
        html.Button(
            [icon("refresh"), html.Span("Runs have changed: draw again")],
            id=Ids.NEWS,
            type="button",
            className="btn btn-outline-primary",
            hidden=True,
        ),
    ]


def counts(scene: Scene) -> list[Component]:
    """Return which runs are looked at, and which are left out."""
    whole, table = scene.whole, scene.table
    kind = "filtered " if scene.view.filter.strip() else ""
    plural = "" if whole.total == 1 else "s"
    words: list[Component] = [html.Span(f"{kind}{whole.total:,} run{plural}")]
    if len(whole.rows) < whole.total:
        words.append(html.Span(f" · the newest {MOST_RUNS:,} of them are looked at"))
    if scene.view.brush:
        words.append(html.Span(f" · {len(table.rows):,} in the brushes"))
    if scene.metric and table.rows:
        missing = scene.result.missing
        if missing:
            words.append(html.Span(f" · {missing:,} without a finite {scene.metric}"))
    problems = sum(bool(row.get("problems")) for row in whole.rows)
    if problems:
        words.append(html.Span(f" · {problems:,} with unreadable files"))
    return words


def header_controls(scene: Scene) -> list[Component]:
    """Return the choice of the result and its direction."""
    known = scene.whole.goal(scene.metric) if scene.metric else None
    as_named = {"min": "smaller is better", "max": "larger is better"}.get(known or "", "a guess")
    return [
        picker(scene.whole, "metric", "Result", metric_key(scene.metric) if scene.metric else ""),
        select("stat", "Figure of metrics", STATS, scene.view.stat),
        select("goal", "Objective", {**GOALS, "": f"Auto: {as_named}"}, str(scene.view.goal)),
    ]


def controls_of(scene: Scene) -> list[Component]:
    """Return the controls of the open tab."""
    return tab_of(scene.view).controls(scene) if scene.whole.rows else []


def _panel(scene: Scene) -> list[Component]:
    return [
        html.Div(controls_of(scene), id=Ids.CONTROLS, className="aq-controls aq-explore-controls"),
        html.Div(loading_state(6), id=Ids.CONTENT, className=content_class(scene)),
        html.Div([], id=Ids.BELOW),
    ]


def content_class(scene: Scene) -> str:
    """Return how the parts of the open tab stand."""
    return "aq-explore-content" + (" aq-explore-two" if tab_of(scene.view).wide else "")
