"""Keras, and the one that comes with TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neural.tracking.callbacks._libraries import first_of, log_numbers
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["keras_callback"]


class _Hooks:
    """What is logged when; mixed into Keras's own class."""

    model: Any
    params: Mapping[str, Any]

    def __init__(self, tracker: ExperimentTracker, every_batches: int) -> None:
        super().__init__()
        self._tracker = tracker
        self._every = every_batches
        self._batches = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log how the model is trained."""
        told = {name: self.params[name] for name in ("epochs", "steps") if name in self.params}
        self._tracker.log_hyperparameters(
            {"keras": {**told, "optimizer": _optimizer(self.model), **_size(self.model)}}
        )

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the values of an epoch; its number, from 0, is the step."""
        values = dict(logs or {})
        rate = _learning_rate(self.model)
        if rate is not None:
            values.setdefault("learning_rate", rate)
        log_numbers(self._tracker, values, epoch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the values of a batch; the step is its number in the whole training."""
        if self._every and self._batches % self._every == 0:
            named = {f"batch/{name}": value for name, value in (logs or {}).items()}
            log_numbers(self._tracker, named, self._batches)
        self._batches += 1


def keras_callback(tracker: ExperimentTracker, *, every_batches: int = 0) -> Any:
    """Return a callback for ``model.fit``.

    It logs the metrics and the learning rate of every epoch under the names that Keras has for
    them, and the optimizer's settings as hyperparameters below ``keras``.

    Args:
        tracker: Takes them; it is not ended.
        every_batches: Also log ``batch/<name>`` of every so manyth batch; 0 logs none.

    Raises:
        NotFoundError: Neither Keras nor TensorFlow is installed.
    """
    callbacks = first_of("keras.callbacks", "tensorflow.keras.callbacks")
    kind = type("NeuralCallback", (_Hooks, callbacks.Callback), {})
    return kind(tracker, every_batches)


def _optimizer(model: Any) -> dict[str, Any]:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not hasattr(optimizer, "get_config"):
        return {}
    settings = {name: v for name, v in optimizer.get_config().items() if v is not None}
    return {"class": type(optimizer).__name__, **settings}


def _size(model: Any) -> dict[str, int]:
    try:
        return {"model_parameters": int(model.count_params())}
    except (AttributeError, ValueError):  # the model is built with the first batch
        return {}


def _learning_rate(model: Any) -> float | None:
    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    try:
        return None if rate is None else float(rate)
    except (TypeError, ValueError):  # a schedule that has no value of now
        return None
