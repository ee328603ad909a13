"""What the filter box offers."""

from __future__ import annotations

import pytest

from neural.tracking.query import suggestions, word_at

PARAMS = ["lr", "optimizer", "a b"]
METRICS = ["loss", "val/loss", "val acc"]
VALUES = {"params.optimizer": ["adam", "it's"]}


def offered(text: str) -> list[str]:
    """Return the suggestions at the end of ``text``."""
    names = {"params": PARAMS, "metrics": METRICS, "tags": ["baseline"]}
    return suggestions(text, len(text), **names, values=VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lo", ["metrics.loss", "metrics.val/loss"]),
        ("LR", ["params.lr"]),
        ("metrics.loss.n", ["metrics.loss.nan_count"]),
        ('metrics."val a', ['metrics."val acc"']),
        ('metrics."val acc".me', ['metrics."val acc".mean']),
        ("params.a", ['params."a b"']),
        ("tags.", ["tags.baseline"]),
        ("(arch", ["archived"]),
        ("name = x and dura", ["duration"]),
        ("not dura", ["duration"]),
        ("status = fa", ["'failed'"]),
        ("status = 'fa", ["'failed'"]),
        ("status in ('failed', 'cra", ["'crashed'"]),
        ("status not in (run", ["'running'"]),
        ("params.optimizer = ", ["'adam'", "'it''s'"]),
        ("archived = ", ["true", "false"]),
        ("created > to", ["today"]),
        ("name li", ["like", "not like"]),
        ("name not ", ["in", "like"]),
        ("metrics.loss is n", ["nan", "not missing", "not nan", "missing"]),
        ("metrics.loss is not ", ["missing", "nan", "not missing", "not nan"]),
        ("status in ", ["("]),
        ("'x' in ", ["tags"]),
        ("name = x ", ["and", "or"]),
        ("name = x a", ["and"]),
        ("metrics.loss is nan ", ["and", "or"]),
        ("(name = x) ", ["and", "or"]),
        ("resnet ", ["and", "or"]),
        ("name like ", []),
        ("name = 'a", []),
        ("! na", []),
    ],
)
def test_suggestions(text: str, expected: list[str]) -> None:
    """Only what the grammar takes at the cursor, matched anywhere in its name."""
    assert offered(text) == expected


def test_orders_are_not_offered_for_texts() -> None:
    """The operators fit what the field holds."""
    assert ("<" in offered("metrics.loss "), "<" in offered("status ")) == (True, False)


def test_likeliest_first() -> None:
    """What starts with the word stands before what only holds it."""
    assert offered("d")[:2] == ["display_name", "duration"]


@pytest.mark.parametrize(
    ("text", "position", "word"),
    [
        ("status = x", 3, "status"),
        ("a and b", 7, "b"),
        ("name = 'my ru", 13, "'my ru"),
        ('metrics."val a', 14, 'metrics."val a'),
        ('x and metrics."a b".be', 22, 'metrics."a b".be'),
        ("name = ", 7, ""),
        ("name", 99, "name"),
    ],
)
def test_word_at(text: str, position: int, word: str) -> None:
    """The word round the cursor, with the quotes that belong to it."""
    start, end = word_at(text, position)

    assert text[start:end] == word
