"""How many bytes a look at twenty runs costs; ``make bench`` says how much time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.charts.lines import View
from neural.tracking.pages.board.data import ChartData, Look
from neural.tracking.pages.compare import page as compare
from neural.tracking.pages.compare.comparison import read
from neural.tracking.ui.page import AppContext, PageLocation, load_pages

MOST_BYTES = 300_000
#: Twelve charts at once.
MOST_BYTES_OF_A_PAGE = 3_000_000


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    """Twenty runs of twelve metrics and a thousand steps."""
    base_dir = tmp_path_factory.mktemp("twenty")
    for run in range(20):
        walk = np.random.default_rng(run).normal(size=(1000, 12)).cumsum(axis=0).tolist()
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


@pytest.mark.parametrize(
    "view", [View(), View(smoothing=0.6), View(x="time"), View(x_range=(100, 900))]
)
def test_bytes_of_charts(context: AppContext, ids: list[str], view: View) -> None:
    """Each chart of all runs is light, and twelve of them are."""
    charts, runs = ChartData(context.manager), read(context, ids).chart_runs()
    look = Look(view=view, width=500)

    sizes = [
        len(json.dumps(charts.chart(f"val/m{i}", runs, look, "dark").figure)) for i in range(12)
    ]

    assert max(sizes) < MOST_BYTES
    assert sum(sizes) < MOST_BYTES_OF_A_PAGE


def test_bytes_of_a_comparison(context: AppContext, ids: list[str]) -> None:
    """The page itself, before its charts, is small: charts come when they are looked at."""
    page = compare.layout(context, PageLocation(search=f"?runs={','.join(ids)}"))

    assert len(json.dumps(page, cls=PlotlyJSONEncoder)) < MOST_BYTES
