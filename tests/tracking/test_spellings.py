"""Arguments of two names, and texts where a list is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.tracking.spellings import one_of, several


def test_whichever_was_given() -> None:
    """``None`` is what was not given; anything else is, also what is empty."""
    assert one_of(a=None, b=1) == 1
    assert one_of(a=[], b=None) == []
    assert one_of(a=None, b=None) is None


def test_two_spellings_at_once() -> None:
    """The message names both."""
    with pytest.raises(InvalidInputError, match="a and c are the same; give only one"):
        one_of(a=1, b=None, c=1)


@pytest.mark.parametrize("values", [["a", "b"], ("a", "b"), {"a": 1, "b": 2}, iter("ab")])
def test_lists_of_every_kind(values: Any) -> None:
    """Whatever can be gone through, in its order."""
    assert several("ids", values, of="ids") == ["a", "b"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("ab", r"ids must be a list of ids, got 'ab': write \['ab'\]"),
        (5, "list of ids, got 5$"),
        (iter((1,)), r"got \[1\]"),
    ],
)
def test_what_is_no_list(values: Any, message: str) -> None:
    """A text could be gone through, letter by letter, which nobody means."""
    with pytest.raises(InvalidInputError, match=message):
        several("ids", values, of="ids")
