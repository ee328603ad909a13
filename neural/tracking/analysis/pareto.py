"""Which runs no other run beats in everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.records import Goal

__all__ = ["pareto_front"]


def pareto_front(values: ArrayLike, goals: Sequence[Goal]) -> NDArray[np.bool_]:
    """Return which rows are not dominated.

    A row is dominated when another is at least as good in every metric and better in one. Rows
    that are equal in all metrics are on the front together. Rows with a NaN or an infinity are
    never on it.

    Args:
        values: One row a run, one column a metric, shape ``(N, K)``.
        goals: ``"min"`` or ``"max"`` for each metric, length ``K``.

    Raises:
        InvalidInputError: ``values`` does not have a column for each goal.

    Example:
        >>> pareto_front([[1, 9], [2, 5], [3, 7]], ["min", "min"]).tolist()
        [True, True, False]
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(goals):
        expected = f"(N, {len(goals)}), a column for each goal"
        raise InvalidInputError(f"values must have shape {expected}, got {table.shape}")
    costs = table * np.array([1.0 if goal == "min" else -1.0 for goal in goals])
    on_front = np.zeros(table.shape[0], dtype=np.bool_)
    there = np.flatnonzero(np.isfinite(costs).all(axis=1))
    # Sorted, a row can be dominated only by one before it, and then by one on the front.
    front = np.empty((0, len(goals)))
    for row in there[np.lexsort(costs[there].T[::-1])]:
        cost = costs[row]
        is_beaten = ((front <= cost).all(axis=1) & (front < cost).any(axis=1)).any()
        if not is_beaten:
            on_front[row] = True
            front = np.vstack((front, cost))
    return on_front
