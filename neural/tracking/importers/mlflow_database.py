"""MLflow's SQLite store: the eight of its tables that tell of runs."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural.tracking._source_tree import Folder
from neural.tracking.importers.artifact_files import add_artifacts
from neural.tracking.importers.databases import columns_of, database_files, opened
from neural.tracking.importers.mlflow_words import artifact_folder, described
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "MlflowDatabaseSource"]

#: MLflow stores an infinity as the largest float of MySQL.
_INFINITE = 1.7976931348623157e308
#: Columns of a run; those that a version does not have are empty.
_RUN = (
    "run_uuid",
    "name",
    "status",
    "start_time",
    "end_time",
    "lifecycle_stage",
    "artifact_uri",
    "experiment_id",
)
_NEEDED = {"runs", "metrics", "params", "tags", "experiments"}


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim SQLite files with MLflow's tables."""
    for name, tables in database_files(folder):
        if set(tables) >= _NEEDED and "run_uuid" in tables["metrics"]:
            yield Claim(path=folder.path / name, why="SQLite with MLflow's tables")


class MlflowDatabaseSource(SourceBase):
    """All runs of a database. Points that were added are read from where the last look ended.

    Args:
        place: The file.
        root: Folder that was opened; artifacts are looked for below the database's own.
    """

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place.parent)
        self._path = place
        self._rows = 0  # the last row of metrics that was read
        self._described: dict[str, tuple[Any, ...]] = {}

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        return self._try(self._path, self._look)

    def _look(self) -> bool:
        with opened(self._path) as connection:
            tables = columns_of(connection)
            missing = _NEEDED - set(tables)
            if missing:
                raise ValueError(f"it has no table {', '.join(sorted(missing))}")
            changed = self._read_runs(connection, tables)
            return self._read_points(connection, tables) or changed

    def _read_runs(self, connection: sqlite3.Connection, tables: dict[str, set[str]]) -> bool:
        names = dict(connection.execute("SELECT experiment_id, name FROM experiments"))
        there = [column if column in tables["runs"] else f"NULL AS {column}" for column in _RUN]
        params = _by_run(connection, "params")
        tags = _by_run(connection, "tags")
        changed = False
        query = f"SELECT {', '.join(there)} FROM runs ORDER BY start_time, run_uuid"  # noqa: S608
        for row in connection.execute(query):
            meta = dict(zip(_RUN, row, strict=True))
            run_id = str(meta["run_uuid"])
            facts = (row, params.get(run_id), tags.get(run_id))
            if self._described.get(run_id) != facts:
                self._described[run_id] = facts
                name = str(names.get(meta["experiment_id"], meta["experiment_id"]))
                self._describe(run_id, meta, name, params.get(run_id, {}), tags.get(run_id, {}))
                changed = True
        return changed

    def _describe(
        self,
        run_id: str,
        meta: dict[str, Any],
        experiment: str,
        params: dict[str, str],
        tags: dict[str, str],
    ) -> None:
        facts = described(meta, tags)
        if run_id not in self._runs:
            about = SourceRun(
                source_id=run_id,
                identity=run_id,
                name=run_id,
                experiment_name=experiment,
                status="unknown",
                path=self._path,
            )
            self._runs[run_id] = ReadRun(about)
        run = self._runs[run_id]
        run.tell(
            name=facts.name,
            experiment_name=experiment,
            status=facts.status,
            start_time=facts.start_time,
            end_time=facts.end_time,
            notes=facts.notes,
            parent=facts.parent,
            tags=facts.tags,
            params=params,
            archived=meta["lifecycle_stage"] == "deleted",
            remarks=facts.remarks,
        )
        run.files.clear()
        run.media.clear()
        artifacts = artifact_folder(meta["artifact_uri"], self._path.parent, 2)
        if artifacts is not None:
            add_artifacts(run, artifacts, self._path.parent, self._skips)

    def _read_points(self, connection: sqlite3.Connection, tables: dict[str, set[str]]) -> bool:
        """Read rows behind the last: SQLite numbers them as they come."""
        nan = "is_nan" if "is_nan" in tables["metrics"] else "0"
        step = "step" if "step" in tables["metrics"] else "0"
        query = (
            f"SELECT rowid, run_uuid, key, value, timestamp, {step}, {nan} "  # noqa: S608
            "FROM metrics WHERE rowid > ? ORDER BY rowid"
        )
        before = self._rows
        for row_id, run_id, key, value, time, at, is_nan in connection.execute(
            query, (self._rows,)
        ):
            self._rows = row_id
            run = self._runs.get(str(run_id))
            numbers = (value, time, at)
            if run is None or not all(isinstance(one, int | float) for one in numbers):
                self._skips.add(self._path, f"row {row_id} of metrics is no point of a run")
                continue
            run.metric(str(key)).add(int(at), time / 1000, _value(value, is_nan))
        return self._rows > before


def _value(value: float, is_nan: object) -> float:
    if is_nan:
        return math.nan
    return math.copysign(math.inf, value) if abs(value) >= _INFINITE else float(value)


def _by_run(connection: sqlite3.Connection, table: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for run_id, key, value in connection.execute(f"SELECT run_uuid, key, value FROM {table}"):  # noqa: S608
        found.setdefault(str(run_id), {})[str(key)] = "" if value is None else str(value)
    return found


KIND = SourceKind(title="MLflow database", rank=10, recognise=recognise, open=MlflowDatabaseSource)
