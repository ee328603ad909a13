"""PyTorch Lightning."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from neural.tracking.callbacks._libraries import first_of, log_numbers
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["lightning_logger"]


class _Hooks:
    """What is logged when; mixed into Lightning's own class."""

    def __init__(self, tracker: ExperimentTracker, rank_zero: Any) -> None:
        super().__init__()
        self._tracker = tracker
        self._rank_zero = rank_zero

    @property
    def experiment(self) -> ExperimentTracker:
        """The tracker."""
        return self._tracker

    @property
    def name(self) -> str:
        """Name that groups runs."""
        return self._tracker.experiment_name

    @property
    def version(self) -> str:
        """Id of the run."""
        return self._tracker.experiment_id

    @property
    def save_dir(self) -> str:
        """Folder of the store; Lightning puts checkpoints below ``<save_dir>/<name>/<version>``."""
        return str(self._tracker.experiment_dir / "checkpoints")

    def log_hyperparams(
        self, params: Mapping[str, Any] | Namespace | None, *_more: Any, **_others: Any
    ) -> None:
        """Merge into the run's hyperparameters."""
        if self._rank_zero.rank == 0 and params:
            named = vars(params) if isinstance(params, Namespace) else dict(params)
            self._tracker.log_hyperparameters({str(k): v for k, v in named.items()})

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log at Lightning's step; ``epoch`` goes along as a metric."""
        if self._rank_zero.rank == 0:
            log_numbers(self._tracker, metrics, 0 if step is None else step)

    def log_graph(self, model: Any, input_array: Any = None) -> None:
        """Do nothing."""

    def save(self) -> None:
        """Do nothing: what was logged is on disk already."""

    def finalize(self, status: str) -> None:
        """Do nothing: the tracker is the caller's, and a test may follow the training."""


def lightning_logger(tracker: ExperimentTracker) -> Any:
    """Return a logger for Lightning's ``Trainer``.

    It logs under the names that the module gives its metrics. In distributed training only rank 0
    logs.

    Args:
        tracker: Takes what is logged; it is not ended.

    Raises:
        NotFoundError: Lightning is not installed.
    """
    loggers = first_of("lightning.pytorch.loggers", "pytorch_lightning.loggers")
    package = loggers.__name__.rpartition(".")[0]
    rank_zero = first_of(f"{package}.utilities.rank_zero")
    kind = type("NeuralLogger", (_Hooks, loggers.Logger), {})
    return kind(tracker, rank_zero.rank_zero_only)
