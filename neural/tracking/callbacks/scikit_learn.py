"""scikit-learn: what an estimator is worth on held-out data, and what a search has tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neural._optional import optional_import
from neural.errors import InvalidInputError
from neural.tracking.callbacks._libraries import log_numbers
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["log_evaluation", "log_search"]

_MOST_CLASSES = 50


def log_evaluation(
    tracker: ExperimentTracker, estimator: Any, x: Any, y: Any, *, prefix: str = "test/"
) -> dict[str, float]:
    """Log how good a fitted estimator is, with its parameters.

    Of a classifier these are accuracy, balanced accuracy, macro precision, recall and F1, log
    loss where it tells probabilities, ROC AUC where there are two classes, and the confusion
    matrix as a table. Of a regressor they are R², mean absolute and root mean squared error.
    Feature importances become a table.

    Args:
        tracker: Takes them.
        estimator: Fitted.
        x: Inputs it was not fitted to, shape ``(rows, features)``.
        y: What is true of them, shape ``(rows,)``.
        prefix: Begins the names of the metrics.

    Returns:
        The metrics that were logged, by name.

    Raises:
        InvalidInputError: It is neither a classifier nor a regressor.
        MissingExtraError: scikit-learn is not installed.
    """
    base = _module("base")
    tracker.log_hyperparameters(
        {"estimator": type(estimator).__name__, **_params(estimator.get_params())}
    )
    if base.is_classifier(estimator):
        values = _classified(tracker, estimator, x, y, prefix)
    elif base.is_regressor(estimator):
        values = _regressed(y, estimator.predict(x))
    else:
        raise InvalidInputError(
            f"log_evaluation takes a classifier or a regressor, got {type(estimator).__name__}"
        )
    _log_importances(tracker, estimator, prefix)
    named = {f"{prefix}{name}": float(value) for name, value in values.items()}
    log_numbers(tracker, named, 0)
    return named


def _classified(
    tracker: ExperimentTracker, estimator: Any, x: Any, y: Any, prefix: str
) -> dict[str, float]:
    metrics = _module("metrics")
    found = estimator.predict(x)
    macro = {"average": "macro", "zero_division": 0}
    values = {
        "accuracy": metrics.accuracy_score(y, found),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, found),
        "precision": metrics.precision_score(y, found, **macro),
        "recall": metrics.recall_score(y, found, **macro),
        "f1": metrics.f1_score(y, found, **macro),
    }
    classes = list(estimator.classes_)
    if hasattr(estimator, "predict_proba"):
        shares = estimator.predict_proba(x)
        values["log_loss"] = metrics.log_loss(y, shares, labels=classes)
        if len(classes) == 2 and len(set(np.asarray(y).tolist())) == 2:
            values["roc_auc"] = metrics.roc_auc_score(y, shares[:, 1])
    if len(classes) <= _MOST_CLASSES:
        counts = metrics.confusion_matrix(y, found, labels=classes)
        rows = [[str(c), *row] for c, row in zip(classes, counts.tolist(), strict=True)]
        columns = ["true \\ predicted", *(str(c) for c in classes)]
        tracker.log_table(f"{prefix}confusion_matrix", rows, 0, columns=columns)
    return values


def _regressed(y: Any, found: Any) -> dict[str, float]:
    metrics = _module("metrics")
    return {
        "r2": metrics.r2_score(y, found),
        "mae": metrics.mean_absolute_error(y, found),
        "rmse": metrics.mean_squared_error(y, found) ** 0.5,
    }


def _log_importances(tracker: ExperimentTracker, estimator: Any, prefix: str) -> None:
    found = getattr(estimator, "feature_importances_", None)
    if found is None:
        return
    named = getattr(estimator, "feature_names_in_", None)
    names = [f"feature {i}" for i in range(len(found))] if named is None else list(named)
    order = np.argsort(found)[::-1]
    rows = [[str(names[i]), float(found[i])] for i in order]
    columns = ["feature", "importance"]
    tracker.log_table(f"{prefix}feature_importances", rows, 0, columns=columns)


def log_search(tracker: ExperimentTracker, search: Any) -> None:
    """Log what a fitted ``GridSearchCV``, ``RandomizedSearchCV`` or the like has tried.

    Each candidate is a step: its scores and times are metrics there, and a table says which
    parameters it had. The best parameters become the run's hyperparameters.

    Args:
        tracker: Takes them.
        search: Fitted.

    Raises:
        InvalidInputError: It has tried nothing yet.
    """
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise InvalidInputError("log_search takes a search that was fitted; call fit first")
    names = [name for name in results if name.startswith(("mean_", "std_"))]
    for at in range(len(results["params"])):
        log_numbers(tracker, {name: results[name][at] for name in names}, at)
    tried = sorted({name for params in results["params"] for name in params})
    rows = [
        [at, *(_text(params.get(name)) for name in tried), *(float(results[n][at]) for n in names)]
        for at, params in enumerate(results["params"])
    ]
    tracker.log_table("candidates", rows, 0, columns=["candidate", *tried, *names])
    if hasattr(search, "best_params_"):
        best = {"candidate": int(search.best_index_), **_params(search.best_params_)}
        tracker.log_hyperparameters({"estimator": type(search.estimator).__name__, "best": best})


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as they can be kept; estimators among them as their text."""
    return {str(name): _text(value) for name, value in params.items()}


def _text(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, str | int | float | bool | None) else str(plain)


def _module(name: str) -> Any:
    return optional_import(f"sklearn.{name}", extra="analysis", purpose="log scikit-learn models")
