"""Several runs side by side: as figures, and as a folder to keep or send."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural._clock import now, to_iso
from neural._files import write_json
from neural.errors import NotFoundError, StorageError
from neural.tracking.records import RunRecord
from neural.tracking.storage.facts import row_of
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.small_files import read_object

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["compared", "comparison_charts", "write_comparison"]


def compared(manager: ExperimentManager, ids: Sequence[str]) -> list[RunRecord]:
    """Return the runs with these ids, in this order; unknown ones are left out."""
    runs = []
    for experiment_id in ids:
        try:
            runs.append(manager.run(experiment_id))
        except NotFoundError:
            continue
    return runs


def comparison_charts(
    manager: ExperimentManager, runs: Sequence[RunRecord], names: Sequence[str] | None
) -> dict[str, go.Figure]:
    """Return the figures of a comparison, by the names the seed gives them.

    Args:
        manager: Reads the metrics.
        runs: What is compared.
        names: Metrics; ``None`` is every metric of any of the runs.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    from neural.tracking.charts.comparison import comparison_figures

    wanted = dict.fromkeys(name for run in runs for name in run.metrics) if names is None else names
    drawn = {
        run.experiment_id: manager.metrics(run.experiment_id, wanted, view="drawn") for run in runs
    }
    by_metric = {
        name: {run_id: series[name] for run_id, series in drawn.items()}
        for name in dict.fromkeys(wanted)
    }
    params = {run.experiment_id: run.params for run in runs}
    labels = {run.experiment_id: run.display_name or run.experiment_name for run in runs}
    return comparison_figures(by_metric, params, labels=labels)


def write_comparison(
    base_dir: Path, runs: Sequence[RunRecord], output_dir: str | os.PathLike[str] | None
) -> Path:
    """Write ``comparison_summary.json`` into a folder and return that.

    Args:
        base_dir: Folder that holds the runs.
        runs: What is compared.
        output_dir: Folder to write to; ``None`` makes one in ``base_dir``.

    Raises:
        StorageError: It cannot be written.
    """
    moment = datetime.now()
    default = base_dir / f"comparison_export_{moment:%Y%m%d_%H%M%S_%f}"
    folder = default if output_dir is None else Path(output_dir)
    summary = {
        "comparison_date": to_iso(now()),
        "experiments": [_entry(base_dir, run) for run in runs],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "comparison_summary.json", summary)
    except OSError as exc:
        raise StorageError(f"{folder} cannot be written: {exc.strerror}") from exc
    return folder


def _entry(base_dir: Path, run: RunRecord) -> dict[str, Any]:
    figures = row_of(run)["summary"]
    return {
        "experiment_name": run.experiment_name,
        "experiment_id": run.experiment_id,
        "metadata": read_object(RunPaths(base_dir / run.folder).metadata, []),
        "hyperparameters": dict(run.params),
        "metrics_latest": figures["latest"],
        "metrics_best": figures["best"],
    }
