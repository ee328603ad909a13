"""Other platforms while a run goes on: the seed's integrations, over the same sinks."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neural.errors import InvalidInputError
from neural.tracking.artifact_store import artifact_type
from neural.tracking.records import Series
from neural.tracking.redaction import redact_mapping
from neural.tracking.sinks import (
    ExportReport,
    RunEnd,
    RunFile,
    RunSink,
    RunStart,
    Stretch,
    Tally,
    Target,
    sinks,
)
from neural.tracking.storage.layout import folder_name, new_id
from neural.tracking.values import to_numbers, to_step

__all__ = [
    "BaseIntegration",
    "MLflowIntegration",
    "TensorBoardIntegration",
    "WandbIntegration",
    "create_integration",
]


class BaseIntegration:
    """One run on another platform, logged call by call and sent when it ends.

    Errors are raised, not only logged: a run that did not arrive is not told to have arrived.

    Args:
        experiment_name: Groups runs; ``None`` is ``"neural"``.
        platform: One that :data:`~neural.tracking.sinks.sinks` knows.
        target: Where it goes.
        run_name: Title of the run; ``None`` is the name with the id.

    Raises:
        MissingExtraError: The platform's package is not installed.
    """

    def __init__(
        self,
        experiment_name: str | None,
        platform: str,
        target: Target,
        *,
        run_name: str | None = None,
    ) -> None:
        self.experiment_name = experiment_name or "neural"
        #: Id under which the platform's copy is found again.
        self.run_id = new_id()
        self._title = run_name or f"{self.experiment_name}_{self.run_id}"
        self._platform = platform
        self._tally = Tally()
        self._sink: RunSink = sinks.load(platform)(target, self._tally)
        self._start_time = time.time()
        self._params: dict[str, Any] = {}
        self._points: dict[str, list[tuple[int, float, float]]] = {}
        self._files: list[RunFile] = []
        self._is_finished = False

    def log_hyperparameters(self, params: Mapping[str, Any]) -> None:
        """Add hyperparameters; nested ones are flattened visibly."""
        self._params.update(params)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log values at a step; without one, at the number of values so far.

        Raises:
            MetricValueError: A value is not a number.
        """
        now = time.time()
        for name, value in to_numbers(metrics).items():
            points = self._points.setdefault(name, [])
            place = len(points) if step is None else to_step(step)
            points.append((place, now, float(value)))

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Send a file or directory with the run.

        Raises:
            FileNotFoundError: There is none.
        """
        source = Path(path)
        if not source.exists():
            raise FileNotFoundError(f"There is no file at {source}")
        size = source.stat().st_size
        self._files.append(
            RunFile(name=name or source.name, path=source, kind=artifact_type(source), size=size)
        )

    def log_model(self, path: str | os.PathLike[str], framework: str = "unknown") -> None:
        """Send a model with the run; the framework goes along as a parameter.

        Raises:
            FileNotFoundError: There is none.
        """
        self.log_artifact(path)
        self._params.setdefault(f"framework.{Path(path).name}", framework)

    def finish(self, status: str = "completed") -> ExportReport:
        """Send the run; a second call changes nothing.

        Returns:
            What was sent, and where it is.

        Raises:
            ExportError: The platform cannot be reached, or refuses.
        """
        if not self._is_finished:
            try:
                self._send(RunEnd(status=status, end_time=time.time()))
                self._is_finished = True
            finally:
                self._sink.close()
        return self._tally.report()

    def __enter__(self) -> BaseIntegration:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.finish("completed" if kind is None else "failed")

    def _send(self, end: RunEnd) -> None:
        self._sink.start(
            RunStart(
                run_id=self.run_id,
                experiment_name=self.experiment_name,
                folder=folder_name(self.experiment_name, self.run_id),
                title=self._title,
                start_time=self._start_time,
                params=redact_mapping(self._params),
            )
        )
        for name, points in self._points.items():
            step, moment, value = (np.array(column) for column in zip(*points, strict=True))
            self._sink.metrics(Stretch(name=name, series=Series(step, moment, value)))
        for file in self._files:
            self._sink.file(file)
        self._sink.finish(end)


class MLflowIntegration(BaseIntegration):
    """A run on MLflow.

    Args:
        experiment_name: Name of the MLflow experiment.
        tracking_uri: ``http(s)://…`` or ``sqlite:///…``; ``None`` is MLflow's own default.
        run_name: Name of the run.
        tags: Set on the run.
    """

    def __init__(
        self,
        experiment_name: str | None = None,
        tracking_uri: str | None = None,
        run_name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        target = Target(place=tracking_uri, tags=dict(tags or {}))
        super().__init__(experiment_name, "mlflow", target, run_name=run_name)


class WandbIntegration(BaseIntegration):
    """A run on Weights & Biases; offline where there is no key.

    Args:
        experiment_name: Name of the run's group of runs.
        project_name: W&B project.
        config: Hyperparameters that are known already.
        tags: Set on the run.
    """

    def __init__(
        self,
        experiment_name: str | None = None,
        project_name: str = "neural",
        config: Mapping[str, Any] | None = None,
        tags: Sequence[str] | None = None,
    ) -> None:
        target = Target(place=project_name, tags=dict.fromkeys(tags or (), ""))
        super().__init__(experiment_name, "wandb", target)
        self.log_hyperparameters(config or {})


class TensorBoardIntegration(BaseIntegration):
    """A run as a TensorBoard log.

    Args:
        experiment_name: Begins the name of the run's directory.
        log_dir: Folder that gets a directory for each run.
    """

    def __init__(
        self,
        experiment_name: str | None = None,
        log_dir: str | os.PathLike[str] = "runs/neural",
    ) -> None:
        super().__init__(experiment_name, "tensorboard", Target(place=os.fspath(log_dir)))


_TYPES: dict[str, type[Any]] = {
    "mlflow": MLflowIntegration,
    "wandb": WandbIntegration,
    "tensorboard": TensorBoardIntegration,
}


def create_integration(
    integration_type: str | None = None,
    experiment_name: str | None = None,
    *,
    type: str | None = None,  # noqa: A002 - what the seed's facts call it
    **kwargs: Any,
) -> BaseIntegration | None:
    """Return an integration by name; ``None`` for a name that is none, as in the seed.

    Args:
        integration_type: ``"mlflow"``, ``"wandb"`` or ``"tensorboard"``.
        experiment_name: Groups runs.
        type: The same as ``integration_type``.
        kwargs: What the class of that name takes.

    Raises:
        InvalidInputError: No name was given.
        MissingExtraError: The platform's package is not installed.
    """
    wanted = integration_type if integration_type is not None else type
    if not isinstance(wanted, str):
        raise InvalidInputError("create_integration needs a type: mlflow, wandb or tensorboard")
    found = _TYPES.get(wanted.lower())
    return None if found is None else found(experiment_name, **kwargs)
