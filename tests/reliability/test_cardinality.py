"""R19: many metric names, many params, long values, many runs."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.make_store import make_series, make_store
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.pages.board.data import ChartData, ChartRun, Look

pytestmark = [pytest.mark.crash]


@pytest.mark.timeout(240)
def test_many_names_in_one_run(tmp_path: Path, torture: bool) -> None:
    """All of them are listed, and each can be read by itself or with others."""
    count = 100_000 if torture else 5_000
    names = [f"layer {i}/norm" for i in range(count)]
    with ExperimentTracker(
        "wide", tmp_path, auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_hyperparameters(
            {f"p{i}": i for i in range(count // 10)} | {"long": "x" * 10**6}
        )
        for step in range(3):
            tracker.log_metrics({name: step + i / 7 for i, name in enumerate(names)}, step=step)
    manager = ExperimentManager(tmp_path)

    record = manager.run(tracker.experiment_id)
    some = manager.metrics(tracker.experiment_id, names[:: count // 100])

    assert list(record.metrics) == names
    assert [series.value.tolist()[-1] for series in some.values()] == [
        2 + i / 7 for i in range(0, count, count // 100)
    ]
    assert len(manager.all_metric_names()) == count
    assert manager.count(f'metrics."{names[-1]}".last > 2') == 1
    assert len(manager.list_experiments()[0]["hyperparameters"]["long"]) == 10**6


@pytest.mark.timeout(240)
def test_many_runs(tmp_path: Path, torture: bool) -> None:
    """Listing is quick from the second time on; the whole figure is in the benchmarks."""
    count = 10_000 if torture else 500
    make_store(tmp_path, count)
    ExperimentManager(tmp_path).list_experiments()
    begin = time.process_time()

    rows = ExperimentManager(tmp_path).list_experiments()

    assert len(rows) == count
    assert time.process_time() - begin < 0.3


@pytest.mark.timeout(900)
def test_a_page_of_very_many_runs(tmp_path: Path, torture: bool) -> None:
    """The same page as all rows sorted in memory would give, whatever else is in the store."""
    count = 100_000 if torture else 1_500
    make_store(tmp_path, count)
    manager = ExperimentManager(tmp_path)
    rows = manager.list_experiments()

    page = manager.page("params.lr < 0.01", sort="-metrics.val_acc.best", limit=50, offset=100)

    wanted = [row for row in rows if row["hyperparameters"]["lr"] < 0.01]
    best = sorted((row["summary"]["best"]["val_acc"]["value"] for row in wanted), reverse=True)
    shown = [row["summary"]["best"]["val_acc"]["value"] for row in page.rows]
    assert (page.total, len(rows)) == (len(wanted), count)
    assert shown == best[100:150]


@pytest.mark.timeout(900)
def test_a_very_long_series(tmp_path: Path, torture: bool) -> None:
    """Every point is read, now and from the cache, and a chart of it keeps the one high value."""
    count = 10_000_000 if torture else 100_000
    make_series(tmp_path, count)
    manager = ExperimentManager(tmp_path)
    (row,) = manager.list_experiments()
    run_id = row["experiment_id"]

    first = manager.metric(run_id, "loss")
    again = ExperimentManager(tmp_path).metric(run_id, "loss")
    figure = (
        ChartData(manager)
        .chart(
            "loss",
            [ChartRun(run_id, "run", None)],
            Look(width=400),
            "dark",
            manager.revision([run_id]),
        )
        .figure
    )

    assert np.array_equal(first.step, np.arange(count))
    assert np.array_equal(first.value, again.value)
    array = figure["data"][0]["y"]
    drawn = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    assert drawn.size < 5_000
    assert drawn.max() == first.value.max() == 1000.0
