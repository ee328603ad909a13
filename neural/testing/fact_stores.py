"""Stores of facts for the filter contract: one that keeps them in memory, one in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

from neural.tracking.query import (
    count_runs,
    encode_facts,
    fetch,
    parse,
    parse_sort,
    register_functions,
    select_runs,
    sort_runs,
)

__all__ = ["FactStore", "InMemoryFactStore", "SqliteFactStore"]


class FactStore(Protocol):
    """Anything that keeps runs as facts and finds them by filter.

    A run is a mapping from the names of facts (``status``, ``params.lr``,
    ``metrics.loss.best``) to values; it has at least an ``id``.
    """

    def add(self, facts: Mapping[str, Any]) -> None:
        """Keep one more run."""
        ...

    def find(self, text: str = "", sort: str = "", *, now: float | None = None) -> list[str]:
        """Return the ids of the runs that the filter ``text`` finds, in the order of ``sort``."""
        ...

    def count(self, text: str) -> int:
        """Return how many runs the filter ``text`` finds."""
        ...


class InMemoryFactStore:
    """Asks the plain predicate of every run, and sorts in memory."""

    def __init__(self) -> None:
        self._runs: list[Mapping[str, Any]] = []

    def add(self, facts: Mapping[str, Any]) -> None:
        """See :meth:`FactStore.add`."""
        self._runs.append(dict(facts))

    def find(self, text: str = "", sort: str = "", *, now: float | None = None) -> list[str]:
        """See :meth:`FactStore.find`."""
        found = filter(parse(text, now=now).predicate(), self._runs)
        return [run["id"] for run in sort_runs(found, parse_sort(sort), lambda run: run)]

    def count(self, text: str) -> int:
        """See :meth:`FactStore.count`."""
        return len(self.find(text))


_SCHEMA = """
CREATE TABLE runs(run INTEGER PRIMARY KEY, id TEXT, created REAL);
CREATE TABLE facts(
    run INTEGER, key TEXT, kind INTEGER, num REAL, text TEXT, PRIMARY KEY(key, run)
) WITHOUT ROWID;
"""


class SqliteFactStore:
    """Asks SQLite, over the two tables that filters are written for."""

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = sqlite3.connect(path)
        self.connection.executescript(_SCHEMA)
        register_functions(self.connection)

    def add(self, facts: Mapping[str, Any]) -> None:
        """See :meth:`FactStore.add`."""
        values = (facts["id"], facts.get("created"))
        run = self.connection.execute(
            "INSERT INTO runs(id, created) VALUES (?, ?)", values
        ).lastrowid
        rows = [(run, *row) for row in encode_facts(facts)]
        self.connection.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", rows)

    def find(self, text: str = "", sort: str = "", *, now: float | None = None) -> list[str]:
        """See :meth:`FactStore.find`."""
        wanted = parse(text, now=now)
        query = select_runs(wanted, parse_sort(sort), columns="r.id")
        return [run_id for (run_id,) in fetch(self.connection, wanted, query)]

    def count(self, text: str) -> int:
        """See :meth:`FactStore.count`."""
        wanted = parse(text)
        ((number,),) = fetch(self.connection, wanted, count_runs(wanted))
        return int(number)
