"""What readers share: points in little memory, names that do not clash, what is left out."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import gt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.errors import NotFoundError, StorageError
from neural.tracking._source_tree import open_below
from neural.tracking.records import Series
from neural.tracking.sources import Place, Skipped, SourceFile, SourceMedia, SourceRun

__all__ = [
    "MOST_MEDIA_BYTES",
    "MOST_METRICS",
    "Points",
    "ReadRun",
    "Skips",
    "SourceBase",
    "load_place",
]

#: Entries of metrics.json use these names for themselves.
_OUR_NAMES = ("step", "timestamp")
_EXACT = 2**53
#: So many numbers are gone through faster in Python than made an array of.
_FEW = 100
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
#: More than this of one source is counted only.
_MOST_SKIPS = 200
#: A run with more metrics is not read on: a damaged file can name millions.
MOST_METRICS = 20_000
_MOST_MEDIA = 200_000
#: An image or text that is larger is left out.
MOST_MEDIA_BYTES = 64 << 20


class Points:
    """The points of one metric in logging order: 24 bytes each."""

    __slots__ = ("_large", "step", "time", "value")

    def __init__(self) -> None:
        self.step = array("q")
        self.time = array("d")
        self.value = array("d")
        self._large: dict[int, int] = {}  # integers that no float64 is, by position

    def __len__(self) -> int:
        return len(self.step)

    def add(self, step: int, time: float, value: float | int) -> None:
        """Add a point; an integer of any size is kept exactly."""
        if type(value) is int and not -_EXACT <= value <= _EXACT:
            self._large[len(self.step)] = value
            value = _nearest(value)
        self.step.append(step)
        self.time.append(time)
        self.value.append(value)

    def append(self, step: list[int], time: list[float], value: list[float]) -> None:
        """Add many points, three lists of one length.

        Raises:
            OverflowError: A step does not fit into 64 bits; nothing is added then.
        """
        steps = array("q", step)
        self.step.extend(steps)
        self.time.extend(time)
        self.value.extend(value)

    def extend(
        self, step: NDArray[np.int64], time: NDArray[np.float64], value: NDArray[np.float64]
    ) -> None:
        """Add many points, three arrays of shape ``(T,)``."""
        self.step.frombytes(np.ascontiguousarray(step, np.int64).tobytes())
        self.time.frombytes(np.ascontiguousarray(time, np.float64).tobytes())
        self.value.frombytes(np.ascontiguousarray(value, np.float64).tobytes())

    def series(self) -> Series:
        """Return a copy of the points."""
        value: NDArray[Any] = np.array(self.value, dtype=np.float64)
        if self._large:
            value = value.astype(object)
            for at, exact in self._large.items():
                value[at] = exact
        return Series(np.array(self.step, np.int64), np.array(self.time, np.float64), value)

    def steps_back(self) -> int:
        """Return how often a step is smaller than the one before it."""
        if len(self.step) <= _FEW:
            return sum(map(gt, self.step, self.step[1:]))
        return int((np.diff(np.array(self.step, np.int64)) < 0).sum())


def _nearest(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


@dataclass
class Skips:
    """What a source leaves out; beyond some hundred, only how much."""

    listed: list[Skipped] = field(default_factory=list)
    more: int = 0

    def add(self, path: object, reason: str, offset: int | None = None) -> None:
        """Note one thing that is left out."""
        if len(self.listed) < _MOST_SKIPS:
            self.listed.append(Skipped(path=str(path), reason=reason, offset=offset))
        else:
            self.more += 1

    def all(self) -> list[Skipped]:
        """Return the notes, and how many more there are."""
        if not self.more:
            return list(self.listed)
        last = Skipped(path=self.listed[-1].path, reason=f"and {self.more} more like these")
        return [*self.listed, last]


class ReadRun:
    """A run while it is being read.

    Args:
        about: What is known of it; replaced as more is read.
    """

    def __init__(self, about: SourceRun) -> None:
        self.about = about
        self.media: list[SourceMedia] = []
        self.files: list[SourceFile] = []
        self.points: dict[str, Points] = {}
        self._shown: dict[str, str] = {}  # names of the source that are others here

    def tell(self, **facts: Any) -> None:
        """Change what is known of the run; ``None`` changes nothing."""
        self.about = replace(self.about, **{k: v for k, v in facts.items() if v is not None})

    def metric(self, name: str) -> Points:
        """Return the points of a metric by its name in the source.

        A name that the store uses for itself, or cannot keep, becomes another one, and the run
        says so.

        Raises:
            ValueError: There are too many metrics.
        """
        found = self.points.get(self._shown.get(name, name))
        if found is None:
            if len(self.points) >= MOST_METRICS:
                raise ValueError(f"there are more than {MOST_METRICS:,} metrics")
            found = self.points[self._name(name)] = Points()
        return found

    def _name(self, name: str) -> str:
        shown = name.encode("utf-8", "replace").decode() or "unnamed"
        if shown in _OUR_NAMES:
            shown = f"source_{shown}"
        while shown != name and shown in self.points:
            shown += "_"
        if shown != name:
            self._shown[name] = shown
            self.about = replace(self.about, renamed={**self.about.renamed, name: shown})
        return shown

    def add_media(self, media: SourceMedia) -> None:
        """Add an image, text, histogram or table.

        Raises:
            ValueError: There are too many.
        """
        if len(self.media) >= _MOST_MEDIA:
            raise ValueError(f"there are more than {_MOST_MEDIA:,} images, texts and histograms")
        self.media.append(media)

    def remarked(self) -> SourceRun:
        """Return what is known of the run, with what its points tell."""
        back = {name: n for name, p in self.points.items() if (n := p.steps_back())}
        remarks = [
            f"{name!r} is called {shown!r} here, because the store uses that name itself"
            if name in _OUR_NAMES
            else f"{name!r} is called {shown!r} here"
            for name, shown in self.about.renamed.items()
        ]
        if back:
            name, times = next(iter(back.items()))
            of = f"{name!r}" if len(back) == 1 else f"{name!r} and {len(back) - 1} more metrics"
            often = "once" if times == 1 else f"{times} times"
            remarks.append(f"The steps of {of} go back {often}, as after a restart; all are kept")
        if not remarks:
            return self.about
        return replace(self.about, remarks=(*self.about.remarks, *remarks))


class SourceBase:
    """What every reader can do with runs that it has read; see ``RunSource``.

    Args:
        folder: Folder that :class:`~neural.tracking.sources.Place` paths are relative to.
    """

    def __init__(self, folder: os.PathLike[str]) -> None:
        self._folder = folder
        self._runs: dict[str, ReadRun] = {}
        self._skips = Skips()

    def runs(self) -> Sequence[SourceRun]:
        """See :meth:`~neural.tracking.sources.RunSource.runs`."""
        return [run.remarked() for run in self._runs.values()]

    def series(self, source_id: str) -> Mapping[str, Series]:
        """See :meth:`~neural.tracking.sources.RunSource.series`."""
        return {n: p.series() for n, p in self._run(source_id).points.items() if len(p)}

    def media(self, source_id: str) -> Sequence[SourceMedia]:
        """See :meth:`~neural.tracking.sources.RunSource.media`."""
        return list(self._run(source_id).media)

    def files(self, source_id: str) -> Sequence[SourceFile]:
        """See :meth:`~neural.tracking.sources.RunSource.files`."""
        return list(self._run(source_id).files)

    def load(self, place: Place) -> bytes:
        """See :meth:`~neural.tracking.sources.RunSource.load`."""
        return load_place(self._folder, place)

    def skipped(self) -> Sequence[Skipped]:
        """See :meth:`~neural.tracking.sources.RunSource.skipped`."""
        return self._skips.all()

    def _run(self, source_id: str) -> ReadRun:
        try:
            return self._runs[source_id]
        except KeyError:
            raise NotFoundError(f"There is no run {source_id!r} in {self._folder}") from None

    def _try(self, path: object, action: Callable[[], bool]) -> bool:
        """Do something with a file; what cannot be done is listed."""
        try:
            return action()
        except (OSError, ValueError, OverflowError, RecursionError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            self._skips.add(path, f"it cannot be read: {reason or type(exc).__name__}")
            return False


def load_place(folder: os.PathLike[str], place: Place) -> bytes:
    """Return the bytes at a place below ``folder``.

    Raises:
        StorageError: They cannot be read, or are more than :data:`MOST_MEDIA_BYTES`.
    """
    from pathlib import Path

    try:
        handle, found = open_below(Path(folder), place.path)
        with open(handle, "rb", buffering=0) as file:
            size = found.st_size - place.offset if place.size is None else place.size
            if not 0 <= size <= MOST_MEDIA_BYTES:
                raise ValueError(f"{size:,} bytes are too many")
            file.seek(place.offset)
            return file.read(size) or b""
    except (OSError, ValueError) as exc:
        raise StorageError(f"{Path(folder) / place.path} cannot be read: {exc}") from exc
