"""The filter language: text to tree to plain predicate and SQL. Nothing is ever evaluated."""

from __future__ import annotations

from neural.tracking.query.completion import suggestions, word_at
from neural.tracking.query.facts import Fact, Kind, encode_fact, encode_facts
from neural.tracking.query.filter import Filter, parse
from neural.tracking.query.functions import register_functions
from neural.tracking.query.selection import count_runs, fetch, page_of_runs, select_runs
from neural.tracking.query.sort import SortKey, SortSql, parse_sort, sort_runs, sort_sql

__all__ = [
    "Fact",
    "Filter",
    "Kind",
    "SortKey",
    "SortSql",
    "count_runs",
    "encode_fact",
    "encode_facts",
    "fetch",
    "page_of_runs",
    "parse",
    "parse_sort",
    "register_functions",
    "select_runs",
    "sort_runs",
    "sort_sql",
    "suggestions",
    "word_at",
]
