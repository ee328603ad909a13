"""Runs put together in the table: a row a group, with how many there are and mean ± std."""

from __future__ import annotations

import math
import threading
import zlib
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural._clock import from_iso
from neural.errors import InvalidInputError
from neural.tracking.analysis.aggregate import group_value
from neural.tracking.analysis.groups import ALL_BUT_SEED, field_value, group_runs
from neural.tracking.pages.addresses import plain_id
from neural.tracking.pages.experiments.columns import Column
from neural.tracking.pages.experiments.grid import short, stamp_of, value_cell
from neural.tracking.pages.experiments.values import raw_value
from neural.tracking.pages.param_diff import value_text
from neural.tracking.query import parse_sort
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.components import is_choosable, status_look
from neural.tracking.ui.format import format_number, format_time

__all__ = [
    "Group",
    "GroupedRuns",
    "group_options",
    "group_row",
    "grouped",
    "is_group_field",
    "mean_and_std",
]

Row = Mapping[str, Any]

#: Members whose changes make the trend of a group an old one; the others are not drawn.
MOST_STAMPED = 10


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that belong together.

    Attributes:
        key: Stands for the group in the browser.
        label: As it is shown: ``lr = 0.1, optimizer = adam``.
        members: Runs, as the manager lists them, in the order of the table.
    """

    key: str
    label: str
    members: tuple[Row, ...]


def group_options(library: RunLibrary, chosen: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return what runs can be put together by, with what is ``chosen`` already."""
    found = {
        ALL_BUT_SEED: "All equal but the seed",
        "name": "Experiment name",
        "group": "Group",
        "status": "Status",
    }
    found |= {f"params.{name}": name for name in library.param_names()}
    found |= {f"tags.{name}": f"tag {name}" for name in library.tag_names()}
    found |= {field: field for field in chosen if field not in found}
    return [{"label": text, "value": key} for key, text in found.items() if is_choosable(key)]


def is_group_field(field: str) -> bool:
    """Return whether runs can be put together by ``field``."""
    try:
        return field == ALL_BUT_SEED or field_value({}, field) is not None
    except InvalidInputError:
        return False


def grouped(rows: Sequence[Row], fields: Sequence[str]) -> list[Group]:
    """Return the groups of some runs, in the order of their first members.

    Args:
        rows: Runs, as the manager lists them.
        fields: What ``analysis.groups.group_runs`` groups by; with ``ALL_BUT_SEED`` among them
            the others do not count.

    Raises:
        InvalidInputError: There is no such field.
    """
    by = ALL_BUT_SEED if ALL_BUT_SEED in fields else fields
    return [
        Group(plain_id(found.label), short(found.label), tuple(rows[i] for i in found.rows))
        for found in group_runs(rows, by)
    ]


def mean_and_std(values: Iterable[Any]) -> tuple[float, float, int] | None:
    """Return mean, sample standard deviation and number of the finite numbers; ``None``: none."""
    numbers = [float(v) for v in values if type(v) in (int, float) and math.isfinite(v)]
    if not numbers:
        return None
    found = group_value(numbers, statistic="mean", band="std")
    spread = (found.upper - found.lower) / 2 if len(numbers) > 1 else math.nan
    return found.center, spread, len(numbers)


def group_row(
    group: Group,
    columns: Iterable[Column],
    facts: Mapping[str, Mapping[str, Any]],
    *,
    is_open: bool,
) -> dict[str, Any]:
    """Return the row of a group as the table shows it.

    Args:
        group: The group.
        columns: The columns that depend on what was logged.
        facts: By run, what of ``grid.extra_facts`` is known.
        is_open: Whether its members stand below it.
    """
    cells: dict[str, str] = {}
    full: dict[str, str] = {}
    for column in columns:
        if not column.is_slow:
            values = [
                raw_value(row, column, facts.get(row["experiment_id"], {})) for row in group.members
            ]
            cells[column.key], full[column.key] = _cell(column, values)
    started = [t for row in group.members if (t := from_iso(row.get("start_time"))) is not None]
    created = max(started, default=None)
    durations = [row["duration"] for row in group.members if row.get("duration") is not None]
    return {
        "id": f"group:{group.key}",
        "kind": "group",
        "key": group.key,
        "name": group.label,
        "count": len(group.members),
        "open": is_open,
        "status": _statuses(group.members),
        "look": status_look(_statuses(group.members)),
        "tags": [],
        "notes": "",
        "created": created,
        "when": format_time(created),
        "duration": sum(durations) / len(durations) if durations else None,
        "stamp": zlib.crc32(repr([stamp_of(row) for row in group.members[:MOST_STAMPED]]).encode()),
        "members": [row["experiment_id"] for row in group.members],
        "full": full,
        **cells,
    }


def _statuses(members: Sequence[Row]) -> str:
    counted = Counter(str(row["status"]) for row in members).most_common()
    return counted[0][0] if len(counted) == 1 else ", ".join(f"{n} {text}" for text, n in counted)


def _cell(column: Column, values: Sequence[Any]) -> tuple[str, str]:
    known = [value for value in values if value is not None]
    if not known:
        return "", ""
    texts = Counter(value_text(value) for value in known)
    is_setting = column.kind in ("param", "tag", "fact")
    if is_setting or not (found := mean_and_std(known)):
        if len(texts) == 1:
            return value_cell(known[0])
        return f"{len(texts)} values", short(", ".join(texts))
    mean, std, number = found
    spread = "" if math.isnan(std) else f" ± {format_number(float(f'{std:.2g}'))}"
    missing = len(values) - number
    note = f"; {missing} without a finite value" if missing else ""
    return (
        f"{format_number(float(f'{mean:.4g}'))}{spread}",
        f"mean {mean!r}, standard deviation {std!r}, of {number} runs{note}",
    )


class GroupedRuns:
    """Keeps the last groupings, so that scrolling and opening read nothing again.

    Args:
        library: The runs.
    """

    #: Groupings that are kept; each holds its runs.
    MOST = 4

    def __init__(self, library: RunLibrary) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], list[Group]] = OrderedDict()

    def groups(self, wanted: str, sort: Sequence[str], fields: Sequence[str]) -> list[Group]:
        """Return the groups of the runs that a filter finds.

        Args:
            wanted: The filter.
            sort: As of the manager. Groups stand in the order of the mean of each field.
            fields: As of :func:`grouped`.

        Raises:
            FilterSyntaxError: Something cannot be understood.
        """
        revision = self._library.page(wanted, limit=0).revision
        key = (wanted, tuple(sort), tuple(fields), revision)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        rows = self._library.search(wanted, sort=list(sort) or None)
        found = self._in_order(grouped(rows, fields), sort)
        with self._lock:
            self._known[key] = found
            while len(self._known) > self.MOST:
                self._known.popitem(last=False)
        return found

    def _in_order(self, groups: list[Group], sort: Sequence[str]) -> list[Group]:
        ids = [row["experiment_id"] for group in groups for row in group.members]
        for key in reversed(parse_sort(list(sort))):
            facts = self._library.cells(ids, [key.key])
            means = {
                group.key: mean_and_std(
                    facts.get(row["experiment_id"], {}).get(key.key) for row in group.members
                )
                for group in groups
            }
            there = [group for group in groups if means[group.key] is not None]
            if not there:  # texts: the order of the first members is that of the sorted runs
                continue
            there.sort(key=lambda g, m=means: m[g.key][0], reverse=key.descending)  # type: ignore[misc]
            groups = there + [group for group in groups if means[group.key] is None]
        return groups
