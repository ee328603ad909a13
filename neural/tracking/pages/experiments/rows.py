"""The blocks of rows that the table of runs asks for, and the figures above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.pages.addresses import EXPERIMENTS, run_href
from neural.tracking.pages.experiments.columns import (
    JUDGED,
    Column,
    choose_columns,
    columns_of,
    with_new,
    without_constant,
)
from neural.tracking.pages.experiments.grid import extra_facts, grid_row, sort_keys
from neural.tracking.pages.experiments.groups import Group, GroupedRuns, group_row
from neural.tracking.pages.experiments.ties import Ties, sorted_metric
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.query import Filter, parse
from neural.tracking.storage.settings import SettingsStore
from neural.tracking.ui.components import safe_link
from neural.tracking.ui.page import AppContext

__all__ = ["BLOCK", "counts", "described", "first_block", "rows", "shown_columns", "sorted_by"]

#: Rows that travel at once; also how many of the newest runs decide about the columns.
BLOCK = 100
#: The page looks for changes every few seconds; rows need no look of their own.
RECENT_S = 3.0
#: Statuses that the page counts; what ended as it should needs no attention.
COUNTED = ("running", "failed", "crashed", "cancelled")


def rows(
    context: AppContext,
    request: Mapping[str, Any],
    view: TableView,
    columns: Sequence[Column],
    groups: GroupedRuns | None = None,
    ties: Ties | None = None,
) -> dict[str, Any]:
    """Return one block of the table.

    Args:
        context: The application.
        request: What the table asks for: ``startRow``, ``endRow``, ``sortModel``, and the
            ``number`` under which it will know the answer; ``open``: the groups that are open.
        view: Which runs, and what they are put together by.
        columns: The columns that depend on what was logged.
        groups: Keeps what was put together; ``None`` for one question.
        ties: Keeps which rows tie with the best; ``None`` for one question.
    """
    start = max(0, int(request["startRow"]))
    limit = max(0, min(int(request["endRow"]) - start, BLOCK))
    by = sort_keys(request.get("sortModel") or ())
    sort, ties = sorted_by(context, by), ties or Ties(context.manager)
    judged = _judged(by, columns)
    if view.group:
        found = (groups or GroupedRuns(context.manager)).groups(view.wanted, sort, view.group)
        marks = ties.marks(view.wanted, by, found)
        lines = _lines(found, set(request.get("open") or ()))
        shown = _described_lines(context, lines[start : start + limit], columns)
        return _answer(request, shown, len(lines), marks, judged)
    page = context.manager.page(
        view.wanted, sort=sort or None, limit=limit, offset=start, max_age_s=RECENT_S
    )
    shown = described(context, page.rows, columns)
    return _answer(request, shown, page.total, ties.marks(view.wanted, by), judged)


def _answer(
    request: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    total: int,
    marks: Mapping[str, tuple[str, str]],
    judged: str,
) -> dict[str, Any]:
    marked = [
        {**row, "tie": (*marks[row["id"]], judged)} if row["id"] in marks else row for row in shown
    ]
    return {"number": request.get("number"), "rowData": marked, "rowCount": total}


def _judged(sort: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the key of the column that rows are sorted by, where their marks stand."""
    found = sorted_metric(sort)
    fact = found[0] if found else ""
    return next((one.key for one in columns if one.kind in JUDGED and one.fact == fact), "")


#: A line of a table with groups: the group and whether it is open, or the group and a member.
_Line = tuple[Group, bool, Mapping[str, Any] | None]


def _lines(groups: Sequence[Group], open_keys: set[str]) -> list[_Line]:
    lines: list[_Line] = []
    for group in groups:
        is_open = group.key in open_keys
        lines.append((group, is_open, None))
        if is_open:
            lines += [(group, True, row) for row in group.members]
    return lines


def _described_lines(
    context: AppContext, lines: Sequence[_Line], columns: Sequence[Column]
) -> list[dict[str, Any]]:
    keys = extra_facts(columns)
    heads = [group for group, _, member in lines if member is None]
    ids = [row["experiment_id"] for group in heads for row in group.members]
    facts = context.manager.cells(ids, keys) if keys else {}
    members = [member for _, _, member in lines if member is not None]
    known = iter(described(context, members, columns))
    return [
        group_row(group, columns, facts, is_open=is_open)
        if member is None
        else {**next(known), "kind": "member"}
        for group, is_open, member in lines
    ]


def described(
    context: AppContext, found: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> list[dict[str, Any]]:
    """Return runs as the table shows them.

    Args:
        context: The application.
        found: Runs, as the manager lists them.
        columns: The columns that depend on what was logged.
    """
    keys, colors = extra_facts(columns), context.manager.colors.load()
    ids = [row["experiment_id"] for row in found]
    facts = context.manager.cells(ids, keys) if keys else {}
    return [
        {**grid_row(row, columns, facts.get(run), colors), "href": run_href(context, run)}
        for row, run in zip(found, ids, strict=True)
    ]


def first_block(sort: Sequence[str]) -> dict[str, Any]:
    """Return the question for the first block, as the table would ask it.

    Args:
        sort: Fields, ``-`` in front for the largest first.
    """
    model = [
        {"colId": key.removeprefix("-"), "sort": "desc" if key.startswith("-") else "asc"}
        for key in sort
    ]
    return {"startRow": 0, "endRow": BLOCK, "sortModel": model}


def sorted_by(context: AppContext, keys: list[str]) -> list[str]:
    """Return what to sort by so that pinned runs stand above all others."""
    pinned = context.manager.page("pinned = true", limit=0, max_age_s=RECENT_S).total > 0
    return ["-pinned", *keys] if pinned else keys


def shown_columns(
    context: AppContext, view: TableView, before: Sequence[Column] = ()
) -> list[Column]:
    """Return the columns of the table.

    Args:
        context: The application.
        view: What was chosen; without a choice the settings decide, else the newest runs.
        before: Columns that are on screen: a table that chooses itself keeps them.
    """
    chosen = columns_of(view.columns or SettingsStore(context.base_dir).load().columns)
    columns = chosen or with_new(before, choose_columns(context.manager.search(limit=BLOCK)))
    if not view.varying or context.manager.count(view.wanted) < 2:
        return columns
    facts = context.manager.varying(view.wanted, {column.fact for column in columns})
    return without_constant(columns, facts)


def counts(context: AppContext, view: TableView) -> list[Component]:
    """Return the line of figures: "1,204 runs · 3 running · 2 failed".

    Args:
        context: The application.
        view: The filter in force; the line then says how many runs it leaves.
    """
    total, matching = context.manager.count(), context.manager.count(view.wanted)
    words = f"{total:,} run{'' if total == 1 else 's'}"
    is_some = bool(view.filter.strip())
    parts: list[Component] = [html.Span(f"{matching:,} of {words}" if is_some else words)]
    for status in COUNTED:
        only = parse(f"status = '{status}'")
        number = context.manager.count(str(parse(view.wanted) & only))
        parts += _count(context, number, status, "" if number == matching else view.filter, only)
    archived = parse("archived = true")
    number = context.manager.count(str(parse(view.filter) & archived))
    parts += _count(context, number, "archived", view.filter, archived)
    return parts


def _count(
    context: AppContext, number: int, word: str, before: str, only: Filter
) -> list[Component]:
    """Return a figure that leads to the runs it counts; none for nought."""
    if not number:
        return []
    href = context.href(EXPERIMENTS, {"filter": str(parse(before) & only)})
    return [safe_link(f"{number:,} {word}", href, className="aq-count")]
