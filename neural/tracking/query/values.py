"""Reading the value next to a field, by what the field holds."""

from __future__ import annotations

from typing import TypeAlias

from neural.tracking.query.cursor import Cursor
from neural.tracking.query.fields import FieldKind, field_kind, spell_field
from neural.tracking.query.lexer import TokenKind
from neural.tracking.query.literals import read_duration, read_moment, read_number
from neural.tracking.query.tree import (
    Boolean,
    Compare,
    IsNan,
    Moment,
    Node,
    Number,
    OneOf,
    Text,
    Value,
    both,
    either,
)

__all__ = ["Literal", "ValueReader", "equal_to"]

#: What a value may be; ``None`` stands for nan, which is asked for, not compared with.
Literal: TypeAlias = Value | Moment | None

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def equal_to(key: str, *values: Literal) -> Node:
    """Return the condition that the field equals one of ``values``."""
    plain = tuple(v for v in values if v is not None and not isinstance(v, Moment))
    nodes: list[Node] = [OneOf(key, plain)] if plain else []
    moments = [v for v in values if isinstance(v, Moment)]
    nodes += [both(Compare(key, ">=", m), Compare(key, "<=", m)) for m in moments]
    if None in values:
        nodes.append(IsNan(key))
    return either(*nodes)


class ValueReader:
    """Reads one value.

    Args:
        cursor: Where the tokens come from.
        now: The present, seconds since the Unix epoch.
    """

    def __init__(self, cursor: Cursor, now: float) -> None:
        self._cursor = cursor
        self._now = now

    def read(self, key: str) -> Literal:
        """Read the value next to the field ``key``; ``None`` for nan.

        Raises:
            FilterSyntaxError: No value that fits the field comes next.
        """
        if not self._cursor.at_phrase:
            raise self._cursor.expected(f"a value for {spell_field(key)}")
        if self._cursor.token.quoted is not None:
            raise self._cursor.error("A field can only be compared with a value, not with a field")
        readers = {
            FieldKind.NUMBER: self._number,
            FieldKind.FLAG: self._flag,
            FieldKind.TIME: self._time,
            FieldKind.DURATION: self._duration,
        }
        kind = field_kind(key)
        if kind is FieldKind.TEXT:
            return Text(self._cursor.advance().text)
        return readers[kind](key) if kind in readers else self._anything()

    def _anything(self) -> Literal:
        token = self._cursor.advance()
        word = token.text.lower()
        if token.kind is not TokenKind.WORD:
            return Text(token.text)
        if word in ("true", "false"):
            return Boolean(word == "true")
        if word in ("null", "none"):
            hint = f"'is missing', or '{token.text}' in quotes for the text"
            raise self._cursor.error(f"Nothing equals {token.text}; write {hint}", token)
        number = read_number(token.text, special=True)
        return Text(token.text) if number is None else _literal(number)

    def _number(self, key: str) -> Literal:
        number = read_number(self._cursor.token.text, special=True)
        if number is None:
            raise self._cursor.expected(f"a number for {spell_field(key)}")
        self._cursor.advance()
        return _literal(number)

    def _flag(self, key: str) -> Literal:
        word = self._cursor.token.text.lower()
        if word not in _BOOLEANS:
            raise self._cursor.expected(f"true or false for {key}")
        self._cursor.advance()
        return Boolean(_BOOLEANS[word])

    def _time(self, key: str) -> Literal:
        start = self._cursor.token
        text = self._phrase()
        moment = read_moment(text, self._now)
        number = read_number(text) if moment is None else None
        if moment is None and number is None:
            example = "2026-11-01, '2026-11-01 12:00', today or 2d ago"
            raise self._cursor.error(f"Expected a time for {key} ({example}), got {text!r}", start)
        return moment if number is None else Number(number)

    def _duration(self, key: str) -> Literal:
        start = self._cursor.token
        text = self._phrase()
        seconds = read_duration(text)
        number = read_number(text, special=True) if seconds is None else seconds
        if number is None:
            raise self._cursor.error(f"Expected seconds or 1h30m for {key}, got {text!r}", start)
        return _literal(number)

    def _phrase(self) -> str:
        """Read ``2 days ago``: words in a row, or one text in quotes."""
        token = self._cursor.advance()
        words = [token.text]
        while token.kind is TokenKind.WORD and self._cursor.at_phrase:
            if not self._cursor.at(TokenKind.WORD):
                break
            words.append(self._cursor.advance().text)
        return " ".join(words)


def _literal(number: int | float) -> Number | None:
    return Number(number) if number == number else None  # nan is not equal to itself
