"""Tabs of the comparison that are boards of charts: all metrics, and what the machines did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.pages.addresses import COMPARE
from neural.tracking.pages.board.groups import choices, rows_of
from neural.tracking.pages.board.layout import BoardIds, board
from neural.tracking.pages.board.live import all_names
from neural.tracking.pages.board.view import BoardView
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.pages.run import system as run_system
from neural.tracking.records import SYSTEM_PREFIX
from neural.tracking.storage.settings import SettingsStore

__all__ = ["BOARD", "BOARD_KEYS", "CHARTS", "SYSTEM", "base_of"]

BOARD = BoardIds("compare-charts")

#: What of the address is the board's.
BOARD_KEYS: tuple[str, ...] = tuple(BoardView().state())


def base_of(view: TabView, tab: str) -> dict[str, Any]:
    """Return what of the address is not the board's, for the store of the board."""
    state = {key: value for key, value in view.state.items() if key not in BOARD_KEYS}
    state["tab"] = None if tab == "charts" else tab
    return {"path": view.context.href(COMPARE), "state": state}


def _charts(view: TabView, _chosen: Chosen) -> list[Component]:
    return [_board(view, "charts", BoardView.from_state(view.state))]


def _board(view: TabView, tab: str, looked_at: BoardView) -> Component:
    runs = view.shown.chart_runs()
    every = view.comparison.chart_runs()
    base = base_of(view, tab)
    return board(
        BOARD,
        runs,
        all_names(view.context, every),
        looked_at,
        path=base["path"],
        base=base["state"],
        revision=dict(view.context.manager.revision([run.id for run in runs])),
        groups=choices(rows_of(view.context, [run.id for run in every])),
        smoothing=SettingsStore(view.context.base_dir).load().smoothing,
    )


def _system(view: TabView, _chosen: Chosen) -> list[Component]:
    sampled = [record for record in view.comparison.records if run_system.is_sampled(record)]
    if not sampled:
        return [run_system.nothing_sampled()]
    looked_at = BoardView.from_state(view.state)
    if not looked_at.search.startswith(SYSTEM_PREFIX):
        # The charts of the other tab, searched for what the machines did, over time.
        looked_at = replace(BoardView(), search=SYSTEM_PREFIX, x="relative")
    parts: list[Component] = []
    if len(sampled) < len(view.comparison.records):
        lacking = len(view.comparison.records) - len(sampled)
        words = f"The machine was not sampled beside {lacking:,} of the runs."
        parts.append(html.P(words, className="aq-hint"))
    return [*parts, _board(view, "system", looked_at)]


def _nothing(_view: TabView) -> Mapping[str, tuple[str, ...]]:
    return {}


CHARTS = Tab(name="charts", label="Charts", chosen=_nothing, body=_charts, is_board=True)
SYSTEM = Tab(name="system", label="System", chosen=_nothing, body=_system, is_board=True)
