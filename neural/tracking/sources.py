"""Runs that other trackers have written: what a source of them is, and which kinds there are.

A source is read where it lies. It is never written to, locked or unpickled, and what cannot be
read of it is listed with file, offset and reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from neural._registry import Registry
from neural.tracking._source_tree import Folder
from neural.tracking.records import Series

__all__ = [
    "Claim",
    "MediaKind",
    "Place",
    "RunSource",
    "Skipped",
    "SourceFile",
    "SourceKind",
    "SourceMedia",
    "SourceRun",
    "run_id_of",
    "sources",
]

MediaKind = Literal["image", "text", "histogram", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something in a source that is not shown.

    Attributes:
        path: File or folder.
        reason: Why, as it reads after a colon.
        offset: Byte at which it begins; ``None`` where it is the whole file.
    """

    path: str
    reason: str
    offset: int | None = None

    def __str__(self) -> str:
        place = self.path if self.offset is None else f"{self.path}, byte {self.offset}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Bytes in a file of a source.

    Attributes:
        path: Relative to the place that the source reads, with ``/``.
        offset: First byte.
        size: How many; ``None`` is up to the end of the file.
    """

    path: str
    offset: int = 0
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """One run as another tracker describes it; its points are read apart.

    Attributes:
        source_id: Unique in its source.
        identity: What the run is known by wherever it lies: the tracker's own id where that is
            unique in the world, else its absolute path.
        name: As the other tracker shows it.
        experiment_name: What groups it there.
        status: One of our words, or the other tracker's own.
        path: File or folder it was read from.
        start_time: Seconds since the Unix epoch; ``None`` if not told.
        end_time: The same.
        params: As given, possibly nested.
        tags: Name to text.
        archived: Whether it was deleted or archived there.
        renamed: Metrics that are called otherwise here, and what they are called.
        remarks: What a reader of the run should know, a sentence each.
    """

    source_id: str
    identity: str
    name: str
    experiment_name: str
    status: str
    path: Path
    start_time: float | None = None
    end_time: float | None = None
    group: str | None = None
    parent: str | None = None
    host: str | None = None
    notes: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMedia:
    """An image, text, histogram or table by step.

    Attributes:
        key: Name it was logged under.
        kind: What it is.
        step: Zero-based.
        time: Seconds since the Unix epoch.
        value: The text, or the histogram or table as the store keeps it; ``None`` if it is read
            from ``place`` by :meth:`RunSource.load`.
        place: Where it lies.
        ending: Of images: ``".png"`` or the like.
    """

    key: str
    kind: MediaKind
    step: int
    time: float
    value: Any = None
    place: Place | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """An artifact: a file that was kept with the run.

    Attributes:
        name: Under which it is listed, with ``/``.
        place: Where it lies.
        size: In bytes.
    """

    name: str
    place: Place
    size: int


class RunSource(Protocol):
    """Runs in one place that another tracker has written, or still writes.

    A new source has read nothing. Each :meth:`refresh` reads what was added since the last; the
    other methods tell what was read so far and touch no file, :meth:`load` aside. No method
    changes, locks or executes anything in the place, and none raises for what it finds there:
    that is listed by :meth:`skipped`.
    """

    def refresh(self) -> bool:
        """Read what is new; returns whether anything was."""
        ...

    def runs(self) -> Sequence[SourceRun]:
        """Return the runs, in an order that does not change."""
        ...

    def series(self, source_id: str) -> Mapping[str, Series]:
        """Return the points of all metrics of a run in logging order, by name as shown here.

        No metric is called ``step`` or ``timestamp``.

        Raises:
            NotFoundError: There is no such run.
        """
        ...

    def media(self, source_id: str) -> Sequence[SourceMedia]:
        """Return images, texts, histograms and tables of a run in logging order.

        Raises:
            NotFoundError: There is no such run.
        """
        ...

    def files(self, source_id: str) -> Sequence[SourceFile]:
        """Return the artifacts of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        ...

    def load(self, place: Place) -> bytes:
        """Return the bytes at a place that this source has named.

        Raises:
            StorageError: They cannot be read any more.
        """
        ...

    def skipped(self) -> Sequence[Skipped]:
        """Return what was left out so far."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a kind recognises in a folder.

    Attributes:
        path: The file or folder to open.
        why: What it was recognised by.
        whole: The folders below belong to it: no kind looks for runs in them.
    """

    path: Path
    why: str
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """One kind of source.

    Attributes:
        title: As it is shown: ``"TensorBoard"``.
        rank: Kinds of low rank are asked first, and what they claim is theirs alone.
        recognise: Returns what it recognises in a folder, by content; never reads much.
        open: Returns the source of a claim's path; the second argument is the folder that the
            names of runs are relative to. Reads nothing yet.
    """

    title: str
    rank: int
    recognise: Callable[[Folder], Iterable[Claim]]
    open: Callable[[Path, Path], RunSource]


sources: Registry[SourceKind] = Registry(
    "kind of source",
    group="neural.sources",
    builtin={
        "csv": "neural.tracking.importers.csv_logs:KIND",
        "dvclive": "neural.tracking.importers.dvclive:KIND",
        "hf-trainer": "neural.tracking.importers.trainer_state:KIND",
        "jsonl": "neural.tracking.importers.json_lines:KIND",
        "mlflow": "neural.tracking.importers.mlflow_tree:KIND",
        "mlflow-db": "neural.tracking.importers.mlflow_database:KIND",
        "sacred": "neural.tracking.importers.sacred:KIND",
        "tensorboard": "neural.tracking.importers.tensorboard:KIND",
        "trackio": "neural.tracking.importers.trackio:KIND",
        "wandb": "neural.tracking.importers.wandb:KIND",
    },
)


def run_id_of(kind: str, run: SourceRun) -> str:
    """Return the id of a foreign run here: the same each time, 12 hex characters."""
    text = f"{kind}\0{run.identity}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:12]
