"""Tree to SQL over the tables of the index.

Every condition becomes ``r.run IN (SELECT f.run FROM facts f WHERE f.key = ? AND …)``: one walk
over one stretch of an index, done once for the whole query. ``not`` is pushed down to the
conditions: where a condition is false is a query of its own, so that what is unknown is in
neither, as in Kleene's logic. Texts are matched by one call of a Python function for all runs
together: a call for each row would have to wait for the interpreter lock each time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from neural.tracking.query.comparing import (
    ORDERS,
    Bound,
    Wanted,
    bound_of,
    regex_share_s,
    wanted_of,
)
from neural.tracking.query.facts import Kind, encode_fact, is_exact, nearest_float
from neural.tracking.query.fields import SEARCH_KEYS, TAGS
from neural.tracking.query.functions import MATCH_FUNCTION
from neural.tracking.query.predicate import verdict_of
from neural.tracking.query.tree import (
    And,
    Compare,
    IsMissing,
    IsNan,
    Leaf,
    Like,
    Match,
    Node,
    Not,
    OneOf,
    Or,
    Order,
    Search,
)

__all__ = ["Fragment", "where"]


class Fragment(NamedTuple):
    """A piece of SQL and the values of its question marks, in order."""

    sql: str
    params: list[Any]


_TRUE, _FALSE = Fragment("1", []), Fragment("0", [])

_FACTS = "SELECT f.run FROM facts f WHERE f.key = ?"
_IS_TEXT = f"f.kind IN ({Kind.TEXT:d}, {Kind.JSON:d})"
_IS_NUMBER = f"f.kind IN ({Kind.NUMBER:d}, {Kind.BOOL:d})"
#: An integer that float64 cannot hold: ``num`` is near it, ``text`` has its digits.
_IS_LONG = f"f.kind = {Kind.NUMBER:d} AND f.text IS NOT NULL"


def where(node: Node) -> Fragment:
    """Return the SQL condition on ``runs r`` that ``node`` is true."""
    return _write(node, True, regex_share_s(node))


def _write(node: Node, wanted: bool, limit_s: float) -> Fragment:
    """Write that ``node`` is true or, if not ``wanted``, that it is false."""
    if isinstance(node, Not):
        return _write(node.item, not wanted, limit_s)
    if isinstance(node, And | Or):
        parts = [_write(item, wanted, limit_s) for item in node.items]
        conjunction = isinstance(node, And) is wanted
        return _all(parts) if conjunction else _any(parts)
    return _leaf(node, wanted, limit_s)


def _leaf(leaf: Leaf, wanted: bool, limit_s: float) -> Fragment:
    match leaf:
        case Search():
            return _searched(leaf.text, wanted)
        case Like():
            return _matches(leaf.key, "like", leaf.pattern, wanted, limit_s)
        case Match():
            return _matches(leaf.key, "regex", leaf.pattern, wanted, limit_s)
        case IsMissing():
            return _holds(leaf, leaf.key, _FALSE, wanted)
        case IsNan():
            return _holds(leaf, leaf.key, Fragment(f"f.kind = {Kind.NAN:d}", []), wanted)
        case OneOf():
            return _holds(leaf, leaf.key, _one_of(wanted_of(leaf)), wanted)
        case Compare():
            return _holds(leaf, leaf.key, _bounded(bound_of(leaf)), wanted)


def _in(runs: Fragment, wanted: bool) -> Fragment:
    return Fragment(f"r.run {'IN' if wanted else 'NOT IN'} ({runs.sql})", runs.params)


# -- conditions on one fact


def _holds(leaf: Leaf, key: str, test: Fragment, wanted: bool) -> Fragment:
    without_fact = verdict_of(leaf, 0.0)({})
    if without_fact is wanted:
        return _in(_runs(key, test, not wanted), False)
    return _in(_runs(key, test, wanted), True)


def _runs(key: str, test: Fragment, wanted: bool) -> Fragment:
    condition = test.sql if wanted else f"({test.sql}) IS NOT TRUE"
    return Fragment(f"{_FACTS} AND {condition}", [key, *test.params])


def _one_of(wanted: Wanted) -> Fragment:
    only_numbers = wanted.only_numbers - wanted.numbers
    parts = [*_equal_numbers(wanted.numbers, "")]
    parts += _equal_numbers(only_numbers, f" AND {_IS_NUMBER}")
    if wanted.texts:
        # The digits of a long integer cannot get in the way: where they are equal, so is it.
        parts.append(_among("f.text", sorted(wanted.texts), ""))
    return _any(parts)


def _equal_numbers(numbers: Iterable[float | int], also: str) -> Iterable[Fragment]:
    facts = [(number, encode_fact(number)) for number in sorted(numbers)]
    floats = [fact.num for _, fact in facts if fact and fact.text is None]
    if floats:
        exact = all(is_exact(number) for number in numbers)
        yield _among("f.num", floats, also + ("" if exact else f" AND NOT ({_IS_LONG})"))
    digits = [fact.text for _, fact in facts if fact and fact.text is not None]
    if digits:
        yield _among("f.text", digits, f" AND {_IS_LONG}")


def _among(column: str, values: list[Any], also: str) -> Fragment:
    if len(values) == 1:
        return Fragment(f"({column} = ?{also})", values)
    return Fragment(f"({column} IN ({', '.join('?' * len(values))}){also})", values)


def _bounded(bound: Bound) -> Fragment:
    if bound.text is None:
        return _FALSE if bound.number is None else _ordered(bound.order, bound.number)
    texts = Fragment(f"({_IS_TEXT} AND f.text {bound.order} ?)", [bound.text])
    if bound.number is None:
        return texts
    numbers = _ordered(bound.order, bound.number)
    return _any([texts, Fragment(f"({_IS_NUMBER} AND {numbers.sql})", numbers.params)])


def _ordered(order: Order, number: float | int) -> Fragment:
    if is_exact(number):
        return Fragment(f"f.num {order} ?", [float(number)])
    nearest = nearest_float(number)
    long = _long_ordered(order, number)
    short = int(ORDERS[order](nearest, number))
    tie = f"CASE WHEN {_IS_LONG} THEN {long.sql} ELSE {short} END"
    strict = order.rstrip("=")
    sql = f"(f.num {strict} ? OR (f.num = ? AND {tie}))"
    return Fragment(sql, [nearest, nearest, *long.params])


def _long_ordered(order: Order, number: float | int) -> Fragment:
    """Compare the digits of integers that are as near to the same float64 as ``number`` is."""
    if isinstance(number, float) and math.isinf(number):
        return Fragment(str(int(ORDERS[order](0, number))), [])
    digits = str(int(number))
    if number < 0:  # the longer, the smaller
        order = _FLIPPED[order]
    return Fragment(f"(length(f.text), f.text) {order} (?, ?)", [len(digits), digits])


_FLIPPED: dict[Order, Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


# -- conditions on texts


def _matches(key: str, how: str, pattern: str, wanted: bool, limit_s: float) -> Fragment:
    rows = Fragment("f.key = ? AND f.text IS NOT NULL", [key])
    matched = _in(_matched(how, pattern, limit_s, "f.text", rows), wanted)
    return matched if wanted else _all([_in(Fragment(_FACTS, [key]), True), matched])


def _searched(words: str, wanted: bool) -> Fragment:
    keys = ", ".join("?" * len(SEARCH_KEYS))
    names = Fragment(f"f.key IN ({keys}) AND f.text IS NOT NULL", list(SEARCH_KEYS))
    # Tags are a stretch of the index: from "tags." up to the next character after the point.
    tags = Fragment("f.key >= ? AND f.key < ?", [TAGS, TAGS[:-1] + chr(ord(TAGS[-1]) + 1)])
    tag_text = f"substr(f.key, {len(TAGS) + 1}) || char(10) || ifnull(f.text, '')"
    # Two queries and not one with OR, which SQLite would do ten times slower.
    parts = [
        _in(_matched("search", words, 0.0, "f.text", names), wanted),
        _in(_matched("search", words, 0.0, tag_text, tags), wanted),
    ]
    return _any(parts) if wanted else _all(parts)


def _matched(how: str, pattern: str, limit_s: float, text: str, rows: Fragment) -> Fragment:
    match = f"{MATCH_FUNCTION}(?, ?, ?, json_group_array(f.run), json_group_array({text}))"
    sql = f"SELECT value FROM json_each((SELECT {match} FROM facts f WHERE {rows.sql}))"  # noqa: S608 - all values are parameters
    return Fragment(sql, [how, pattern, limit_s, *rows.params])


# -- formulas


def _all(parts: Sequence[Fragment]) -> Fragment:
    return _joined(" AND ", parts, _TRUE)


def _any(parts: Sequence[Fragment]) -> Fragment:
    return _joined(" OR ", parts, _FALSE)


def _joined(word: str, parts: Sequence[Fragment], empty: Fragment) -> Fragment:
    if len(parts) < 2:
        return parts[0] if parts else empty
    # SQLite's parser keeps all that stands left of an open parenthesis on a stack of 100 places:
    # with the deepest part first, that is little.
    deepest_first = sorted(parts, key=_nesting, reverse=True)
    sql = f"({word.join(part.sql for part in deepest_first)})"
    return Fragment(sql, [param for part in deepest_first for param in part.params])


def _nesting(part: Fragment) -> int:
    steps = ((character == "(") - (character == ")") for character in part.sql)
    return max(itertools.accumulate(steps))
