"""Figures of all metrics of one metrics file, kept up to date entry by entry.

Plain Python on purpose: most runs are short, and an index of 10,000 of them is built from this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from neural.tracking.records import MetricSummary
from neural.tracking.storage.decoding import Damage, number
from neural.tracking.storage.metrics_file import START, Mark, MetricsFile

__all__ = ["FileFigures", "MetricFigures", "merged", "problems_of", "update"]

#: More damaged places than this are counted only.
_MOST_DAMAGE = 100

_NUMBERS = frozenset({float, int})


class MetricFigures(msgspec.Struct, array_like=True):
    """What is known of one metric in one file.

    ``*_clock`` is the file's running maximum of timestamps at that point; it decides between
    files. Extremes are ``None`` until there is a value that is not NaN.
    """

    first_clock: float
    count: int = 0
    nan_count: int = 0
    total: float = 0.0
    last: Any = math.nan  # integers beyond 64 bits have a way of their own into the index
    last_step: int = 0
    last_clock: float = -math.inf
    min: Any = None
    min_step: int = 0
    min_clock: float = math.inf
    max: Any = None
    max_step: int = 0
    max_clock: float = math.inf


class FileFigures(msgspec.Struct, array_like=True):
    """What is known of one metrics file, and up to where it was read.

    Attributes:
        mark: Where reading goes on.
        entries: Number of entries so far.
        clock: Latest timestamp so far.
        metrics: By name, in order of first logging.
        damage: What could not be read: byte offset and reason.
        damage_count: How often, also where ``damage`` is full.
        not_numbers: Metrics that hold something else than numbers somewhere, and what.
        tail: What is wrong behind the last entry, if nobody writes the file.
    """

    mark: Mark = START
    entries: int = 0
    clock: float = -math.inf
    metrics: dict[str, MetricFigures] = {}
    damage: list[Damage] = []
    damage_count: int = 0
    not_numbers: dict[str, str] = {}
    tail: Damage | None = None


def update(figures: FileFigures, file: MetricsFile) -> FileFigures:
    """Return the figures of ``file`` as it is now.

    Args:
        figures: Those of an earlier look, brought up to date in place where they still hold.
        file: The open file.

    Raises:
        OSError: The file cannot be read.
    """
    if not file.follows(figures.mark):
        figures = FileFigures()
    for chunk in file.chunks(figures.mark):
        table = chunk.table()
        if table is not None:
            clocks = _clocks(figures, table.times)
            _add(figures, {n: _Column(v, table.steps, clocks) for n, v in table.values.items()})
        else:
            decoded = chunk.entries()
            for damage in decoded.damage:
                _note(figures, damage)
            if decoded.entries:
                clocks = _clocks(figures, [entry["timestamp"] for entry in decoded.entries])
                _add(figures, _columns(decoded.entries, clocks))
        figures.mark = chunk.end
    figures.mark = file.renewed(figures.mark)
    figures.tail = file.fault_behind(figures.mark)
    return figures


def _note(figures: FileFigures, damage: Damage) -> None:
    figures.damage_count += 1
    if len(figures.damage) < _MOST_DAMAGE:
        figures.damage.append(damage)


class _Column(NamedTuple):
    """Values of one metric next to each other, with the step and clock of each."""

    values: list[Any]
    steps: list[int]
    clocks: list[float]


def _clocks(figures: FileFigures, times: list[float]) -> list[float]:
    """Count entries with these timestamps, and return the running maximum at each."""
    times[0] = max(times[0], figures.clock)
    clocks = list(accumulate(times, max))
    figures.clock = clocks[-1]
    figures.entries += len(clocks)
    return clocks


def _add(figures: FileFigures, columns: Mapping[str, _Column]) -> None:
    for name, column in columns.items():
        if not set(map(type, column.values)) <= _NUMBERS:
            column = _numbers_only(figures, name, column)
        if not column.values:
            continue
        metric = figures.metrics.get(name)
        if metric is None:
            metric = figures.metrics[name] = MetricFigures(column.clocks[0])
        _count(metric, column)


def _columns(entries: Sequence[Mapping[str, Any]], clocks: list[float]) -> dict[str, _Column]:
    names = [name for name in entries[0] if name not in ("timestamp", "step")]
    width = len(entries[0])
    if set(map(len, entries)) == {width}:
        try:
            steps = [entry["step"] for entry in entries]
            return {
                name: _Column([entry[name] for entry in entries], steps, clocks) for name in names
            }
        except KeyError:
            pass  # as many names, but not the same ones
    return _ragged_columns(entries, clocks)


def _ragged_columns(
    entries: Sequence[Mapping[str, Any]], clocks: list[float]
) -> dict[str, _Column]:
    columns: dict[str, _Column] = {}
    for entry, clock in zip(entries, clocks, strict=True):
        for name, value in entry.items():
            if name == "timestamp" or name == "step":
                continue
            column = columns.get(name)
            if column is None:
                column = columns[name] = _Column([], [], [])
            column.values.append(value)
            column.steps.append(entry["step"])
            column.clocks.append(clock)
    return columns


def _numbers_only(figures: FileFigures, name: str, column: _Column) -> _Column:
    """Leave out what is no number, and note it; ``null`` is what some write for nothing."""
    kept = _Column([], [], [])
    for value, step, clock in zip(*column, strict=True):
        plain = number(value)
        if plain is not None:
            kept.values.append(plain)
            kept.steps.append(step)
            kept.clocks.append(clock)
        elif value is not None:
            figures.not_numbers.setdefault(name, type(value).__name__)
    return kept


def _count(metric: MetricFigures, column: _Column) -> None:
    values, steps, clocks = column
    metric.count += len(values)
    metric.last, metric.last_step, metric.last_clock = values[-1], steps[-1], clocks[-1]
    total = _total(values)
    if total != total:  # there is a NaN, or an infinity of each sign
        column = _without_nan(column)
        metric.nan_count += len(values) - len(column.values)
        if not column.values:
            return
        values, steps, clocks = column
        total = _total(values)
    metric.total += total
    low, high = min(values), max(values)
    if metric.min is None or low < metric.min:
        at = values.index(low)
        metric.min, metric.min_step, metric.min_clock = low, steps[at], clocks[at]
    if metric.max is None or high > metric.max:
        at = values.index(high)
        metric.max, metric.max_step, metric.max_clock = high, steps[at], clocks[at]


def _total(values: list[float | int]) -> float:
    try:
        return float(sum(values))
    except OverflowError:  # integers larger than the largest float
        return sum(map(_as_float, values))


def _as_float(value: float | int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _without_nan(column: _Column) -> _Column:
    values, steps, clocks = column
    there = [i for i, value in enumerate(values) if value == value]
    return _Column(
        [values[i] for i in there], [steps[i] for i in there], [clocks[i] for i in there]
    )


def problems_of(name: str, figures: FileFigures) -> list[str]:
    """Return what could not be read of the file ``name``, a sentence each."""
    places = [*figures.damage, *([figures.tail] if figures.tail else [])]
    found = [f"{name}, byte {place.offset}: {place.reason}" for place in places]
    unlisted = figures.damage_count - len(figures.damage)
    if unlisted:
        found.append(f"{name}: {unlisted} more entries cannot be decoded")
    for metric, kind in figures.not_numbers.items():
        found.append(f"{name}: {metric!r} holds values of type {kind}, which are not drawn")
    return found


def merged(files: Iterable[FileFigures]) -> dict[str, MetricSummary]:
    """Return the figures of a run from those of its files, the owner's file first.

    Metrics stand in the order of first logging.
    """
    files = list(files)
    if len(files) == 1:
        return {name: _summary([metric]) for name, metric in files[0].metrics.items()}
    found: dict[str, list[MetricFigures]] = {}
    first: dict[str, tuple[float, int, int]] = {}
    for rank, file in enumerate(files):
        for place, (name, metric) in enumerate(file.metrics.items()):
            found.setdefault(name, []).append(metric)
            logged_first = (metric.first_clock, rank, place)
            first[name] = min(first.get(name, logged_first), logged_first)
    return {name: _summary(found[name]) for name in sorted(found, key=first.__getitem__)}


def _summary(parts: Sequence[MetricFigures]) -> MetricSummary:
    last = lowest = highest = parts[0]
    count, nan_count, total = last.count, last.nan_count, last.total
    if len(parts) > 1:
        count = sum(part.count for part in parts)
        nan_count = sum(part.nan_count for part in parts)
        total = sum(part.total for part in parts)
        last = max(reversed(parts), key=lambda part: part.last_clock)  # of equal ones the last
        lowest, highest = _extremes(parts)
    return MetricSummary(
        count=count,
        nan_count=nan_count,
        last=last.last,
        last_step=last.last_step,
        min=math.nan if lowest.min is None else lowest.min,
        min_step=lowest.min_step,
        max=math.nan if highest.max is None else highest.max,
        max_step=highest.max_step,
        mean=total / (count - nan_count) if count > nan_count else math.nan,
    )


def _extremes(parts: Sequence[MetricFigures]) -> tuple[MetricFigures, MetricFigures]:
    """Return the parts with the smallest and the largest value, of equal ones the earlier."""
    there = [part for part in parts if part.min is not None] or [parts[0]]
    if len(there) == 1:
        return there[0], there[0]
    lowest = min(there, key=lambda part: (part.min, part.min_clock))
    highest = min(there, key=lambda part: (-(part.max or 0), part.max_clock))
    return lowest, highest
