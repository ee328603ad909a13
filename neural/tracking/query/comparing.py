"""What a condition asks of one fact: the meaning that the predicate and SQL share.

Rules: a number written without quotes is compared with numbers, booleans (0 and 1) and texts that
spell a number. A text in quotes is compared with texts, character by character, and with numbers
where it spells one. Values that cannot be compared are unequal, and neither is smaller.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from neural.tracking.query.facts import Fact, Kind, encode_fact
from neural.tracking.query.fields import SEARCH_KEYS, TAGS, FieldKind, field_kind
from neural.tracking.query.literals import read_number
from neural.tracking.query.matching import TIME_LIMIT_S
from neural.tracking.query.tree import (
    Boolean,
    Compare,
    Match,
    Moment,
    Node,
    Number,
    OneOf,
    Order,
    leaves,
)

__all__ = [
    "ORDERS",
    "Bound",
    "Wanted",
    "bound_of",
    "fact_of",
    "regex_share_s",
    "search_texts",
    "unset",
    "wanted_of",
]

_FALSE = Fact(Kind.BOOL, 0.0, None)

#: What each order means.
ORDERS: dict[Order, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def unset(key: str) -> Fact | None:
    """Return what a run without the fact ``key`` has instead: a flag never set is false."""
    return _FALSE if field_kind(key) is FieldKind.FLAG else None


def fact_of(facts: Mapping[str, Any], key: str) -> Fact | None:
    """Return the fact ``key`` of a run, or ``None`` where it is missing."""
    return encode_fact(facts.get(key)) or unset(key)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The values that satisfy ``=`` and ``in``.

    Attributes:
        numbers: Equal to these as a number, however the fact came to have one.
        only_numbers: Equal to these, if the fact is a number or a boolean itself.
        texts: Equal to these as a text.
    """

    numbers: frozenset[float | int]
    only_numbers: frozenset[float | int]
    texts: frozenset[str]

    def holds(self, fact: Fact) -> bool:
        """Say whether ``fact`` is one of the values."""
        if fact.words is not None and fact.words in self.texts:
            return True
        wanted = self.numbers if fact.words is not None else self.numbers | self.only_numbers
        return fact.number is not None and fact.number in wanted


def wanted_of(condition: OneOf) -> Wanted:
    """Return what ``condition`` asks for."""
    numbers: list[float | int] = []
    only_numbers: list[float | int] = []
    texts: list[str] = []
    for value in condition.values:
        if isinstance(value, Number):
            numbers.append(value.value)
        elif isinstance(value, Boolean):
            numbers.append(int(value.value))
            texts += ["true", "True", "TRUE"] if value.value else ["false", "False", "FALSE"]
        else:
            texts.append(value.value)
            number = read_number(value.value)
            only_numbers += [] if number is None else [number]
    return Wanted(frozenset(numbers), frozenset(only_numbers), frozenset(texts))


@dataclass(frozen=True, slots=True)
class Bound:
    """What an order asks for.

    Attributes:
        order: The order that the fact must stand in.
        number: To this number; ``None`` if numbers are not compared.
        text: To this text; ``None`` if texts are not compared as such. Then only facts that are a
            number or a boolean themselves are compared with ``number``.
    """

    order: Order
    number: float | int | None
    text: str | None

    def holds(self, fact: Fact) -> bool:
        """Say whether ``fact`` stands in the order."""
        test = ORDERS[self.order]
        if self.text is not None and fact.words is not None:
            return test(fact.words, self.text)
        if self.number is None or fact.number is None:
            return False
        return test(fact.number, self.number)


def bound_of(condition: Compare) -> Bound:
    """Return what ``condition`` asks for."""
    value = condition.value
    if isinstance(value, Moment):
        return _bound_in_time(condition.order, value)
    if isinstance(value, Number):
        return Bound(condition.order, value.value, None)
    if isinstance(value, Boolean):
        return Bound(condition.order, int(value.value), None)
    return Bound(condition.order, read_number(value.value), value.value)


def _bound_in_time(order: Order, moment: Moment) -> Bound:
    # A day lasts from its first second up to, not including, the first of the next.
    if moment.start == moment.end or order in ("<", ">="):
        return Bound(order, moment.start, None)
    return Bound("<" if order == "<=" else ">=", moment.end, None)


def search_texts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a run that a search looks into."""
    for key, value in facts.items():
        tagged = key.startswith(TAGS)
        fact = encode_fact(value) if tagged or key in SEARCH_KEYS else None
        if fact is not None:
            text = fact.text or ""
            yield f"{key.removeprefix(TAGS)}\n{text}" if tagged else text


def regex_share_s(node: Node) -> float:
    """Return the seconds that each regular expression in ``node`` may take."""
    count = sum(isinstance(leaf, Match) for leaf in leaves(node))
    return TIME_LIMIT_S / max(count, 1)
