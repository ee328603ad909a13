"""A source of runs that is kept in memory: the twin of those on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from neural.errors import NotFoundError, StorageError
from neural.tracking.importers.reading import ReadRun
from neural.tracking.records import Series
from neural.tracking.sources import Place, Skipped, SourceFile, SourceMedia, SourceRun

__all__ = ["InMemorySource"]


class InMemorySource:
    """Runs that a test adds; see :class:`~neural.tracking.sources.RunSource`."""

    def __init__(self) -> None:
        self._runs: dict[str, ReadRun] = {}
        self._waiting: list[tuple[str, str, int, float, float | int]] = []
        self.bytes: dict[str, bytes] = {}
        self.left_out: list[Skipped] = []

    def add(
        self, source_id: str, metric: str, step: int, value: float | int, time: float = 0.0
    ) -> None:
        """Write a point, which the next refresh reads."""
        self._waiting.append((source_id, metric, step, time, value))

    def add_media(self, source_id: str, media: SourceMedia) -> None:
        """Add an image, text, histogram or table of a run that was read."""
        self._find(source_id).add_media(media)

    def add_file(self, source_id: str, file: SourceFile) -> None:
        """Add an artifact of a run that was read."""
        self._find(source_id).files.append(file)

    def tell(self, source_id: str, **facts: object) -> None:
        """Change what is known of a run that was read."""
        self._find(source_id).tell(**facts)

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        waiting, self._waiting = self._waiting, []
        for source_id, metric, step, time, value in waiting:
            if source_id not in self._runs:
                self._runs[source_id] = ReadRun(_run(source_id))
            self._runs[source_id].metric(metric).add(step, time, value)
        return bool(waiting)

    def runs(self) -> Sequence[SourceRun]:
        """See :meth:`~neural.tracking.sources.RunSource.runs`."""
        return [run.remarked() for run in self._runs.values()]

    def series(self, source_id: str) -> Mapping[str, Series]:
        """See :meth:`~neural.tracking.sources.RunSource.series`."""
        return {name: points.series() for name, points in self._find(source_id).points.items()}

    def media(self, source_id: str) -> Sequence[SourceMedia]:
        """See :meth:`~neural.tracking.sources.RunSource.media`."""
        return list(self._find(source_id).media)

    def files(self, source_id: str) -> Sequence[SourceFile]:
        """See :meth:`~neural.tracking.sources.RunSource.files`."""
        return list(self._find(source_id).files)

    def load(self, place: Place) -> bytes:
        """See :meth:`~neural.tracking.sources.RunSource.load`."""
        if place.path not in self.bytes:
            raise StorageError(f"There is no {place.path!r} in memory")
        end = None if place.size is None else place.offset + place.size
        return self.bytes[place.path][place.offset : end]

    def skipped(self) -> Sequence[Skipped]:
        """See :meth:`~neural.tracking.sources.RunSource.skipped`."""
        return list(self.left_out)

    def _find(self, source_id: str) -> ReadRun:
        if source_id not in self._runs:
            raise NotFoundError(f"There is no run {source_id!r} in memory")
        return self._runs[source_id]


def _run(source_id: str) -> SourceRun:
    return SourceRun(
        source_id=source_id,
        identity=f"memory/{source_id}",
        name=source_id,
        experiment_name="memory",
        status="unknown",
        path=Path("memory") / source_id,
    )
