"""Whole queries: the runs that a filter finds, in order, a page at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from neural.tracking.query.filter import Filter
from neural.tracking.query.functions import slow_patterns_raise
from neural.tracking.query.matching import SlowPatternError
from neural.tracking.query.sort import SortKey, sort_sql
from neural.tracking.query.tree import EVERYTHING

__all__ = ["count_runs", "fetch", "page_of_runs", "select_runs"]


def select_runs(
    wanted: Filter,
    sort: Sequence[SortKey] = (),
    *,
    limit: int | None = None,
    offset: int = 0,
    columns: str = "r.run",
) -> tuple[str, list[Any]]:
    """Return the SQL and its values for one page of runs.

    Args:
        wanted: Which runs.
        sort: In which order; newest first without.
        limit: Rows on the page; ``None`` for all.
        offset: Rows before the page.
        columns: SQL to select, over ``runs r``; never from a user.
    """
    where, values = wanted.sql()
    ordered = sort_sql(sort)
    # Else SQLite walks through an index of the runs that does not hold what it needs.
    runs = "runs r NOT INDEXED" if ordered.joins else "runs r"
    # All that users gave is among the values.
    sql = f"SELECT {columns} FROM {runs}{ordered.joins} WHERE {where}"  # noqa: S608
    sql += f" ORDER BY {ordered.order} LIMIT ? OFFSET ?"
    return sql, [*ordered.params, *values, -1 if limit is None else limit, offset]


def count_runs(wanted: Filter) -> tuple[str, list[Any]]:
    """Return the SQL and its values for the number of runs that ``wanted`` finds."""
    where, values = wanted.sql()
    return f"SELECT count(*) FROM runs r WHERE {where}", values  # noqa: S608


def page_of_runs(
    connection: sqlite3.Connection,
    wanted: Filter,
    sort: Sequence[SortKey] = (),
    *,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[int], int]:
    """Return the numbers of the runs on one page, and how many ``wanted`` finds in all.

    Args:
        connection: As of :func:`fetch`.
        wanted: Which runs.
        sort: In which order; newest first without.
        limit: Rows on the page; ``None`` for all.
        offset: Rows before the page.

    Raises:
        FilterSyntaxError: A regular expression took too long.
        sqlite3.Error: As SQLite says.
    """
    is_whole = limit is None and not offset
    if is_whole or wanted.tree == EVERYTHING:  # counting those costs nothing
        query = select_runs(wanted, sort, limit=limit, offset=offset)
        runs = [run for (run,) in fetch(connection, wanted, query)]
        return runs, len(runs) if is_whole else _count(connection, wanted)
    rows = fetch(connection, wanted, _page_with_total(wanted, sort, limit, offset))
    if not rows:  # nothing is found, or the page stands behind the last one
        return [], _count(connection, wanted)
    return [run for run, _ in rows], rows[0][1]


def _count(connection: sqlite3.Connection, wanted: Filter) -> int:
    ((total,),) = fetch(connection, wanted, count_runs(wanted))
    return int(total)


def _page_with_total(
    wanted: Filter, sort: Sequence[SortKey], limit: int | None, offset: int
) -> tuple[str, list[Any]]:
    """Write the page and the total in one, so that the filter is worked out once."""
    where, values = wanted.sql()
    ordered = sort_sql(sort)
    found = f"SELECT r.run, r.created, r.id FROM runs r NOT INDEXED WHERE {where}"  # noqa: S608
    sql = f"WITH m AS MATERIALIZED ({found}) SELECT r.run, (SELECT count(*) FROM m)"  # noqa: S608
    sql += f" FROM m r{ordered.joins} ORDER BY {ordered.order} LIMIT ? OFFSET ?"
    return sql, [*values, *ordered.params, -1 if limit is None else limit, offset]


def fetch(
    connection: sqlite3.Connection, wanted: Filter, query: tuple[str, Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """Execute ``query`` and return its rows.

    Args:
        connection: One that knows the functions of
            :func:`~neural.tracking.query.register_functions`.
        wanted: The filter inside ``query``.
        query: What :func:`select_runs` or :func:`count_runs` returned for ``wanted``.

    Raises:
        FilterSyntaxError: A regular expression took too long.
        sqlite3.Error: As SQLite says.
    """
    try:
        with slow_patterns_raise(connection):
            return connection.execute(*query).fetchall()
    except SlowPatternError as error:
        raise wanted.refusal(error.pattern) from None
