"""scikit-learn's own estimators and searches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.callbacks import log_evaluation, log_search

sklearn = pytest.importorskip("sklearn")


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[ExperimentTracker]:
    """A run that draws nothing."""
    with ExperimentTracker("sk", tmp_path, False, capture_environment=False) as made:
        yield made


def _tables(tracker: ExperimentTracker) -> dict[str, Any]:
    found = {}
    for entry in ExperimentManager(tracker.base_dir).media(tracker.experiment_id):
        table = entry.get("value")
        if entry.get("path"):
            table = json.loads((Path(tracker.experiment_dir) / entry["path"]).read_text())
        found[entry["key"]] = table
    return found


def _data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    return x, (x[:, 0] > 0).astype(int)


def test_a_classifier(tracker: ExperimentTracker) -> None:
    """Scores at step 0, the confusion matrix and the importances as tables."""
    from sklearn.metrics import accuracy_score
    from sklearn.tree import DecisionTreeClassifier

    x, y = _data()
    tree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(x[:40], y[:40])

    told = log_evaluation(tracker, tree, x[40:], y[40:])

    expected = accuracy_score(y[40:], tree.predict(x[40:]))
    assert tracker.get_metrics("test/accuracy") == [expected] == [told["test/accuracy"]]
    assert {"test/f1", "test/log_loss", "test/roc_auc"} <= set(told)
    assert tracker.hyperparameters["max_depth"] == 1
    tables = _tables(tracker)
    matrix = tables["test/confusion_matrix"]["rows"]
    assert sum(sum(row[1:]) for row in matrix) == 20
    assert tables["test/feature_importances"]["rows"][0][0] == "feature 0"


def test_a_regressor(tracker: ExperimentTracker) -> None:
    """R² and the errors."""
    from sklearn.linear_model import LinearRegression

    x, _ = _data()
    y = x @ np.array([1.0, 2.0, 3.0])

    told = log_evaluation(tracker, LinearRegression().fit(x, y), x, y, prefix="")

    assert told["r2"] == pytest.approx(1)
    assert told["rmse"] == pytest.approx(0, abs=1e-9)


def test_a_search(tracker: ExperimentTracker) -> None:
    """A step for every candidate, and the best as hyperparameters."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    x, y = _data()
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, cv=3)
    search.fit(x, y)

    log_search(tracker, search)

    scores = tracker.get_metrics("mean_test_score")
    assert scores == search.cv_results_["mean_test_score"].tolist()
    assert tracker.hyperparameters["best"]["max_depth"] == search.best_params_["max_depth"]
    assert [row[1] for row in _tables(tracker)["candidates"]["rows"]] == [1, 2, 3]


def test_a_search_that_was_not_fitted(tracker: ExperimentTracker) -> None:
    """The message says what to do."""
    with pytest.raises(InvalidInputError, match="fit first"):
        log_search(tracker, object())


def test_what_cannot_be_scored(tracker: ExperimentTracker) -> None:
    """A clustering has no truth to be held against."""
    from sklearn.cluster import KMeans

    with pytest.raises(InvalidInputError, match="KMeans"):
        log_evaluation(tracker, KMeans(2, n_init=1).fit(_data()[0]), *_data())
