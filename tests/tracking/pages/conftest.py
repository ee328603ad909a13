"""A store of real runs, and the application's view of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.ui.page import AppContext, load_pages

MakeRun = Callable[..., str]


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    """The application over an empty store."""
    return AppContext(
        manager=ExperimentManager(tmp_path),
        base_dir=tmp_path,
        pages=load_pages(("experiments", "run_detail", "compare")),
    )


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return ``make_run(name, metrics, params, end=True, **tracker options) -> id``."""

    def make(
        name: str = "digits",
        metrics: Mapping[str, Sequence[float]] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        end: bool = True,
        **options: Any,
    ) -> str:
        tracker = ExperimentTracker(
            name, tmp_path, auto_visualize=False, capture_environment=False, **options
        )
        if params:
            tracker.log_hyperparameters(dict(params))
        for metric, values in (metrics or {}).items():
            for step, value in enumerate(values):
                tracker.log_metrics({metric: value}, step=step)
        if end:
            tracker.finish()
        return tracker.experiment_id

    return make
