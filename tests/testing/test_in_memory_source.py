"""The source in memory, held to the contract of sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from neural.testing.in_memory_source import InMemorySource
from neural.testing.run_source_contract import RunSourceContract
from neural.tracking.sources import RunSource


class MemoryStock:
    """Points put into memory."""

    kind = "memory"
    path: Path | None = None

    def __init__(self) -> None:
        self._source = InMemorySource()

    def open(self) -> RunSource:
        """Return the source; there is only one."""
        return self._source

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Add points."""
        for step, value in points:
            self._source.add("run", metric, step, value)


class TestInMemorySource(RunSourceContract):
    """The twin in memory."""

    @pytest.fixture
    def stock(self) -> MemoryStock:
        """Return points in memory."""
        return MemoryStock()
