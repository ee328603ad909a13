"""The value in a cell of the table, exact and without any form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neural.tracking.pages.experiments.columns import Column, latest_of
from neural.tracking.query.fields import STATS

__all__ = ["best_of", "raw_value"]


def best_of(row: Mapping[str, Any], metric: str) -> Mapping[str, Any]:
    """Return ``value``, ``step`` and ``mode`` of the best value of a metric; empty without one."""
    return ((row.get("summary") or {}).get("best") or {}).get(metric) or {}


def raw_value(row: Mapping[str, Any], column: Column, facts: Mapping[str, Any]) -> Any:
    """Return what a cell shows as a value; ``None`` where there is nothing.

    Args:
        row: A run, as the manager lists it.
        column: Not a slow one.
        facts: What of ``grid.extra_facts`` is known of the run.
    """
    if column.kind == "best":
        return best_of(row, column.name).get("value")
    if column.kind == "last":
        return latest_of(row).get(column.name)
    if column.kind in ("param", "tag"):
        holder = row.get("hyperparameters" if column.kind == "param" else "tags") or {}
        return holder.get(column.name)
    value = facts.get(column.fact)
    is_whole = column.kind in STATS and column.kind.endswith(("count", "step"))
    # The index keeps every number as a float.
    return int(value) if value is not None and (is_whole or column.fact == "repeat") else value
