"""Names of fields: read, spelled, refused."""

from __future__ import annotations

import pytest

from neural.tracking.query.fields import UnknownFieldError, field_key, spell_field


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("status", "status"),
        ("Status", "status"),
        ("start_time", "created"),
        ("params.optimizer.lr", "params.optimizer.lr"),
        ("param.lr", "params.lr"),
        ("tags.é/x-1", "tags.é/x-1"),
        ("metrics.loss", "metrics.loss.last"),
        ("metrics.loss.best", "metrics.loss.best"),
        ("metrics.train.loss", "metrics.train.loss.last"),
        ("metrics.best", "metrics.best.last"),
        ("metrics.best.best", "metrics.best.best"),
    ],
)
def test_unquoted_names(word: str, key: str) -> None:
    """The last part of a metric's name is a statistic, if it is one and not the whole name."""
    assert field_key(word) == key


@pytest.mark.parametrize(
    ("quoted", "rest", "key"),
    [
        ("a b", "", "metrics.a b.last"),
        ("x.best", "", "metrics.x.best.last"),
        ("x.best", ".max", "metrics.x.best.max"),
        ("", "", "metrics..last"),
    ],
)
def test_quoted_names(quoted: str, rest: str, key: str) -> None:
    """What stands in quotes is the name, whole."""
    assert field_key("metrics.", quoted, rest) == key


@pytest.mark.parametrize(
    "key",
    [
        "status",
        "params.a.b",
        "params.a b",
        'params."',
        "params..",
        "params.",
        "tags.ü/1",
        "metrics.loss.last",
        "metrics.loss.best",
        "metrics.x.best.last",
        "metrics.best.last",
        "metrics..last",
    ],
)
def test_spelling_reads_back(key: str) -> None:
    """What is printed is the same field when it is typed."""
    before, quote, after = spell_field(key).partition('"')
    name, _, rest = after.rpartition('"')
    quoted = name.replace('""', '"') if quote else None

    assert field_key(before, quoted, rest) == key


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("stauts", "Did you mean status"),
        ("param", "Expected a name after params"),
        ("metric.", "Expected a name after metrics"),
        ("metrcs.loss", "Did you mean metrics.loss"),
        ("lr", "Did you mean params.lr or metrics.lr"),
    ],
)
def test_unknown_names_get_a_hint(word: str, hint: str) -> None:
    """The message holds what to type instead."""
    with pytest.raises(UnknownFieldError, match=hint):
        field_key(word)


def test_unknown_statistic() -> None:
    """The message lists what can be asked of a metric."""
    with pytest.raises(UnknownFieldError, match=r"Expected one of \.last, \.best"):
        field_key("metrics.", "a b", ".bets")


def test_half_quoted_name() -> None:
    """A name is quoted whole, so that its end is certain."""
    with pytest.raises(UnknownFieldError, match=r'Quote the whole name: params\."a\.b c"'):
        field_key("params.a.", "b c")
