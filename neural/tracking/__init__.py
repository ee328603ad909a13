"""Keep runs, show runs, send runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neural.tracking.experiment_tracker import ExperimentTracker

if TYPE_CHECKING:
    from neural.tracking.aquarium_app import launch_aquarium
    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["ExperimentManager", "ExperimentTracker", "launch_aquarium"]

_LAZY = {
    "ExperimentManager": "neural.tracking.experiment_manager",
    "launch_aquarium": "neural.tracking.aquarium_app",
}


def __getattr__(name: str) -> Any:
    """Import on first use what a training script does not need."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LAZY[name]), name)
