"""One run: log it, keep it, continue it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from math import isfinite
from pathlib import Path
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import orjson

from neural._files import write_json
from neural.errors import InvalidInputError
from neural.tracking import lifecycle
from neural.tracking.file_keeper import FileKeeper
from neural.tracking.mirror_process import check_backend, start_mirror
from neural.tracking.observers import Observers, check_observers
from neural.tracking.records import Goal
from neural.tracking.run_options import (
    check_status,
    checked_tags,
    continuable,
    existing_run,
    new_metadata,
    one_at_a_time,
)
from neural.tracking.run_view import RunView
from neural.tracking.run_writer import RunWriter, is_detached
from neural.tracking.storage.documents import annotate, find_run, read_object, update_object
from neural.tracking.storage.layout import folder_name
from neural.tracking.storage.metrics_choices import Durability, WriterKind
from neural.tracking.storage.metrics_format import encode_entry
from neural.tracking.storage.metrics_log import EXIT_PATIENCE_S
from neural.tracking.values import check_name, check_text, shown, to_numbers, to_param, to_step

if TYPE_CHECKING:
    from neural.tracking.artifact_store import ArtifactVersion
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.metric_plots import MetricVisualizer

__all__ = [
    "ID_VARIABLE",
    "ArtifactVersion",
    "ExperimentManager",
    "ExperimentTracker",
    "MetricVisualizer",
]

_log = logging.getLogger(__name__)

#: What the seed kept in this module and other modules hold here; imported on first use.
_LAZY = {
    "ArtifactVersion": "neural.tracking.artifact_store:ArtifactVersion",
    "ExperimentManager": "neural.tracking.experiment_manager:ExperimentManager",
    "MetricVisualizer": "neural.tracking.metric_plots:MetricVisualizer",
}

#: Set in the environment, it makes every process that creates a tracker join this one run.
ID_VARIABLE = "NEURAL_EXPERIMENT_ID"

#: Types that go to JSON as they are. bool is not one: it is logged as 0 or 1.
_PLAIN = frozenset({float, int})
#: Seconds that :meth:`ExperimentTracker.finish` waits for a disk that does not answer.
_FINISH_PATIENCE_S = 10.0

#: Integers beyond 53 bits raise, and then take the slow and exact way.
_STRICT = orjson.OPT_STRICT_INTEGER


class ExperimentTracker(FileKeeper):
    """One run: creates its directory and logs to it.

    Logging never raises because of a disk: such faults are warned about at most once a minute,
    and entries wait in memory until the fault is over. The caller's own mistakes raise.

    Args:
        experiment_name: Groups runs; any Unicode. ``None`` is ``experiment_<date>_<time>``.
        base_dir: Folder that holds all runs.
        auto_visualize: Draw the training curves at :meth:`finish`.
        experiment_id: Id for the run: letters, digits and ``-``. ``None`` makes one, or takes the
            one in ``NEURAL_EXPERIMENT_ID``: then all processes that have it join one run.
        tags: Names, or names with a text each.
        notes: Plain text or Markdown.
        group: Name that puts runs together, such as one configuration over several seeds.
        repeat: Number of the repetition within the group, often the seed.
        parent: Id of the run this one belongs to.
        capture_output: Keep what the process prints, under ``logs/``.
        system_metrics: Sample CPU, memory, disk, network and GPUs beside the run.
        capture_environment: Keep Python, packages, host and the state of the code, redacted, in
            environment.json; it is gathered off the calling thread.
        writer: ``"auto"`` maps metrics.json into memory where that is safe. ``"pwrite"`` is for
            folders in which other programs may edit the files.
        durability: What a returned call survives: the death of the process (``"process"``), or
            also a power loss up to about a second before (``"interval"``) or wholly (``"step"``).
        backend: Platforms that get the run while it is written: ``"mlflow"``, ``"wandb"``,
            ``"tensorboard"``, or several. A process of its own sends it, from the run's files.

    Raises:
        InvalidInputError: An argument cannot be used; nothing has been written.
        UnknownNameError: There is no such platform; nothing has been written.
        MissingExtraError: ``system_metrics`` needs a package that is not installed.

    Example:
        >>> import tempfile
        >>> with ExperimentTracker("demo", tempfile.mkdtemp(), auto_visualize=False) as tracker:
        ...     for step in range(3):
        ...         tracker.log_metrics({"loss": 1 / (step + 1)}, step=step)
        >>> tracker.get_best_metric("loss")
        (0.3333333333, 2)
    """

    # A tracker that only reads has just these.
    _writer: RunWriter | None = None
    _append: Callable[[bytes, float], None] | None = None

    def __init__(
        self,
        experiment_name: str | None = None,
        base_dir: str | os.PathLike[str] = "neural_experiments",
        auto_visualize: bool = True,
        *,
        experiment_id: str | None = None,
        tags: Sequence[str] | Mapping[str, str] = (),
        notes: str = "",
        group: str | None = None,
        repeat: int | None = None,
        parent: str | None = None,
        capture_output: bool = False,
        system_metrics: bool = False,
        capture_environment: bool = True,
        writer: WriterKind = "auto",
        durability: Durability = "process",
        backend: str | Sequence[str] | None = None,
    ) -> None:
        platforms = check_backend(backend)
        shared_id = (os.environ.get(ID_VARIABLE) or None) if experiment_id is None else None
        wanted_id = shared_id if experiment_id is None else experiment_id
        metadata = new_metadata(
            experiment_name, wanted_id, group=group, repeat=repeat, parent=parent
        )
        name, run_id = metadata["experiment_name"], metadata["experiment_id"]
        marks, text = checked_tags(tags), check_text("notes", notes)
        base = Path(base_dir)
        if experiment_id is not None and existing_run(base, run_id):
            raise InvalidInputError(
                f"There is a run {run_id!r} in {base} already. To go on with it, use "
                f"ExperimentTracker.resume({run_id!r}, {str(base)!r})"
            )
        check_observers(system_metrics)
        with one_at_a_time(base) if shared_id else nullcontext():
            found = existing_run(base, run_id) if shared_id else None
            root = found or Path(os.path.abspath(base / folder_name(name, run_id)))
            created = metadata if found is None else None
            run = RunWriter(root, created=created, kind=writer, durability=durability)
            self._begin(run, auto_visualize)
        if marks or text:
            run.attempt("Tags and notes", annotate, root, tags=marks, notes=text or None)
        # One process describes the run for all that join it.
        self._observers.start(capture_output, system_metrics, capture_environment and run.owns_run)
        if platforms and run.owns_run:
            run.attempt("Mirror", start_mirror, root, run_id, platforms)

    @classmethod
    def resume(
        cls,
        experiment_id: str,
        base_dir: str | os.PathLike[str] = "neural_experiments",
        auto_visualize: bool = True,
        *,
        capture_output: bool = False,
        system_metrics: bool = False,
        capture_environment: bool = False,
        writer: WriterKind = "auto",
        durability: Durability = "process",
        only_detached: bool = False,
    ) -> Self:
        """Continue a stored run: same files, a further attempt.

        Late, repeated and out-of-order steps are all kept. Charts hide the earlier points of a
        metric from the first step on that the new attempt logs. A run that another process is
        writing right now is joined instead.

        Args:
            experiment_id: Exact id of the run.
            base_dir: Folder that holds it.
            auto_visualize: Draw the training curves at :meth:`finish`.
            capture_output: Keep what the process prints, under ``logs/``.
            system_metrics: Sample the machine beside the run.
            capture_environment: Replace environment.json by what holds now.
            writer: As in the constructor.
            durability: As in the constructor.
            only_detached: Refuse a run that belongs to a program; see :meth:`detach`.

        Raises:
            NotFoundError: There is no such run.
            InvalidInputError: ``only_detached``, and the run was not detached.
            StorageError: A later version of this package wrote it.
        """
        tracker = cls.__new__(cls)
        root = Path(os.path.abspath(find_run(Path(base_dir), experiment_id)))
        stored = continuable(experiment_id, root)
        if only_detached and not is_detached(stored):
            raise InvalidInputError(
                f"Run {experiment_id!r} belongs to a program. To log to a run call by call, "
                "start one with: neural start NAME"
            )
        tracker._begin(RunWriter(root, kind=writer, durability=durability), auto_visualize)
        tracker._observers.start(capture_output, system_metrics, capture_environment)
        return tracker

    @classmethod
    def open_readonly(cls, run_dir: str | os.PathLike[str]) -> Self:
        """Return a tracker that only reads the run at ``run_dir``; its ``log_*`` raise."""
        tracker = cls.__new__(cls)
        RunView.__init__(tracker, Path(run_dir))
        return tracker

    @classmethod
    def _join(cls, run_dir: str) -> Self:
        """Return a tracker that adds a metrics file of its own and never ends the run."""
        tracker = cls.__new__(cls)
        tracker._begin(RunWriter(Path(run_dir), join=True), False, open_now=False)
        return tracker

    def __reduce__(self) -> tuple[Callable[[str], ExperimentTracker], tuple[str]]:
        """Pickle to the run's directory, so that spawned workers can log to the same run."""
        open_again = type(self).open_readonly if self._writer is None else type(self)._join
        return open_again, (str(self._paths.root),)

    # ------------------------------------------------------------------ beginning

    def _begin(self, run: RunWriter, auto_visualize: bool, *, open_now: bool = True) -> None:
        RunView.__init__(self, run.paths.root)
        self.auto_visualize = auto_visualize
        self._writer = run
        self._observers = Observers(self._paths, run.faults)
        if open_now:
            run.log.open()  # first the lock, then metadata.json: it never looks crashed
        lifecycle.watch(self)

    # ------------------------------------------------------------------ logging

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log the values of some metrics at one step.

        Values may be Python, numpy, torch, JAX or TensorFlow scalars, bools (kept as 0 and 1) or
        ``Decimal``. NaN and infinities are kept. When this returns, the values survive the death
        of the process.

        Args:
            metrics: Name to value. ``step`` and ``timestamp`` are not possible as names.
            step: Zero-based, in any order, also repeated. ``None`` is the number of entries so far.

        Raises:
            MetricValueError: A value is not a number; the message names the metric.
            InvalidInputError: A name cannot be used.
            ReadOnlyError: The tracker only reads.
        """
        now = time()
        try:
            values = metrics.values()
            data = (
                orjson.dumps({"timestamp": now, "step": step, **metrics}, None, _STRICT)
                if type(step) is int
                and _PLAIN.issuperset(map(type, values))
                and isfinite(sum(values))  # not so with a NaN or an infinity among them
                and not ("step" in metrics or "timestamp" in metrics)
                else None
            )
        except (TypeError, AttributeError, OverflowError):
            data = None  # orjson's error is a TypeError; an int may be too large for the sum
        if data is None:  # an unusual value, or a mistake
            self._log_slowly(metrics, step)
            return
        append = self._append
        if append is None:
            append = self._start()
        append(data, now)

    def _log_slowly(self, metrics: Mapping[str, Any], step: Any) -> None:
        if step is None:
            log = self._writing().log
            if self._append is None:
                metrics = to_numbers(metrics)  # a mistake does not start the run
                self._start()
            with log.lock:  # nobody may add an entry between the count and the call
                self.log_metrics(metrics, log.next_step)
            return
        numbers = to_numbers(metrics)
        now = time()
        entry = encode_entry(now, to_step(step), numbers)
        append = self._append or self._start()
        append(entry, now)

    def _start(self) -> Callable[[bytes, float], None]:
        run = self._writing()
        run.start()
        self._append = run.log.append
        return self._append

    def log_metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Log one value; see :meth:`log_metrics`."""
        self.log_metrics({name: value}, step)

    @property
    def dropped_points(self) -> int:
        """Log calls whose values are not on disk: lost, or waiting for a fault to end."""
        return 0 if self._writer is None else self._writer.log.dropped

    def log_hyperparameters(self, params: Mapping[str, Any]) -> None:
        """Merge ``params`` into the run's hyperparameters.

        Nested mappings are kept. What JSON cannot say is kept as its text.

        Raises:
            InvalidInputError: ``params`` is not a mapping, or a name cannot be kept.
        """
        run = self._writing()
        if not isinstance(params, Mapping):
            raise InvalidInputError(f"params must map names to values, got {shown(params)}")
        clean: dict[str, Any] = to_param("params", params)
        run.attempt(
            "Hyperparameters",
            update_object,
            self._paths.hyperparameters,
            lambda stored: stored.update(clean),
        )

    def define_metric(
        self, name: str, *, goal: Goal | None = None, step_metric: str | None = None
    ) -> None:
        """Say which direction of a metric is better, and what it is drawn over.

        Args:
            name: Metric.
            goal: ``"min"`` or ``"max"``; ``None`` leaves it to the name.
            step_metric: Metric for the x axis; ``None`` is the step.

        Raises:
            InvalidInputError: ``goal`` is something else.
        """
        run = self._writing()
        if goal not in ("min", "max", None):
            raise InvalidInputError(f"goal must be 'min', 'max' or None, got {goal!r}")
        if step_metric is not None:
            check_name("metric", step_metric)
        settings = {"goal": goal, "step_metric": step_metric}
        check_name("metric", name)
        run.attempt("Metric goals", annotate, self._paths.root, metrics={name: settings})

    def add_tags(self, *names: str, **texts: str) -> None:
        """Add tags: names alone, or names with a text each."""
        marks = checked_tags(names) | checked_tags(texts)
        self._writing().attempt("Tags", annotate, self._paths.root, tags=marks)

    def set_notes(self, notes: str) -> None:
        """Replace the run's notes: plain text or Markdown."""
        text = check_text("notes", notes)
        self._writing().attempt("Notes", annotate, self._paths.root, notes=text)

    # ------------------------------------------------------------------ ending

    @property
    def metadata(self) -> dict[str, Any]:
        """What metadata.json says: times, status, host, attempts."""
        if self._writer is not None and self._writer.owns_run:
            return dict(self._writer.metadata)
        return read_object(self._paths.metadata)

    def set_status(self, status: str) -> None:
        """Set the run's status; ``completed``, ``failed`` and ``cancelled`` also end it.

        Any other text is kept too. Only the process that owns the run sets its status.

        Raises:
            InvalidInputError: ``status`` is not a text or is empty.
        """
        run = self._writing()
        check_status(status)
        if not run.set_status(status):
            _log.warning("Only the process that owns run %s sets its status", self._paths.root)

    def save_experiment_summary(self) -> str:
        """Write summary.json: latest and best values, hyperparameters, artifacts.

        Returns:
            Its path.
        """
        self._writing().attempt("Summary", self._write_summary)
        return str(self._paths.summary)

    def _write_summary(self) -> None:
        write_json(self._paths.summary, self._summary())

    def generate_visualizations(self) -> dict[str, str]:
        """Draw the training curves under ``plots/``; returns name -> path."""
        run = self._writing()
        drawn = {}
        for stem, figure in self._overviews().items():
            path = run.attempt("Figure", self._save_figure, f"{stem}.png", figure.savefig)
            if path is not None:
                drawn[stem] = str(path)
        return drawn

    def finish(self, status: str = "completed") -> None:
        """End the run: final status, summary and, with ``auto_visualize``, the figures.

        A final status that is set already stays. Values logged afterwards are kept, and move the
        end.

        Args:
            status: Final status; any text.

        Raises:
            InvalidInputError: ``status`` is not a text or is empty.
        """
        run = self._writing()
        check_status(status)
        if run.owns_run and not run.has_ended:
            run.set_status(status, ends=True)
        if self.auto_visualize and run.owns_run:
            try:
                self.generate_visualizations()
            except Exception:  # noqa: BLE001  # whatever matplotlib cannot draw, the run ends
                _log.exception("The figures of run %s could not be drawn", self._paths.root)
        self._close(_FINISH_PATIENCE_S)

    def detach(self) -> None:
        """Leave the run open, to be continued by later processes through :meth:`resume`.

        No process lives as long as such a run, so it counts as running until :meth:`finish`,
        whoever calls that.
        """
        run = self._writing()
        self._observers.stop()
        run.detach()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is None:
            return
        ending = lifecycle.ending_of(error)
        if ending.error is None:
            self.finish()
        else:
            self._end(ending)

    def __del__(self) -> None:
        run = self._writer
        if run is not None and run.log.is_open:
            self._end(lifecycle.ending_at_collection())

    def _end(self, ending: lifecycle.Ending) -> None:
        """Close the run as the process or a ``with`` block ends; draws nothing."""
        run = self._writing()
        if run.is_home:
            run.end(ending)
            self._close()

    def _close(self, patience_s: float = EXIT_PATIENCE_S) -> None:
        run = self._writing()
        self._observers.stop()
        if run.log.is_open and run.owns_run and run.has_ended:
            run.attempt("Summary", self._write_summary)
        run.close(patience_s)


def __getattr__(name: str) -> Any:
    """Return one of the classes that other modules hold."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pkgutil

    return pkgutil.resolve_name(_LAZY[name])
