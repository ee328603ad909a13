"""The order of several files and what of it is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.storage.merging import drawn, merge_order, running_maximum


def test_one_file_stays_as_it_is() -> None:
    """No order needs to be made for one file, or for files that follow each other."""
    assert merge_order([np.array([1.0, 1.0, 2.0])]) is None
    assert merge_order([np.array([1.0]), np.array([]), np.array([1.0, 3.0])]) is None


def test_equal_clocks_keep_the_order_of_files() -> None:
    """Where two files say the same time, the first file's points go first."""
    order = merge_order([np.array([2.0, 3.0]), np.array([1.0, 3.0])])

    assert order is not None
    assert order.tolist() == [2, 0, 1, 3]


def test_a_missing_time_does_not_set_the_clock() -> None:
    """NaN is skipped; the clock never goes back."""
    clock = running_maximum(np.array([3.0, math.nan, 1.0, 4.0]), before=2.0)

    assert clock.tolist() == [3.0, 3.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("step", "attempt", "expected"),
    [
        ([], [], []),
        ([0, 1, 2], [0, 1, 2], [0, 1, 2]),
        ([0, 1, 2, 1], [0, 0, 0, 1], [0, 3]),
        ([5, 6, 7, 0], [0, 0, 0, 1], [3]),
        ([0, 1, 2, 3, 2, 1], [0, 0, 0, 0, 1, 2], [0, 5]),
        ([0, 5, 6, 5], [0, 0, 1, 1], [0, 3, 2]),
        ([2**63 - 1, 2**63 - 1], [0, 0], [1]),
    ],
)
def test_attempts(step: list[int], attempt: list[int], expected: list[int]) -> None:
    """A later attempt hides earlier points from its first step on; within one the last counts."""
    steps = np.array(step, dtype=np.int64)

    found = drawn(steps, np.array(attempt, dtype=np.int64))

    assert (list(range(len(step))) if found is None else found.tolist()) == expected


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3))))
def test_drawn_follows_its_definition(points: list[tuple[int, int]]) -> None:
    """The fast selection gives what the sentence that defines it gives, read literally."""
    steps = [step for step, _ in points]
    attempts = sorted(attempt for _, attempt in points)
    expected = {}
    for i, (step, attempt) in enumerate(zip(steps, attempts, strict=True)):
        later = [s for s, a in zip(steps, attempts, strict=True) if a > attempt]
        if step < min(later, default=math.inf):
            expected[step] = i

    found = drawn(np.array(steps, dtype=np.int64), np.array(attempts, dtype=np.int64))

    indices = range(len(steps)) if found is None else found.tolist()
    assert list(indices) == [expected[step] for step in sorted(expected)]
