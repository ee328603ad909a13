"""A platform in memory: what a sink must do, with nothing between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from neural.tracking.exporters.naming import flat_params
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target

__all__ = ["InMemoryPlatform", "InMemorySink", "KeptRun"]


@dataclass(kw_only=True)
class KeptRun:
    """The platform's copy of a run; points are ``(step, time, value)``."""

    start: RunStart
    end: RunEnd | None = None
    params: dict[str, Any] = field(default_factory=dict)
    points: dict[str, list[tuple[int, float, Any]]] = field(default_factory=dict)
    media: list[Medium] = field(default_factory=list)
    files: dict[str, RunFile] = field(default_factory=dict)


class InMemoryPlatform:
    """Keeps runs by id."""

    def __init__(self) -> None:
        self.runs: dict[str, KeptRun] = {}


class InMemorySink:
    """Sends runs to an :class:`InMemoryPlatform`; it holds everything as it is.

    Args:
        platform: Where they go.
        target: Only ``dry_run`` counts.
        tally: Told what is done.
    """

    def __init__(self, platform: InMemoryPlatform, target: Target, tally: Tally) -> None:
        self._platform = platform
        self._writes = not target.dry_run
        self._tally = tally

    def start(self, run: RunStart) -> None:
        """Find the copy again, or make one."""
        self._run = self._platform.runs.get(run.run_id) or KeptRun(start=run)
        if self._writes:
            self._platform.runs[run.run_id] = self._run
            self._run.params = flat_params(run.params)
        self._seen: dict[str, int] = {}
        self._media = 0
        self._tally.url = f"memory:{run.run_id}"

    def metrics(self, stretch: Stretch) -> None:
        """Keep the points that are not there yet."""
        points = list(zip(*(column.tolist() for column in stretch.series), strict=True))
        seen = self._seen.get(stretch.name, 0)
        self._seen[stretch.name] = seen + len(points)
        kept = self._run.points.get(stretch.name, [])
        new = points[max(0, len(kept) - seen) :]
        self._tally.skipped(len(points) - len(new))
        self._tally.sent(len(new))
        if self._writes:
            self._run.points[stretch.name] = kept + new

    def medium(self, medium: Medium) -> None:
        """Keep it, unless it is there."""
        self._media += 1
        if self._media <= len(self._run.media):
            self._tally.skipped()
            return
        self._tally.sent()
        if self._writes:
            self._run.media.append(medium)

    def file(self, file: RunFile) -> None:
        """Keep it, unless it is there."""
        if self._run.files.get(file.name) == file:
            self._tally.skipped()
            return
        self._tally.sent()
        if self._writes:
            self._run.files[file.name] = file

    def finish(self, end: RunEnd) -> None:
        """Keep how far the run is."""
        if self._writes:
            self._run.end = end

    def close(self) -> None:
        """Nothing is held."""
