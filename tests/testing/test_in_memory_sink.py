"""The sink in memory does what every sink must do."""

from __future__ import annotations

import pytest

from neural.testing.in_memory_sink import InMemoryPlatform, InMemorySink
from neural.testing.sink_contract import RunSinkContract
from neural.tracking.sinks import RunSink, Tally, Target


class _Stage:
    tolerance = 0.0

    def __init__(self) -> None:
        self._platform = InMemoryPlatform()

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        return InMemorySink(self._platform, Target(dry_run=dry_run), tally)

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        run = self._platform.runs[run_id]
        return {name: [(s, v) for s, _, v in points] for name, points in run.points.items()}

    def times(self, run_id: str) -> list[float]:
        run = self._platform.runs[run_id]
        return [time for points in run.points.values() for _, time, _ in points]

    def runs(self) -> int:
        return len(self._platform.runs)


class TestInMemorySink(RunSinkContract):
    """The twin of every platform."""

    @pytest.fixture
    def stage(self) -> _Stage:
        """Return a platform that holds nothing."""
        return _Stage()
