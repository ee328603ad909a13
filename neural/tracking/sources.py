"""Runs that other trackers have written: what a source of them is, and which kinds there are.

A source is read where it lies. It is never written to, locked or unpickled, and what cannot be
read of it is listed with file, offset and reason.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from neural._clock import now
from neural._registry import Registry
from neural.errors import InvalidInputError, NotFoundError
from neural.tracking._source_tree import Folder, walk
from neural.tracking.records import Series

__all__ = [
    "Claim",
    "Detection",
    "Found",
    "MediaKind",
    "Place",
    "RunSource",
    "Skipped",
    "SourceFile",
    "SourceKind",
    "SourceMedia",
    "SourceRun",
    "Watch",
    "claims_in",
    "detect",
    "run_id_of",
    "sources",
]

#: Two changes that follow one another faster may have the same time, in seconds.
_TICK_S = 2.0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A place that holds runs, and the kind that reads them.

    Attributes:
        kind: Name in :data:`sources`.
        path: File or folder.
        root: What the names of its runs are relative to.
        why: What it was recognised by.
        opener: Makes the source from path and root.
    """

    kind: str
    path: Path
    root: Path
    why: str
    # Looking a kind up by its name takes longer than reading a small run.
    opener: Callable[[Path, Path], RunSource] = field(compare=False, repr=False)

    def open(self) -> RunSource:
        """Return the source; it has read nothing yet."""
        return self.opener(self.path, self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is below a path.

    Attributes:
        detections: Places that hold runs.
        skipped: What was not looked at, such as links that lead out.
    """

    detections: tuple[Detection, ...]
    skipped: tuple[Skipped, ...]


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


def detect(path: Path, *, kind: str | None = None) -> Found:
    """Return the places below ``path`` that hold runs of other trackers, told by their content.

    Args:
        path: A file or folder.
        kind: Only look for this kind. If it recognises nothing by itself, ``path`` is taken to
            be one.

    Raises:
        NotFoundError: There is nothing at ``path``.
        UnknownNameError: There is no such kind.
        InvalidInputError: ``path`` is neither a file nor a folder.
    """
    return Watch(path, kind=kind).look()


class Watch:
    """Looks for runs below a path time and again; what was found and lies still is not read again.

    Args:
        path: A file or folder.
        kind: See :func:`detect`.

    Raises:
        NotFoundError: There is nothing at ``path``.
        UnknownNameError: There is no such kind.
        InvalidInputError: ``path`` is neither a file nor a folder.
    """

    def __init__(self, path: Path, *, kind: str | None = None) -> None:
        if not path.exists():
            raise NotFoundError(f"There is nothing at {str(path)!r}")
        if not (path.is_dir() or path.is_file()):
            raise InvalidInputError(f"{str(path)!r} is neither a file nor a folder")
        self._given, self._path, self._kind = path, path.resolve(), kind
        self._root = self._path if self._path.is_dir() else self._path.parent
        names = [kind] if kind is not None else list(sources)
        kinds = ((name, sources.load(name)) for name in names)
        self._kinds = sorted(kinds, key=lambda pair: pair[1].rank)
        #: What is known of folders that belong to one run: how they looked, and what they are.
        self._known: dict[str, tuple[tuple[int, int], list[Detection]]] = {}
        self._found: list[Detection] = []

    def look(self) -> Found:
        """Return the places that hold runs now.

        Raises:
            NotFoundError: There is nothing at the path any more.
        """
        if not self._path.exists():
            raise NotFoundError(f"There is nothing at {str(self._given)!r}")
        self._found, skipped = [], list[Skipped]()
        looked_at = now()
        folders = walk(self._path, known=self._is_known)
        folder = next(folders, None)
        while folder is not None:
            skipped += (Skipped(path=str(p.path), reason=p.reason) for p in folder.problems)
            claims = claims_in(folder, self._kinds)
            made = [self._detection(name, claim) for name, claim in claims]
            self._found += made
            enter = _to_enter(folder, [claim for _, claim in claims])
            if not enter and not folder.problems and any(claim.whole for _, claim in claims):
                self._keep(folder.path, made, looked_at)
            try:
                folder = folders.send(enter)
            except StopIteration:
                break
        if self._kind is not None and not self._found:
            claim = Claim(path=self._path, why="as it was asked for")
            self._found.append(self._detection(self._kind, claim))
        return Found(detections=tuple(self._found), skipped=tuple(skipped))

    def _detection(self, name: str, claim: Claim) -> Detection:
        opener = next(kind.open for known, kind in self._kinds if known == name)
        return Detection(kind=name, path=claim.path, root=self._root, why=claim.why, opener=opener)

    def _keep(self, folder: Path, found: list[Detection], looked_at: float) -> None:
        """Remember a folder that is all of a run, unless it may still change unseen."""
        try:
            status = folder.stat()
        except OSError:
            return
        # A change in the same tick of the file system's clock would not show.
        if status.st_mtime < looked_at - _TICK_S:
            self._known[str(folder)] = (status.st_ino, status.st_mtime_ns), found

    def _is_known(self, entry: os.DirEntry[str]) -> bool:
        known = self._known.get(entry.path)
        if known is None:
            return False
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        if known[0] != (status.st_ino, status.st_mtime_ns):
            del self._known[entry.path]
            return False
        self._found += known[1]
        return True


def claims_in(folder: Folder, kinds: Sequence[tuple[str, SourceKind]]) -> list[tuple[str, Claim]]:
    """Return what the kinds recognise in a folder, by the names of the kinds."""
    claims: list[tuple[str, Claim]] = []
    taken: set[Path] = set()
    for name, kind in kinds:
        for claim in kind.recognise(folder):
            if claim.path not in taken:
                taken.add(claim.path)
                claims.append((name, claim))
                if claim.whole and claim.path == folder.path:
                    return claims
    return claims


def _to_enter(folder: Folder, claims: Sequence[Claim]) -> tuple[str, ...]:
    if any(claim.whole and claim.path == folder.path for claim in claims):
        return ()
    taken = {claim.path.name for claim in claims if claim.whole}
    return tuple(name for name in folder.folders if name not in taken)
