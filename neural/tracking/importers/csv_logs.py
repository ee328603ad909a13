"""Rows of numbers under a line of names: CSV and TSV of Lightning, Keras, Ultralytics."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from neural.tracking._source_tree import Folder
from neural.tracking.importers.row_source import RowSource
from neural.tracking.importers.rows import number_of, step_name
from neural.tracking.sources import Claim, SourceKind

__all__ = ["KIND", "CsvSource"]

_ENDINGS = (".csv", ".tsv", ".txt")
_MOST_COLUMNS = 20_000


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim files whose first line names a step and whose second has a number for it."""
    for name in folder.files:
        if name.lower().endswith(_ENDINGS):
            step = _named_step(folder.head(name))
            if step is not None:
                yield Claim(path=folder.path / name, why=f"a column called {step!r}")


def _named_step(head: bytes) -> str | None:
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(b"#")]
    if not lines or b"\0" in head:
        return None
    names = _cells(lines[0], _delimiter(lines[0]))
    step = step_name(names)
    if step is None or len(names) < 2 or any(number_of(name) is not None for name in names):
        return None
    if len(lines) > 1:
        cells = _cells(lines[1], _delimiter(lines[0]))
        # The head may end within the row.
        if not any(number_of(cell) is not None for cell in cells):
            return None
    return step.strip()


def _delimiter(line: bytes) -> str:
    counts = {mark: line.count(mark.encode()) for mark in ",\t;"}
    return max(counts, key=counts.__getitem__)


def _cells(line: bytes, delimiter: str) -> list[str]:
    text = line.decode("utf-8-sig", "replace").replace("\0", "")
    try:
        row = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        row = text.split(delimiter)
    return [cell.strip() for cell in row[:_MOST_COLUMNS]]


class CsvSource(RowSource):
    """One run: a file of rows. A line of names in the middle begins new columns."""

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place, root)
        self._names: list[str] = []
        self._delimiter = ","

    def _line(self, line: bytes, offset: int) -> None:
        if not self._names:
            if not line.startswith(b"#"):
                self._delimiter = _delimiter(line)
                self._names = _unique(_cells(line, self._delimiter))
            return
        cells = _cells(line, self._delimiter)
        if cells == self._names:
            return
        if step_name(cells) is not None and all(number_of(cell) is None for cell in cells):
            self._names = _unique(cells)
            return
        if len(cells) > len(self._names):
            self._complain(f"a row has {len(cells)} values for {len(self._names)} names", offset)
        row = {name: cell for name, cell in zip(self._names, cells, strict=False) if cell}
        self._rows.add(row, self._file.changed, offset)


def _unique(names: list[str]) -> list[str]:
    """Return names of columns, none empty and none twice."""
    seen: set[str] = set()
    unique = []
    for at, name in enumerate(names):
        shown = name or f"column {at + 1}"
        while shown in seen:
            shown += "_"
        seen.add(shown)
        unique.append(shown)
    return unique


KIND = SourceKind(title="CSV", rank=90, recognise=recognise, open=CsvSource)
