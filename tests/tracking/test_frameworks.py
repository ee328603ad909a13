"""Tensors of the real frameworks go into a tracker as they are.

torch has to be there; JAX and TensorFlow are tried too where they are installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.errors import MetricValueError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage.locks import is_locked

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(300)]

#: How each framework makes a tensor of some values and a named type.
MAKERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "torch": lambda torch, values, dtype: torch.tensor(values, dtype=getattr(torch, dtype)),
    "jax": lambda jax, values, dtype: jax.numpy.array(values, dtype=dtype),
    "tensorflow": lambda tf, values, dtype: tf.cast(tf.constant(values), dtype),
}
MakeTensor = Callable[[Any, str], Any]


@pytest.fixture(
    scope="module", params=["torch", *(name for name in ("jax", "tensorflow") if find_spec(name))]
)
def tensor(request: pytest.FixtureRequest) -> MakeTensor:
    """Return ``tensor(values, dtype)`` of one framework."""
    framework = importlib.import_module(request.param)
    return lambda values, dtype: MAKERS[request.param](framework, values, dtype)


@pytest.fixture(scope="module")
def torch() -> Any:
    """The torch package."""
    return importlib.import_module("torch")


@pytest.fixture
def tracker(tmp_path: Path) -> ExperimentTracker:
    """A run that draws nothing."""
    return ExperimentTracker("frameworks", tmp_path, auto_visualize=False)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int32", "bool"])
def test_scalars(tracker: ExperimentTracker, tensor: MakeTensor, dtype: str) -> None:
    """Every type of number comes back with its value; a bool as 0 or 1."""
    tracker.log_metrics({"one": tensor(1, dtype), "shaped": tensor([[1]], dtype)}, step=0)

    assert tracker.get_metrics("one") == [1]
    assert tracker.get_metrics("shaped") == [1]


def test_inexact_values_are_kept_as_they_are(
    tracker: ExperimentTracker, tensor: MakeTensor
) -> None:
    """A float32 is stored as the float64 it equals, not as its shorter decimal."""
    tracker.log_metrics({"loss": tensor(0.1, "float32")}, step=0)

    assert tracker.get_metrics("loss") == [float(np.float32(0.1))]


def test_nan_is_kept(tracker: ExperimentTracker, tensor: MakeTensor) -> None:
    """A diverged loss is a value too."""
    tracker.log_metrics({"loss": tensor(float("nan"), "float32")}, step=0)

    assert np.isnan(tracker.metric("loss").value).tolist() == [True]


def test_a_vector_is_no_metric(tracker: ExperimentTracker, tensor: MakeTensor) -> None:
    """The message names the metric; nothing of the call is written."""
    with pytest.raises(MetricValueError, match=r"'losses'.*2 elements"):
        tracker.log_metrics({"fine": 1.0, "losses": tensor([1, 2], "float32")}, step=0)

    assert tracker.metric_names() == []


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "int32"])
def test_histogram(tracker: ExperimentTracker, tensor: MakeTensor, dtype: str) -> None:
    """A tensor of any shape and type of number has a distribution."""
    tracker.log_histogram("weights", tensor([[0, 1], [1, 1]], dtype), step=0, bins=2)
    tracker.finish()

    (kept,) = ExperimentManager(tracker.base_dir).media(tracker.experiment_id)
    assert kept["value"]["counts"] == [1, 3]


def test_a_loss_that_wants_a_gradient(tracker: ExperimentTracker, torch: Any) -> None:
    """Nobody has to detach what they log, and logging leaves the graph alone."""
    weight = torch.tensor(3.0, requires_grad=True)
    loss = weight * 2
    tracker.log_metrics({"loss": loss}, step=0)
    loss.backward()

    assert tracker.get_metrics("loss") == [6.0]
    assert weight.grad.item() == 2.0


def test_parameters_of_a_model(tracker: ExperimentTracker, torch: Any) -> None:
    """Parameters want gradients too, and need no detaching."""
    tracker.log_histogram("weight", torch.nn.Linear(4, 2).weight, step=0)
    tracker.finish()

    (kept,) = ExperimentManager(tracker.base_dir).media(tracker.experiment_id)
    assert sum(kept["value"]["counts"]) == 8


def test_a_tensor_without_values(tracker: ExperimentTracker, torch: Any) -> None:
    """What lives on the meta device has no value; the metric is named."""
    with pytest.raises(MetricValueError, match="'loss'"):
        tracker.log_metrics({"loss": torch.empty((), device="meta")}, step=0)


def test_channels_first_image(tracker: ExperimentTracker, torch: Any) -> None:
    """An image as torch holds it, shape (C, H, W) of floats, is kept as a picture."""
    tracker.log_image("sample", torch.rand(3, 8, 12), step=0)
    tracker.finish()

    (kept,) = ExperimentManager(tracker.base_dir).media(tracker.experiment_id)
    assert (Path(tracker.experiment_dir) / kept["path"]).read_bytes().startswith(b"\x89PNG")


def test_params_are_told(tracker: ExperimentTracker, torch: Any) -> None:
    """Types and devices are kept by name, small tensors by value."""
    tracker.log_hyperparameters(
        {"dtype": torch.bfloat16, "device": torch.device("cpu"), "scale": torch.tensor([1, 2])}
    )

    assert tracker.hyperparameters == {
        "dtype": "torch.bfloat16",
        "device": "cpu",
        "scale": [1, 2],
    }


def log_from_worker(rank: int, tracker: ExperimentTracker) -> None:
    """Log as one of several spawned workers."""
    tracker.log_metrics({f"rank{rank}": rank}, step=0)


def test_spawned_workers(tracker: ExperimentTracker, torch: Any) -> None:
    """A tracker is handed to spawned workers like any argument, and they log to its run."""
    tracker.log_metrics({"main": 7}, step=0)
    torch.multiprocessing.spawn(log_from_worker, args=(tracker,), nprocs=2)

    assert set(tracker.metric_names()) == {"main", "rank0", "rank1"}


class LoggedItems:
    """A data set that logs each item in the process that fetches it."""

    def __init__(self, tracker: ExperimentTracker, count: int) -> None:
        self.tracker = tracker
        self.count = count
        self.epoch = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> int:
        number = self.epoch * self.count + item
        self.tracker.log_metrics({"fetched": number}, step=number)
        return item


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.parametrize(("method", "epochs"), [("fork", 200), ("forkserver", 3), ("spawn", 3)])
def test_workers_of_a_data_loader(
    tracker: ExperimentTracker, torch: Any, method: str, epochs: int
) -> None:
    """R11: 8 workers an epoch fetch and log; nothing is lost, and the run stays its parent's."""
    items = LoggedItems(tracker, count=16)
    loader = importlib.import_module("torch.utils.data").DataLoader(
        items, batch_size=2, num_workers=8, multiprocessing_context=method
    )
    batches = 0
    for items.epoch in range(epochs):
        for _ in loader:
            tracker.log_metrics({"batch": batches}, step=batches)
            batches += 1
    alive = is_locked(tracker.experiment_dir / "metrics.json")
    status = tracker.metadata["status"]
    tracker.finish()

    assert (alive, status, batches) == (True, "running", 8 * epochs)
    assert len(list(tracker.experiment_dir.glob("metrics.*.json"))) == 8 * epochs
    assert sorted(tracker.metric("fetched").value.tolist()) == list(range(16 * epochs))
    assert tracker.metric("batch").value.tolist() == list(range(batches))
    assert tracker.metadata["status"] == "completed"
