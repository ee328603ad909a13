"""Trackio's SQLite files: a project each, a row a call of ``log``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neural.tracking._source_tree import Folder
from neural.tracking.importers.databases import columns_of, database_files, opened
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.rows import number_of
from neural.tracking.importers.yaml_text import plain_value
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "TrackioSource"]

_INT64 = range(-(2**63), 2**63)
_NEEDED = {"timestamp", "run_name", "step", "metrics"}
_SYSTEM = "system/"


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim SQLite files with Trackio's tables."""
    for name, tables in database_files(folder):
        if tables.get("metrics", set()) >= _NEEDED:
            yield Claim(path=folder.path / name, why="SQLite with Trackio's tables")


class TrackioSource(SourceBase):
    """All runs of a project.

    Args:
        place: The file.
        root: Folder that was opened.
    """

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place.parent)
        self._path = place
        self._rows = {"metrics": 0, "system_metrics": 0}
        self._said: set[tuple[str, str]] = set()

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        return self._try(self._path, self._look)

    def _look(self) -> bool:
        with opened(self._path) as connection:
            tables = columns_of(connection)
            changed = False
            for table in self._rows:
                if tables.get(table, set()) >= _NEEDED - {"step"}:
                    changed |= self._read_rows(connection, table, tables[table])
            if changed and "configs" in tables:
                self._read_configs(connection, tables["configs"])
            return changed

    def _read_rows(self, connection: sqlite3.Connection, table: str, columns: set[str]) -> bool:
        run_id = "run_id" if "run_id" in columns else "NULL"
        step = "step" if "step" in columns else "NULL"
        query = (
            f"SELECT rowid, {run_id}, run_name, {step}, timestamp, metrics FROM {table} "  # noqa: S608
            "WHERE rowid > ? ORDER BY rowid"
        )
        before = self._rows[table]
        for row_id, found_id, name, at, time, said in connection.execute(query, (before,)):
            self._rows[table] = row_id
            values = _object(said)
            if values is None:
                self._skips.add(self._path, f"row {row_id} of {table} is no JSON object")
                continue
            run = self._run_of(str(found_id or name), str(name))
            seconds = _seconds(time)
            run.tell(start_time=seconds if run.about.start_time is None else None)
            is_step = type(at) is int and at in _INT64
            counted = at if is_step else row_id
            self._add(run, _SYSTEM if table == "system_metrics" else "", counted, seconds, values)
        return self._rows[table] > before

    def _add(
        self, run: ReadRun, prefix: str, step: int, seconds: float | None, values: dict[str, Any]
    ) -> None:
        for key, value in values.items():
            number = number_of(value)
            if number is not None:
                run.metric(f"{prefix}{key}").add(step, seconds or 0.0, number)
            elif value is not None and (run.about.source_id, key) not in self._said:
                self._said.add((run.about.source_id, key))
                kind = value.get("_type") if isinstance(value, dict) else type(value).__name__
                self._skips.add(self._path, f"{key!r} of {run.about.name!r} holds {kind}")

    def _run_of(self, source_id: str, name: str) -> ReadRun:
        if source_id not in self._runs:
            about = SourceRun(
                source_id=source_id,
                identity=f"{self._path.stem}/{source_id}",
                name=name,
                experiment_name=self._path.stem,
                status="unknown",
                path=self._path,
            )
            self._runs[source_id] = ReadRun(about)
        return self._runs[source_id]

    def _read_configs(self, connection: sqlite3.Connection, columns: set[str]) -> None:
        run_id = "run_id" if "run_id" in columns else "NULL"
        query = f"SELECT {run_id}, run_name, config FROM configs"  # noqa: S608
        for found_id, name, said in connection.execute(query):
            run = self._runs.get(str(found_id or name))
            config = _object(said)
            if run is not None and config is not None:
                group = config.get("_Group")
                run.tell(
                    group=group if isinstance(group, str) else None,
                    params={k: plain_value(v) for k, v in config.items() if not k.startswith("_")},
                )


def _object(said: object) -> dict[str, Any] | None:
    try:
        found = json.loads(said)  # type: ignore[arg-type]
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _seconds(text: object) -> float | None:
    """Return a time as seconds since the epoch; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(str(text))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


KIND = SourceKind(title="Trackio", rank=12, recognise=recognise, open=TrackioSource)
