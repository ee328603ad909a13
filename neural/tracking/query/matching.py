"""Deciding whether a text fits: ``like``, regular expressions and the search for words.

Both back ends call these, so they agree. Patterns come from users: none may take more than linear
time, and regular expressions have a time limit on top.
"""

from __future__ import annotations

import importlib
import re
import time
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = [
    "MAX_PATTERN_LENGTH",
    "TIME_LIMIT_S",
    "PatternError",
    "SlowPatternError",
    "TextTest",
    "fold",
    "like_test",
    "regex_test",
    "search_test",
]

TextTest: TypeAlias = Callable[[str], bool]

#: Seconds of processor time that the regular expressions of one query may take together.
TIME_LIMIT_S = 0.7

#: Longest ``like`` pattern and regular expression, in characters.
MAX_PATTERN_LENGTH = 500

#: The same as time on the clock, beside threads that keep the interpreter busy.
_WALL_LIMIT_S = 5.0

#: A regular expression looks at this many characters of a text: about 0.1 s at the very worst, and
#: the time limit can only be looked at between two texts.
_REGEX_TEXT_LENGTH = 10_000

#: Bytes that one compiled regular expression and its caches may take.
_REGEX_MEMORY = 1 << 20


class PatternError(ValueError):
    """A pattern cannot be used; the text says why."""


class SlowPatternError(Exception):
    """A regular expression used up its time.

    Attributes:
        pattern: The regular expression.
    """

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


def fold(text: str) -> str:
    """Return ``text`` without what ``like`` and search ignore: case and composition."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def search_test(words: str) -> TextTest:
    """Return the test whether a text holds ``words``, whatever their case."""
    wanted = fold(words)
    return lambda text: wanted in fold(text)


def like_test(pattern: str) -> TextTest:
    r"""Return the test whether a whole text fits ``pattern``, whatever its case.

    ``%`` stands for any characters, ``_`` for one, ``\%``, ``\_`` and ``\\`` for themselves.

    Raises:
        PatternError: The pattern is too long.
    """
    _check_length(pattern)
    first, *middle = [re.compile(part, re.DOTALL) for part in _like_parts(fold(pattern))]
    if not middle:
        return lambda text: first.fullmatch(fold(text)) is not None
    last = re.compile(middle.pop().pattern + r"\Z", re.DOTALL)

    def fits(text: str) -> bool:
        # Taking each part at its first place is enough: a later one only leaves less room.
        folded = fold(text)
        found = first.match(folded)
        for part in middle:
            found = found and part.search(folded, found.end())
        return found is not None and last.search(folded, found.end()) is not None

    return fits


_LIKE_PIECE = re.compile(r"\\[%_\\]|.", re.DOTALL)


def _like_parts(pattern: str) -> list[str]:
    """Split ``pattern`` at each ``%`` into regular expressions of fixed length."""
    parts = [""]
    for piece in _LIKE_PIECE.findall(pattern):
        if piece == "%":
            parts.append("")
        else:
            parts[-1] += "." if piece == "_" else re.escape(piece[-1])
    return parts


def regex_test(pattern: str, limit_s: float = TIME_LIMIT_S) -> TextTest:
    """Return the test whether the regular expression ``pattern`` is found in a text.

    The engine is RE2: linear in the text, in bounded memory, without look-around and references
    back. So no pattern can hang, and the limit only stops what is slow on very many texts.

    Args:
        pattern: In the syntax of RE2; case matters unless it starts with ``(?i)``.
        limit_s: Seconds of processor time that all calls of the test may take together.

    Returns:
        The test. It raises :class:`SlowPatternError` when the time is used up.

    Raises:
        PatternError: The pattern is not one, or is too long.
    """
    search = _compiled(pattern).search
    cpu_end, wall_end = time.thread_time() + limit_s, time.monotonic() + _WALL_LIMIT_S

    def found(text: str) -> bool:
        result = search(text[:_REGEX_TEXT_LENGTH]) is not None
        if time.thread_time() > cpu_end or time.monotonic() > wall_end:
            raise SlowPatternError(pattern)
        return result

    return found


def _compiled(pattern: str) -> Any:
    _check_length(pattern)
    try:
        re2 = importlib.import_module("re2")  # only filters with a regular expression pay for it
    except ModuleNotFoundError:
        message = "Regular expressions need RE2: pip install google-re2. Or use like"
        raise PatternError(message) from None
    options = re2.Options()
    options.log_errors = False  # it would write to the process's stderr
    options.never_capture = True
    options.max_mem = _REGEX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise PatternError(f"Not a regular expression: {reason}") from None


def _check_length(pattern: str) -> None:
    if len(pattern) > MAX_PATTERN_LENGTH:
        message = f"A pattern may have {MAX_PATTERN_LENGTH} characters, this one has {len(pattern)}"
        raise PatternError(message)
