"""What the records of a ``.wandb`` log come to.

Messages: ``Record`` of W&B's internal protocol, with the numbers of ``wandb_internal.proto``.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from neural.tracking.importers.reading import Points, ReadRun, Skips
from neural.tracking.importers.rows import number_of
from neural.tracking.importers.wandb_items import (
    EXACT_DIGITS,
    Item,
    commit_of,
    exact_number,
    histogram_of,
    item_of,
    items_of,
    json_of,
    number_in,
    timestamp_of,
)
from neural.tracking.importers.wandb_rows import Layouts, row_span
from neural.tracking.importers.wire import BYTES, Field, fields, signed, text
from neural.tracking.importers.yaml_text import plain_value
from neural.tracking.sources import Place, SourceMedia

__all__ = ["WandbRun"]

_HISTORY, _SUMMARY, _OUTPUT, _CONFIG, _STATS, _RAW_OUTPUT, _RUN, _EXIT = 2, 3, 4, 5, 7, 13, 17, 18
_INT64 = range(-(2**63), 2**63)
_DEEPEST = 8
_MOST_ROWS = 4096


class WandbRun:
    """Takes the records of a run.

    Args:
        read: The run.
        skips: Takes what is left out.
        path: The log.
    """

    def __init__(self, read: ReadRun, skips: Skips, path: object) -> None:
        self._run, self._skips, self._path = read, skips, path
        self._name = read.about.source_id
        self._points: dict[bytes, Points] = {}
        self._config: dict[str, Any] = {}
        self._summary: dict[bytes, bytes] = {}  # values as JSON
        self._said: set[str] = set()
        self._step = -1
        self._stats = -1
        self._time = 0.0
        self._lines = 0
        self._exit: int | None = None
        self._layouts, self._said_layouts = Layouts(), Layouts()
        self._names: tuple[bytes, ...] = ()
        self._rows: list[tuple[bytes, ...]] = []  # values of these names that are not added yet
        self._last_said = b""
        self._late: tuple[tuple[bytes, ...], tuple[bytes, ...]] | None = None  # a summary

    def add(self, data: bytes) -> None:
        """Take one record.

        Raises:
            WireError: It is none.
        """
        if self._takes_row(data):
            return
        for one in fields(data):
            if one.wire == BYTES:
                self._take(data, one)

    def _take(self, data: bytes, one: Field) -> None:
        if one.number == _SUMMARY:
            self._summarise(data, one)
            return
        self._add_rows()
        if one.number == _HISTORY:
            self._history(data, one)
        elif one.number == _CONFIG:
            self._update(data, one.start, one.end, self._config)
        elif one.number == _STATS:
            self._system(data, one)
        elif one.number == _RUN:
            self._describe(data, one)
        elif one.number == _EXIT:
            codes = [f.value for f in fields(data, one.start, one.end) if f.number == 1]
            self._exit = signed(codes[0]) if codes else 0
        elif one.number in (_OUTPUT, _RAW_OUTPUT):
            self._lines += 1

    def _takes_row(self, data: bytes) -> bool:
        """Keep a row that is like one before; tells whether it is."""
        span = row_span(data)
        if span is None:
            return False
        is_history, start, end = span
        found = (self._layouts if is_history else self._said_layouts).match(data, start, end)
        if found is None:
            return False
        layout, values = found
        if not is_history:
            self._say_later(layout.names, values)
            return True
        if b"_step" not in layout.names:
            return False
        if layout.names != self._names:
            self._add_rows()
            self._names = layout.names
        self._rows.append(values)
        if len(self._rows) >= _MOST_ROWS:
            self._add_rows()
        return True

    def _say_later(self, names: tuple[bytes, ...], values: tuple[bytes, ...]) -> None:
        """Keep a summary; the next one of the same names takes its place."""
        if self._late is not None and self._late[0] != names:
            self._say()
        self._late = (names, values)

    def _say(self) -> None:
        """Bring the summary up to date."""
        if self._late is not None:
            self._summary.update(zip(*self._late, strict=True))
        self._late = None

    def tell(self) -> None:
        """Bring what is known of the run up to date."""
        self._add_rows()
        self._say()
        status = "running"
        if self._exit is not None:
            status = "completed" if self._exit == 0 else "failed"
        params = {k: plain_value(v) for k, v in self._config.items() if k != "_wandb"}
        remarks = []
        summary = {k.decode("utf-8", "replace"): json_of(v) for k, v in self._summary.items()}
        extra = {
            k: n
            for k, v in summary.items()
            if not k.startswith("_")
            and k not in self._run.points
            and (n := number_of(v)) is not None
        }
        if extra:
            some = ", ".join(f"{key} = {value}" for key, value in list(extra.items())[:20])
            remarks.append(f"Its summary also says: {some}")
        if self._lines:
            remarks.append(f"{self._lines} pieces of its output are not read")
        self._run.tell(status=status, params=params, remarks=tuple(remarks))

    def _summarise(self, data: bytes, message: Field) -> None:
        said = data[message.start : message.end]
        if said == self._last_said:  # W&B says how long it runs with every row
            return
        self._say()
        self._last_said = said
        items, removed = items_of(data, message.start, message.end)
        self._summary.update(items)
        if removed is None:
            self._said_layouts.learn(items, data, message)
            return
        for one in fields(data, message.start, message.end):
            if one.number == 2 and one.wire == BYTES:
                self._summary.pop(item_of(data, one).key, None)

    def _history(self, data: bytes, message: Field) -> None:
        items, counted = items_of(data, message.start, message.end)
        self._layouts.learn(items, data, message)
        step = self._step + 1
        if counted is not None:
            numbers = (f.value for f in fields(data, counted.start, counted.end) if f.number == 1)
            step = signed(next(numbers, 0))
        self._row(items, step)

    def _row(self, items: list[Item], step: int) -> None:
        for key, value in items:
            if key == b"_step":
                found = number_in(value)
                step = int(found) if type(found) is int and found in _INT64 else step
            elif key == b"_timestamp":
                self._time = float(number_in(value) or self._time)
        self._step = step
        typed = [key.removesuffix(b"_type") for key, _ in items if key.endswith(b"._type")]
        if typed:
            items = self._typed(items, typed, step)
        for key, value in items:
            if key != b"_step" and key != b"_timestamp":
                self._value(key, value, step)

    def _add_rows(self) -> None:
        """Add the rows that wait, column by column."""
        rows, names = self._rows, self._names
        if not rows:
            return
        self._rows = []
        columns = list(zip(*rows, strict=True))
        try:
            steps = [int(step) for step in columns[names.index(b"_step")]]
            numbers = [list(map(float, column)) for column in columns]
            array("q", steps)
        except (ValueError, OverflowError):  # a word that is no number: each by itself
            self._add_each(names, rows)
            return
        times = [self._time] * len(rows)
        if b"_timestamp" in names:
            times = numbers[names.index(b"_timestamp")]
        for name, column, found in zip(names, columns, numbers, strict=True):
            if name in (b"_step", b"_timestamp"):
                continue
            points = self._points_of(name)
            if max(map(len, column)) > EXACT_DIGITS and max(map(abs, found)) >= 2.0**53:
                for step, time, value in zip(steps, times, column, strict=True):
                    points.add(step, time, exact_number(value))
            else:
                points.append(steps, times, found)
        self._step, self._time = steps[-1], times[-1]

    def _add_each(self, names: tuple[bytes, ...], rows: list[tuple[bytes, ...]]) -> None:
        for row in rows:
            self._row([Item(*pair) for pair in zip(names, row, strict=True)], self._step + 1)

    def _points_of(self, key: bytes) -> Points:
        points = self._points.get(key)
        if points is None:
            points = self._points[key] = self._run.metric(key.decode("utf-8", "replace"))
        return points

    def _typed(self, items: list[Item], prefixes: list[bytes], step: int) -> list[Item]:
        """Take media whose facts are items of their own; returns the other items."""
        for prefix in prefixes:
            inner = [(key.removeprefix(prefix), v) for key, v in items if key.startswith(prefix)]
            said = {key.decode("utf-8", "replace"): json_of(value) for key, value in inner}
            self._media(prefix[:-1].decode("utf-8", "replace"), said, step)
        return [item for item in items if not item.key.startswith(tuple(prefixes))]

    def _value(self, key: bytes, value: bytes, step: int) -> None:
        try:
            number = exact_number(value)
        except ValueError:
            self._other(key.decode("utf-8", "replace"), json_of(value), step, 0)
            return
        self._points_of(key).add(step, self._time, number)

    def _other(self, name: str, value: Any, step: int, depth: int) -> None:
        """Take what is no plain number: objects, texts, media."""
        if isinstance(value, dict) and "_type" not in value and depth < _DEEPEST:
            for key, inner in value.items():
                number = number_of(inner) if not isinstance(inner, str) else None
                if number is None:
                    self._other(f"{name}.{key}", inner, step, depth + 1)
                else:
                    self._run.metric(f"{name}.{key}").add(step, self._time, number)
        elif isinstance(value, bool):
            self._run.metric(name).add(step, self._time, int(value))
        elif isinstance(value, str):
            self._add(name, "text", step, value=value)
        elif isinstance(value, dict):
            self._media(name, value, step)
        elif value is not None:
            self._once(name, f"{name!r} holds values of type {type(value).__name__}")

    def _media(self, name: str, value: Mapping[str, Any], step: int) -> None:
        kind = value.get("_type")
        if kind == "histogram":
            made = histogram_of(value)
            if made is not None:
                self._add(name, "histogram", step, value=made)
                return
        paths = [value.get("path")] if kind == "image-file" else value.get("filenames")
        if kind in ("image-file", "images/separated") and isinstance(paths, list):
            for path in paths:
                self._image(name, path, step)
            return
        self._once(name, f"{name!r} is {kind!r}, which is not shown")

    def _image(self, name: str, path: object, step: int) -> None:
        if not isinstance(path, str) or ".." in path.split("/") or path.startswith("/"):
            self._once(name, f"{name!r} names a file outside the run")
            return
        ending = f".{path.rpartition('.')[2].lower()}"
        place = Place(path=f"files/{path}")
        self._add(name, "image", step, place=place, ending=ending)

    def _add(self, name: str, kind: Any, step: int, **what: Any) -> None:
        self._run.add_media(SourceMedia(key=name, kind=kind, step=step, time=self._time, **what))

    def _system(self, data: bytes, message: Field) -> None:
        self._stats += 1
        time = self._time
        items = []
        for one in fields(data, message.start, message.end):
            if one.number == 2 and one.wire == BYTES:
                time = timestamp_of(data, one)
            elif one.number == 3 and one.wire == BYTES:
                items.append(item_of(data, one))
        for key, value in items:
            number = number_in(value)
            if number is not None:
                name = f"system/{key.decode('utf-8', 'replace')}"
                self._run.metric(name).add(self._stats, time, number)

    def _update(self, data: bytes, start: int, end: int, target: dict[str, Any]) -> None:
        for one in fields(data, start, end):
            if one.wire != BYTES or one.number not in (1, 2):
                continue
            key, value = item_of(data, one)
            name = key.decode("utf-8", "replace")
            if one.number == 1:
                target[name] = json_of(value)
            else:
                target.pop(name, None)

    def _describe(self, data: bytes, message: Field) -> None:
        said: dict[int, str] = {}
        tags: dict[str, str] = {}
        started = None
        for one in fields(data, message.start, message.end):
            if one.wire != BYTES:
                continue
            if one.number == 4:
                self._update(data, one.start, one.end, self._config)
            elif one.number == 10:
                tags[text(data, one)] = ""
            elif one.number == 17:
                started = timestamp_of(data, one)
            elif one.number == 21:
                tags.update(commit_of(data, one))
            elif one.number in (1, 2, 3, 6, 8, 9, 13):
                said[one.number] = text(data, one)
        # A run that was resumed has a folder for each time, which stay apart.
        owner = "/".join([*(said.get(number, "") for number in (2, 3, 1)), self._name])
        self._run.tell(
            identity=owner if said.get(1) and said.get(3) else None,
            name=said.get(8) or said.get(1),
            experiment_name=said.get(3) or None,
            group=said.get(6) or None,
            notes=said.get(9),
            host=said.get(13) or None,
            tags=tags,
            start_time=started,
        )

    def _once(self, name: str, reason: str) -> None:
        if name not in self._said and len(self._said) < 10_000:
            self._said.add(name)
            self._skips.add(self._path, reason)
