"""All that answers filters keeps one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neural.testing.fact_stores import DirectoryFactStore, InMemoryFactStore, SqliteFactStore
from neural.testing.filter_contract import FilterContract
from neural.tracking.storage.catalog import ScanCatalog
from neural.tracking.storage.index import IndexCatalog


@pytest.mark.contract
class TestInMemoryFactStore(FilterContract):
    """The plain predicate."""

    @pytest.fixture
    def store(self) -> InMemoryFactStore:
        """Return an empty store."""
        return InMemoryFactStore()


@pytest.mark.contract
class TestSqliteFactStore(FilterContract):
    """SQL."""

    @pytest.fixture
    def store(self) -> SqliteFactStore:
        """Return an empty store."""
        return SqliteFactStore()


@pytest.mark.contract
class TestIndexCatalog(FilterContract):
    """The index that managers and the dashboard ask, over directories: on disk and in memory."""

    @pytest.fixture(params=["on disk", "in memory"])
    def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DirectoryFactStore]:
        """Return an empty store."""
        base_dir = tmp_path / "runs"
        base_dir.mkdir()
        catalog = IndexCatalog(base_dir, tmp_path if request.param == "on disk" else None)
        yield DirectoryFactStore(base_dir, catalog)
        catalog.close()


@pytest.mark.contract
class TestScanCatalog(FilterContract):
    """The plain predicate, over directories that are read at each call."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> DirectoryFactStore:
        """Return an empty store."""
        return DirectoryFactStore(tmp_path, ScanCatalog(tmp_path))
