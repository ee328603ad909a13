"""Differences between the parameters of runs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from neural.tracking.pages.param_diff import MISSING, change_text, param_rows, value_text


def test_rows_are_sorted_and_complete() -> None:
    """Every parameter of any run has a row; what a run lacks is marked, not guessed."""
    rows = param_rows([{"lr": 0.1, "width": 8}, {"lr": 0.1, "depth": 2}])

    assert [(row.name, row.values, row.differs) for row in rows] == [
        ("depth", (MISSING, 2), True),
        ("lr", (0.1, 0.1), False),
        ("width", (8, MISSING), True),
    ]


def test_one_run_has_no_differences() -> None:
    """A single run differs from nothing."""
    assert [row.differs for row in param_rows([{"lr": 0.1}])] == [False]


def test_none_is_a_value() -> None:
    """A parameter set to None is not the same as one that was never set."""
    assert param_rows([{"clip": None}, {}])[0].differs


@pytest.mark.parametrize(
    ("left", "right", "differs"),
    [
        (math.nan, math.nan, False),
        (1, 1.0, False),
        (True, 1, True),
        ([1, 2], [1, 2], False),
        ("1", 1, True),
    ],
)
def test_what_counts_as_the_same(left: Any, right: Any, differs: bool) -> None:
    """Settings are compared as a reader would: NaN equals itself, yes is not the number 1."""
    assert param_rows([{"p": left}, {"p": right}])[0].differs is differs


@pytest.mark.parametrize(
    ("baseline", "value", "expected"),
    [
        (0.001, 0.0003, "−0.0007 (−70 %)"),
        (32, 64, "+32 (+100 %)"),
        (1e-4, 1.0, "+0.9999 (×1e+04)"),
        (0, 5, "+5"),
        (1, -1, "−2"),
        ("sgd", "adam", ""),
        (True, False, ""),
        (5, 5, "="),
        (10**400, 1, ""),
        (math.inf, 1.0, ""),
        (MISSING, 1, "added"),
        (1, MISSING, "removed"),
    ],
)
def test_change(baseline: Any, value: Any, expected: str) -> None:
    """Numbers show by how much they changed, and in per cent where that can be said."""
    assert change_text(baseline, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("adam", "adam"),
        (True, "true"),
        (None, "null"),
        (0.1, "0.1"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
        ([1, "ä"], '[1, "ä"]'),
        (MISSING, "–"),
    ],
)
def test_value_text(value: Any, expected: str) -> None:
    """A value reads as it was set."""
    assert value_text(value) == expected
