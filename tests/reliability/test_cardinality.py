"""R19: many metric names, many params, long values, many runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.make_store import make_store
from neural.tracking import ExperimentManager, ExperimentTracker

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
