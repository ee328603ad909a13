"""How a run ends, and what is kept then."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.testing.metrics_oracle import strict_json
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.locks import is_locked

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]
Entries = Callable[[ExperimentTracker], list[dict[str, Any]]]


def shown_status(tracker: ExperimentTracker) -> str:
    """The status that a listing shows."""
    return ExperimentManager(tracker.base_dir).run(tracker.experiment_id).status


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_final_status_ends_the_run(
    tracker: ExperimentTracker, status: str, metadata_of: Stored
) -> None:
    """It sets the end."""
    tracker.set_status(status)
    found = metadata_of(tracker)

    assert found["status"] == status
    assert found["end_time"] >= found["start_time"]


def test_any_other_status_is_kept(tracker: ExperimentTracker, metadata_of: Stored) -> None:
    """It does not end the run, and takes back an end."""
    tracker.set_status("completed")
    tracker.set_status("phase 2")
    found = metadata_of(tracker)

    assert (found["status"], found["end_time"]) == ("phase 2", None)


@pytest.mark.parametrize("call", ["set_status", "finish"])
@pytest.mark.parametrize("status", ["", None, 5, "\ud800"])
def test_a_status_that_is_none(
    tracker: ExperimentTracker, call: str, status: Any, metadata_of: Stored
) -> None:
    """The message says what one looks like; nothing changes."""
    with pytest.raises(InvalidInputError, match=r"status|surrogate"):
        getattr(tracker, call)(status)

    assert metadata_of(tracker)["status"] == "created"


def test_finish(tracker: ExperimentTracker, metadata_of: Stored) -> None:
    """The run is completed, summed up and let go of."""
    tracker.log_metrics({"loss": 0.5}, step=0)
    tracker.finish()
    found = metadata_of(tracker)

    assert (found["status"], found["end_time"] is None) == ("completed", False)
    assert (tracker.experiment_dir / "summary.json").exists()
    assert not is_locked(tracker.experiment_dir / "metrics.json")


def test_finish_keeps_a_final_status_and_its_end(
    tracker: ExperimentTracker, metadata_of: Stored
) -> None:
    """Whoever ended the run first knew best."""
    tracker.set_status("failed")
    end = metadata_of(tracker)["end_time"]
    tracker.finish("completed")
    tracker.finish()

    assert (metadata_of(tracker)["status"], metadata_of(tracker)["end_time"]) == ("failed", end)


def test_finish_with_a_status_of_ones_own(tracker: ExperimentTracker, metadata_of: Stored) -> None:
    """The run has ended, so it is not shown as crashed; a second end does not replace the text."""
    with tracker:
        tracker.finish("stopped early")

    assert metadata_of(tracker)["end_time"] is not None
    assert shown_status(tracker) == "stopped early"


def test_finish_draws_the_curves(new_run: NewRun) -> None:
    """One figure, and from ten entries on the one that was drawn while logging once."""
    short, long = new_run(auto_visualize=True), new_run(auto_visualize=True)
    for tracker, count in ((short, 9), (long, 10)):
        for step in range(count):
            tracker.log_metrics({"loss": 0.5}, step=step)
        tracker.finish()

    assert set(short.artifacts) == {"metrics_overview.png"}
    assert {path.name for path in (long.experiment_dir / "plots").iterdir()} == {
        "metrics_overview.png",
        "auto_metrics_overview.png",
    }


def test_finish_without_auto_visualize_draws_nothing(tracker: ExperimentTracker) -> None:
    """The figures can be had later."""
    tracker.log_metrics({"loss": 0.5}, step=0)
    tracker.finish()

    assert not list((tracker.experiment_dir / "plots").iterdir())


def test_figures_that_cannot_be_drawn(
    new_run: NewRun, caplog: pytest.LogCaptureFixture, metadata_of: Stored
) -> None:
    """They cost neither the end of the run nor the process; matplotlib knows no such axis."""
    tracker = new_run(auto_visualize=True)
    for step in range(2):
        tracker.log_metrics({"diverged": 1.7e308 * (-1) ** step}, step=step)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tracker.finish()

    assert "figures of run" in caplog.text
    assert metadata_of(tracker)["status"] == "completed"
    assert (tracker.experiment_dir / "summary.json").exists()
    assert not is_locked(tracker.experiment_dir / "metrics.json")


def test_visualizations_by_name(tracker: ExperimentTracker) -> None:
    """Each name leads to its file; without metrics there is nothing to draw."""
    nothing = tracker.generate_visualizations()
    tracker.log_metrics({"loss": 0.5}, step=0)
    drawn = tracker.generate_visualizations()

    assert nothing == {}
    assert drawn == {
        "metrics_overview": str(tracker.experiment_dir / "plots" / "metrics_overview.png")
    }


def test_logging_after_the_end_moves_it(
    tracker: ExperimentTracker, metadata_of: Stored, entries: Entries
) -> None:
    """The values are kept, the run is alive again, and its final status stays."""
    tracker.log_metrics({"loss": 0.5}, step=0)
    tracker.finish("failed")
    first = metadata_of(tracker)["end_time"]
    tracker.log_metrics({"loss": 0.4}, step=1)
    alive = is_locked(tracker.experiment_dir / "metrics.json")
    tracker.finish()
    found = metadata_of(tracker)

    assert alive
    assert [entry["loss"] for entry in entries(tracker)] == [0.5, 0.4]
    assert found["status"] == "failed"
    assert found["end_time"] > first


def test_a_status_after_the_end_leaves_the_run_at_rest(
    tracker: ExperimentTracker, metadata_of: Stored
) -> None:
    """Nothing holds its file afterwards."""
    tracker.finish()
    tracker.set_status("failed")

    assert metadata_of(tracker)["status"] == "failed"
    assert not is_locked(tracker.experiment_dir / "metrics.json")


def test_the_summary(tracker: ExperimentTracker) -> None:
    """Latest and best values with their direction, exact, in strict JSON."""
    tracker.log_hyperparameters({"lr": 0.1})
    for step, loss in enumerate((0.1 + 0.2, math.nan)):
        tracker.log_metrics({"loss": loss, "acc": step}, step=step)
    path = tracker.save_experiment_summary()
    found = strict_json(Path(path).read_bytes())

    assert path == str(tracker.experiment_dir / "summary.json")
    assert found["metrics"]["latest"] == {"loss": "NaN", "acc": 1}
    assert found["metrics"]["best"] == {
        "loss": {"value": 0.1 + 0.2, "step": 0, "mode": "min"},
        "acc": {"value": 1, "step": 1, "mode": "max"},
    }
    assert found["hyperparameters"] == {"lr": 0.1}
    assert found["artifacts"] == []


def test_a_with_block_completes(new_run: NewRun, metadata_of: Stored) -> None:
    """Leaving it is finishing."""
    with new_run() as tracker:
        tracker.log_metrics({"a": 1.0}, step=0)

    assert metadata_of(tracker)["status"] == "completed"


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("boom"), "failed"), (KeyboardInterrupt(), "cancelled")]
)
def test_an_exception_in_a_with_block(
    new_run: NewRun, error: BaseException, status: str, metadata_of: Stored
) -> None:
    """It goes on its way; what it was is kept."""
    with pytest.raises(type(error)), new_run() as tracker:
        raise error
    found = metadata_of(tracker)

    assert found["status"] == status
    assert found["error"]["type"] == type(error).__name__
    assert found["error"]["message"] == str(error)
    assert "raise error" in found["error"]["traceback"]


def test_an_exception_does_not_change_a_final_status(new_run: NewRun, metadata_of: Stored) -> None:
    """The run had completed before it came."""
    tracker = new_run()
    tracker.set_status("completed")
    with pytest.raises(ValueError, match="late"), tracker:
        raise ValueError("late")

    assert metadata_of(tracker)["status"] == "completed"
    assert "error" not in metadata_of(tracker)


def test_a_run_that_nobody_holds_any_more_completes(new_run: NewRun) -> None:
    """It does not wait for the end of the process."""
    tracker = new_run()
    tracker.log_metrics({"a": 1.0}, step=0)
    folder = tracker.experiment_dir
    del tracker

    assert json.loads((folder / "metadata.json").read_bytes())["status"] == "completed"
    assert not is_locked(folder / "metrics.json")
