"""A tracker that only reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neural.errors import (
    ReadOnlyError,
)
from neural.tracking.experiment_tracker import ExperimentTracker

Stored = Callable[[ExperimentTracker], dict[str, Any]]


WRITING: dict[str, Callable[[ExperimentTracker], object]] = {
    "log_metrics": lambda t: t.log_metrics({"a": 1.0}, step=0),
    "log_metrics without a step": lambda t: t.log_metrics({"a": 1.0}),
    "log_metric": lambda t: t.log_metric("a", 1.0),
    "log_hyperparameters": lambda t: t.log_hyperparameters({}),
    "log_artifact": lambda t: t.log_artifact("nothing"),
    "log_model": lambda t: t.log_model("nothing"),
    "log_figure": lambda t: t.log_figure(None, "a"),
    "log_text": lambda t: t.log_text("a", "b"),
    "log_image": lambda t: t.log_image("a", b""),
    "log_histogram": lambda t: t.log_histogram("a", []),
    "log_table": lambda t: t.log_table("a", []),
    "define_metric": lambda t: t.define_metric("a"),
    "add_tags": lambda t: t.add_tags("a"),
    "set_notes": lambda t: t.set_notes("a"),
    "set_status": lambda t: t.set_status("a"),
    "save_experiment_summary": lambda t: t.save_experiment_summary(),
    "generate_visualizations": lambda t: t.generate_visualizations(),
    "finish": lambda t: t.finish(),
    "detach": lambda t: t.detach(),
}


@pytest.mark.parametrize("call", WRITING)
def test_a_tracker_that_only_reads(tracker: ExperimentTracker, call: str) -> None:
    """Every writing call names the way to write; nothing is written."""
    tracker.finish()
    before = {path: path.stat().st_mtime_ns for path in tracker.experiment_dir.rglob("*")}
    reading = ExperimentTracker.open_readonly(tracker.experiment_dir)

    with pytest.raises(ReadOnlyError, match=rf"resume\('{tracker.experiment_id}', '"):
        WRITING[call](reading)

    assert before == {path: path.stat().st_mtime_ns for path in tracker.experiment_dir.rglob("*")}


def test_leaving_a_block_ends_no_run_that_is_only_read(
    tracker: ExperimentTracker, metadata_of: Stored
) -> None:
    """It is not ours to end."""
    with ExperimentTracker.open_readonly(tracker.experiment_dir) as reading:
        shown = reading.metadata["status"]

    assert (shown, metadata_of(tracker)["status"]) == ("created", "created")
    assert reading.dropped_points == 0
