"""Stores of facts for the filter contract: in memory, in SQLite, and as run directories."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from neural._clock import to_iso
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
from neural.tracking.storage.catalog import Catalog
from neural.tracking.storage.metrics_format import encode_entry

__all__ = ["DirectoryFactStore", "FactStore", "InMemoryFactStore", "SqliteFactStore"]


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

    def __del__(self) -> None:
        self.connection.close()

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


class DirectoryFactStore:
    """Keeps each run as a directory, and asks a catalog of them.

    The directories are such as other programs write: their status is shown as it stands there.

    Args:
        base_dir: Folder that holds the runs; exists.
        catalog: What finds runs in it.
    """

    def __init__(self, base_dir: Path, catalog: Catalog) -> None:
        self._base_dir = base_dir
        self._catalog = catalog

    def add(self, facts: Mapping[str, Any]) -> None:
        """See :meth:`FactStore.add`; of metrics, ``last`` and ``best`` can be given."""
        run_dir = self._base_dir / f"run_{facts['id']}"
        run_dir.mkdir()
        metadata = {
            "experiment_id": facts["id"],
            "experiment_name": facts.get("name"),
            "status": facts.get("status"),
            "start_time": _iso(facts.get("created")),
            "end_time": _iso(facts.get("created"), facts.get("duration")),
        }
        shown = ("display_name", "notes", "archived", "pinned")
        annotations = {key: facts[key] for key in shown if key in facts}
        annotations["tags"] = _below("tags.", facts)
        _write(run_dir / "metadata.json", metadata)
        _write(run_dir / "annotations.json", annotations)
        _write(run_dir / "hyperparameters.json", _below("params.", facts))
        (run_dir / "metrics.json").write_bytes(_entries(_below("metrics.", facts)))

    def find(self, text: str = "", sort: str = "", *, now: float | None = None) -> list[str]:
        """See :meth:`FactStore.find`."""
        rows = self._catalog.page(parse(text, now=now), parse_sort(sort)).rows
        return [row["experiment_id"] for row in rows]

    def count(self, text: str) -> int:
        """See :meth:`FactStore.count`."""
        return self._catalog.count(parse(text))


def _iso(start: float | None, duration: float | None = 0.0) -> str | None:
    return None if start is None or duration is None else to_iso(start + duration)


def _below(prefix: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): facts[key] for key in facts if key.startswith(prefix)}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def _entries(figures: Mapping[str, Any]) -> bytes:
    """Return a metrics file: first an entry of all best values, then one of all last ones."""
    entries = [
        {
            key.removesuffix(stat): value
            for key, value in figures.items()
            if key.endswith(stat) and value is not None
        }
        for stat in (".best", ".last")
    ]
    lines = [encode_entry(1.0, step, found) for step, found in enumerate(entries)]
    return b"[ \n" + b",\n".join(lines) + b"\n]"
