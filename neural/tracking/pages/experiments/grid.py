"""The table of runs as AG Grid takes it: what its columns are, and what stands in a row."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from neural._clock import from_iso
from neural.tracking.charts.theme import run_slot
from neural.tracking.pages.experiments.columns import JUDGED, Column, latest_of
from neural.tracking.pages.experiments.values import best_of, raw_value
from neural.tracking.pages.param_diff import value_text
from neural.tracking.query.fields import BUILT_IN, STATS, FieldKind
from neural.tracking.ui.components import status_look
from neural.tracking.ui.format import format_duration, format_number, format_time

__all__ = [
    "column_defs",
    "extra_facts",
    "grid_row",
    "run_name",
    "short",
    "sort_keys",
    "stamp_of",
    "tag_text",
    "value_cell",
]

#: Beyond this a cell holds the start of a text, and the tooltip the rest.
MOST_CHARACTERS = 200

_FIGURE = "aq-number aq-cell-end"
#: Pixels for ``≈ tie 0.9421 ± 0.0032``.
MEAN_WIDTH = 176

#: Functions of the browser, in assets/js/grid.js.
_ID = {"function": "aquariumId(params)"}
_AGO = {"function": "aquariumAgo(params)"}
_SPAN = {"function": "aquariumSpan(params)"}
_WHEN = {"function": "aquariumWhen(params)"}
_FULL = {"function": "aquariumFull(params)"}
_TAGS = {"function": "aquariumTagsText(params)"}
_PARSE_TAGS = {"function": "aquariumParseTags(params)"}
#: A row that stands for a group has nothing to edit.
_EDITABLE = {"function": "aquariumEditable(params)"}

#: Facts that the listing of a run does not have.
_UNLISTED = {*STATS} - {"last", "best"}


def grid_row(
    row: Mapping[str, Any],
    columns: Iterable[Column],
    facts: Mapping[str, Any] | None = None,
    chosen: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return what the table needs of one run: texts ready to show, and times to reckon with.

    Args:
        row: A run, as the manager lists it.
        columns: The columns beyond those that are always there.
        facts: What those of :func:`extra_facts` are for this run.
        chosen: Colours that people gave to runs, see ``charts.theme.run_slot``.
    """
    cells: dict[str, str] = {}
    full: dict[str, str] = {}
    for column in columns:
        if not column.is_slow:
            cells[column.key], full[column.key] = _cell(row, column, facts or {})
    created = from_iso(row.get("start_time"))
    return {
        "id": row["experiment_id"],
        "name": short(run_name(row)),
        "group": short(row.get("group") or ""),
        "status": row["status"],
        "look": status_look(row["status"]),
        "problem": short("; ".join(row.get("problems") or ())),
        "tags": [short(tag_text(*tag)) for tag in (row.get("tags") or {}).items()],
        "notes": short(row.get("notes") or ""),
        "pinned": bool(row.get("pinned")),
        "archived": bool(row.get("archived")),
        "slot": run_slot(row["experiment_id"], chosen),
        "created": created,
        "when": format_time(created),
        "duration": row.get("duration"),
        "stamp": stamp_of(row),
        "full": full,
        **cells,
    }


def run_name(row: Mapping[str, Any]) -> str:
    """Return the name under which a run is shown."""
    return str(row.get("display_name") or row["experiment_name"])


def tag_text(name: str, text: str) -> str:
    """Return a tag as it is shown and typed: ``baseline`` or ``team: vision``."""
    return f"{name}: {text}" if text else name


def short(text: str) -> str:
    """Return the start of a text that is too long for a cell."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def extra_facts(columns: Iterable[Column]) -> list[str]:
    """Return the facts that ``columns`` need beyond what a listing of runs says."""
    return [column.fact for column in columns if column.kind == "fact" or column.kind in _UNLISTED]


def stamp_of(row: Mapping[str, Any]) -> int:
    """Return a number that changes when a run was logged to: what is drawn of it is then old."""
    known = (row.get("duration"), row["status"], list(latest_of(row).values())[:4])
    return zlib.crc32(repr(known).encode())


def _cell(row: Mapping[str, Any], column: Column, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the text of a cell and, where that is shortened, the full one for its tooltip."""
    if column.kind == "best":
        return _best_cell(row, column.name)
    if column.kind == "fact":
        return _fact_cell(column.name, raw_value(row, column, facts))
    value = raw_value(row, column, facts)
    is_logged = value is not None or column.name in _settings(row, column)
    return value_cell(value) if is_logged else ("", "")


def _settings(row: Mapping[str, Any], column: Column) -> Mapping[str, Any]:
    """Return the parameters: ``None`` is a value that a user can set."""
    return (row.get("hyperparameters") or {}) if column.kind == "param" else {}


def _best_cell(row: Mapping[str, Any], metric: str) -> tuple[str, str]:
    best = best_of(row, metric)
    value = best.get("value")
    if value is None:
        return "", ""
    mode = "smallest" if best.get("mode") == "min" else "largest"
    return format_number(value), f"{value!r}, the {mode}, at step {best.get('step')}"


def _fact_cell(name: str, value: Any) -> tuple[str, str]:
    if value is None:
        return "", ""
    if BUILT_IN[name] is FieldKind.TIME:
        return format_time(value)[:16], format_time(value)
    if BUILT_IN[name] is FieldKind.DURATION:
        return format_duration(value), f"{value!r} s"
    if BUILT_IN[name] is FieldKind.FLAG:
        return ("yes" if value else "no"), ""
    return value_cell(value)


def value_cell(value: Any) -> tuple[str, str]:
    """Return the text of a value and, where that is shortened, the full one."""
    if type(value) in (int, float):
        text = format_number(value)
        return text, "" if math.isfinite(value) and text == repr(value) else repr(value)
    text = value if isinstance(value, str) else value_text(value)
    return short(text), text[: 10 * MOST_CHARACTERS]


def column_defs(
    columns: Sequence[Column],
    sort: Sequence[str] = (),
    *,
    grouped: bool = False,
    widths: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Return the columns of the table as AG Grid takes them.

    Args:
        columns: Those beyond the ones that are always there.
        sort: What to sort by at first, as in :func:`sort_keys`.
        grouped: Leave room for the labels of groups and for ``mean ± std``.
        widths: Pixels of columns that somebody made wider or narrower, by key.
    """
    fixed = [
        _definition(
            "name",
            "Name",
            cellRenderer="AquariumName",
            minWidth=340 if grouped else 220,
            flex=2,
            editable=_EDITABLE,
            cellEditorParams={"maxLength": 500},
        ),
        _definition("status", "Status", cellRenderer="AquariumStatus", initialWidth=120),
        _definition("id", "Id", cellClass="aq-mono", valueFormatter=_ID, initialWidth=112),
    ]
    said = [
        _definition(
            "tags",
            "Tags",
            cellRenderer="AquariumTags",
            valueFormatter=_TAGS,
            valueParser=_PARSE_TAGS,
            editable=_EDITABLE,
            sortable=False,
            initialWidth=140,
        ),
        _definition(
            "notes",
            "Notes",
            editable=_EDITABLE,
            cellEditor="agLargeTextCellEditor",
            cellEditorPopup=True,
            cellEditorParams={"maxLength": 100_000, "rows": 6, "cols": 48},
            tooltipField="notes",
            initialWidth=140,
        ),
        _definition(
            "created", "Started", valueFormatter=_AGO, tooltipValueGetter=_WHEN, initialWidth=104
        ),
        _definition("duration", "Duration", valueFormatter=_SPAN, initialWidth=110),
    ]
    definitions: list[dict[str, Any]] = [*fixed, *_groups(columns), *said]
    for definition in (leaf for one in definitions for leaf in one.get("children", [one])):
        definition.update(_first_sort(definition["colId"], sort))
        if grouped and definition.get("cellClass") == _FIGURE:
            definition["width"] = MEAN_WIDTH
        if width := (widths or {}).get(definition["colId"]):
            definition |= {"width": width, "minWidth": min(width, 60), "flex": None}
    # What is always there keeps its place: only the order of the others stands in the address.
    for side, locked in (("left", fixed), ("right", said)):
        for definition in locked:
            definition |= {"lockPosition": side, "suppressMovable": True}
    return definitions


def _definition(key: str, header: str, **options: Any) -> dict[str, Any]:
    return {"colId": key, "field": key, "headerName": header, **options}


def _first_sort(key: str, sort: Sequence[str]) -> dict[str, Any]:
    for place, wanted in enumerate(sort):
        if wanted.removeprefix("-") == key:
            order = "desc" if wanted.startswith("-") else "asc"
            return {"initialSort": order, "initialSortIndex": place}
    return {}


#: Headings over columns that are not of one metric, by kind.
_HEADINGS = {"param": "Parameters", "tag": "Tags", "fact": "Run"}


def _groups(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the columns in their order; neighbours of one family are under a common heading."""
    groups = []
    for place, (family, found) in enumerate(groupby(columns, key=lambda column: column.family)):
        heading = _HEADINGS.get(family[0], family[1])
        groups.append(
            {
                "headerName": heading,
                "headerTooltip": heading,
                "groupId": f"{place} {family[0]} {heading}",
                "children": [_leaf(column) for column in found],
            }
        )
    return groups


def _leaf(column: Column) -> dict[str, Any]:
    if column.kind == "spark":
        return _definition(
            column.key,
            "trend",
            cellRenderer="AquariumTrend",
            cellClass="aq-cell-trend",
            headerTooltip=column.key,
            sortable=False,
            initialWidth=120,
        )
    is_named = column.kind in _HEADINGS
    header = column.name if is_named else _STAT_WORDS.get(column.kind, column.kind)
    header = f"at best {column.other}" if column.kind == "at" else header
    return _definition(
        column.key,
        header,
        tooltipValueGetter=_FULL,
        headerTooltip=column.key,
        cellClass=_FIGURE,
        cellClassRules={
            "aq-text-warn": "params.value === 'NaN'",
            "aq-cell-best": "aquariumIsBest(params)",
            "aq-cell-tied": "aquariumIsTied(params)",
        },
        headerClass="aq-head-end",
        sortable=not column.is_slow,
        initialWidth=_width(column, header),
        **({"cellRenderer": "AquariumSlow"} if column.is_slow else {}),
    )


def _width(column: Column, header: str) -> int:
    """Return pixels; a figure that one run can be best in has room for a mark beside it."""
    if column.kind in _HEADINGS:
        return max(80, min(180, 40 + 8 * len(header)))
    return 120 if column.kind in JUDGED else 104


_STAT_WORDS = {"nan_count": "NaN", "best_step": "best step", "last_step": "last step"}


def sort_keys(model: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return AG Grid's sort model as the manager takes it: ``["-metrics.loss.best", "name"]``."""
    return [f"{'-' if key['sort'] == 'desc' else ''}{key['colId']}" for key in model]
