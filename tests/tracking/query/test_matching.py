"""Patterns on texts: what fits, and how long it may take."""

from __future__ import annotations

import itertools
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import FilterSyntaxError
from neural.testing.fact_stores import FactStore, InMemoryFactStore, SqliteFactStore
from neural.tracking.query.matching import (
    PatternError,
    SlowPatternError,
    like_test,
    regex_test,
    search_test,
)

#: Backtracking engines take minutes for ever on most of these; the rest are big or not regular.
HOSTILE = [
    *("(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "(a*)*b", "(x+x+)+y", "(.*?,){25}P"),
    *("^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){60}a{60}", r"(\w+\s?)*$!", "(a|b|ab)*c", r"(.+)*\d!"),
    *(r"([^\d]|[a])*$9", "((a+)*)*((a+)*)*b", "(?i)(s|S)+$x", ".*.*.*.*.*.*.*.*=.*"),
    *(r"\pL*\pL*\pL*\pL*\pL*[0-9]!", "(?:(?:(?:a?)+)+)+$b", "[ab]*a[ab]{300}$"),
    *("(?:a?b?){1000}c", "(?i)(?:[^a]?.?.?){330}c", "x*" * 250, "(" * 200 + "a" + ")*" * 200),
    *("(?:a{0,500}){0,500}b", "a{99999999}", "(a{1000}){1000}", r"^(a+)+\1$b", "(?=(a+))*b"),
    *("(?<=(a+)+)b", "(?R)?a+b(?R)"),
]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a%", "abc", True),
        ("a%", "ba", False),
        ("%b%", "abc", True),
        ("a_c", "aBC", True),
        ("a_c", "ac", False),
        ("%a%a", "a", False),
        ("%", "", True),
        ("", "", True),
        ("", "a", False),
        (r"\%_\\", r"%x\ ".rstrip(), True),
        (r"a\b", r"a\b", True),
        ("a%b", "a\nb", True),
        ("%.b", "acb", False),
        ("STRASSE", "straße", True),
        ("e\u0301%", "ÉTÉ", True),
    ],
)
def test_like(pattern: str, text: str, fits: bool) -> None:
    """``%`` is any text, ``_`` one character, a backslash takes their meaning away."""
    assert like_test(pattern)(text) is fits


@given(pattern=st.text("ab%_", max_size=8), text=st.text("ab", max_size=8))
def test_like_is_the_textbook_definition(pattern: str, text: str) -> None:
    """The quick way finds what trying every length for every ``%`` finds."""

    def fits(rest: str, left: str) -> bool:
        if not rest:
            return not left
        if rest[0] == "%":
            return any(fits(rest[1:], left[skip:]) for skip in range(len(left) + 1))
        return bool(left) and rest[0] in ("_", left[0]) and fits(rest[1:], left[1:])

    assert like_test(pattern)(text) is fits(pattern, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [("RES", "my resnet"), ("straße", "STRASSE"), ("é", "e\u0301"), ("50%", "50%")],
)
def test_search(words: str, text: str) -> None:
    """Case and composition of letters do not matter."""
    assert search_test(words)(text)


def test_like_patterns_are_quick() -> None:
    """A hostile ``like`` on a long text takes no longer than reading it a few times."""
    hostile = like_test("%a" * 200 + "%b")

    started = time.thread_time()
    found = hostile("a" * 100_000)
    assert (found, time.thread_time() - started < 1) == (False, True)


def test_regular_expressions_share_their_time() -> None:
    """The limit is for all texts together, however short each one takes."""
    test = regex_test("a", limit_s=0.01)

    with pytest.raises(SlowPatternError, match="a"):
        any(map(test, itertools.repeat("b" * 1_000)))


def test_regular_expressions_read_the_beginning() -> None:
    """The end of a very long text is not looked at, so that one text is never slow."""
    test = regex_test("b")

    assert (test("a" * 9_999 + "b"), test("a" * 10_000 + "b")) == (True, False)


def test_without_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where RE2 has no wheel, only regular expressions are missing, and the error says so."""
    monkeypatch.setitem(sys.modules, "re2", None)

    with pytest.raises(PatternError, match="pip install google-re2"):
        regex_test("a")


def filled_with_names(store: FactStore) -> FactStore:
    """Return ``store`` with 100,000 runs whose names hostile patterns are slow on."""
    for number in range(100_000):
        name = f"{number}-{'a' * 34}" if number % 2 else f"{'ab' * 15}-{number}!"
        store.add({"id": str(number), "name": name})
    return store


@pytest.fixture(scope="module")
def database() -> FactStore:
    """Return 100,000 runs in SQLite."""
    return filled_with_names(SqliteFactStore())


@pytest.fixture(scope="module")
def memory() -> FactStore:
    """Return 100,000 runs in memory."""
    return filled_with_names(InMemoryFactStore())


def refusal_of(store: FactStore, pattern: str) -> str:
    """Return why ``pattern`` was refused, or nothing; in at most a second of processor time."""
    refusal = ""
    started = time.thread_time()
    try:
        store.count(f"name ~ '{pattern}'")
    except FilterSyntaxError as error:
        refusal = error.message
    assert time.thread_time() - started < 1, refusal
    return refusal


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_patterns_are_answered_or_refused(database: FactStore, pattern: str) -> None:
    """On 100,000 names, in time, and what is refused is told why."""
    refusal = refusal_of(database, pattern)

    assert not refusal or refusal.startswith(("Not a regular", "A pattern may", "The regular"))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?:a?b?){1000}c", "(?=(a+))*b"])
def test_hostile_patterns_in_memory(memory: FactStore, pattern: str) -> None:
    """The plain predicate has the same limit, for all runs together."""
    refusal = refusal_of(memory, pattern)

    assert not refusal or refusal.startswith(("Not a regular", "The regular"))
