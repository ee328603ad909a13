"""Trackio's databases, held to the contract of sources."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from neural.testing.run_source_contract import FileSourceContract
from neural.tracking.importers.trackio import TrackioSource
from neural.tracking.sources import RunSource

_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class TrackioStock:
    """A project's database."""

    kind = "trackio"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._file = path / "digits.db"
        self.writer = sqlite3.connect(self._file)
        self.writer.executescript(
            """
            CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,
                run_name TEXT, step INTEGER, metrics BLOB);
            CREATE TABLE configs (run_id TEXT, run_name TEXT, config BLOB, created_at TEXT);
            INSERT INTO configs VALUES ('r1', 'dainty-sun', '{"lr": 0.5, "_Group": "g"}', '');
            """
        )

    def open(self) -> RunSource:
        """Return a source of the database."""
        return TrackioSource(self._file, self._file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Insert a row a point."""
        for step, value in points:
            said = json.dumps({metric: _WORDS.get(str(value), value)}).encode()
            row = ("r1", "2023-11-14T22:13:20", "dainty-sun", step, said)
            self.writer.execute(
                "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) "
                "VALUES (?, ?, ?, ?, ?)",
                row,
            )
        self.writer.commit()


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[TrackioStock]:
    """Return a database."""
    stock = TrackioStock(tmp_path)
    with closing(stock.writer):
        yield stock


class TestTrackioSource(FileSourceContract):
    """A project."""


def test_what_a_project_tells(stock: TrackioStock) -> None:
    """Runs by their names, configurations, times in UTC."""
    stock.put("loss", [(0, math.inf)])

    source = stock.open()
    source.refresh()

    (run,) = source.runs()
    assert (run.name, run.experiment_name, run.group) == ("dainty-sun", "digits", "g")
    assert (run.params, run.start_time) == ({"lr": 0.5}, 1.7e9)
