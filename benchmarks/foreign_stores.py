"""What other trackers would have written, made for measuring how fast it is read."""

from __future__ import annotations

import os
import random
from pathlib import Path

__all__ = ["make_events", "make_mlflow_tree", "make_wandb_log"]

_BEGIN_MS = 1_700_000_000_000
_PARAMS = ("lr", "batch_size", "optimizer", "depth", "seed")
_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


def make_mlflow_tree(folder: Path, runs: int, steps: int = 10) -> None:
    """Write runs as MLflow's directory store has them: five params, four metrics, five tags."""
    chooser = random.Random(5)
    experiment = folder / "1"
    _experiment(folder / "0", "0", "Default")
    _experiment(experiment, "1", "digits")
    for number in range(runs):
        run_id = f"{chooser.getrandbits(128):032x}"
        _run(experiment / run_id, run_id, number, steps, chooser)
    for top, _, files in os.walk(experiment):  # trees of this size are not of this minute
        for path in (top, *(os.path.join(top, name) for name in files)):
            os.utime(path, (_BEGIN_MS / 1000, _BEGIN_MS / 1000))


def _experiment(folder: Path, experiment_id: str, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / "meta.yaml").write_text(
        f"artifact_location: {folder.as_uri()}\ncreation_time: {_BEGIN_MS}\n"
        f"experiment_id: '{experiment_id}'\nlast_update_time: {_BEGIN_MS}\n"
        f"lifecycle_stage: active\nname: {name}\n"
    )


def _run(folder: Path, run_id: str, number: int, steps: int, chooser: random.Random) -> None:
    for below in ("artifacts", "metrics", "params", "tags"):
        (folder / below).mkdir(parents=True)
    begin = _BEGIN_MS + number * 60_000
    (folder / "meta.yaml").write_text(
        f"artifact_uri: {folder.as_uri()}/artifacts\nend_time: {begin + 50_000}\n"
        f"entry_point_name: ''\nexperiment_id: '1'\nlifecycle_stage: active\n"
        f"run_id: {run_id}\nrun_name: run-{number}\nrun_uuid: {run_id}\nsource_name: ''\n"
        f"source_type: 4\nsource_version: ''\nstart_time: {begin}\nstatus: 3\ntags: []\n"
        "user_id: ada\n"
    )
    values = (chooser.random(), 2 ** chooser.randrange(4, 9), "adam", chooser.randrange(9), number)
    for name, value in zip(_PARAMS, values, strict=True):
        (folder / "params" / name).write_text(str(value))
    tags = {
        "mlflow.runName": f"run-{number}",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": "ada",
        "team": "vision",
    }
    for name, text in tags.items():
        (folder / "tags" / name).write_text(text)
    for name in _METRICS:
        lines = (f"{begin + step * 1000} {chooser.random()} {step}\n" for step in range(steps))
        (folder / "metrics" / name).write_text("".join(lines))


def make_events(folder: Path, scalars: int, tags: int = 4) -> None:
    """Write scalars of some tags in turn, with TensorBoard's own messages and records."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    chooser = random.Random(6)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.out.tfevents.1700000000.bench.1.0").open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for number in range(scalars):
            value = Summary.Value(tag=f"train/m{number % tags}", simple_value=chooser.random())
            event = Event(
                wall_time=1.7e9 + number / 100,
                step=number // tags,
                summary=Summary(value=[value]),
            )
            writer.write(event.SerializeToString())
        writer.flush()


def make_wandb_log(folder: Path, rows: int, metrics: int = 4) -> Path:
    """Write rows of some metrics with W&B itself, offline; returns the log."""
    import wandb

    chooser = random.Random(7)
    settings = wandb.Settings(
        mode="offline",
        console="off",
        silent=True,
        x_disable_stats=True,
        x_disable_meta=True,
        disable_git=True,
        disable_code=True,
    )
    run = wandb.init(project="bench", dir=str(folder), settings=settings)
    for step in range(rows):
        run.log({f"m{i}": chooser.random() for i in range(metrics)}, step=step)
    run.finish()
    (log,) = folder.glob("wandb/offline-run-*/*.wandb")
    return log
