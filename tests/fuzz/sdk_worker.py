"""A process that keeps one run for a test, call by call, until it is told to end or killed."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["keep"]


def keep(pipe: Connection, base_dir: str, run_id: str, resumes: bool) -> None:
    """Begin or resume a run and make the calls that come through ``pipe``; each is answered."""
    if resumes:
        tracker = ExperimentTracker.resume(run_id, base_dir, False)
    else:
        tracker = ExperimentTracker(
            "model",
            base_dir,
            auto_visualize=False,
            experiment_id=run_id,
            capture_environment=False,
        )
    pipe.send("ready")
    while True:
        name, arguments = pipe.recv()
        _call(tracker, name, arguments)
        pipe.send("done")
        if name == "finish":
            os._exit(0)


def _call(tracker: ExperimentTracker, name: str, arguments: Any) -> None:
    if name == "metrics":
        tracker.log_metrics(arguments["values"], arguments["step"])
    elif name == "params":
        tracker.log_hyperparameters(arguments)
    elif name == "tags":
        tracker.add_tags(**arguments)
    elif name == "notes":
        tracker.set_notes(arguments)
    elif name == "artifact":
        source = Path(f"{tracker.base_dir}.sources") / arguments["name"]
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(arguments["content"])
        tracker.log_artifact(source, arguments["name"])
    else:
        tracker.finish(arguments)
