from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking.analysis.pareto import pareto_front


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_front_is_what_nothing_beats(rows: list[tuple[int, int, int]]) -> None:
    """Compared with trying every pair, for three metrics and both directions."""
    table = np.array(rows, dtype=float).reshape(-1, 3)
    costs = table * [1, -1, 1]

    found = pareto_front(table, ["min", "max", "min"])

    for row, is_on in zip(costs, found, strict=True):
        beats = (costs <= row).all(axis=1) & (costs < row).any(axis=1)
        assert is_on == (not beats.any())


def test_runs_without_a_value_are_not_on_it() -> None:
    """NaN is not the best of anything."""
    assert pareto_front([[np.nan, 0.0], [5.0, 5.0]], ["min", "min"]).tolist() == [False, True]


def test_a_goal_for_each_metric() -> None:
    """The message tells what shape was expected."""
    with pytest.raises(InvalidInputError, match=r"\(N, 1\), a column for each goal"):
        pareto_front([[1.0, 2.0]], ["min"])
