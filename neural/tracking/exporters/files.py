"""Runs as CSV, JSON and Parquet: a folder for each, with its artifacts and media beside."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neural._files import replace_bytes, to_json
from neural._optional import optional_import
from neural.errors import ExportError
from neural.tracking.copying import copy_whole, file_checksum, remove
from neural.tracking.exporters.ledger import Ledger, make_folder
from neural.tracking.exporters.naming import document, flat_params, param_text, strict
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target
from neural.tracking.storage.layout import file_name

__all__ = ["CsvSink", "JsonSink", "ParquetSink", "csv_cell"]

#: Programs take a text cell that begins so for a formula.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def csv_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs: a text that looks like a formula gets a ``'``.

    Numbers stay numbers. Taking one ``'`` away from a text that begins with ``'`` and such a
    character gives the text back.

    Example:
        >>> csv_cell("=1+1"), csv_cell("loss"), csv_cell(-0.5)
        ("'=1+1", 'loss', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


class _FolderSink:
    """What the three have in common: all is gathered, then written whole and renamed.

    Args:
        target: ``place`` is the folder that gets a folder for each run.
        tally: Told what is done.
    """

    def __init__(self, target: Target, tally: Tally) -> None:
        self._target = target
        self._tally = tally
        self._root = Path(target.place or "exports").absolute()
        self._stretches: dict[str, list[Stretch]] = {}
        self._media: list[dict[str, Any]] = []
        self._copies: list[tuple[str, str, Path]] = []

    def start(self, run: RunStart) -> None:
        """Find what an earlier export has left."""
        self._run = run
        self._folder = self._root / run.folder
        self._ledger = Ledger(self._folder, run.run_id)
        self._tally.url = str(self._folder)

    def metrics(self, stretch: Stretch) -> None:
        """Take points of one metric."""
        self._stretches.setdefault(stretch.name, []).append(stretch)

    def medium(self, medium: Medium) -> None:
        """Take an image, a text, a histogram or a table."""
        entry = {"key": medium.key, "kind": medium.kind, "step": medium.step, "time": medium.time}
        if medium.path is None:
            self._media.append({**entry, "value": strict(medium.value)})
        else:
            name = f"media/{file_name(medium.key)}/{medium.path.name}"
            self._media.append({**entry, "path": name})
            self._copies.append((f"{medium.kind} {medium.key!r}", name, medium.path))

    def file(self, file: RunFile) -> None:
        """Take a file or a directory."""
        name = f"files/{file_name(file.name)}"
        if name != f"files/{file.name}":
            self._tally.converted(f"artifact {file.name!r} is kept as {name!r}")
        self._copies.append((f"artifact {file.name!r}", name, file.path))

    def finish(self, end: RunEnd) -> None:
        """Write everything.

        Raises:
            ExportError: It cannot be written.
        """
        counts = {name: sum(map(_length, parts)) for name, parts in self._stretches.items()}
        had = {name: min(self._ledger.points.get(name, 0), n) for name, n in counts.items()}
        # Made before a dry run ends: what cannot be held is told there too.
        contents = list(self._contents({**document(self._run, end), "media": self._media}))
        try:
            self._write(contents)
        except OSError as exc:
            raise ExportError(f"{self._folder} cannot be written: {exc}") from exc
        self._tally.skipped(sum(had.values()) + min(self._ledger.media, len(self._media)))
        self._tally.sent(sum(counts.values()) - sum(had.values()))
        self._tally.sent(max(0, len(self._media) - self._ledger.media))
        if not self._target.dry_run:
            self._ledger.points, self._ledger.media = counts, len(self._media)
            self._ledger.save()

    def close(self) -> None:
        """Forget what was gathered."""
        self._stretches.clear()

    def _write(self, contents: list[tuple[str, bytes]]) -> None:
        if not self._target.dry_run:
            make_folder(self._folder)
        for what, name, source in self._copies:
            self._copy(what, name, source)
        if not self._target.dry_run:
            for name, data in contents:
                replace_bytes(self._folder / name, data)

    def _copy(self, what: str, name: str, source: Path) -> None:
        target = self._folder / name
        try:
            # A directory is copied again: what is in it is not known without reading it whole.
            checksum = "" if source.is_dir() else file_checksum(source)
            if checksum and self._ledger.files.get(name) == checksum and target.is_file():
                self._tally.skipped()
                return
            if not self._target.dry_run:
                target.parent.mkdir(parents=True, exist_ok=True)
                if source.is_dir():
                    remove(target)
                self._ledger.files[name] = copy_whole(source, target).checksum
            self._tally.sent()
        except OSError as exc:
            self._tally.failed(f"{what}: {exc}")

    def _contents(self, about: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the format, as name and content."""
        raise NotImplementedError

    def _points(self) -> Iterator[tuple[str, int, float, Any]]:
        """Yield metric, step, time and value of each point."""
        for name, parts in self._stretches.items():
            for part in parts:
                columns = (part.series.step, part.series.time, part.series.value)
                for step, time, value in zip(*(c.tolist() for c in columns), strict=True):
                    yield name, step, time, value


class CsvSink(_FolderSink):
    """metrics.csv (a row a point), params.csv, run.json, artifacts and media."""

    def _contents(self, about: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        yield "metrics.csv", _csv(("metric", "step", "time", "value"), self._points(), self._note)
        params = flat_params(self._run.params)
        rows = ((name, param_text(value)) for name, value in params.items())
        yield "params.csv", _csv(("param", "value"), rows, self._note)
        yield "environment.json", to_json(strict(self._run.environment))
        yield "run.json", to_json(about)

    def _note(self, text: str) -> None:
        self._tally.converted(f"{text!r} looks like a formula, so a ' stands before it")


def _csv(
    header: tuple[str, ...], rows: Iterator[tuple[Any, ...]], note: Callable[[str], None]
) -> bytes:
    """Return a table as RFC 4180 has it, in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    noted: set[str] = set()
    for row in rows:
        cells = [csv_cell(value) for value in row]
        for cell, value in zip(cells, row, strict=True):
            if cell is not value and value not in noted:
                noted.add(value)
                note(value)
        writer.writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


class JsonSink(_FolderSink):
    """run.json with everything in it, metrics as columns; artifacts and media beside."""

    def _contents(self, about: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        metrics = {name: _columns(parts) for name, parts in self._stretches.items()}
        environment = strict(self._run.environment)
        yield "run.json", to_json({**about, "environment": environment, "metrics": metrics})


def _columns(parts: list[Stretch]) -> dict[str, list[Any]]:
    series = [part.series for part in parts]
    return {
        "step": [x for s in series for x in s.step.tolist()],
        "time": [x for s in series for x in s.time.tolist()],
        "value": [x for s in series for x in s.value.tolist()],
    }


class ParquetSink(_FolderSink):
    """metrics.parquet (metric, step, time, value), run.json, artifacts and media."""

    def _contents(self, about: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        yield "metrics.parquet", self._table()
        yield "environment.json", to_json(strict(self._run.environment))
        yield "run.json", to_json(about)

    def _table(self) -> bytes:
        arrow = optional_import("pyarrow", extra="parquet", purpose="write Parquet files")
        parquet = optional_import("pyarrow.parquet", extra="parquet", purpose="write Parquet files")
        parts = [part for found in self._stretches.values() for part in found]
        names = [part.name for part in parts for _ in range(_length(part))]
        columns = {
            "metric": arrow.array(names, arrow.string()).dictionary_encode(),
            "step": arrow.array(_joined([p.series.step for p in parts], np.int64)),
            "time": arrow.array(_joined([p.series.time for p in parts], np.float64)),
            "value": arrow.array(self._values(parts)),
        }
        buffer = io.BytesIO()
        parquet.write_table(arrow.table(columns), buffer)
        return buffer.getvalue()

    def _values(self, parts: list[Stretch]) -> Any:
        for part in parts:
            values = part.series.value
            if values.dtype != np.float64:
                rounded = sum(int(v) != v or int(float(v)) != v for v in values.tolist() if v == v)
                self._tally.converted(
                    f"{part.name!r}: whole numbers beyond 53 bits are rounded", rounded
                )
        return _joined([p.series.value for p in parts], np.float64)


def _joined(arrays: list[Any], dtype: Any) -> Any:
    whole = [np.asarray(array, dtype=dtype) for array in arrays]
    return np.concatenate(whole) if whole else np.empty(0, dtype)


def _length(stretch: Stretch) -> int:
    return len(stretch.series.step)
