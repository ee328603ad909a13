"""The table of runs: which columns it has, and what stands in a row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from neural._clock import from_iso
from neural.tracking.pages.metric_sections import telling
from neural.tracking.pages.param_diff import value_text
from neural.tracking.query.fields import spell_field
from neural.tracking.ui.components import status_look
from neural.tracking.ui.format import format_number, format_time

__all__ = ["Column", "choose_columns", "column_defs", "grid_row", "sort_keys", "with_new"]

#: What fits on a wide screen beside the columns that are always there.
MOST_METRICS = 2
MOST_PARAMS = 5
#: Beyond this a cell holds the start of a text, and the tooltip the rest.
MOST_CHARACTERS = 200

#: Functions of the browser, in assets/js/grid.js.
_AGO = {"function": "aquariumAgo(params)"}
_SPAN = {"function": "aquariumSpan(params)"}
_WHEN = {"function": "aquariumWhen(params)"}
_FULL = {"function": "aquariumFull(params)"}


class Column(NamedTuple):
    """A column that depends on what was logged; travels to the browser and back as a list.

    Attributes:
        key: What it shows, as the filter language spells it: ``metrics."val/acc".best``.
            Also the id of the column, so that sorting by it needs no table of names.
        kind: ``"last"`` or ``"best"`` of a metric, or ``"param"``.
        name: Of the metric or the parameter.
    """

    key: str
    kind: str
    name: str


def choose_columns(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return columns for the metrics most runs have, and for the parameters that vary.

    Args:
        rows: Some runs, as the manager lists them; the newest are enough.
    """
    uses = Counter(name for row in rows for name in _latest(row))
    common = [name for name, count in uses.most_common() if 2 * count >= max(uses.values())]
    columns = []
    for name in telling(common)[:MOST_METRICS]:
        keys = ((kind, spell_field(f"metrics.{name}.{kind}")) for kind in ("last", "best"))
        columns += [Column(key, kind, name) for kind, key in keys]
    names = _varying([row.get("hyperparameters") or {} for row in rows])
    columns += [
        Column(spell_field(f"params.{name}"), "param", name) for name in names[:MOST_PARAMS]
    ]
    return columns


def with_new(shown: Sequence[Column], chosen: Sequence[Column]) -> list[Column]:
    """Return ``shown`` and those of ``chosen`` for which there is still room.

    A table that is being looked at may grow a column, but never loses or swaps one.
    """
    room = {"param": MOST_PARAMS, "last": MOST_METRICS, "best": MOST_METRICS}
    for column in shown:
        room[column.kind] -= 1
    columns = list(shown)
    for column in chosen:
        if column not in columns and room[column.kind] > 0:
            columns.append(column)
            room[column.kind] -= 1
    return columns


def _varying(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names whose value is not the same in all of ``params``; of one run, all."""
    names = dict.fromkeys(name for values in params for name in values)
    if len(params) < 2:
        return list(names)
    texts = {
        name: {value_text(values[name]) if name in values else None for values in params}
        for name in names
    }
    return [name for name, found in texts.items() if len(found) > 1]


def grid_row(row: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """Return what the table needs of one run: texts ready to show, and times to reckon with.

    Args:
        row: A run, as the manager lists it.
        columns: The columns beyond those that are always there.
    """
    cells: dict[str, str] = {}
    full: dict[str, str] = {}
    for column in columns:
        cells[column.key], full[column.key] = _cell(row, column)
    created = from_iso(row.get("start_time"))
    return {
        "id": row["experiment_id"],
        "name": _short(row.get("display_name") or row["experiment_name"]),
        "group": _short(row.get("group") or ""),
        "status": row["status"],
        "look": status_look(row["status"]),
        "problem": _short("; ".join(row.get("problems") or ())),
        "tags": [_short(_tag_text(*tag)) for tag in (row.get("tags") or {}).items()],
        "created": created,
        "when": format_time(created),
        "duration": row.get("duration"),
        "full": full,
        **cells,
    }


def _tag_text(name: str, text: str) -> str:
    return f"{name}: {text}" if text else name


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _cell(row: Mapping[str, Any], column: Column) -> tuple[str, str]:
    """Return the text of a cell and, where that is shortened, the full one for its tooltip."""
    if column.kind == "param":
        params = row.get("hyperparameters") or {}
        return _value_cell(params[column.name]) if column.name in params else ("", "")
    if column.kind == "last":
        latest = _latest(row)
        return _value_cell(latest[column.name]) if column.name in latest else ("", "")
    best = (_summary(row).get("best") or {}).get(column.name) or {}
    value = best.get("value")
    if value is None:
        return "", ""
    mode = "smallest" if best.get("mode") == "min" else "largest"
    return format_number(value), f"{value!r}, the {mode}, at step {best.get('step')}"


def _value_cell(value: Any) -> tuple[str, str]:
    if type(value) in (int, float):
        text = format_number(value)
        return text, "" if math.isfinite(value) and text == repr(value) else repr(value)
    text = value_text(value)
    return _short(text), text[: 10 * MOST_CHARACTERS]


def _summary(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row.get("summary") or {}


def _latest(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return _summary(row).get("latest") or {}


def column_defs(columns: Sequence[Column], sort: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the columns of the table as AG Grid takes them.

    Args:
        columns: Those beyond the ones that are always there.
        sort: What to sort by at first, as in :func:`sort_keys`.
    """
    fixed = [
        _definition("name", "Name", cellRenderer="AquariumName", minWidth=220, flex=2),
        _definition("status", "Status", cellRenderer="AquariumStatus", width=120),
        _definition("id", "Id", cellClass="aq-mono", width=112),
    ]
    times = [
        _definition("tags", "Tags", cellRenderer="AquariumTags", sortable=False, width=150),
        _definition("created", "Started", valueFormatter=_AGO, tooltipValueGetter=_WHEN, width=104),
        _definition("duration", "Duration", valueFormatter=_SPAN, width=110),
    ]
    definitions: list[dict[str, Any]] = [*fixed, *_groups(columns), *times]
    for definition in (leaf for one in definitions for leaf in one.get("children", [one])):
        definition.update(_first_sort(definition["colId"], sort))
    return definitions


def _definition(key: str, header: str, **options: Any) -> dict[str, Any]:
    return {"colId": key, "field": key, "headerName": header, **options}


def _first_sort(key: str, sort: Sequence[str]) -> dict[str, Any]:
    for place, wanted in enumerate(sort):
        if wanted.removeprefix("-") == key:
            order = "desc" if wanted.startswith("-") else "asc"
            return {"initialSort": order, "initialSortIndex": place}
    return {}


def _groups(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return last and best of each metric, and all parameters, under a common heading."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for column in columns:
        is_param = column.kind == "param"
        heading = ("params", "Parameters") if is_param else ("metric", column.name)
        groups.setdefault(heading, []).append(
            _definition(
                column.key,
                column.name if is_param else column.kind,
                tooltipValueGetter=_FULL,
                headerTooltip=column.key,
                cellClass="aq-number aq-cell-end",
                cellClassRules={"aq-text-warn": "params.value === 'NaN'"},
                headerClass="aq-head-end",
                width=max(80, min(180, 40 + 8 * len(column.name))) if is_param else 104,
            )
        )
    return [
        {"headerName": heading, "headerTooltip": heading, "groupId": kind + heading, "children": c}
        for (kind, heading), c in groups.items()
    ]


def sort_keys(model: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return AG Grid's sort model as the manager takes it: ``["-metrics.loss.best", "name"]``."""
    return [f"{'-' if key['sort'] == 'desc' else ''}{key['colId']}" for key in model]
