"""The reading half of a tracker: what a run holds, whether it is being written or long done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from neural.errors import InvalidInputError, StorageError
from neural.tracking.records import FINAL_STATUSES, Goal, Series, flatten
from neural.tracking.spellings import one_of, several
from neural.tracking.storage.documents import read_object
from neural.tracking.storage.layout import RunPaths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neural.tracking.artifact_store import ArtifactStore, ArtifactVersion
    from neural.tracking.storage.metrics_reader import RunMetrics

__all__ = ["RunView"]

#: The seed draws its automatic plot from this many logged steps on.
_AUTO_PLOT_ENTRIES = 10


class RunView:
    """One stored run, for reading. Nothing here changes a file, but where the name says so.

    Args:
        run_dir: Directory of the run.
    """

    def __init__(self, run_dir: Path) -> None:
        self._paths = RunPaths(run_dir)
        self._reader: RunMetrics | None = None

    def __repr__(self) -> str:
        """Name, id and place of the run."""
        name, run_id = self.experiment_name, self.experiment_id
        return f"<{type(self).__name__} {name!r} {run_id} in {str(self.base_dir)!r}>"

    @property
    def experiment_dir(self) -> Path:
        """Directory of the run."""
        return self._paths.root

    @property
    def base_dir(self) -> Path:
        """Folder that holds this run and others."""
        return self._paths.root.parent

    @property
    def metadata(self) -> dict[str, Any]:
        """What metadata.json says: times, status, host, attempts."""
        return read_object(self._paths.metadata)

    @property
    def experiment_id(self) -> str:
        """Id of the run."""
        stored = self._stored("experiment_id")
        return self._paths.root.name.rpartition("_")[2] if stored is None else stored

    @property
    def experiment_name(self) -> str:
        """Name that groups runs."""
        stored = self._stored("experiment_name")
        folder = self._paths.root.name
        return (folder.rpartition("_")[0] or folder) if stored is None else stored

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """What was set, nested as given; NaN and infinities are the strings of the file."""
        return read_object(self._paths.hyperparameters)

    @property
    def artifacts(self) -> dict[str, Any]:
        """Name -> path relative to the run, type, size, timestamp, checksum."""
        return self._artifact_store.entries()

    @property
    def tags(self) -> dict[str, str]:
        """Name -> text of each tag; a tag without text has ``""``."""
        stored = self._annotations().get("tags", {})
        return {str(k): "" for k in stored} if isinstance(stored, list) else dict(stored)

    @property
    def notes(self) -> str:
        """Notes in plain text or Markdown."""
        return str(self._annotations().get("notes", ""))

    @property
    def metrics_history(self) -> list[dict[str, Any]]:
        """Every logged entry, read from the run's files; see :meth:`get_metrics`."""
        return self._metrics().entries()

    def metric_names(self) -> list[str]:
        """Return all metrics in order of first logging."""
        return self._metrics().names()

    def metric(self, name: str, view: Literal["logged", "drawn"] = "logged") -> Series:
        """Return one metric as arrays ``(step, time, value)``.

        Args:
            name: Metric; one that was never logged gives empty arrays.
            view: ``"logged"`` is every value in order of logging. ``"drawn"`` is what charts
                show: the last value of each step, and of resumed runs the later attempt.
        """
        return self._metrics().series(name, view)

    def get_metrics(
        self, name: str | None = None, *, metric_name: str | None = None
    ) -> list[dict[str, Any]] | list[Any]:
        """Return the logged values of one metric, or all entries.

        Args:
            name: Metric; entries without it are skipped. ``None`` returns every entry as a dict
                with ``timestamp`` (seconds since the epoch), ``step`` and the metrics.
            metric_name: The same as ``name``.
        """
        wanted = one_of(name=name, metric_name=metric_name)
        if wanted is None:
            return self._metrics().entries()
        return list(self.metric(wanted).value.tolist())

    def get_best_metric(
        self,
        name: str | None = None,
        mode: Goal | None = None,
        *,
        metric: str | None = None,
        metric_name: str | None = None,
    ) -> tuple[float, int] | tuple[None, None]:
        """Return ``(value, step)`` of the best value, rounded to 10 significant digits.

        NaN never wins; of equal values the first does. What is stored stays exact.

        Args:
            name: Metric.
            mode: ``"min"``, ``"max"``, or ``None``: the goal given to ``define_metric``, else
                inferred from the name (losses and errors are minimised).
            metric: The same as ``name``.
            metric_name: The same as ``name``.
            metric_name: The same as ``name``.

        Returns:
            ``(None, None)`` when the metric was never logged or only ever was NaN.

        Raises:
            InvalidInputError: No name was given, or ``mode`` is neither ``min`` nor ``max``.
        """
        from neural.tracking.summary import best, rounded

        wanted = one_of(name=name, metric=metric, metric_name=metric_name)
        if wanted is None:
            raise InvalidInputError("get_best_metric needs the name of a metric")
        if mode not in ("min", "max", None):
            raise InvalidInputError(f"mode must be 'min', 'max' or None, got {mode!r}")
        series = self.metric(wanted)
        value, step = best(series.value, series.step, mode or self._goal(wanted))
        if value is None or step is None:
            return None, None
        return rounded(value), int(step)

    def list_artifact_versions(self, name: str) -> list[ArtifactVersion]:
        """Return all versions of an artifact, oldest first; none gives an empty list."""
        return self._artifact_store.versions(name)

    def get_artifact_version(self, name: str, version: int = -1) -> ArtifactVersion:
        """Return one version of an artifact; -1 is the latest.

        Raises:
            NotFoundError: There is no such version.
        """
        return self._artifact_store.version(name, version)

    def plot_metrics(
        self,
        metric_names: Sequence[str] | None = None,
        figsize: tuple[float, float] = (10, 6),
        *,
        metrics: Sequence[str] | None = None,
    ) -> Figure:
        """Return the training curves as a matplotlib figure, which is not shown.

        Args:
            metric_names: Which metrics; ``None`` is all.
            figsize: Width and height in inches.
            metrics: The same as ``metric_names``.

        Raises:
            InvalidInputError: Both spellings were given, or a text in place of a list.
        """
        from neural.tracking.metric_plots import plot_metrics

        given = one_of(metric_names=metric_names, metrics=metrics)
        if given is None:
            given = self.metric_names()
        names = several("metric_names", given, of="names")
        return plot_metrics({n: self.metric(n, "drawn") for n in names}, figsize=figsize)

    def plot_hyperparameter_importance(self, metric_name: str) -> Figure:
        """Return how strongly each hyperparameter goes with the best value of a metric.

        It compares the finished runs of the same experiment name, and says so on the figure when
        they are fewer than five.

        Args:
            metric_name: Metric to explain.
        """
        from neural.tracking.metric_plots import plot_hyperparameter_importance
        from neural.tracking.storage.local import read_runs

        goal = self._goal(metric_name)
        params, values = [], []
        for run in read_runs(self.base_dir):
            summary = run.metrics.get(metric_name)
            finished = run.end_time is not None or run.status in FINAL_STATUSES
            alike = finished and run.experiment_name == self.experiment_name
            value = summary.best(goal)[0] if summary and alike else None
            if value is not None:
                params.append(dict(flatten(run.params)))
                values.append(float(value))
        return plot_hyperparameter_importance(metric_name, params, values)

    def _stored(self, key: str) -> str | None:
        """Return a text of the metadata; damaged ones hold none."""
        try:
            value = self.metadata.get(key)
        except StorageError:
            return None
        return value if isinstance(value, str) else None

    @property
    def _artifact_store(self) -> ArtifactStore:
        from neural.tracking.artifact_store import ArtifactStore

        return ArtifactStore(self._paths)

    def _metrics(self) -> RunMetrics:
        if self._reader is None:
            from neural.tracking.storage.metrics_reader import RunMetrics

            self._reader = RunMetrics(self._paths.root)
        return self._reader

    def _annotations(self) -> dict[str, Any]:
        return read_object(self._paths.annotations)

    def _goal(self, name: str) -> Goal:
        from neural.tracking.summary import infer_goal

        try:
            given = self._annotations().get("metrics", {}).get(name, {}).get("goal")
        except (StorageError, AttributeError):
            given = None
        return given if given in ("min", "max") else infer_goal(name)

    def _summary(self) -> dict[str, Any]:
        """Return the content of summary.json."""
        from neural.tracking.summary import run_summary

        metrics = self._metrics().summaries()
        return run_summary(
            self.experiment_name,
            self.experiment_id,
            metadata=self.metadata,
            hyperparameters=self.hyperparameters,
            metrics=metrics,
            goals={name: self._goal(name) for name in metrics},
            artifacts=self.artifacts,
        )

    def _overviews(self) -> dict[str, Figure]:
        """Return the figures the seed draws at the end of a run, by file stem."""
        names = self.metric_names()
        if not names:
            return {}
        figures = {"metrics_overview": self.plot_metrics(names)}
        if self._metrics().entry_count() >= _AUTO_PLOT_ENTRIES:
            figures["auto_metrics_overview"] = figures["metrics_overview"]
        return figures
