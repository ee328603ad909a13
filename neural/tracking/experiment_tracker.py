"""One run: log it, keep it, continue it."""

from __future__ import annotations

import logging
import os
import socket
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from time import time
from types import MappingProxyType, TracebackType
from typing import Any, Self

import orjson

from neural._clock import to_iso
from neural._files import locked, write_json
from neural.errors import InvalidInputError, ReadOnlyError
from neural.tracking import lifecycle
from neural.tracking.artifact_store import ArtifactStore
from neural.tracking.faults import FaultReporter
from neural.tracking.file_keeper import FileKeeper
from neural.tracking.media_log import MediaLog
from neural.tracking.observers import Observers, check_observers
from neural.tracking.records import FINAL_STATUSES, Goal, RunStatus
from neural.tracking.run_view import RunView
from neural.tracking.storage.documents import annotate, find_run, read_object, update_object
from neural.tracking.storage.layout import FORMAT_VERSION, METADATA, RunPaths, folder_name, new_id
from neural.tracking.storage.metrics_format import encode_entry, end_of_entries
from neural.tracking.storage.metrics_log import Durability, MetricsLog, WriterKind
from neural.tracking.values import check_name, check_text, shown, to_numbers, to_param, to_step

__all__ = ["ID_VARIABLE", "ExperimentTracker"]

_log = logging.getLogger(__name__)

#: Set in the environment, it makes every process that creates a tracker join this one run.
ID_VARIABLE = "NEURAL_EXPERIMENT_ID"

#: Types that go to JSON as they are. bool is not one: it is logged as 0 or 1.
_PLAIN = frozenset({float, int})
#: Integers beyond 53 bits raise, and then take the slow and exact way.
_STRICT = orjson.OPT_STRICT_INTEGER

#: Entry ``liveness`` in metadata.json of a run that no process keeps alive.
_NO_LIVENESS = "none"

_ID_CHARACTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")


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

    Raises:
        InvalidInputError: An argument cannot be used; nothing has been written.
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
    _metrics_log: MetricsLog | None = None
    _append: Callable[[bytes, float], None] | None = None
    _written: Mapping[str, Any] = MappingProxyType({})
    _pid = 0

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
    ) -> None:
        if experiment_name is None:
            experiment_name = f"experiment_{datetime.now():%Y%m%d_%H%M%S}"
        name = check_name("experiment", experiment_name)
        marks = _tags(tags)
        shared_id = os.environ.get(ID_VARIABLE) if experiment_id is None else None
        run_id = _checked_id(experiment_id or shared_id or new_id())
        metadata = {
            "experiment_name": name,
            "experiment_id": run_id,
            "format_version": FORMAT_VERSION,
            "status": RunStatus.CREATED,
            "start_time": to_iso(time()),
            "end_time": None,
            "group": None if group is None else check_name("group", group),
            "repeat": None if repeat is None else to_step(repeat),
            "parent": None if parent is None else check_name("parent", parent),
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "attempts": [],
        }
        base = Path(base_dir)
        if experiment_id is not None and _existing(base, run_id):
            raise InvalidInputError(
                f"There is a run {run_id!r} in {base} already. To go on with it, use "
                f"ExperimentTracker.resume({run_id!r}, {str(base)!r})"
            )
        check_observers(system_metrics)
        with _one_at_a_time(base) if shared_id else nullcontext():
            found = _existing(base, run_id) if shared_id else None
            root = found or Path(os.path.abspath(base / folder_name(name, run_id)))
            self._begin(root, auto_visualize, writer=writer, durability=durability)
            if found is None:
                self._create(metadata)
            else:
                self._continue()
        if marks or notes:
            self._attempt("Tags and notes", annotate, root, tags=marks, notes=notes or None)
        self._observers.start(capture_output, system_metrics, capture_environment)

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
        """
        tracker = cls.__new__(cls)
        root = Path(os.path.abspath(find_run(Path(base_dir), experiment_id)))
        if only_detached and not _is_detached(read_object(root / METADATA)):
            raise InvalidInputError(
                f"Run {experiment_id!r} belongs to a program. To log to a run call by call, "
                "start one with: neural start NAME"
            )
        tracker._begin(root, auto_visualize, writer=writer, durability=durability)
        tracker._continue()
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
        tracker._begin(Path(run_dir), False, join=True)
        return tracker

    def __reduce__(self) -> tuple[Callable[[str], ExperimentTracker], tuple[str]]:
        """Pickle to the run's directory, so that spawned workers can log to the same run."""
        open_again = type(self).open_readonly if self._metrics_log is None else type(self)._join
        return open_again, (str(self._paths.root),)

    # ------------------------------------------------------------------ beginning

    def _begin(
        self,
        root: Path,
        auto_visualize: bool,
        *,
        writer: WriterKind = "auto",
        durability: Durability = "process",
        join: bool = False,
    ) -> None:
        RunView.__init__(self, root)
        self.auto_visualize = auto_visualize
        self._pid = os.getpid()
        self._faults = FaultReporter()
        self._written: dict[str, Any] = {}
        self._unwritten = False
        self._count_at_end: int | None = None
        this = weakref.ref(self)
        self._metrics_log = MetricsLog(
            root,
            faults=self._faults,
            kind=writer,
            durability=durability,
            join=join,
            prepare=lambda: _prepare(this()),
            opened=lambda: _opened(this()),
        )
        self._artifact_store = ArtifactStore(self._paths)
        self._media = MediaLog(self._paths)
        self._observers = Observers(self._paths, self._faults)
        self._device: int | None = None

    def _create(self, metadata: dict[str, Any]) -> None:
        self._written = metadata
        self._unwritten = True
        self._logging().open()  # first the lock, then metadata.json: it never looks crashed
        lifecycle.watch(self)

    def _continue(self) -> None:
        """Take a stored run over, or join the process that is writing it."""
        log = self._logging()
        if not log.open() or not log.owns_run:
            lifecycle.watch(self)
            return
        named = {"experiment_name": self.experiment_name, "experiment_id": self.experiment_id}
        self._written = named | read_object(self._paths.metadata)
        if self._is_detached:
            return
        attempt = {
            "start": to_iso(time()),
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "offsets": _offsets(self._paths),
        }
        self._set_metadata(
            format_version=FORMAT_VERSION,
            status=RunStatus.RUNNING,
            end_time=None,
            error=None,
            host=attempt["host"],
            pid=attempt["pid"],
            attempts=[*self._written.get("attempts", []), attempt],
        )
        lifecycle.watch(self)

    def _logging(self) -> MetricsLog:
        """Return the log, or say why there is none.

        Raises:
            ReadOnlyError: The tracker only reads.
        """
        if self._metrics_log is None:
            raise ReadOnlyError(
                f"This tracker only reads run {self.experiment_id!r}. To log to it, open it with "
                f"ExperimentTracker.resume({self.experiment_id!r}, {str(self.base_dir)!r})"
            )
        return self._metrics_log

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
                and (total := sum(values)) - total == 0  # not so with a NaN or an infinity
                and not ("step" in metrics or "timestamp" in metrics)
                else None
            )
        except (TypeError, AttributeError):  # orjson's own error is a TypeError
            data = None
        if data is None:  # an unusual value, or a mistake
            self._log_slowly(metrics, step)
            return
        append = self._append
        if append is None:
            append = self._start()
        append(data, now)

    def _log_slowly(self, metrics: Mapping[str, Any], step: Any) -> None:
        if step is None:
            log = self._logging()
            if self._append is None:
                self._start()
            with log.lock:  # nobody may add an entry between the count and the call
                self.log_metrics(metrics, log.count)
            return
        numbers = to_numbers(metrics)
        now = time()
        entry = encode_entry(now, to_step(step), numbers)
        append = self._append or self._start()
        append(entry, now)

    def _start(self) -> Callable[[bytes, float], None]:
        """Say at the first metric that the run is running."""
        log = self._logging()
        log.open()
        if self._owns_run and self._written.get("status") == RunStatus.CREATED:
            self._set_metadata(status=RunStatus.RUNNING)
        self._append = log.append
        return log.append

    def log_metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Log one value; see :meth:`log_metrics`."""
        self.log_metrics({name: value}, step)

    @property
    def dropped_points(self) -> int:
        """Log calls whose values are not on disk: lost, or waiting for a fault to end."""
        return 0 if self._metrics_log is None else self._metrics_log.dropped

    def log_hyperparameters(self, params: Mapping[str, Any]) -> None:
        """Merge ``params`` into the run's hyperparameters.

        Nested mappings are kept. What JSON cannot say is kept as its text.

        Raises:
            InvalidInputError: ``params`` is not a mapping, or a name cannot be kept.
        """
        self._logging()
        if not isinstance(params, Mapping):
            raise InvalidInputError(f"params must map names to values, got {shown(params)}")
        clean: dict[str, Any] = to_param("params", params)
        self._attempt(
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
        self._logging()
        if goal not in ("min", "max", None):
            raise InvalidInputError(f"goal must be 'min', 'max' or None, got {goal!r}")
        settings = {"goal": goal, "step_metric": step_metric}
        check_name("metric", name)
        self._attempt("Metric goals", annotate, self._paths.root, metrics={name: settings})

    def add_tags(self, *names: str, **texts: str) -> None:
        """Add tags: names alone, or names with a text each."""
        self._logging()
        marks = _tags(names) | _tags(texts)
        self._attempt("Tags", annotate, self._paths.root, tags=marks)

    def set_notes(self, notes: str) -> None:
        """Replace the run's notes: plain text or Markdown."""
        self._logging()
        self._attempt("Notes", annotate, self._paths.root, notes=check_text("notes", notes))

    # ------------------------------------------------------------------ ending

    @property
    def metadata(self) -> dict[str, Any]:
        """What metadata.json says: times, status, host, attempts."""
        if self._metrics_log is not None and self._written:
            return dict(self._written)
        return RunView.metadata.fget(self)  # type: ignore[attr-defined,no-any-return]

    def set_status(self, status: str) -> None:
        """Set the run's status; ``completed``, ``failed`` and ``cancelled`` also end it.

        Any other text is kept too. Only the process that owns the run sets its status.

        Raises:
            InvalidInputError: ``status`` is not a text or is empty.
        """
        log = self._logging()
        if not status or not isinstance(status, str):
            raise InvalidInputError(
                f"status must be a text such as 'completed', got {shown(status)}"
            )
        check_text("status", status)
        if not self._owns_run:
            _log.warning("Only the process that started run %s sets its status", self._paths.root)
            return
        ended = status in FINAL_STATUSES
        self._count_at_end = log.count if ended else None
        self._set_metadata(status=status, end_time=to_iso(time()) if ended else None)

    def save_experiment_summary(self) -> str:
        """Write summary.json: latest and best values, hyperparameters, artifacts.

        Returns:
            Its path.
        """
        self._logging()
        self._attempt("Summary", self._write_summary)
        return str(self._paths.summary)

    def _write_summary(self) -> None:
        write_json(self._paths.summary, self._summary())

    def generate_visualizations(self) -> dict[str, str]:
        """Draw the training curves under ``plots/``; returns name -> path."""
        self._logging()
        drawn = {}
        for stem, figure in self._overviews().items():
            path = self._attempt("Figure", self._save_figure, f"{stem}.png", figure.savefig)
            if path is not None:
                drawn[stem] = str(path)
        return drawn

    def finish(self, status: str = RunStatus.COMPLETED) -> None:
        """End the run: final status, summary and, with ``auto_visualize``, the figures.

        A final status that is set already stays. Values logged afterwards are kept, and move the
        end.

        Args:
            status: Final status.
        """
        self._logging()
        if self._owns_run and self._written.get("status") not in FINAL_STATUSES:
            self.set_status(status)
        if self.auto_visualize and self._owns_run:
            self.generate_visualizations()
        self._close()

    def detach(self) -> None:
        """Leave the run open, to be continued by later processes through :meth:`resume`.

        No process lives as long as such a run, so it counts as running until :meth:`finish`,
        whoever calls that.
        """
        log = self._logging()
        if self._owns_run and not self._is_detached:
            self._set_metadata(status=RunStatus.RUNNING, liveness=_NO_LIVENESS, end_time=None)
        self._observers.stop()
        log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._metrics_log is None:
            return
        ending = lifecycle.ending_of(error)
        if ending.error is None:
            self.finish()
        else:
            self._end(ending)

    def __del__(self) -> None:
        log = self._metrics_log
        if log is not None and log.is_open:
            self._end(lifecycle.ending_at_collection())

    def _end(self, ending: lifecycle.Ending) -> None:
        """Close the run as the process or a ``with`` block ends; draws nothing."""
        if self._pid != os.getpid():
            return
        open_end = self._owns_run and self._written.get("end_time") is None
        if open_end and not self._is_detached:
            stored = self._written.get("status")
            own = (RunStatus.CREATED, RunStatus.RUNNING)
            self._count_at_end = self._logging().count
            error = {} if ending.error is None else {"error": ending.error}
            status = ending.status if stored in own else stored
            self._set_metadata(status=status, end_time=to_iso(time()), **error)
        self._close()

    def _close(self) -> None:
        log = self._logging()
        self._observers.stop()
        ended = self._written.get("end_time") is not None
        if log.is_open and self._owns_run and (ended or not self._is_detached):
            if self._count_at_end not in (None, log.count):  # logged on after the end
                self._count_at_end = log.count
                self._set_metadata(end_time=to_iso(time()))
            self._attempt("Summary", self._write_summary)
        if self._unwritten:
            self._write_metadata()
        log.close()

    @property
    def _owns_run(self) -> bool:
        log = self._metrics_log
        return log is not None and self._pid == os.getpid() and bool(self._written)

    @property
    def _is_detached(self) -> bool:
        """Whether the run is driven from the command line, call by call, and so has no liveness."""
        return _is_detached(self._written)

    def _set_metadata(self, **changes: Any) -> None:
        self._written = {**self._written, **changes}
        self._unwritten = True
        self._write_metadata()

    def _write_metadata(self) -> None:
        if self._written and self._unwritten:
            try:
                write_json(self._paths.metadata, self._written)
                self._unwritten = False
            except OSError as exc:
                self._faults.report(f"{self._paths.metadata} cannot be written", exc)


def _is_detached(metadata: Mapping[str, Any]) -> bool:
    return metadata.get("liveness") == _NO_LIVENESS


def _prepare(tracker: ExperimentTracker | None) -> None:
    """Make the run directory, before its metrics file is opened or opened again.

    Raises:
        OSError: It cannot be made, or ``base_dir`` is on another device than it was: then a disk
            is missing, and what was written to its mount point would be hidden later.
    """
    if tracker is None:
        return
    root = tracker._paths.root
    if tracker._device is None:
        root.parent.mkdir(parents=True, exist_ok=True)
    device = root.parent.stat().st_dev
    if tracker._device not in (None, device):
        raise OSError(f"{root.parent} is on another device than before; is a disk missing?")
    tracker._device = device
    tracker._unwritten |= not root.exists()
    for folder in (root, *(root / name for name in ("artifacts", "plots", "versions"))):
        folder.mkdir(exist_ok=True)


def _opened(tracker: ExperimentTracker | None) -> None:
    """Write metadata.json now that this process is known to own the run, or leave it alone."""
    if tracker is None or not tracker._written:
        return
    if tracker._logging().owns_run:
        tracker._write_metadata()
    else:  # another process with the same id was first
        tracker._written = {}


def _one_at_a_time(base: Path) -> AbstractContextManager[None]:
    """Let processes that join one run find or create it one after the other."""
    with suppress(OSError):
        base.mkdir(parents=True, exist_ok=True)
        return locked(base)
    return nullcontext()


def _existing(base: Path, experiment_id: str) -> Path | None:
    try:
        return Path(os.path.abspath(find_run(base, experiment_id)))
    except LookupError:
        return None


def _checked_id(experiment_id: str) -> str:
    if not (0 < len(experiment_id) <= 64 and _ID_CHARACTERS.issuperset(experiment_id)):
        raise InvalidInputError(
            f"An id must be 1 to 64 letters, digits or '-', got {experiment_id!r}"
        )
    return experiment_id


def _tags(tags: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(tags, str):
        tags = (tags,)
    named = tags if isinstance(tags, Mapping) else dict.fromkeys(tags, "")
    return {check_name("tag", n): check_text(n, str(t)) for n, t in named.items()}


def _offsets(paths: RunPaths) -> dict[str, int]:
    """Return where each metrics file of the run ends now, by file name."""
    offsets = {}
    for path in paths.metrics_files():
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            offsets[path.name] = end_of_entries(handle)[0]
        finally:
            os.close(handle)
    return offsets
