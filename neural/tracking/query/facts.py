"""What a run tells a filter: flat facts, and the row that the index keeps for each.

The plain predicate compares the same rows as SQL does, so that the two cannot disagree about what
a value is worth.
"""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from neural.tracking.query.literals import read_number

__all__ = [
    "EXACT_LIMIT",
    "UNSTORABLE",
    "Fact",
    "Kind",
    "encode_fact",
    "encode_facts",
    "is_exact",
    "nearest_float",
    "storable",
]

#: From here on float64 no longer holds every integer.
EXACT_LIMIT = 2**53


class Kind(IntEnum):
    """What a fact is; the numbers stand in the index, so they never change."""

    NUMBER = 0
    TEXT = 1
    NAN = 2
    BOOL = 3
    JSON = 4


class Fact(NamedTuple):
    """One fact as a row of the index keeps it.

    Attributes:
        kind: See :class:`Kind`.
        num: The value as float64: of numbers, of booleans (0 or 1) and of texts that spell a
            finite number. ``None`` otherwise; also for NaN.
        text: The text; for lists and mappings their JSON; for integers that float64 cannot hold,
            their digits. ``None`` otherwise.
    """

    kind: Kind
    num: float | None
    text: str | None

    @property
    def number(self) -> float | int | None:
        """The value to compare with numbers, exact; ``None`` if there is none."""
        if self.kind is Kind.NUMBER and self.text is not None:
            return int(self.text)
        return self.num

    @property
    def words(self) -> str | None:
        """The value to compare with texts; ``None`` if there is none."""
        return self.text if self.kind in (Kind.TEXT, Kind.JSON) else None


_NOT_A_NUMBER = Fact(Kind.NAN, None, None)
_FALSE, _TRUE = Fact(Kind.BOOL, 0.0, None), Fact(Kind.BOOL, 1.0, None)


def encode_facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, int, float | None, str | None]]:
    """Yield ``(key, kind, num, text)`` for every fact that is not missing: rows of the index."""
    for key, value in facts.items():
        fact = encode_fact(value)
        if fact is not None:
            yield storable(key), int(fact.kind), fact.num, fact.text


def encode_fact(value: Any) -> Fact | None:
    """Return the row of ``value``, or ``None`` where the value is missing (``None``).

    Example:
        >>> encode_fact("64")
        Fact(kind=<Kind.TEXT: 1>, num=64.0, text='64')
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = storable(value)
        return Fact(Kind.TEXT, _spelled(text), text)
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, float):
        return _NOT_A_NUMBER if math.isnan(value) else Fact(Kind.NUMBER, float(value), None)
    if isinstance(value, numbers.Integral):
        return _encode_integer(int(value))
    if isinstance(value, numbers.Real):
        return encode_fact(float(value))
    return Fact(Kind.JSON, None, storable(_as_json(value)))


def is_exact(number: float | int) -> bool:
    """Say whether float64 comparison with ``number`` is exact, whatever the other side is."""
    return -EXACT_LIMIT < number < EXACT_LIMIT


def _spelled(text: str) -> float | None:
    """Return the finite number that ``text`` spells, or ``None``."""
    if text[:1] not in "0123456789+-.":  # most texts: spare them the regular expression
        return None
    number = read_number(text)
    spelled = None if number is None else nearest_float(number)
    return spelled if spelled is not None and math.isfinite(spelled) else None


def _encode_integer(value: int) -> Fact:
    nearest = nearest_float(value)
    if nearest == value:
        return Fact(Kind.NUMBER, nearest, None)
    try:
        return Fact(Kind.NUMBER, nearest, str(value))
    except ValueError:  # over sys.get_int_max_str_digits(): infinite, for all that a filter can say
        return Fact(Kind.NUMBER, nearest, None)


def nearest_float(value: int | float) -> float:
    """Return ``value`` as float64; infinity where it is beyond all of them."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__  # keys that JSON cannot say, cycles: present, but unreadable


#: Characters that the index does not keep: SQLite's functions stop at NUL, and half a surrogate
#: pair has no UTF-8. A filter cannot hold them either.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return ``text`` as the index keeps it, each unusable character replaced by one other."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
