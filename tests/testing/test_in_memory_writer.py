"""The twin in memory keeps the contract of the writers on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from neural.testing.in_memory_writer import InMemoryWriter
from neural.testing.metrics_writer_contract import MetricsWriterContract, OpenedWriter


class TestInMemoryWriter(MetricsWriterContract):
    """All of the contract."""

    @pytest.fixture
    def opened(self) -> OpenedWriter:
        """A writer whose disk is as small as a test asks."""
        writer = InMemoryWriter()

        @contextmanager
        def full(room: int) -> Iterator[None]:
            writer.capacity = len(writer.contents) + room
            yield
            writer.capacity = None

        return OpenedWriter(writer, lambda: writer.contents, full)
