"""Both stores of runs, held to one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural.testing.in_memory_run_store import InMemoryRunStore
from neural.testing.run_store_contract import RunStoreContract
from neural.tracking import ExperimentTracker
from neural.tracking.records import RunRecord
from neural.tracking.storage.port import RunStore
from neural.tracking.storage.run_store import LocalRunStore


class MemoryStock:
    """Runs put into memory."""

    def __init__(self) -> None:
        self.memory = InMemoryRunStore()
        self.store: RunStore = self.memory

    def add(
        self, name: str, values: dict[str, list[Any]], *, params: dict[str, Any], ended: bool
    ) -> str:
        """Keep a record and its entries."""
        number = self.memory._revision
        record = RunRecord(
            experiment_id=f"{number:012x}",
            experiment_name=name,
            folder=f"run_{number:012x}",
            status="completed" if ended else "running",
            stored_status="completed" if ended else "running",
            alive=not ended,
            start_time=1000.0 + number,
            params=params,
        )
        steps = range(max(map(len, values.values()), default=0))
        columns = [
            {name: column[step] for name, column in values.items() if step < len(column)}
            for step in steps
        ]
        entries = [{"timestamp": float(i), "step": i, **found} for i, found in enumerate(columns)]
        self.memory.add(record, entries)
        return record.experiment_id

    def log(self, experiment_id: str, step: int, values: dict[str, Any]) -> None:
        """Keep one more entry."""
        self.memory.log(experiment_id, {"timestamp": 100.0, "step": step, **values})


class LocalStock:
    """Runs logged to a folder by trackers."""

    def __init__(self, base_dir: Path) -> None:
        self.store: RunStore = LocalRunStore(base_dir)
        self._base_dir = base_dir
        self.trackers: dict[str, ExperimentTracker] = {}

    def add(
        self, name: str, values: dict[str, list[Any]], *, params: dict[str, Any], ended: bool
    ) -> str:
        """Log a run."""
        tracker = ExperimentTracker(
            name, self._base_dir, auto_visualize=False, capture_environment=False
        )
        self.trackers[tracker.experiment_id] = tracker
        tracker.log_hyperparameters(params)
        for step in range(max(map(len, values.values()), default=0)):
            found = {name: column[step] for name, column in values.items() if step < len(column)}
            tracker.log_metrics(found, step=step)
        if ended:
            tracker.finish()
        return tracker.experiment_id

    def log(self, experiment_id: str, step: int, values: dict[str, Any]) -> None:
        """Log one more entry."""
        self.trackers[experiment_id].log_metrics(values, step=step)


class TestInMemoryRunStore(RunStoreContract):
    """The twin."""

    @pytest.fixture
    def stock(self) -> MemoryStock:
        """An empty store."""
        return MemoryStock()


class TestLocalRunStore(RunStoreContract):
    """The folder on disk, with its index."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> Iterator[LocalStock]:
        """An empty folder."""
        stock = LocalStock(tmp_path)
        yield stock
        for tracker in stock.trackers.values():
            tracker.finish()


def test_both_are_stores() -> None:
    """Type checkers hold both to the port; here it is seen that they can be used as one."""
    stores: list[RunStore] = [InMemoryRunStore(), LocalRunStore(Path("no such folder"))]

    assert [store.catalog.names("tags") for store in stores] == [[], []]
