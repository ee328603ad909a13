"""Everything a tracker can log, and everything a manager can find again, in one sitting.

    python examples/tracking_example.py
    python -m neural.tracking.aquarium_app

The training is pretended; `digits.py` trains for real.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from neural.tracking import ExperimentManager, ExperimentTracker

__all__ = ["main"]


def log_a_run(base_dir: str, learning_rate: float, seed: int) -> str:
    """Log one run with a bit of everything; return its id."""
    with ExperimentTracker(
        experiment_name="tracking example",
        base_dir=base_dir,
        tags={"purpose": "example"},
        notes="Pretends to learn.",
        group=f"lr={learning_rate:g}",
        repeat=seed,
        capture_output=True,
    ) as tracker:
        tracker.log_hyperparameters(
            {"learning_rate": learning_rate, "batch_size": 32, "optimizer": {"name": "adam"}}
        )
        tracker.define_metric("val/f1", goal="max")
        pretend_to_train(tracker, learning_rate, seed)
        log_files(tracker)
        log_media(tracker, seed)
        tracker.set_status("completed")
        tracker.save_experiment_summary()
    return tracker.experiment_id


def pretend_to_train(tracker: ExperimentTracker, learning_rate: float, seed: int) -> None:
    """Log metrics, step by step; values of numpy and other libraries are taken as they are."""
    rng = np.random.default_rng(seed)
    for epoch in range(30):
        loss = math.exp(-learning_rate * epoch) + 0.02 * rng.random()
        accuracy = np.float32(1 - loss / 2)
        tracker.log_metrics({"loss": loss, "accuracy": accuracy}, step=epoch)
        if epoch % 5 == 4:
            tracker.log_metric("val/f1", 0.9 * accuracy, step=epoch)
            print(f"epoch {epoch}: loss {loss:.3f}")


def log_files(tracker: ExperimentTracker) -> None:
    """Keep files, directories and versions of them."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.npz"
        np.savez(model, weights=np.ones(4))
        tracker.log_model(str(model), framework="numpy")
        vocabulary = Path(folder) / "vocabulary.txt"
        for words in ("a b", "a b c"):
            vocabulary.write_text(words, encoding="utf-8")
            tracker.log_artifact(str(vocabulary), name="vocabulary", version=True)
        tracker.log_artifact(folder, name="everything")
    latest = tracker.get_artifact_version("vocabulary", -1)
    print(f"vocabulary: {len(tracker.list_artifact_versions('vocabulary'))} versions,", end=" ")
    print(f"the latest with checksum {latest.checksum[:8]}…")


def log_media(tracker: ExperimentTracker, seed: int) -> None:
    """Keep figures, images, texts, tables and histograms."""
    figure = Figure()
    figure.subplots().plot(tracker.metric("loss").value)
    tracker.log_figure(figure, "loss.png")
    values = np.random.default_rng(seed).normal(size=(16, 16))
    tracker.log_image("filters", np.uint8(np.clip(values * 64 + 128, 0, 255)), step=29)
    tracker.log_histogram("weights", values, step=29)
    tracker.log_text("sample", "Once upon a time there was a gradient.", step=29)
    rows = [{"class": "cat", "f1": 0.91}, {"class": "dog", "f1": 0.88}]
    tracker.log_table("per class", rows, step=29)


def continue_a_run(base_dir: str, experiment_id: str) -> None:
    """Train on: the same run, a second attempt."""
    with ExperimentTracker.resume(experiment_id, base_dir) as tracker:
        for epoch in range(30, 35):
            tracker.log_metrics({"loss": 0.01, "accuracy": 0.99}, step=epoch)
    print(f"resumed {experiment_id}: {len(tracker.get_metrics('loss'))} values of loss")


def look_at_one(base_dir: str, experiment_id: str) -> None:
    """Read one run back."""
    run = ExperimentManager(base_dir).get_experiment(experiment_id)
    if run is None:
        raise LookupError(experiment_id)
    print(f"best loss: {run.get_best_metric('loss')}")  # smaller is better: known from the name
    print(f"best accuracy: {run.get_best_metric('accuracy', mode='max')}")
    steps, _, values = run.metric("accuracy")
    print(f"accuracy at step {steps[-1]}: {values[-1]:.3f}")
    run.plot_metrics(["loss", "accuracy"]).savefig(Path(base_dir) / "curves.png")
    run.plot_hyperparameter_importance("accuracy").savefig(Path(base_dir) / "importance.png")


def look_at_many(base_dir: str) -> None:
    """Find runs, compare them, put one into the trash and take it out again."""
    manager = ExperimentManager(base_dir)
    for row in manager.search("params.learning_rate > 0.1", sort="metrics.loss.best"):
        print(f"{row['experiment_name']} {row['experiment_id']}: {row['status']}")
    ids = [row["experiment_id"] for row in manager.list_experiments()]
    figures = manager.compare_experiments(ids[:2], metric_names=["loss", "accuracy"])
    print(f"compared: {', '.join(figures)}")
    print(f"exported to {manager.export_comparison(ids[:2])}")
    manager.delete_experiment(ids[0])
    manager.restore_experiment(ids[0])


def main(argv: Sequence[str] | None = None) -> None:
    """Log some runs into ``--base-dir`` and look at them."""
    parser = argparse.ArgumentParser(description="Show what a tracker logs and a manager finds.")
    parser.add_argument("--base-dir", default="neural_experiments", help="where runs are kept")
    base_dir = parser.parse_args(argv).base_dir

    ids = [log_a_run(base_dir, rate, seed) for rate in (0.05, 0.2, 0.5) for seed in (0, 1)]
    continue_a_run(base_dir, ids[0])
    look_at_one(base_dir, ids[0])
    look_at_many(base_dir)


if __name__ == "__main__":
    main()
