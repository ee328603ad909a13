"""Which runs belong together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from neural.errors import InvalidInputError
from neural.tracking.analysis.keys import NOT_SET, comparable, shown_value
from neural.tracking.analysis.seeds import is_seed_name, seed_of

__all__ = ["ALL_BUT_SEED", "Row", "RunGroup", "field_value", "group_runs"]

#: A run as ``ExperimentManager.list_experiments`` and ``search`` return it.
Row: TypeAlias = Mapping[str, Any]

#: Groups by everything but the seed.
ALL_BUT_SEED = "all but seed"

#: Fields of a row that are no param and no tag, and the key under which it has them.
_PLAIN_FIELDS = {"name": "experiment_name", "group": "group", "status": "status"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGroup:
    """Runs that belong together.

    Attributes:
        label: What tells this group from the others: ``"lr=0.1, width=16"``. No two groups of
            one grouping share it.
        values: The same by field: ``{"params.lr": 0.1, "params.width": 16}``; what a group
            does not have is :data:`~neural.tracking.analysis.keys.NOT_SET`.
        rows: Where its runs stand in the rows that were given, ascending.
        ids: Their ids.
        seeds: What tells each run from the others, see
            :func:`~neural.tracking.analysis.seeds.seed_of`.
    """

    label: str
    values: Mapping[str, Any]
    rows: tuple[int, ...]
    ids: tuple[str, ...]
    seeds: tuple[Hashable | None, ...]

    def __len__(self) -> int:
        return len(self.rows)


def group_runs(rows: Sequence[Row], by: str | Sequence[str] = ALL_BUT_SEED) -> list[RunGroup]:
    """Return the groups of runs, in the order in which their first runs stand.

    Args:
        rows: Runs as ``ExperimentManager.search`` returns them.
        by: :data:`ALL_BUT_SEED`: runs of one experiment name whose params are equal apart from
            seeds (see :func:`~neural.tracking.analysis.seeds.is_seed_name`); a run without
            any params stays alone, since nothing says what it was. Else one field or several:
            ``"name"``, ``"group"``, ``"status"``, ``"params.<name>"``, ``"tags.<name>"``; runs
            that lack a field are a group of their own.

    Returns:
        Groups that hold every row exactly once. The time is linear in the number of rows.

    Raises:
        InvalidInputError: There is no such field.

    Example:
        >>> rows = [
        ...     {"experiment_id": i, "experiment_name": "mnist", "hyperparameters": params}
        ...     for i, params in (
        ...         ("a", {"lr": 0.1, "seed": 0}),
        ...         ("b", {"lr": 0.2, "seed": 0}),
        ...         ("c", {"lr": 0.1, "seed": 1}),
        ...     )
        ... ]
        >>> [(group.label, group.ids, group.seeds) for group in group_runs(rows)]
        [('lr=0.1', ('a', 'c'), (0, 1)), ('lr=0.2', ('b',), (0,))]
    """
    if by == ALL_BUT_SEED:
        members = _gathered(rows, _all_but_seed)
        fields = _varying_fields([rows[found[0]] for found in members])
    else:
        fields = [by] if isinstance(by, str) else list(dict.fromkeys(by))
        readers = [_reader(field) for field in fields]
        members = _gathered(rows, lambda row: tuple(comparable(read(row)) for read in readers))
    groups = [_group(rows, found, fields) for found in members]
    return _told_apart(groups)


def field_value(row: Row, field: str) -> Any:
    """Return what a run has in a field that it can be grouped by; ``NOT_SET`` for nothing.

    Raises:
        InvalidInputError: There is no such field.
    """
    return _reader(field)(row)


def _reader(field: str) -> Callable[[Row], Any]:
    kind, _, name = field.partition(".")
    if kind == "params" and name:
        return lambda row: (row.get("hyperparameters") or {}).get(name, NOT_SET)
    if kind == "tags" and name:
        return lambda row: (row.get("tags") or {}).get(name, NOT_SET)
    if field in _PLAIN_FIELDS:
        key = _PLAIN_FIELDS[field]
        return lambda row: NOT_SET if row.get(key) is None else row[key]
    raise InvalidInputError(
        f"Runs cannot be grouped by {field!r}; take {ALL_BUT_SEED!r}, 'name', 'group', 'status', "
        "'params.<name>' or 'tags.<name>'"
    )


def _all_but_seed(row: Row) -> Hashable:
    params: Mapping[str, Any] = row.get("hyperparameters") or {}
    if not params:
        return ("alone", row.get("experiment_id"))
    settings = frozenset(
        (name, comparable(value)) for name, value in params.items() if not is_seed_name(name)
    )
    return row.get("experiment_name"), settings


def _gathered(rows: Iterable[Row], key_of: Callable[[Row], Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for number, row in enumerate(rows):
        found.setdefault(key_of(row), []).append(number)
    return list(found.values())


def _varying_fields(rows: Sequence[Row]) -> list[str]:
    """Return the fields that differ between rows, seeds left out: first the name, then params."""
    names = dict.fromkeys(
        name
        for row in rows
        for name in (row.get("hyperparameters") or {})
        if not is_seed_name(name)
    )
    fields = ["name", *(f"params.{name}" for name in names)]
    return [field for field in fields if _varies(rows, _reader(field))]


def _varies(rows: Sequence[Row], read: Callable[[Row], Any]) -> bool:
    if not rows:
        return False
    first = comparable(read(rows[0]))
    return any(comparable(read(row)) != first for row in rows)


def _group(rows: Sequence[Row], found: list[int], fields: Sequence[str]) -> RunGroup:
    first = rows[found[0]]
    values = {field: field_value(first, field) for field in fields}
    label = ", ".join(_label(field, value) for field, value in values.items())
    return RunGroup(
        label=label or str(first.get("experiment_name") or "all runs"),
        values=values,
        rows=tuple(found),
        ids=tuple(str(rows[i].get("experiment_id")) for i in found),
        seeds=tuple(seed_of(rows[i]) for i in found),
    )


def _label(field: str, value: Any) -> str:
    kind, _, name = field.partition(".")
    if not name:  # an experiment name, a group, a status
        return f"no {field}" if value is NOT_SET else str(value)
    if kind == "tags" and value is NOT_SET:
        return f"no {name}"
    return name if value == "" else f"{name}={shown_value(value)}"


def _told_apart(groups: list[RunGroup]) -> list[RunGroup]:
    """Return the groups, with an id behind labels that several of them would share.

    That happens to runs without params, and to values such as ``1`` and ``"1"``.
    """
    count: dict[str, int] = {}
    for group in groups:
        count[group.label] = count.get(group.label, 0) + 1
    return [
        group if count[group.label] == 1 else _with_label(group, f"{group.label} ({group.ids[0]})")
        for group in groups
    ]


def _with_label(group: RunGroup, label: str) -> RunGroup:
    return RunGroup(
        label=label, values=group.values, rows=group.rows, ids=group.ids, seeds=group.seeds
    )
