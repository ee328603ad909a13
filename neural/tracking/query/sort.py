"""The order of runs: read from text, written as SQL, done in memory; all three alike.

Numbers come first, then texts, then NaN, and runs without the value last, whichever way the values
are sorted. Equal runs stand newest first, then by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar

from neural.tracking.query.comparing import fact_of, unset
from neural.tracking.query.cursor import Cursor
from neural.tracking.query.facts import Fact, Kind
from neural.tracking.query.fields import (
    FieldKind,
    UnknownFieldError,
    field_key,
    field_kind,
    spell_field,
)
from neural.tracking.query.lexer import Token, TokenKind
from neural.tracking.spellings import several

__all__ = ["MAX_SORT_KEYS", "SortKey", "SortSql", "parse_sort", "sort_runs", "sort_sql"]

#: Most fields to sort by; each is a join.
MAX_SORT_KEYS = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field to sort by.

    Attributes:
        key: Name of the fact: ``metrics.loss.best``.
        descending: Largest first.
    """

    key: str
    descending: bool = False

    def __str__(self) -> str:
        return ("-" if self.descending else "") + spell_field(self.key)


def parse_sort(text: str | Iterable[str] | None) -> list[SortKey]:
    """Return the fields to sort by.

    Args:
        text: ``metrics.loss.best, -created``, or several such texts. A ``-`` in front, or
            ``desc`` behind, sorts the largest first. ``None`` or blank is no field.

    Raises:
        FilterSyntaxError: There is no such field, or there are too many.
        InvalidInputError: It is neither a text nor a list of them.

    Example:
        >>> [str(key) for key in parse_sort("metrics.loss.best, created desc")]
        ['metrics.loss.best', '-created']
    """
    texts = [text] if isinstance(text, str) else several("sort", text or (), of="texts")
    return [key for one in texts for key in _parse_keys(Cursor(one))]


def _parse_keys(cursor: Cursor) -> list[SortKey]:
    keys: list[SortKey] = []
    while not cursor.at_end:
        if len(keys) == MAX_SORT_KEYS:
            raise cursor.error(f"Runs can be sorted by at most {MAX_SORT_KEYS} fields")
        keys.append(_parse_key(cursor))
        if cursor.at(TokenKind.COMMA):
            cursor.advance()
        elif not cursor.at_end:
            raise cursor.expected("',' or the end")
    return keys


def _parse_key(cursor: Cursor) -> SortKey:
    token = cursor.token
    if token.kind is not TokenKind.WORD:
        raise cursor.expected("a field to sort by, such as metrics.loss.best or -created")
    cursor.advance()
    key = _field(cursor, token)
    descending = token.text.startswith("-")
    if cursor.token.is_word("asc", "desc"):
        descending = cursor.advance().text.lower() == "desc"
    return SortKey(key, descending)


def _field(cursor: Cursor, token: Token) -> str:
    word = (
        token.text.removeprefix("-") if token.text.startswith("-") else token.text.removeprefix("+")
    )
    try:
        return field_key(word, token.quoted, token.rest)
    except UnknownFieldError as error:
        raise cursor.error(str(error), token) from None


class SortSql(NamedTuple):
    """The parts of a query that sort it.

    Attributes:
        joins: To stand after ``FROM runs r``.
        order: To stand after ``ORDER BY``.
        params: Values of the question marks in ``joins``.
    """

    joins: str
    order: str
    params: list[Any]


def sort_sql(keys: Sequence[SortKey]) -> SortSql:
    """Return the SQL that sorts ``runs r`` by ``keys``."""
    joins: list[str] = []
    terms: list[str] = []
    params: list[Any] = []
    for number, key in enumerate(keys):
        if key.key == "created":  # the table of runs has it: no join
            terms += ["r.created IS NULL", "r.created DESC" if key.descending else "r.created"]
            continue
        joins.append(f" LEFT JOIN facts s{number} ON s{number}.run = r.run AND s{number}.key = ?")
        params.append(key.key)
        terms += _terms(f"s{number}", key)
    order = [*terms, "r.created DESC", "r.id", "r.run"]
    return SortSql("".join(joins), ", ".join(order), params)


def _terms(row: str, key: SortKey) -> list[str]:
    way = " DESC" if key.descending else ""
    if unset(key.key):
        return [f"ifnull({row}.num, 0){way}"]
    text = f"{row}.kind IN ({Kind.TEXT:d}, {Kind.JSON:d})"
    # Texts that spell a number sort as numbers, but the names of runs and the like never do.
    as_text = text if _is_text(key) else f"({text} AND {row}.num IS NULL)"
    rank = (
        f"CASE WHEN {row}.kind IS NULL THEN 3 WHEN {row}.kind = {Kind.NAN:d} THEN 2"
        f" WHEN {as_text} THEN 1 ELSE 0 END"
    )
    number = f"CASE WHEN {as_text} THEN NULL ELSE {row}.num END{way}"
    words = f"CASE WHEN {as_text} THEN {row}.text END"
    return [rank, number, f"{words} COLLATE NOCASE{way}", f"{words}{way}"]


def _is_text(key: SortKey) -> bool:
    return field_kind(key.key) is FieldKind.TEXT


def sort_runs(
    runs: Iterable[T], keys: Sequence[SortKey], facts: Callable[[T], Mapping[str, Any]]
) -> list[T]:
    """Return ``runs`` in the order that :func:`sort_sql` gives.

    Args:
        runs: Anything; runs that are equal in all respects stay in this order.
        keys: The fields to sort by.
        facts: Gives the facts of one of ``runs``.
    """
    known = [(run, facts(run)) for run in runs]
    known.sort(key=lambda pair: str(pair[1].get("id") or ""))
    known.sort(key=lambda pair: _age(pair[1]))
    for key in reversed(keys):
        known = _sorted_by(known, key)
    return [run for run, _ in known]


def _age(facts: Mapping[str, Any]) -> tuple[bool, float]:
    created = fact_of(facts, "created")
    number = created.num if created else None
    return (True, 0.0) if number is None else (False, -number)


_Known: TypeAlias = tuple[T, Mapping[str, Any]]


def _sorted_by(known: list[_Known[T]], key: SortKey) -> list[_Known[T]]:
    placed = [(_place(fact_of(pair[1], key.key), _is_text(key)), pair) for pair in known]
    # Python's sort keeps equal items in their order, also when it reverses.
    placed.sort(key=lambda item: item[0].value, reverse=key.descending)
    placed.sort(key=lambda item: item[0].rank)
    return [pair for _, pair in placed]


class _Place(NamedTuple):
    """Where a fact stands: ``rank`` in every order, ``value`` in the asked one."""

    rank: int
    value: tuple[float, str, str] = (0.0, "", "")


_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def _place(fact: Fact | None, is_text: bool) -> _Place:
    if fact is None:
        return _Place(3)
    if fact.kind is Kind.NAN:
        return _Place(2)
    if fact.words is not None and (is_text or fact.num is None):
        # As SQLite's NOCASE: only A-Z lose their case; then by code point.
        return _Place(1, (0.0, fact.words.translate(_LOWER), fact.words))
    return _Place(0, (fact.num or 0.0, "", ""))
