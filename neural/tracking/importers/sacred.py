"""Runs that Sacred's file observer has kept: a folder of JSON files each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neural.tracking._source_tree import Folder
from neural.tracking.importers.document_source import Document, DocumentSource
from neural.tracking.importers.reading import ReadRun
from neural.tracking.importers.rows import number_of
from neural.tracking.importers.yaml_text import plain_value
from neural.tracking.sources import Claim, Place, SourceFile, SourceKind, SourceRun

__all__ = ["KIND", "SacredSource"]

_STATUS = {
    "COMPLETED": "completed",
    "RUNNING": "running",
    "QUEUED": "created",
    "FAILED": "failed",
    "TIMEOUT": "failed",
    "DIED": "failed",
    "INTERRUPTED": "cancelled",
}


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim folders with ``run.json`` and ``config.json`` of an experiment."""
    if {"run.json", "config.json"} <= set(folder.files) and b"{" in folder.head("run.json")[:3]:
        yield Claim(path=folder.path, why="run.json and config.json", whole=True)


class SacredSource(DocumentSource):
    """One run: the files of a folder.

    Args:
        place: The folder.
        root: Folder that the name of the run is relative to.
    """

    def __init__(self, place: Path, root: Path) -> None:
        inside = place != root and place.is_relative_to(root)
        name = place.relative_to(root).as_posix() if inside else place.name
        about = SourceRun(
            source_id=name,
            identity=str(place),
            name=name,
            experiment_name=root.name or "sacred",
            status="unknown",
            path=place,
        )
        super().__init__(place, about)
        self._documents = {n: Document(place, f"{n}.json") for n in ("run", "config", "metrics")}
        self._said: dict[str, Any] = {}

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        changed = False
        for name, document in self._documents.items():
            if name != "metrics" or document.path.exists():
                changed |= self._try(document.path, lambda n=name, d=document: self._look(n, d))  # type: ignore[misc]
        if changed:
            run = self._anew()
            self._describe(run)
            self._add_metrics(run)
        return changed

    def _look(self, name: str, document: Document) -> bool:
        found = document.read()
        if found is None:
            return False
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
        self._said[name] = found
        return True

    def _describe(self, run: ReadRun) -> None:
        said = self._said.get("run", {})
        experiment = said.get("experiment")
        host = said.get("host")
        status = str(said.get("status", "unknown"))
        config = plain_value(self._said.get("config", {}))
        run.tell(
            experiment_name=_text(experiment, "name"),
            host=_text(host, "hostname"),
            status=_STATUS.get(status, status.lower()),
            start_time=_utc(said.get("start_time")),
            end_time=_utc(said.get("stop_time")),
            params={k: v for k, v in config.items() if not k.startswith("__")},
        )
        for name in said.get("artifacts") or []:
            self._add_file(run, name)

    def _add_file(self, run: ReadRun, name: object) -> None:
        if not isinstance(name, str) or "/" in name or name in ("", ".", ".."):
            return
        path = Path(self._folder) / name
        with contextlib.suppress(OSError, ValueError):
            if path.is_file() and not path.is_symlink():
                file = SourceFile(name=name, place=Place(path=name), size=path.stat().st_size)
                run.files.append(file)

    def _add_metrics(self, run: ReadRun) -> None:
        for name, series in self._said.get("metrics", {}).items():
            if not isinstance(series, dict):
                continue
            columns = [series.get(key) for key in ("steps", "values", "timestamps")]
            if not all(isinstance(column, list) for column in columns):
                self._skips.add(self._documents["metrics"].path, f"{name!r} has no points")
                continue
            points = run.metric(name)
            for step, value, time in zip(*columns, strict=False):
                number = number_of(value.get("value") if isinstance(value, Mapping) else value)
                if number is None or type(step) is not int or abs(step) >= 2**63:
                    self._skips.add(self._documents["metrics"].path, f"{name!r}: no number")
                    continue
                points.add(step, _utc(time) or 0.0, number)


def _text(value: object, key: str) -> str | None:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None


def _utc(text: object) -> float | None:
    """Return a time without offset as seconds since the epoch: Sacred means UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


KIND = SourceKind(title="Sacred", rank=55, recognise=recognise, open=SacredSource)
