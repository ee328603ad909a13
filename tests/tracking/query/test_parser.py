"""Filters to trees, and what is said about those that are none."""

from __future__ import annotations

import pytest

from neural.errors import FilterSyntaxError
from neural.tracking.query import parse
from neural.tracking.query.conditions import MAX_CONDITIONS, MAX_REGEXES
from neural.tracking.query.parser import MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("a or b and not c", "'a' or 'b' and not 'c'"),
        ("(a OR b) AND c", "('a' or 'b') and 'c'"),
        ("not (a and b)", "not ('a' and 'b')"),
        ("not not not a", "not 'a'"),
        ("((a) and (b and c))", "'a' and 'b' and 'c'"),
        ("resnet adam not vit", "'resnet' and 'adam' and not 'vit'"),
        ("resnet status = failed", "'resnet' and status = 'failed'"),
        ("resnet (vit or mlp)", "'resnet' and ('vit' or 'mlp')"),
        ("not status = 'failed'", "status != 'failed'"),
        ("status <> failed", "status != 'failed'"),
        ("name = 7", "name = '7'"),
        ("id = 12e456789012", "id = '12e456789012'"),
        ("params.x = 7", "params.x = 7"),
        ("params.x = '7'", "params.x = '7'"),
        ("params.x = true", "params.x = true"),
        ("params.x = adam", "params.x = 'adam'"),
        ("params.x not in (1)", "params.x != 1"),
        ("params.x in (1, nan)", "params.x = 1 or params.x is nan"),
        ("metrics.loss = '0.5'", "metrics.loss = 0.5"),
        ("metrics.loss.last = 1", "metrics.loss = 1"),
        ("archived", "archived = true"),
        ("tags.baseline", "tags.baseline is not missing"),
        ("'my tag' in tags", 'tags."my tag" is not missing'),
        ("params.x is not null", "params.x is not missing"),
        ("duration > 1h30m", "duration > 5400.0"),
        ("duration > 90", "duration > 90"),
        ("created > 2 days ago", "created > '2 days ago'"),
        (
            "created = 2026-11-01 12:00",
            "created >= '2026-11-01 12:00' and created <= '2026-11-01 12:00'",
        ),
        ("start_time > 2026", "created > '2026'"),
        ("42", "'42'"),
        ("v1.2+cu118", "'v1.2+cu118'"),
        (" ", ""),
    ],
)
def test_what_a_filter_means(text: str, spelled: str) -> None:
    """The canonical spelling shows what was understood."""
    assert str(parse(text)) == spelled


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("status = ", 9, "Expected a value for status, got the end"),
        ("status", 6, "Expected an operator after status"),
        ("params.lr", 9, "Expected an operator after params.lr"),
        ("stauts = failed", 0, "Unknown field 'stauts'. Did you mean status"),
        ("lr < 1", 0, "Did you mean params.lr or metrics.lr"),
        ("metrics. > 1", 0, "Expected a name after metrics, such as metrics.val_acc.best"),
        ('stuff."a" = 1', 0, "Unknown field 'stuff.'"),
        ('stuff."a"', 0, "Unknown field 'stuff.'"),
        ("name = my run", 10, "a text of several words needs quotes"),
        ("a = 1 && b = 2", 0, "Unknown field 'a'"),
        ("name = a && name = b", 9, "Write 'and' instead of '&&'"),
        ("foo || bar", 4, "Write 'or' instead of '||'"),
        ("name = a and", 12, "Expected a condition such as"),
        ("and name = a", 0, "Expected a condition such as"),
        ("(name = a", 0, "Nothing closes this '('"),
        ("(name = a name = b)", 10, "Expected 'and' or 'or'"),
        ("name = a)", 8, "No '(' is open here"),
        ("status in failed", 10, "Expected a list such as"),
        ("status in (failed", 17, "Expected ',' or ')'"),
        ("status in ()", 11, "Expected a value for status"),
        ("status is failed", 10, "Expected 'nan' or 'missing'"),
        ("metrics.loss = low", 15, "Expected a number for metrics.loss"),
        ("metrics.loss < nan", 15, "write 'is nan'"),
        ("metrics.loss = params.lr", 15, "Expected a number for metrics.loss"),
        ('params.a = params."b"', 11, "not with a field"),
        ("metrics.loss like '1%'", 18, "metrics.loss is a number; like is for text"),
        ("params.x = none", 11, "write 'is missing'"),
        ("archived > 0", 11, "archived is true or false"),
        ("archived = maybe", 11, "Expected true or false for archived"),
        ("created > later", 10, "Expected a time for created"),
        ("duration > long", 11, "Expected seconds or 1h30m for duration"),
        ("name ~ '(a'", 7, "Not a regular expression: missing )"),
        ("name ~ '(?=a)'", 7, "Not a regular expression: invalid perl operator"),
        ("name like ", 10, "Expected a pattern in single quotes after like"),
        ("name ~ '" + "a" * 501 + "'", 7, "A pattern may have 500 characters"),
        ("status:failed", 0, "Write status = failed"),
        ("'a' = name", 0, "A condition starts with a field"),
        ("1 < metrics.loss", 0, "A condition starts with a field"),
        ("' '", 0, "Expected a text to search for"),
    ],
)
def test_errors_say_where_and_what(text: str, position: int, message: str) -> None:
    """The error points at the place and says what was expected there."""
    with pytest.raises(FilterSyntaxError) as caught:
        parse(text)

    assert (caught.value.position, message in caught.value.message) == (position, True)


def test_deep_nesting() -> None:
    """Parentheses beyond the limit are an error, not a crash of Python or SQLite."""
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)

    with pytest.raises(FilterSyntaxError, match="nested more than 25 deep") as caught:
        parse("(" * 9_000 + "a" + ")" * 9_000)
    assert caught.value.position == MAX_DEPTH


def test_too_many_conditions() -> None:
    """The number of conditions is bounded, so the work for one filter is."""
    with pytest.raises(FilterSyntaxError, match=f"at most {MAX_CONDITIONS} conditions"):
        parse(" ".join(["a"] * (MAX_CONDITIONS + 1)))


def test_too_many_regular_expressions() -> None:
    """Each regular expression gets a part of the time limit; too many would get nothing."""
    with pytest.raises(FilterSyntaxError, match=f"at most {MAX_REGEXES} regular"):
        parse(" and ".join(["name ~ a"] * (MAX_REGEXES + 1)))


def test_long_lists_are_one_condition() -> None:
    """All runs of a page can be named by their ids."""
    text = f"id in ({', '.join(['0123456789ab'] * 1_000)})"

    assert parse(text).matches({"id": "0123456789ab"})
