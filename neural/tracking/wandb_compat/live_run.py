"""W&B's run over a tracker of ours."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neural.errors import InvalidInputError
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.documents import annotate
from neural.tracking.wandb_compat.definitions import Definitions, flat, ours
from neural.tracking.wandb_compat.entries import Config, Summary
from neural.tracking.wandb_compat.media import Artifact, is_number, keep

__all__ = ["Run"]

_log = logging.getLogger(__name__)


class Run:
    """A run as W&B's scripts know it.

    Args:
        tracker: Where it is kept; ``None`` keeps nothing, as ``mode="disabled"`` wants it.
        project: Groups runs.
        name: Shown name; ``None`` is the id.
        first_step: Step of the first call of :meth:`log` that names none.
    """

    def __init__(
        self,
        tracker: ExperimentTracker | None,
        *,
        project: str,
        name: str | None = None,
        first_step: int = 0,
    ) -> None:
        #: The tracker, for whatever W&B has no word for; ``None`` in a run that is disabled.
        self.tracker = tracker
        self.project = project
        #: Hyperparameters.
        self.config = Config(self._keep_config)
        #: Last values.
        self.summary = Summary(self._keep_summary)
        self.entity = ""
        self.disabled = tracker is None
        self._step = first_step
        self._last = max(0, first_step - 1)  # step of the last call
        self._name = name
        self._tags: tuple[str, ...] = ()
        self._definitions = Definitions()
        self._is_finished = False

    # ------------------------------------------------------------------ what it is

    @property
    def id(self) -> str:
        """Id of the run in the store."""
        return "disabled" if self.tracker is None else self.tracker.experiment_id

    @property
    def name(self) -> str:
        """Shown name; may be set."""
        return self._name or self.id

    @name.setter
    def name(self, name: str) -> None:
        self._name = name
        if self.tracker is None:
            return
        try:
            annotate(self.tracker.experiment_dir, display_name=name)
        except OSError as exc:  # a disk that is full stops no training
            _log.warning("The name of run %s was not kept: %s", self.id, exc)

    @property
    def notes(self) -> str:
        """Notes; may be set."""
        return "" if self.tracker is None else self.tracker.notes

    @notes.setter
    def notes(self, notes: str) -> None:
        if self.tracker is not None:
            self.tracker.set_notes(notes)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags; setting them adds those that are new."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._tags = tuple(dict.fromkeys(map(str, tags)))
        if self.tracker is not None:
            self.tracker.add_tags(*self._tags)

    @property
    def step(self) -> int:
        """Step of the next call of :meth:`log` that names none."""
        return self._step

    @property
    def dir(self) -> str:
        """Folder of the run."""
        return "." if self.tracker is None else str(self.tracker.experiment_dir)

    @property
    def url(self) -> None:
        """There is no address: nothing was sent."""
        return

    @property
    def path(self) -> str:
        """Project and id."""
        return f"{self.project}/{self.id}"

    @property
    def is_finished(self) -> bool:
        """Whether :meth:`finish` was called."""
        return self._is_finished

    # ------------------------------------------------------------------ logging

    def log(
        self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None
    ) -> None:
        """Log values of a step, at once.

        Args:
            data: Numbers become metrics, nested ones under dotted names. Images, histograms,
                tables, figures and texts are kept as such; ``None`` is passed over.
            step: ``None`` is the number of calls so far. One that goes back is kept, where W&B
                would drop it.
            commit: Whether the next call without a step has the next one. ``None``: it has,
                unless a step was given.

        Raises:
            InvalidInputError: ``data`` is no mapping.
        """
        if not isinstance(data, Mapping):
            raise InvalidInputError(f"log takes a mapping of names to values, got {type(data)}")
        at = self._step if step is None else int(step)
        self._step, self._last = max(self._step, at), at
        if commit or (commit is None and step is None):
            self._step = at + 1
        numbers: dict[str, Any] = {}
        for name, value in flat(data):
            if is_number(value):
                numbers[name] = value
            elif value is not None and self.tracker is not None:
                keep(self.tracker, name, value, at)
        self.summary.follow(numbers)
        if numbers and self.tracker is not None:
            for name in self._definitions.new_among(numbers):
                self._define(name)
            self.tracker.log_metrics(numbers, at)

    def define_metric(
        self,
        name: str,
        step_metric: str | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        goal: str | None = None,
        overwrite: bool | None = None,
    ) -> None:
        """Say what a metric is drawn over, and which direction is better.

        Args:
            name: Metric, or a pattern with ``*``.
            step_metric: Metric of the x axis.
            step_sync: Not used.
            hidden: Not used.
            summary: ``"min"`` and ``"max"`` tell the better direction.
            goal: ``"minimize"`` or ``"maximize"``.
            overwrite: Not used; the last call holds.
        """
        known = self._definitions.add(name, goal or summary, step_metric)
        for metric in known if "*" in name else [ours(name)]:
            self._define(metric)

    def _define(self, name: str) -> None:
        found = self._definitions.of(name)
        if found is not None and self.tracker is not None:
            self.tracker.define_metric(name, goal=found.goal, step_metric=found.step_metric)

    def log_artifact(
        self,
        artifact_or_path: Any,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - as W&B calls it
        aliases: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Any:
        """Keep an :class:`Artifact`, a file or a folder with the run; returns the artifact."""
        if isinstance(artifact_or_path, Artifact):
            if self.tracker is not None:
                artifact_or_path.keep(self.tracker)
            return artifact_or_path
        path = Path(artifact_or_path)
        made = Artifact(name or path.name, type or "other")
        if self.tracker is not None:
            self.tracker.log_artifact(path, name)
        return made

    def save(
        self,
        glob_str: str | os.PathLike[str],
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
    ) -> list[str]:
        """Keep the files that a pattern names, as they are now; returns their paths."""
        pattern = Path(os.path.abspath(glob_str))
        found = sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
        base = None if base_path is None else Path(os.path.abspath(base_path))
        for path in found:
            inside = base is not None and path.is_relative_to(base)
            name = path.relative_to(base).as_posix() if base is not None and inside else None
            if self.tracker is not None:
                self.tracker.log_artifact(path, name)
        return [str(path) for path in found]

    def log_code(self, root: str = ".", **options: Any) -> None:
        """Do nothing: the state of the code is kept with the environment of every run."""

    def watch(self, models: Any = None, *arguments: Any, **options: Any) -> None:
        """Do nothing: gradients are not logged by themselves."""
        _log.info("watch() keeps no gradients; log them with log({name: Histogram(gradient)})")

    def unwatch(self, models: Any = None) -> None:
        """Do nothing."""

    def alert(self, title: str, text: str, level: Any = None, wait_duration: Any = None) -> None:
        """Keep an alert as a text of the run."""
        _log.warning("%s: %s", title, text)
        if self.tracker is not None:
            self.tracker.log_text("alerts", f"{title}: {text}", self._step)

    # ------------------------------------------------------------------ ending

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run; one whose exit code is not 0 has failed."""
        if not self._is_finished and self.tracker is not None:
            if exit_code:
                self.tracker.set_status("failed")
            self.tracker.finish()
        self._is_finished = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.tracker is not None and not self._is_finished:
            self.tracker.__exit__(kind, error, trace)  # keeps the traceback
        self._is_finished = True

    # ------------------------------------------------------------------ keeping

    def _keep_config(self, changed: Mapping[str, Any]) -> None:
        if self.tracker is not None:
            self.tracker.log_hyperparameters({str(k): v for k, v in changed.items()})

    def _keep_summary(self, changed: Mapping[str, Any]) -> None:
        """Keep what a script says of the whole run as the last value of a metric."""
        if self.tracker is None:
            return
        for name, value in flat(changed):
            # A metric of that name keeps to what was logged of it.
            place = f"summary/{name}" if name in self._definitions.logged else name
            if is_number(value):
                self.tracker.log_metrics({place: value}, self._last)
            elif value is not None:
                keep(self.tracker, place, value, self._last)
