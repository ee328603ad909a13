"""One JSON object a line: detectron2, DETR, MAE, Ray, and anything else with a step in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress

from neural.tracking._source_tree import Folder, read_head
from neural.tracking.importers.row_source import RowSource
from neural.tracking.importers.rows import STEP_NAMES, number_of, step_name
from neural.tracking.sources import Claim, SourceKind

__all__ = ["KIND", "JsonLinesSource"]

_ENDINGS = (".json", ".jsonl", ".ndjson", ".txt", ".log")
#: DETR logs some hundred numbers a line, and the epoch last.
_LONG_LINE_BYTES = 1 << 18
_NAMED_STEP = re.compile(
    rb'"(' + b"|".join(re.escape(name).encode() for name in STEP_NAMES) + rb')"\s*:\s*"?-?\d',
    re.IGNORECASE,
)


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim files whose first line is an object with a step and another number."""
    if "trainer_state.json" in folder.files:  # the files beside it hold the same once more
        return
    for name in folder.files:
        if name.lower().endswith(_ENDINGS):
            step = _named_step(_first_line(folder, name))
            if step:
                yield Claim(path=folder.path / name, why=f"JSON lines with {step!r}")


def _first_line(folder: Folder, name: str) -> bytes:
    """Return the beginning of a file, up to the end of its first line where that is not near."""
    head = folder.head(name)
    if head.lstrip().startswith(b"{") and b"\n" not in head.lstrip():
        with suppress(OSError, ValueError):
            head = read_head(folder.path, name, _LONG_LINE_BYTES)
    return head


def _named_step(head: bytes) -> str | None:
    first, newline, _ = head.lstrip().partition(b"\n")
    if not first.startswith(b"{"):
        return None
    if not newline and not first.rstrip().endswith(b"}"):  # longer than what was read of it
        found = _NAMED_STEP.search(first)
        return found[1].decode() if found else None
    row = _parsed(first)
    if not isinstance(row, dict):
        return None
    step = step_name(row)
    others = (value for name, value in row.items() if name != step)
    is_log = step is not None and number_of(row[step]) is not None
    return step if is_log and any(number_of(value) is not None for value in others) else None


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


class JsonLinesSource(RowSource):
    """One run: a file of objects."""

    def _is_whole(self, line: bytes) -> bool:
        return isinstance(_parsed(line), dict)

    def _line(self, line: bytes, offset: int) -> None:
        row = _parsed(line)
        if isinstance(row, dict):
            self._rows.add(row, self._file.changed, offset)
        else:
            self._complain("a line is no JSON object", offset)


KIND = SourceKind(title="JSON lines", rank=80, recognise=recognise, open=JsonLinesSource)
