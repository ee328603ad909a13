"""XGBoost: its own interface, and that in the style of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neural.tracking.callbacks._libraries import first_of, log_numbers
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["xgboost_callback"]

_Evaluations = Mapping[str, Mapping[str, Sequence[Any]]]


class _Hooks:
    """What is logged when; mixed into the library's own class."""

    def __init__(self, tracker: ExperimentTracker) -> None:
        super().__init__()
        self._tracker = tracker

    def after_iteration(self, model: Any, epoch: int, evals_log: _Evaluations) -> bool:
        """Log the last value of every metric of every data set; training goes on."""
        values = {}
        for data, metrics in evals_log.items():
            for name, history in metrics.items():
                last = history[-1]
                # With cross-validation it is the mean, and how far the folds are apart.
                mean, spread = last if isinstance(last, tuple) else (last, None)
                values[f"{data}/{name}"] = mean
                if spread is not None:
                    values[f"{data}/{name}-std"] = spread
        log_numbers(self._tracker, values, epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """Log where early stopping has found the best round, if it was asked for."""
        told = {name: model.attr(name) for name in ("best_iteration", "best_score")}
        found = {name: float(text) for name, text in told.items() if text is not None}
        if found:
            self._tracker.log_hyperparameters({"xgboost": found})
        return model


def xgboost_callback(tracker: ExperimentTracker) -> Any:
    """Return a callback for ``xgboost.train``, ``xgboost.cv`` and the estimators.

    Metrics are called ``<data set>/<metric>``; the step is the round, from 0.

    Args:
        tracker: Takes them; it is not ended.

    Raises:
        NotFoundError: XGBoost is not installed.
    """
    library = first_of("xgboost.callback")
    kind = type("NeuralCallback", (_Hooks, library.TrainingCallback), {})
    return kind(tracker)
