"""Several processes log to one run; and the names by which all this is imported."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neural.tracking
from neural.errors import (
    InvalidInputError,
    ReadOnlyError,
)
from neural.tracking import experiment_tracker
from neural.tracking.experiment_tracker import ID_VARIABLE, ExperimentTracker

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]


def _log_in_child(tracker: ExperimentTracker) -> None:
    tracker.log_metrics({"child": 2.0}, step=0)
    tracker.finish("failed")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # newer Pythons advise against it
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_workers_log_to_the_same_run(
    tracker: ExperimentTracker, method: str, metadata_of: Stored
) -> None:
    """However they are started; none of them ends it."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"{method} is not known here")
    tracker.log_metrics({"parent": 1.0}, step=0)
    context: Any = multiprocessing.get_context(method)
    worker = context.Process(target=_log_in_child, args=(tracker,))
    worker.start()
    worker.join()

    assert worker.exitcode == 0
    assert tracker.metric_names() == ["parent", "child"]
    assert metadata_of(tracker)["status"] == "running"


def test_an_unpickled_tracker_opens_its_file_with_the_first_value(
    tracker: ExperimentTracker,
) -> None:
    """One that a worker never uses leaves no trace."""
    copy = pickle.loads(pickle.dumps(tracker))
    before = [path.name for path in tracker.experiment_dir.glob("metrics*")]
    copy.log_metrics({"a": 1.0}, step=0)

    assert before == ["metrics.json"]
    assert copy.experiment_id == tracker.experiment_id
    assert len(list(tracker.experiment_dir.glob("metrics*"))) == 2


def test_an_unpickled_tracker_never_owns_the_run(
    tracker: ExperimentTracker, metadata_of: Stored
) -> None:
    """Not even when the run has ended meanwhile: to continue one is said by ``resume``."""
    copy = pickle.loads(pickle.dumps(tracker))
    tracker.finish()
    copy.log_metrics({"late": 1.0}, step=0)
    copy.finish("failed")

    assert metadata_of(tracker)["status"] == "completed"
    assert tracker.get_metrics("late") == [1.0]


def test_a_tracker_that_only_reads_pickles_to_one(tracker: ExperimentTracker) -> None:
    """A worker gets no more rights than its parent."""
    copy = pickle.loads(pickle.dumps(ExperimentTracker.open_readonly(tracker.experiment_dir)))

    with pytest.raises(ReadOnlyError):
        copy.log_metrics({"a": 1.0}, step=0)


def test_all_ranks_join_one_run(
    new_run: NewRun, base: Path, monkeypatch: pytest.MonkeyPatch, metadata_of: Stored
) -> None:
    """The first one makes it and ends it; names that others give do not matter."""
    monkeypatch.setenv(ID_VARIABLE, "job-18")
    first, second = new_run("first"), new_run("second")
    first.log_metrics({"a": 1.0}, step=0)
    second.log_metrics({"b": 1.0}, step=0)
    second.finish()

    assert [path.name for path in base.iterdir()] == ["first_job-18"]
    assert second.experiment_name == "first"
    assert first.metric_names() == ["a", "b"]
    assert metadata_of(first)["status"] == "running"


def test_one_rank_describes_the_environment(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others would only write over it."""
    monkeypatch.setenv(ID_VARIABLE, "job-18")
    first, second = (new_run(capture_environment=True) for _ in range(2))

    assert first._observers._environment is not None
    assert second._observers._environment is None


def test_a_shared_run_without_a_folder(
    new_run: NewRun, base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that refuses is told of, and waited for, as with any other run."""
    monkeypatch.setenv(ID_VARIABLE, "job-18")
    base.write_text("in the way", encoding="utf-8")
    tracker = new_run()
    tracker.log_metrics({"a": 1.0}, step=0)

    assert tracker.dropped_points == 1
    assert "cannot be written" in caplog.text


def test_an_id_of_ones_own_is_not_shared(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said in the code wins over the variable."""
    monkeypatch.setenv(ID_VARIABLE, "job-18")

    assert new_run(experiment_id="mine").experiment_id == "mine"


def test_an_empty_shared_id_is_none(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells set variables to nothing to take them away."""
    monkeypatch.setenv(ID_VARIABLE, "")

    assert len(new_run().experiment_id) == 12


def test_a_shared_id_that_cannot_be_used(
    new_run: NewRun, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leads nowhere outside of the folder of the runs."""
    monkeypatch.setenv(ID_VARIABLE, "../../x")

    with pytest.raises(InvalidInputError, match="id must be"):
        new_run()

    assert not base.exists()


@pytest.mark.parametrize("name", ["ExperimentManager", "MetricVisualizer", "ArtifactVersion"])
def test_classes_are_found_where_they_were(name: str) -> None:
    """Once all of them stood in this module."""
    assert getattr(experiment_tracker, name).__name__ == name


@pytest.mark.parametrize("name", neural.tracking.__all__)
def test_the_package_offers(name: str) -> None:
    """Each name of the package leads to what it names, and is listed."""
    assert getattr(neural.tracking, name).__name__ == name
    assert name in dir(neural.tracking)


@pytest.mark.parametrize("module", [experiment_tracker, neural.tracking])
def test_other_names_are_missing(module: Any) -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = module.nonsense
