"""Whole queries: the runs that a filter finds, in order, a page at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from neural.tracking.query.filter import Filter
from neural.tracking.query.functions import slow_patterns_raise
from neural.tracking.query.matching import SlowPatternError
from neural.tracking.query.sort import SortKey, sort_sql

__all__ = ["count_runs", "fetch", "select_runs"]


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
    # All that users gave is among the values.
    sql = f"SELECT {columns} FROM runs r{ordered.joins} WHERE {where}"  # noqa: S608
    sql += f" ORDER BY {ordered.order} LIMIT ? OFFSET ?"
    return sql, [*ordered.params, *values, -1 if limit is None else limit, offset]


def count_runs(wanted: Filter) -> tuple[str, list[Any]]:
    """Return the SQL and its values for the number of runs that ``wanted`` finds."""
    where, values = wanted.sql()
    return f"SELECT count(*) FROM runs r WHERE {where}", values  # noqa: S608


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
