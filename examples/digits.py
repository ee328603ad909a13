"""Train small networks on handwritten digits and log what happens: the demo runs of Aquarium.

The network, its gradients and its training are plain numpy; the 1,797 digits of 8 x 8 pixels
come with scikit-learn. Twenty runs vary the learning rate, the width and the seed. One of them
has a learning rate so large that it diverges to NaN, and one is killed midway: real life looks
like that, and a dashboard has to show it.

    python examples/digits.py
    python -m neural.tracking.aquarium_app
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from neural.tracking import ExperimentTracker

__all__ = ["Config", "main", "train"]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

BATCH_SIZE = 64
MOMENTUM = 0.9
LEAK = 0.01  # slope of a hidden unit below zero: without one, a unit that dies stays dead
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Config:
    """What one run is told.

    Attributes:
        learning_rate: Step size at the start; a cosine takes it to zero.
        width: Units of the hidden layer.
        seed: Of the first weights and of the order of the batches.
        epochs: Passes over the training digits.
        notes: What to remember about the run.
    """

    learning_rate: float
    width: int
    seed: int
    epochs: int = 40
    notes: str = ""

    @property
    def group(self) -> str:
        """Name that the runs share which differ only in their seed."""
        return f"lr={self.learning_rate:g} width={self.width}"


@dataclass(frozen=True)
class Digits:
    """Images as rows of 64 values in ``[0, 1]``, and the digits they show."""

    train_x: Array
    train_y: Labels
    val_x: Array
    val_y: Labels


def load() -> Digits:
    """Return the digits, a fifth of them kept for validation; every run gets the same split."""
    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    pixels, labels = pixels[order] / 16.0, labels[order]
    held_out = len(labels) // 5
    return Digits(pixels[held_out:], labels[held_out:], pixels[:held_out], labels[:held_out])


def softmax(logits: Array) -> Array:
    """Return class probabilities, shape ``(N, classes)``."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def cross_entropy(probabilities: Array, labels: Labels) -> float:
    """Return the mean negative log-probability of the right digit, in nats."""
    right = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def accuracy(probabilities: Array, labels: Labels) -> float:
    """Return the share of digits that were recognised, in ``[0, 1]``."""
    return float((probabilities.argmax(axis=1) == labels).mean())


@dataclass
class Network:
    """64 pixels, one hidden layer of leaky rectified units, 10 digits; learns by momentum."""

    weights: dict[str, Array]
    velocity: dict[str, Array] = field(init=False)

    def __post_init__(self) -> None:
        self.velocity = {name: np.zeros_like(array) for name, array in self.weights.items()}

    @classmethod
    def initialised(cls, width: int, rng: np.random.Generator) -> Network:
        """Return a network with He-initialised weights and ``width`` hidden units."""
        return cls(
            {
                "hidden": rng.normal(0, math.sqrt(2 / 64), (64, width)),
                "hidden_bias": np.zeros(width),
                "output": rng.normal(0, math.sqrt(2 / width), (width, CLASSES)),
                "output_bias": np.zeros(CLASSES),
            }
        )

    def hidden(self, x: Array) -> Array:
        """Return the activations of the hidden layer, shape ``(N, width)``."""
        inputs = x @ self.weights["hidden"] + self.weights["hidden_bias"]
        activations: Array = np.where(inputs > 0, inputs, LEAK * inputs)
        return activations

    def predict(self, x: Array) -> Array:
        """Return class probabilities, shape ``(N, 10)``."""
        return softmax(self.hidden(x) @ self.weights["output"] + self.weights["output_bias"])

    def gradients(self, x: Array, labels: Labels) -> tuple[dict[str, Array], float, float]:
        """Return the gradients of one batch, its loss and its accuracy."""
        hidden = self.hidden(x)
        probabilities = softmax(hidden @ self.weights["output"] + self.weights["output_bias"])
        error = (probabilities - np.eye(CLASSES)[labels]) / len(labels)
        hidden_error = (error @ self.weights["output"].T) * np.where(hidden > 0, 1.0, LEAK)
        gradients = {
            "hidden": x.T @ hidden_error,
            "hidden_bias": hidden_error.sum(axis=0),
            "output": hidden.T @ error,
            "output_bias": error.sum(axis=0),
        }
        return gradients, cross_entropy(probabilities, labels), accuracy(probabilities, labels)

    def learn(self, gradients: dict[str, Array], learning_rate: float) -> None:
        """Take one step against ``gradients``."""
        for name, gradient in gradients.items():
            self.velocity[name] = MOMENTUM * self.velocity[name] - learning_rate * gradient
            self.weights[name] += self.velocity[name]


def batches(size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the row numbers of whole batches that together cover one epoch."""
    order = rng.permutation(size)
    for start in range(0, size - BATCH_SIZE + 1, BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]


def train(config: Config, base_dir: str | Path, midway: Event | None = None) -> None:
    """Train one network and log it as one run.

    Args:
        config: What to train.
        base_dir: Where the runs are kept.
        midway: Set when a third of the epochs are done.

    Raises:
        FloatingPointError: The loss became NaN; the run is then stored as failed.
    """
    rng = np.random.default_rng(config.seed)
    network = Network.initialised(config.width, rng)
    digits = load()
    with tracker_for(config, base_dir) as tracker:
        step = 0
        for epoch in range(config.epochs):
            step = train_epoch(tracker, network, digits, config, rng, step)
            validate(tracker, network, digits, step - 1, epoch)
            if midway is not None and epoch >= config.epochs // 3:
                midway.set()
        log_results(tracker, network, digits, step - 1)


def tracker_for(config: Config, base_dir: str | Path) -> ExperimentTracker:
    """Start the run of ``config`` and log what it was told."""
    tracker = ExperimentTracker(
        "digits",
        base_dir=base_dir,
        tags=["numpy", "mlp"],
        notes=config.notes,
        group=config.group,
        repeat=config.seed,
    )
    tracker.log_hyperparameters(
        {
            "learning_rate": config.learning_rate,
            "width": config.width,
            "seed": config.seed,
            "epochs": config.epochs,
            "batch_size": BATCH_SIZE,
            "optimizer": {"name": "sgd", "momentum": MOMENTUM, "schedule": "cosine"},
        }
    )
    tracker.define_metric("val/accuracy", goal="max")
    return tracker


def train_epoch(
    tracker: ExperimentTracker,
    network: Network,
    digits: Digits,
    config: Config,
    rng: np.random.Generator,
    step: int,
) -> int:
    """Learn from every training digit once, logging each step; return the next step's number."""
    steps = config.epochs * (len(digits.train_y) // BATCH_SIZE)
    for rows in batches(len(digits.train_y), rng):
        learning_rate = config.learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
        # A diverging run overflows on its way to NaN: the chart shows it, no warning need.
        with np.errstate(over="ignore", invalid="ignore"):
            gradients, loss, correct = network.gradients(digits.train_x[rows], digits.train_y[rows])
            grad_norm = math.sqrt(sum(float((g**2).sum()) for g in gradients.values()))
            network.learn(gradients, learning_rate)
        tracker.log_metrics(
            {
                "train/loss": loss,
                "train/accuracy": correct,
                "learning_rate": learning_rate,
                "grad_norm": grad_norm,
            },
            step=step,
        )
        step += 1
    return step


def validate(
    tracker: ExperimentTracker, network: Network, digits: Digits, step: int, epoch: int
) -> None:
    """Log loss and accuracy on the digits kept back, and now and then weights and mistakes."""
    with np.errstate(over="ignore", invalid="ignore"):
        probabilities = network.predict(digits.val_x)
    loss = cross_entropy(probabilities, digits.val_y)
    tracker.log_metrics(
        {"val/loss": loss, "val/accuracy": accuracy(probabilities, digits.val_y), "epoch": epoch},
        step=step,
    )
    if math.isnan(loss):
        raise FloatingPointError(f"the validation loss is NaN after epoch {epoch}")
    if epoch % 10 == 9:
        wrong = probabilities.argmax(axis=1) != digits.val_y
        tracker.log_histogram("weights/hidden", network.weights["hidden"], step)
        tracker.log_image("misclassified", contact_sheet(digits.val_x[wrong]), step)


def log_results(tracker: ExperimentTracker, network: Network, digits: Digits, step: int) -> None:
    """Keep the weights, and show which digit is taken for which."""
    counts = confusion(network.predict(digits.val_x).argmax(axis=1), digits.val_y)
    tracker.log_figure(confusion_figure(counts), "confusion_matrix.png")
    found = counts.diagonal() / counts.sum(axis=1)
    rows = [{"digit": digit, "found": round(share, 3)} for digit, share in enumerate(found)]
    tracker.log_table("share found", rows, step)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.npz"
        arrays: dict[str, Any] = {**network.weights}
        np.savez_compressed(weights, **arrays)
        tracker.log_model(weights, framework="numpy")


def confusion(predicted: Labels, actual: Labels) -> Labels:
    """Return how often each digit (row) was taken for each other one, shape ``(10, 10)``."""
    counts = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(counts, (actual, predicted), 1)
    return counts


def confusion_figure(counts: Labels) -> Figure:
    """Draw a confusion matrix."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts, cmap="Blues")
    axes.set(xlabel="predicted", ylabel="actual", xticks=range(CLASSES), yticks=range(CLASSES))
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if row == column else "black"
        axes.text(column, row, counts[row, column], ha="center", va="center", color=colour)
    return figure


def contact_sheet(images: Array, columns: int = 8, scale: int = 6) -> NDArray[np.uint8]:
    """Return the digits side by side as one grey RGB image, shape ``(height, width, 3)``."""
    shown = images[: 4 * columns]
    rows = max(1, -(-len(shown) // columns))
    cells = np.zeros((rows * columns, 9, 9))  # a black line keeps neighbours apart
    cells[: len(shown), :8, :8] = shown.reshape(-1, 8, 8)
    sheet = cells.reshape(rows, columns, 9, 9).swapaxes(1, 2).reshape(rows * 9, columns * 9)
    grey = (np.kron(sheet, np.ones((scale, scale))) * 255).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def train_until_killed(config: Config, base_dir: str | Path) -> None:
    """Train in a process of its own and kill that (SIGKILL) when a third of it is done."""
    context = multiprocessing.get_context("spawn")
    midway = context.Event()
    process = context.Process(target=train, args=(config, base_dir, midway))
    process.start()
    while process.is_alive() and not midway.wait(timeout=0.1):
        pass
    process.kill()
    process.join()


def configs() -> list[Config]:
    """Return the runs of the demo; the last two are the diverging one and the killed one."""
    grid = [
        Config(learning_rate=learning_rate, width=width, seed=seed)
        for learning_rate, width, seed in itertools.product((0.02, 0.1, 0.5), (16, 64), (0, 1, 2))
    ]
    diverging = Config(
        learning_rate=30.0, width=64, seed=0, notes="How large may the learning rate be?"
    )
    killed = Config(
        learning_rate=0.1, width=64, seed=3, epochs=120, notes="Does three times longer help?"
    )
    return [*grid, diverging, killed]


def main(argv: Sequence[str] | None = None) -> None:
    """Train the demo runs named by ``argv``."""
    parser = argparse.ArgumentParser(description="Train the demo runs of Aquarium.")
    parser.add_argument("--base-dir", default="neural_experiments", help="where runs are kept")
    parser.add_argument("--runs", type=int, help="train only the last RUNS of the demo runs")
    args = parser.parse_args(argv)

    chosen = configs() if args.runs is None else configs()[-args.runs :]
    for number, config in enumerate(chosen, start=1):
        print(f"[{number}/{len(chosen)}] {config.group} seed={config.seed}")
        if config.epochs > Config.epochs:
            train_until_killed(config, args.base_dir)
            print("  killed midway, as planned")
            continue
        try:
            train(config, args.base_dir)
        except FloatingPointError as error:
            print(f"  {error}, as planned")


if __name__ == "__main__":
    main()
