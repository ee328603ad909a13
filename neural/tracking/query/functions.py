"""The Python functions that the SQL of a filter calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson

from neural.tracking.query.matching import (
    SlowPatternError,
    TextTest,
    like_test,
    regex_test,
    search_test,
)

__all__ = ["MATCH_FUNCTION", "register_functions", "slow_patterns_raise"]

#: ``neural_match(how, pattern, limit_s, runs, texts)``: the runs whose text fits. ``runs`` and
#: ``texts`` are JSON arrays of the same length, and so is what comes back.
MATCH_FUNCTION = "neural_match"

#: The regular expression that was stopped last on this connection, once; else NULL.
_SLOW_FUNCTION = "neural_slow_pattern"

_TESTS: dict[str, Callable[[str, float], TextTest]] = {
    "like": lambda pattern, limit_s: like_test(pattern),
    "regex": regex_test,
    "search": lambda pattern, limit_s: search_test(pattern),
}


def register_functions(connection: sqlite3.Connection) -> None:
    """Make the functions known that the SQL of filters needs; once for each connection."""
    slow: list[str] = []

    def match(how: str, pattern: str, limit_s: float, runs: str, texts: str) -> str:
        try:
            return _matching_runs(_TESTS[how](pattern, limit_s), runs, texts)
        except SlowPatternError as error:
            slow.append(error.pattern)
            raise

    def slow_pattern() -> str | None:
        return slow.pop() if slow else None

    connection.create_function(MATCH_FUNCTION, 5, match)
    connection.create_function(_SLOW_FUNCTION, 0, slow_pattern)


def _matching_runs(test: TextTest, runs: str, texts: str) -> str:
    listed: list[str] = orjson.loads(texts)
    # Names repeat: each is looked at once.
    fits = {text: test(text) for text in dict.fromkeys(listed)}
    numbers: list[int] = orjson.loads(runs)
    return orjson.dumps(
        [run for run, text in zip(numbers, listed, strict=True) if fits[text]]
    ).decode()


@contextmanager
def slow_patterns_raise(connection: sqlite3.Connection) -> Iterator[None]:
    """Run queries inside; the ``OperationalError`` of a stopped pattern gets its true name.

    Raises:
        SlowPatternError: A regular expression used up its time.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        # SQLite drops the exception of a function, so the function remembers.
        pattern = connection.execute(f"SELECT {_SLOW_FUNCTION}()").fetchone()[0]
        if pattern is None:
            raise
        raise SlowPatternError(pattern) from error
