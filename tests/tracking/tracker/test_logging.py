"""Metrics, hyperparameters and goals of a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neural.errors import (
    InvalidInputError,
    MetricValueError,
)
from neural.testing.metrics_oracle import strict_json
from neural.tracking.experiment_tracker import ExperimentTracker

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]
Entries = Callable[[ExperimentTracker], list[dict[str, Any]]]


class Tensor:
    """Counts how often its value is fetched, as from a GPU."""

    shape = ()

    def __init__(self) -> None:
        self.fetched = 0

    def item(self) -> float:
        """Fetch the value."""
        self.fetched += 1
        return 0.5


def test_the_first_metric_starts_the_run(tracker: ExperimentTracker, metadata_of: Stored) -> None:
    """Until then it is only created."""
    before = metadata_of(tracker)["status"]
    tracker.log_metrics({"loss": 0.5}, step=0)

    assert (before, metadata_of(tracker)["status"]) == ("created", "running")


def test_entries_stand_as_they_were_given(tracker: ExperimentTracker, entries: Entries) -> None:
    """Step first, then the metrics in their order."""
    tracker.log_metrics({"val/loss": 0.1, "a": 2}, step=3)

    assert [list(entry.items()) for entry in entries(tracker)] == [
        [("step", 3), ("val/loss", 0.1), ("a", 2)]
    ]


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"a": True, "b": np.float32(0.5)}, {"a": 1, "b": 0.5}),
        ({"a": math.nan}, {"a": "NaN"}),
        ({"a": math.inf, "b": -math.inf}, {"a": "Infinity", "b": "-Infinity"}),
        ({"a": 1e308, "b": 1e308}, {"a": 1e308, "b": 1e308}),
        ({"a": 2**64, "b": 0.5}, {"a": 2**64, "b": 0.5}),
        ({"a": 10**400, "b": 0.5}, {"a": 10**400, "b": 0.5}),
        ({"a": 2**53 + 1}, {"a": 2**53 + 1}),
        ({}, {}),
    ],
)
@pytest.mark.parametrize("step", [None, 0, np.int32(0), 0.0, False])
def test_values_and_steps_of_any_kind(
    tracker: ExperimentTracker,
    values: dict[str, Any],
    stored: dict[str, Any],
    step: Any,
    entries: Entries,
) -> None:
    """Whatever way an entry takes, it comes out exact and in strict JSON."""
    tracker.log_metrics(values, step=step)

    assert entries(tracker) == [{"step": 0, **stored}]


@pytest.mark.parametrize("step", [None, 0])
@pytest.mark.parametrize("wrong", ["0.5", None, [1.0, 2.0], 1j])
def test_a_value_that_is_no_number(
    tracker: ExperimentTracker,
    wrong: object,
    step: int | None,
    metadata_of: Stored,
    entries: Entries,
) -> None:
    """The message names the metric; nothing of the call is kept, and the run has not begun."""
    with pytest.raises(MetricValueError, match="Metric 'bad' must be a real number, got "):
        tracker.log_metrics({"good": 1.0, "bad": wrong}, step=step)

    assert entries(tracker) == []
    assert metadata_of(tracker)["status"] == "created"


@pytest.mark.parametrize("step", [None, 0])
@pytest.mark.parametrize("name", ["step", "timestamp", 5, "\ud800"])
def test_a_name_that_cannot_be_used(
    tracker: ExperimentTracker, name: Any, step: int | None, entries: Entries
) -> None:
    """Names that every entry keeps for itself are refused, as is what is no text."""
    with pytest.raises(InvalidInputError, match="metric"):
        tracker.log_metrics({name: 1.0}, step=step)

    assert entries(tracker) == []


def test_no_step_is_the_number_of_entries(tracker: ExperimentTracker, entries: Entries) -> None:
    """Whatever steps the entries before have."""
    tracker.log_metrics({"a": 1.0}, step=70)
    tracker.log_metrics({"a": 1.0})
    tracker.log_metric("b", 1.0)

    assert [entry["step"] for entry in entries(tracker)] == [70, 1, 2]


def test_steps_come_in_any_order(tracker: ExperimentTracker, entries: Entries) -> None:
    """Late and repeated ones are all kept."""
    for step in (5, 3, 5, -1):
        tracker.log_metrics({"a": 0.0}, step=step)

    assert [entry["step"] for entry in entries(tracker)] == [5, 3, 5, -1]


def test_a_tensor_is_fetched_once(tracker: ExperimentTracker) -> None:
    """Also in the call that begins the run: each fetch waits for the GPU."""
    tensors = [Tensor(), Tensor()]
    for tensor in tensors:
        tracker.log_metrics({"loss": tensor})

    assert [tensor.fetched for tensor in tensors] == [1, 1]


def test_nothing_is_drawn_while_logging(new_run: NewRun) -> None:
    """Figures wait for the end of the run."""
    tracker = new_run(auto_visualize=True)
    for step in range(30):
        tracker.log_metrics({"loss": 0.5}, step=step)

    assert not list((tracker.experiment_dir / "plots").iterdir())


def test_dropped_points(tracker: ExperimentTracker) -> None:
    """None while the disk takes everything."""
    tracker.log_metrics({"a": 1.0}, step=0)

    assert tracker.dropped_points == 0


def test_hyperparameters_are_merged(tracker: ExperimentTracker) -> None:
    """Later ones win; nested ones are kept as given."""
    tracker.log_hyperparameters({"lr": 0.1, "model": {"depth": 3, "act": "relu"}})
    tracker.log_hyperparameters({"lr": 0.2, "seed": np.int64(1)})

    assert tracker.hyperparameters == {
        "lr": 0.2,
        "model": {"depth": 3, "act": "relu"},
        "seed": 1,
    }


@pytest.mark.parametrize("wrong", [None, 5, "lr=1", [("lr", 1)]])
def test_hyperparameters_must_be_a_mapping(tracker: ExperimentTracker, wrong: Any) -> None:
    """The message shows what came."""
    with pytest.raises(InvalidInputError, match="params must map names to values, got"):
        tracker.log_hyperparameters(wrong)


def test_an_unusable_hyperparameter_leaves_the_others(tracker: ExperimentTracker) -> None:
    """A call is kept whole or not at all."""
    tracker.log_hyperparameters({"lr": 0.1})

    with pytest.raises(InvalidInputError, match="lone surrogate"):
        tracker.log_hyperparameters({"seed": 1, "name": "\ud800"})

    assert tracker.hyperparameters == {"lr": 0.1}


def test_a_defined_goal_overrides_the_name(tracker: ExperimentTracker) -> None:
    """A loss is minimised unless the user says otherwise."""
    for step, loss in enumerate((0.5, 0.9, 0.1)):
        tracker.log_metrics({"loss": loss}, step=step)
    inferred = tracker.get_best_metric("loss")
    tracker.define_metric("loss", goal="max")

    assert inferred == (0.1, 2)
    assert tracker.get_best_metric("loss") == (0.9, 1)
    assert tracker.get_best_metric("loss", mode="min") == (0.1, 2)


def test_a_goal_can_be_left_to_the_name_again(tracker: ExperimentTracker) -> None:
    """``None`` takes the goal away and keeps the other metrics' settings."""
    tracker.define_metric("loss", goal="max", step_metric="epoch")
    tracker.define_metric("acc", goal="min")
    tracker.define_metric("loss", step_metric="epoch")
    stored = strict_json((tracker.experiment_dir / "annotations.json").read_bytes())

    assert stored["metrics"] == {"loss": {"step_metric": "epoch"}, "acc": {"goal": "min"}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "a", "goal": "up"}, "goal must be 'min', 'max' or None, got 'up'"),
        ({"name": "a", "step_metric": 4}, "metric name must be a text, got 4"),
        ({"name": "step"}, "cannot be called 'step'"),
    ],
)
def test_definitions_that_make_no_sense(
    tracker: ExperimentTracker, arguments: dict[str, Any], message: str
) -> None:
    """The message names what is wrong."""
    with pytest.raises(InvalidInputError, match=message):
        tracker.define_metric(**arguments)
