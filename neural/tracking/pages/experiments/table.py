"""What the table of runs shows, as values: for export, all runs and not only those on screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from neural.tracking.pages.experiments.columns import JUDGED, Column
from neural.tracking.pages.experiments.export import Cell, Table
from neural.tracking.pages.experiments.grid import extra_facts, run_name, tag_text
from neural.tracking.pages.experiments.groups import Group, GroupedRuns, mean_and_std
from neural.tracking.pages.experiments.rows import sorted_by
from neural.tracking.pages.experiments.slow import MOST_RUNS, SlowCells
from neural.tracking.pages.experiments.values import best_of, raw_value
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.pages.param_diff import value_text
from neural.tracking.records import Goal
from neural.tracking.ui.page import AppContext

__all__ = ["exported"]

_BEFORE, _AFTER = ("name", "status", "id"), ("tags", "notes", "started", "duration_s")


def exported(
    context: AppContext, view: TableView, columns: Sequence[Column], slow: SlowCells
) -> Table:
    """Return the table as it is filtered and sorted, every run of it.

    Args:
        context: The application.
        view: Which runs, in which order.
        columns: The columns that depend on what was logged; trends are left out, and of groups
            values at best steps too.
        slow: Works out values at best steps.
    """
    shown = [column for column in columns if column.kind != "spark"]
    sort = sorted_by(context, list(view.sort))
    if view.group:
        figures = [column for column in shown if not column.is_slow]
        groups = GroupedRuns(context.manager).groups(view.wanted, sort, view.group)
        members = [row["experiment_id"] for group in groups for row in group.members]
        known = context.manager.cells(members, extra_facts(figures))
        return _of_groups(groups, figures, known)
    found = context.manager.search(view.wanted, sort=sort or None)
    ids, keys = [row["experiment_id"] for row in found], extra_facts(shown)
    facts = context.manager.cells(ids, keys) if keys else {}
    extra = _slow_texts(slow, ids, [column.key for column in shown if column.is_slow])
    rows = [
        [
            *map(Cell, (run_name(row), row["status"], run)),
            *(Cell(_value(row, c, facts.get(run, {}), extra.get(run, {}))) for c in shown),
            *map(Cell, _said(row)),
        ]
        for row, run in zip(found, ids, strict=True)
    ]
    header = [*_BEFORE, *(column.key for column in shown), *_AFTER]
    goals = {len(_BEFORE) + i: _goal(found, c) for i, c in enumerate(shown) if c.kind in JUDGED}
    return Table(header, rows, goals)


def _said(row: Mapping[str, Any]) -> tuple[Any, ...]:
    tags = ", ".join(tag_text(*tag) for tag in (row.get("tags") or {}).items())
    return tags, row.get("notes") or "", row.get("start_time"), row.get("duration")


def _slow_texts(
    slow: SlowCells, ids: Sequence[str], keys: Sequence[str]
) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    if keys:
        for start in range(0, len(ids), MOST_RUNS):
            found.update(slow.cells(ids[start : start + MOST_RUNS], keys))
    return found


def _goal(found: Sequence[Mapping[str, Any]], column: Column) -> Goal:
    for row in found:
        if best := best_of(row, column.name):
            return "min" if best["mode"] == "min" else "max"
    return "max"


def _value(
    row: Mapping[str, Any],
    column: Column,
    facts: Mapping[str, Any],
    slow: Mapping[str, Mapping[str, str]],
) -> Any:
    if column.is_slow:
        return slow.get(column.key, {}).get("text") or None
    value = raw_value(row, column, facts)
    return value if value is None or isinstance(value, str | int | float) else value_text(value)


def _of_groups(
    groups: Sequence[Group],
    columns: Sequence[Column],
    facts: Mapping[str, Mapping[str, Any]],
) -> Table:
    rows = []
    for group in groups:
        cells = [Cell(group.label), Cell(len(group.members))]
        for column in columns:
            values = [
                raw_value(r, column, facts.get(r["experiment_id"], {})) for r in group.members
            ]
            cells.append(_group_cell(column, values))
        rows.append(cells)
    found = [row for group in groups for row in group.members]
    goals = {2 + i: _goal(found, c) for i, c in enumerate(columns) if c.kind in JUDGED}
    return Table(["group", "runs", *(column.key for column in columns)], rows, goals)


def _group_cell(column: Column, values: Sequence[Any]) -> Cell:
    known = [value for value in values if value is not None]
    is_figure = column.kind not in ("param", "tag", "fact")
    if is_figure and (found := mean_and_std(known)):
        mean, std, _ = found
        return Cell(mean, None if math.isnan(std) else std)
    texts = dict.fromkeys(map(value_text, known))
    return Cell(", ".join(texts) or None)
