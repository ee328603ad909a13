"""How much work and how many bytes a look at twenty runs costs.

The limits of time are three times the budget: a test says when something went badly wrong, a
benchmark how fast it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.pages import compare, experiments, run_detail
from neural.tracking.pages.board_view import BoardView
from neural.tracking.pages.chart_board_live import draw
from neural.tracking.pages.chart_data import ChartData
from neural.tracking.pages.comparison import read, state_of
from neural.tracking.pages.experiments_view import TableView
from neural.tracking.ui.page import AppContext, PageLocation, load_pages

#: 95 % of the answers come within this, on two slow cores.
BUDGET_S = 0.15
SLACK = 3
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    """Twenty runs of ten metrics and a thousand steps."""
    base_dir = tmp_path_factory.mktemp("twenty")
    for run in range(20):
        walk = np.random.default_rng(run).normal(size=(1000, 10)).cumsum(axis=0).tolist()
        with ExperimentTracker(
            "twenty", base_dir, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_hyperparameters({"lr": run / 10, "seed": run % 3, "width": 64})
            for step, row in enumerate(walk):
                tracker.log_metrics({f"val/m{i}": v for i, v in enumerate(row)}, step=step)
    return AppContext(
        manager=ExperimentManager(base_dir), base_dir=Path(base_dir), pages=load_pages()
    )


@pytest.fixture(scope="module")
def ids(context: AppContext) -> list[str]:
    """Ids of all runs."""
    return [row["experiment_id"] for row in context.manager.search()]


def _seconds(actions: list[Callable[[], Any]]) -> float:
    """Return how long the slowest but five per cent of ``actions`` took."""
    durations = []
    for action in actions:
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return float(np.quantile(durations, 0.95))


@pytest.mark.parametrize("view", [BoardView(), BoardView(smoothing=0.6), BoardView(x="time")])
@pytest.mark.torture  # a clock decides: only on a quiet machine
def test_charts(context: AppContext, ids: list[str], view: BoardView) -> None:
    """Ten charts of all runs, drawn for the first time: quick, and each a few bytes."""
    charts, runs = ChartData(context.manager), read(context, ids).chart_runs()
    figures: list[Any] = []

    seconds = _seconds(
        [
            lambda i=i: figures.append(  # type: ignore[misc]
                draw(charts, f"val/m{i}", runs, view, "dark", None)[0]
            )
            for i in range(10)
        ]
    )

    assert seconds < SLACK * BUDGET_S
    assert max(len(json.dumps(figure)) for figure in figures) < MOST_BYTES
    assert all(len(figure["data"]) >= 20 for figure in figures)


@pytest.mark.torture  # a clock decides: only on a quiet machine
def test_pages(context: AppContext, ids: list[str]) -> None:
    """The layouts, tabs and blocks of rows that a visit asks for."""
    compared = PageLocation(search=f"?runs={','.join(ids)}")
    request = {"startRow": 0, "endRow": 100, "sortModel": []}
    comparison, state = read(context, ids), state_of(compared)

    seconds = _seconds(
        [
            lambda: experiments.layout(context, PageLocation()),
            lambda: experiments.rows(context, request, TableView(filter="params.lr > 0.5"), []),
            lambda: experiments.counts(context, TableView()),
            lambda: compare.layout(context, compared),
            *(
                lambda tab=tab: compare.tab_content(context, comparison, tab, state)
                for tab in compare.TABS
            ),
            *(
                lambda run=run: run_detail.layout(
                    context, PageLocation(params={"experiment_id": run})
                )
                for run in ids
            ),
        ]
    )

    assert seconds < SLACK * BUDGET_S


def test_bytes_of_a_comparison(context: AppContext, ids: list[str]) -> None:
    """The page itself, before its charts, is small: charts come when they are looked at."""
    page = compare.layout(context, PageLocation(search=f"?runs={','.join(ids)}"))

    assert len(json.dumps(page, cls=PlotlyJSONEncoder)) < MOST_BYTES
