"""W&B's interface over a store of ours: ``from neural.tracking import wandb_compat as wandb``.

A script that was written for W&B runs unchanged. What it logs goes into a store of runs on this
machine; nothing is sent anywhere, and no account is needed. The common part of W&B's interface is
here; whatever is not says so by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neural.errors import NeuralError as Error
from neural.tracking.wandb_compat.beginning import Settings, init
from neural.tracking.wandb_compat.entries import Config, Summary
from neural.tracking.wandb_compat.live_run import Run
from neural.tracking.wandb_compat.media import Artifact, Histogram, Image, Table
from neural.tracking.wandb_compat.session import (
    alert,
    current_config,
    current_run,
    current_summary,
    define_metric,
    finish,
    log,
    log_artifact,
    login,
    save,
    setup,
    teardown,
    unwatch,
    watch,
)

if TYPE_CHECKING:
    run: Run | None
    config: Config
    summary: Summary

__all__ = [
    "Artifact",
    "Config",
    "Error",
    "Histogram",
    "Image",
    "Run",
    "Settings",
    "Summary",
    "Table",
    "alert",
    "config",
    "define_metric",
    "finish",
    "init",
    "log",
    "log_artifact",
    "login",
    "run",
    "save",
    "setup",
    "summary",
    "teardown",
    "unwatch",
    "watch",
]

#: These change with every ``init``, so they are looked up each time.
_CURRENT = {
    "run": current_run,
    "config": current_config,
    "summary": current_summary,
}


def __getattr__(name: str) -> Any:
    """Return what belongs to the current run, or say what is not here."""
    if name in _CURRENT:
        return _CURRENT[name]()
    raise AttributeError(
        f"neural.tracking.wandb_compat has no {name!r}. It has: {', '.join(__all__)}"
    )
