"""Where runs go: the port every platform fits, what it is given, and what came of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from neural._registry import Registry
from neural.tracking.records import Series

__all__ = [
    "PARTS",
    "ExportReport",
    "Medium",
    "Replayed",
    "RunEnd",
    "RunFile",
    "RunSink",
    "RunStart",
    "Stretch",
    "Tally",
    "Target",
    "replay",
    "sinks",
]


#: Parts of a run that an export may leave out; an archive always holds all of them.
PARTS = ("params", "metrics", "media", "artifacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What is known of a run beside its series and files; secrets are taken out already.

    Attributes:
        run_id: Our id; the platform's copy is found again by it.
        experiment_name: Groups runs.
        folder: Name of the run's directory, safe on every file system.
        title: Display name, or the name with the id.
        root: Directory of the run, for sinks that keep it as it is; ``None`` where there is none.
        start_time: Seconds since the Unix epoch; ``None`` if not recorded.
        params: Hyperparameters as given, possibly nested.
        tags: Name to text; a tag without text has ``""``.
        notes: Plain text or Markdown.
        facts: What else is said of it: group, repeat, parent, host, archived, pinned.
        goals: ``min`` or ``max`` by metric.
        environment: Machine, packages, code.
    """

    run_id: str
    experiment_name: str
    folder: str
    title: str
    root: Path | None = None
    start_time: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    goals: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Points of one metric that follow one another.

    Attributes:
        name: Metric, exactly as logged.
        series: Steps, times and values, in logging order.
    """

    name: str
    series: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """One image, text, histogram or table.

    Attributes:
        key: Under which it was logged.
        kind: ``image``, ``text``, ``histogram`` or ``table``.
        step: Zero-based.
        time: Seconds since the Unix epoch.
        value: The thing itself, where it has no file.
        path: Its file.
    """

    key: str
    kind: str
    step: int
    time: float
    value: Any = None
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """One file or directory that belongs to a run.

    Attributes:
        name: Name as it was given, any Unicode.
        path: Where it lies.
        kind: As of artifacts: ``model``, ``figure``, ``directory``, …
        size: In bytes.
        checksum: SHA-256 in hex; ``None`` where it is not known.
    """

    name: str
    path: Path
    kind: str
    size: int
    checksum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How far a run is.

    Attributes:
        status: As shown.
        end_time: Seconds since the Unix epoch; ``None`` while it runs.
    """

    status: str
    end_time: float | None = None


class RunSink(Protocol):
    """A platform, a file, a test double: anything that takes a run.

    Called in this order: ``start`` once; ``metrics``, ``medium`` and ``file`` any number of times;
    ``finish`` once, unless something raised; ``close`` always. A sink is given values and never
    changes the run. **It may be given a run again, whole or longer, after a fault too: what it
    holds already it counts as skipped**, so that twice leaves what once leaves. What it cannot
    hold it converts and tells its tally; one thing that fails is told there too and stops no
    other. Only a platform that takes nothing more raises.
    """

    def start(self, run: RunStart) -> None:
        """Open the platform's record of the run; find it again before one is made.

        Raises:
            ExportError: The platform cannot be reached, or refuses.
        """
        ...

    def metrics(self, stretch: Stretch) -> None:
        """Take points of one metric; those of one metric come in logging order."""
        ...

    def medium(self, medium: Medium) -> None:
        """Take an image, a text, a histogram or a table."""
        ...

    def file(self, file: RunFile) -> None:
        """Take a file or a directory."""
        ...

    def finish(self, end: RunEnd) -> None:
        """Say how far the run is; all that was taken is there when this returns."""
        ...

    def close(self) -> None:
        """Free what is held; what was not finished may be taken up by the next export."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What came of one run's export.

    Attributes:
        sent: Points, files and other things that the platform took now.
        skipped: Those it had already.
        converted: What it could not hold as it is, and what became of it, a sentence each.
        failed: What did not arrive, and why, a sentence each.
        url: Where the result is: an address, or a path.
    """

    sent: int = 0
    skipped: int = 0
    converted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    url: str | None = None


class Tally:
    """Counts what an export does; any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = 0
        self._skipped = 0
        self._converted: Counter[str] = Counter()
        self._failed: list[str] = []
        #: Where the result is, once that is known.
        self.url: str | None = None

    def sent(self, count: int = 1) -> None:
        """Count things that the platform took."""
        with self._lock:
            self._sent += count

    def skipped(self, count: int = 1) -> None:
        """Count things that it had already."""
        with self._lock:
            self._skipped += count

    def converted(self, what: str, count: int = 1) -> None:
        """Note a conversion; the same one again is counted, not repeated."""
        if count:
            with self._lock:
                self._converted[what] += int(count)

    def failed(self, what: str) -> None:
        """Note what did not arrive."""
        with self._lock:
            self._failed.append(what)

    def report(self) -> ExportReport:
        """Return what was counted so far."""
        with self._lock:
            converted = tuple(
                what if count == 1 else f"{what} ({count} times)"
                for what, count in self._converted.items()
            )
            return ExportReport(
                sent=self._sent,
                skipped=self._skipped,
                converted=converted,
                failed=tuple(self._failed),
                url=self.url,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an export goes.

    Attributes:
        place: Address, project or folder; ``None`` is the platform's own default.
        tags: Further tags for the copies.
        dry_run: Look up and count, but write nothing.
        options: What only one platform knows.
        without: Parts of the run that stay here, of :data:`PARTS`.
    """

    place: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


#: Every platform by name; other packages add theirs through the entry points ``neural.sinks``.
sinks: Registry[Callable[[Target, Tally], RunSink]] = Registry(
    "export platform",
    group="neural.sinks",
    builtin={
        "csv": "neural.tracking.exporters.files:CsvSink",
        "json": "neural.tracking.exporters.files:JsonSink",
        "mlflow": "neural.tracking.exporters.mlflow:MLflowSink",
        "parquet": "neural.tracking.exporters.files:ParquetSink",
        "tensorboard": "neural.tracking.exporters.tensorboard:TensorBoardSink",
        "wandb": "neural.tracking.exporters.wandb:WandbSink",
        "zip": "neural.tracking.exporters.archive:ZipSink",
    },
)


class Replayed(Protocol):
    """A stored run, read piece by piece."""

    #: Directory of the run.
    root: Path

    def start(self) -> RunStart:
        """Return what is known of it beside series and files."""
        ...

    def stretches(self) -> Iterator[Stretch]:
        """Yield its metrics."""
        ...

    def media(self) -> Iterator[Medium]:
        """Yield its images, texts, histograms and tables."""
        ...

    def files(self) -> Iterable[RunFile]:
        """Yield its artifacts and figures."""
        ...

    def end(self) -> RunEnd:
        """Return how far it was when the reading began."""
        ...


def replay(
    run: Replayed,
    sink: RunSink,
    *,
    without: Collection[str] = (),
    go_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Send a stored run to ``sink`` as if it were happening now.

    Args:
        run: The run.
        sink: Takes it.
        without: Parts that stay here, of :data:`PARTS`.
        go_on: Asked before each piece; false stops. The next export takes it up.

    Returns:
        Whether all of it went.

    Raises:
        ExportError: The platform cannot be reached, or refuses.
    """
    end = run.end()  # first: what is logged from now on is for the next export
    with _closing(sink):
        start = run.start()
        sink.start(replace(start, params={}) if "params" in without else start)
        for send in _pieces(run, sink, without):
            if not go_on():
                return False
            send()
        sink.finish(end)
    return True


def _pieces(run: Replayed, sink: RunSink, without: Collection[str]) -> Iterator[Callable[[], None]]:
    for stretch in () if "metrics" in without else run.stretches():
        yield lambda stretch=stretch: sink.metrics(stretch)  # type: ignore[misc]
    for medium in () if "media" in without else run.media():
        yield lambda medium=medium: sink.medium(medium)  # type: ignore[misc]
    for file in () if "artifacts" in without else run.files():
        yield lambda file=file: sink.file(file)  # type: ignore[misc]


@contextmanager
def _closing(sink: RunSink) -> Iterator[None]:
    try:
        yield
    finally:
        sink.close()
