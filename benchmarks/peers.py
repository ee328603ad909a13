"""One function a tracker: prepare it in its defaults, hand a log call to ``body``, finish it.

System monitors, Git and terminal capture are off where there is a switch, which favours the peers.
"""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

__all__ = ["PEERS", "Body", "Log"]

Log = Callable[[dict[str, float], int], object]
Body = Callable[[Log], None]


def floor(folder: Path, body: Body) -> None:
    """The least a durable record of one call costs: build it, encode it, store it in a mapping."""
    import orjson

    window = mmap.mmap(-1, 1 << 20)
    at = 0

    def log(row: dict[str, float], step: int) -> None:
        nonlocal at
        data = orjson.dumps({"timestamp": time.time(), "step": step, **row})
        if at + len(data) > 1 << 20:
            at = 0
        window[at : at + len(data)] = data
        at += len(data)

    body(log)


def neural(folder: Path, body: Body, writer: str = "auto") -> None:
    """Our tracker in its defaults, but for the figures at the end."""
    from neural.tracking import ExperimentTracker

    tracker = ExperimentTracker("bench", folder, auto_visualize=False, writer=writer)
    body(tracker.log_metrics)
    tracker.finish()


def neural_pwrite(folder: Path, body: Body) -> None:
    """Our tracker with the other writer."""
    neural(folder, body, writer="pwrite")


def sacred(folder: Path, body: Body) -> None:
    """Sacred with its file observer; one call a metric."""
    from sacred import SETTINGS, Experiment
    from sacred.observers import FileStorageObserver

    SETTINGS["CAPTURE_MODE"] = "no"
    experiment = Experiment("bench", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(folder)))

    @experiment.main
    def main(_run: object) -> None:
        log_scalar = _run.log_scalar  # type: ignore[attr-defined]

        def log(row: dict[str, float], step: int) -> None:
            for name, value in row.items():
                log_scalar(name, value, step)

        body(log)

    experiment.run()


def trackio(folder: Path, body: Body) -> None:
    """Trackio, local."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio as package

    package.init(project="bench", embed=False)
    body(package.log)
    package.finish()


def wandb(folder: Path, body: Body) -> None:
    """Weights & Biases, offline."""
    import wandb as package

    settings = package.Settings(
        x_disable_stats=True, x_disable_meta=True, disable_git=True, console="off", silent=True
    )
    run = package.init(project="bench", mode="offline", dir=str(folder), settings=settings)
    body(run.log)
    run.finish()


def tensorboard_x(folder: Path, body: Body) -> None:
    """tensorboardX; one call a metric."""
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(folder))

    def log(row: dict[str, float], step: int) -> None:
        for name, value in row.items():
            writer.add_scalar(name, value, step)

    body(log)
    writer.close()


def mlflow(folder: Path, body: Body) -> None:
    """MLflow with its SQLite store, the default since 3.7."""
    import mlflow as package

    with suppress(AttributeError):
        package.disable_system_metrics_logging()
    package.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    package.set_experiment("bench")
    with package.start_run():
        body(package.log_metrics)


PEERS: dict[str, Callable[[Path, Body], None]] = {
    "floor": floor,
    "neural": neural,
    "neural-pwrite": neural_pwrite,
    "sacred": sacred,
    "trackio": trackio,
    "wandb": wandb,
    "tensorboardX": tensorboard_x,
    "mlflow": mlflow,
}
