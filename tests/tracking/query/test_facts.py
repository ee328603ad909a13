"""Values as rows of the index."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from neural.tracking.query.facts import Fact, Kind, encode_fact, encode_facts

CYCLE: list[object] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        (0.5, Fact(Kind.NUMBER, 0.5, None)),
        (64, Fact(Kind.NUMBER, 64.0, None)),
        (-math.inf, Fact(Kind.NUMBER, -math.inf, None)),
        (np.float32(0.5), Fact(Kind.NUMBER, 0.5, None)),
        (np.int64(7), Fact(Kind.NUMBER, 7.0, None)),
        (Fraction(1, 2), Fact(Kind.NUMBER, 0.5, None)),
        (2**53, Fact(Kind.NUMBER, 2.0**53, None)),
        (2**53 + 1, Fact(Kind.NUMBER, 2.0**53, str(2**53 + 1))),
        (-(10**400), Fact(Kind.NUMBER, -math.inf, str(-(10**400)))),
        (math.nan, Fact(Kind.NAN, None, None)),
        (True, Fact(Kind.BOOL, 1.0, None)),
        ("adam", Fact(Kind.TEXT, None, "adam")),
        ("1e-3", Fact(Kind.TEXT, 0.001, "1e-3")),
        ("1e999", Fact(Kind.TEXT, None, "1e999")),
        ("nan", Fact(Kind.TEXT, None, "nan")),
        ("a\x00\ud800b", Fact(Kind.TEXT, None, "a��b")),
        ([1, "é"], Fact(Kind.JSON, None, '[1,"é"]')),
        ({"a": None}, Fact(Kind.JSON, None, '{"a":null}')),
        (Decimal("0.5"), Fact(Kind.JSON, None, '"0.5"')),
        (CYCLE, Fact(Kind.JSON, None, "list")),
    ],
)
def test_encode_fact(value: object, fact: Fact) -> None:
    """Every value has a row, and NaN is not missing."""
    assert encode_fact(value) == fact


def test_integers_too_long_to_print() -> None:
    """An integer that Python refuses to print counts as infinite."""
    assert encode_fact(10**5000) == Fact(Kind.NUMBER, math.inf, None)


def test_none_is_missing() -> None:
    """What is ``None`` has no row."""
    facts = {"name": "a", "group": None, "params.k\x00": 1}

    assert list(encode_facts(facts)) == [("name", 1, None, "a"), ("params.k�", 0, 1.0, None)]
