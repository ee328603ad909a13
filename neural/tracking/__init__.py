"""Keep runs, show runs, send runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neural.tracking.experiment_tracker import ExperimentTracker

if TYPE_CHECKING:
    from neural.tracking.aquarium_app import launch_aquarium
    from neural.tracking.comparison_ui import launch_comparison_ui
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.metric_plots import MetricVisualizer

__all__ = [
    "ExperimentManager",
    "ExperimentTracker",
    "MetricVisualizer",
    "launch_aquarium",
    "launch_comparison_ui",
]

_LAZY = {
    "ExperimentManager": "neural.tracking.experiment_manager",
    "MetricVisualizer": "neural.tracking.metric_plots",
    "launch_aquarium": "neural.tracking.aquarium_app",
    "launch_comparison_ui": "neural.tracking.comparison_ui",
}


def __getattr__(name: str) -> Any:
    """Import on first use what a training script does not need."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
