"""The training libraries themselves, each training something small."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.callbacks import (
    keras_callback,
    lightning_logger,
    trainer_callback,
    xgboost_callback,
)

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.timeout(300),
    # What the libraries themselves warn of.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[ExperimentTracker]:
    """A run that draws nothing."""
    with ExperimentTracker("real", tmp_path, False, capture_environment=False) as made:
        yield made


def _points(tracker: ExperimentTracker, name: str) -> list[tuple[int, float]]:
    series = tracker.metric(name)
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def test_keras(tracker: ExperimentTracker) -> None:
    """What `fit` returns as its history is what the run holds."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = import_module("keras")

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.125), loss="mse", metrics=["mae"])
    x = np.arange(32, dtype=np.float32).reshape(32, 1) / 32

    told = model.fit(
        x,
        2 * x,
        epochs=3,
        batch_size=8,
        validation_split=0.25,
        verbose=0,
        callbacks=[keras_callback(tracker, every_batches=2)],
    )

    for name in ("loss", "mae", "val_loss", "val_mae"):
        assert _points(tracker, name) == list(enumerate(told.history[name]))
    assert _points(tracker, "learning_rate") == [(0, 0.125), (1, 0.125), (2, 0.125)]
    assert [step for step, _ in _points(tracker, "batch/loss")] == [0, 2, 4, 6, 8]
    assert tracker.hyperparameters["keras"]["optimizer"]["class"] == "SGD"


def test_lightning(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """Metrics at the global step, hyperparameters of the module, its epoch beside."""
    pl, torch = import_module("pytorch_lightning"), import_module("torch")

    class Module(pl.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self, width: int = 3) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(2, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            loss = self.layer(batch).pow(2).mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    trainer = pl.Trainer(
        max_epochs=2,
        logger=lightning_logger(tracker),
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=str(tmp_path),
    )
    trainer.fit(Module(), torch.utils.data.DataLoader(torch.ones(6, 2), batch_size=2))

    assert [step for step, _ in _points(tracker, "loss")] == list(range(6))
    assert [value for _, value in _points(tracker, "epoch")] == [0, 0, 0, 1, 1, 1]
    assert tracker.hyperparameters["width"] == 3


def test_transformers(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """What stands in the Trainer's own log is what the run holds."""
    torch, transformers = import_module("torch"), import_module("transformers")

    class Net(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def forward(self, x: Any, labels: Any = None) -> Any:
            return {"loss": (self.layer(x)[:, 0] - labels).pow(2).mean()}

    data = [{"x": torch.ones(2) * i, "labels": torch.tensor(float(i))} for i in range(8)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"),
        num_train_epochs=2,
        per_device_train_batch_size=4,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        hub_token="hf_secret",
        save_strategy="no",
    )
    trainer = transformers.Trainer(
        model=Net(), args=arguments, train_dataset=data, callbacks=[trainer_callback(tracker)]
    )
    trainer.train()

    history = [row for row in trainer.state.log_history if "loss" in row]
    assert _points(tracker, "loss") == [(row["step"], row["loss"]) for row in history]
    assert len(history) == 4
    params = tracker.hyperparameters["args"]
    assert params["num_train_epochs"] == 2
    assert "hf_secret" not in repr(params)


def test_xgboost(tracker: ExperimentTracker) -> None:
    """What `train` returns as its evaluations is what the run holds."""
    xgboost = import_module("xgboost")

    rng = np.random.default_rng(0)
    data = xgboost.DMatrix(rng.normal(size=(40, 3)), label=rng.integers(0, 2, 40))
    told: dict[str, Any] = {}

    xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"]},
        data,
        num_boost_round=4,
        evals=[(data, "train")],
        evals_result=told,
        verbose_eval=False,
        early_stopping_rounds=3,
        callbacks=[xgboost_callback(tracker)],
    )

    for name in ("logloss", "auc"):
        assert _points(tracker, f"train/{name}") == list(enumerate(told["train"][name]))
    assert "best_iteration" in tracker.hyperparameters["xgboost"]


def test_xgboost_folds(tracker: ExperimentTracker) -> None:
    """Of cross-validation mean and spread over the folds are kept."""
    xgboost = import_module("xgboost")

    rng = np.random.default_rng(0)
    data = xgboost.DMatrix(rng.normal(size=(40, 3)), label=rng.normal(size=40))

    found = xgboost.cv(
        {}, data, num_boost_round=3, nfold=2, callbacks=[xgboost_callback(tracker)], as_pandas=False
    )

    assert [v for _, v in _points(tracker, "test/rmse")] == pytest.approx(found["test-rmse-mean"])
    spread = [v for _, v in _points(tracker, "test/rmse-std")]
    assert spread == pytest.approx(found["test-rmse-std"])
