"""Both back ends of the filter language keep one contract."""

from __future__ import annotations

import pytest

from neural.testing.fact_stores import InMemoryFactStore, SqliteFactStore
from neural.testing.filter_contract import FilterContract


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
