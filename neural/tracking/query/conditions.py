"""Reading one condition: ``metrics.loss < 0.5``, ``'baseline' in tags``, a word to search for."""

from __future__ import annotations

from collections.abc import Callable

from neural.tracking.query.cursor import Cursor
from neural.tracking.query.fields import (
    ALIASES,
    BUILT_IN,
    NAMESPACES,
    TAGS,
    FieldKind,
    UnknownFieldError,
    field_key,
    field_kind,
    spell_field,
    spell_name,
)
from neural.tracking.query.lexer import Token, TokenKind
from neural.tracking.query.literals import read_number
from neural.tracking.query.matching import PatternError, like_test, regex_test
from neural.tracking.query.tree import (
    Boolean,
    Compare,
    IsMissing,
    IsNan,
    Like,
    Match,
    Node,
    OneOf,
    Order,
    Search,
    leaves,
    negated,
)
from neural.tracking.query.values import Literal, ValueReader, equal_to

__all__ = ["MAX_CONDITIONS", "MAX_REGEXES", "ConditionReader"]

#: Most conditions in one filter; a list after ``in`` is one condition.
MAX_CONDITIONS = 100

#: Most regular expressions in one filter; they share the time limit.
MAX_REGEXES = 8

_ORDERS: dict[str, Order] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NEGATIVE = ("!=", "<>", "!~")


class ConditionReader:
    """Reads conditions, and counts them.

    Args:
        cursor: Where the tokens come from.
        now: The present, seconds since the Unix epoch.
    """

    def __init__(self, cursor: Cursor, now: float) -> None:
        self._cursor = cursor
        self._values = ValueReader(cursor, now)
        self._count = 0
        self._regexes = 0

    def read(self) -> Node:
        """Read one condition.

        Raises:
            FilterSyntaxError: None comes next, or there are too many.
        """
        start = self._cursor.token
        if not self._cursor.at_phrase:
            raise self._cursor.expected(
                "a condition such as status = 'failed', or a word to search for"
            )
        node = self._condition(self._cursor.advance())
        self._count += sum(1 for _ in leaves(node))
        if self._count > MAX_CONDITIONS:
            raise self._cursor.error(
                f"A filter may have at most {MAX_CONDITIONS} conditions", start
            )
        return node

    def _condition(self, first: Token) -> Node:
        if self._tags_follow():
            return self._tag_membership(first.text)
        if first.kind is not TokenKind.WORD or read_number(first.text) is not None:
            return self._search(first)
        if self._operator_follows() or _names_field(first):
            return self._about(self._key(first), first)
        return self._search(first)

    def _operator_follows(self) -> bool:
        token = self._cursor.token
        if token.is_word("not"):
            return self._cursor.peek(1).is_word("in", "like")
        return token.kind is TokenKind.OPERATOR or token.is_word("in", "like", "is")

    # -- words

    def _search(self, token: Token) -> Node:
        if self._operator_follows():
            message = f"A condition starts with a field, such as params.{spell_name(token.text)}"
            raise self._cursor.error(message, token)
        head, colon, value = token.text.partition(":")
        if token.kind is TokenKind.WORD and colon and head.lower() in BUILT_IN:
            raise self._cursor.error(f"Write {head} = {value or '…'}, or quote the word", token)
        if not token.text.strip():
            raise self._cursor.error("Expected a text to search for between the quotes", token)
        if token.quoted is not None:
            self._key(token)  # no field starts like this: the error that says so
        return Search(token.text)

    def _tags_follow(self) -> bool:
        ahead = 1 if self._cursor.token.is_word("not") else 0
        tags = self._cursor.peek(ahead + 1)
        return self._cursor.peek(ahead).is_word("in") and tags.is_word("tags")

    def _tag_membership(self, name: str) -> Node:
        negative = self._cursor.take("not")
        self._cursor.advance()
        self._cursor.advance()
        missing = IsMissing(TAGS + name)
        return missing if negative else negated(missing)

    # -- fields

    def _key(self, token: Token) -> str:
        try:
            return field_key(token.text, token.quoted, token.rest)
        except UnknownFieldError as error:
            raise self._cursor.error(str(error), token) from None

    def _about(self, key: str, field: Token) -> Node:
        if not self._operator_follows():
            return self._bare(key, field)
        if self._cursor.at(TokenKind.OPERATOR):
            return self._operator(key, self._cursor.advance().text)
        negative = self._cursor.take("not")
        readers = {"in": self._in, "like": self._like, "is": self._is}
        node = readers[self._cursor.advance().text.lower()](key)
        return negated(node) if negative else node

    def _bare(self, key: str, field: Token) -> Node:
        if key.startswith(TAGS):
            return negated(IsMissing(key))
        if field_kind(key) is FieldKind.FLAG:
            return OneOf(key, (Boolean(True),))
        word = "" if key not in BUILT_IN else f" (or quotes round {field.text}, to search for it)"
        raise self._cursor.expected(f"an operator after {spell_field(key)}, such as = or >{word}")

    def _operator(self, key: str, operator: str) -> Node:
        if operator in _ORDERS:
            return self._compare(key, _ORDERS[operator])
        node = self._match(key) if "~" in operator else equal_to(key, self._values.read(key))
        return negated(node) if operator in _NEGATIVE else node

    def _compare(self, key: str, order: Order) -> Node:
        start = self._cursor.token
        if field_kind(key) is FieldKind.FLAG:
            raise self._cursor.error(f"{key} is true or false; compare it with =")
        value = self._values.read(key)
        if value is None:
            raise self._cursor.error(
                "Nothing is smaller or greater than nan; write 'is nan'", start
            )
        return Compare(key, order, value)

    def _in(self, key: str) -> Node:
        if not self._cursor.at(TokenKind.OPEN):
            raise self._cursor.expected("a list such as ('a', 'b')")
        values: list[Literal] = []
        while not values or self._cursor.at(TokenKind.COMMA):
            self._cursor.advance()
            values.append(self._values.read(key))
        if not self._cursor.at(TokenKind.CLOSE):
            raise self._cursor.expected("',' or ')'")
        self._cursor.advance()
        return equal_to(key, *values)

    def _is(self, key: str) -> Node:
        negative = self._cursor.take("not")
        if self._cursor.take("nan"):
            node: Node = IsNan(key)
        elif self._cursor.take("missing", "null", "none"):
            node = IsMissing(key)
        else:
            raise self._cursor.expected("'nan' or 'missing' (equality is written =)")
        return negated(node) if negative else node

    # -- patterns

    def _like(self, key: str) -> Node:
        return Like(key, self._pattern(key, "like", like_test))

    def _match(self, key: str) -> Node:
        self._regexes += 1
        if self._regexes > MAX_REGEXES:
            raise self._cursor.error(f"A filter may have at most {MAX_REGEXES} regular expressions")
        return Match(key, self._pattern(key, "~", regex_test))

    def _pattern(self, key: str, operator: str, compile_: Callable[[str], object]) -> str:
        kind, token = field_kind(key), self._cursor.token
        if kind not in (FieldKind.TEXT, FieldKind.ANY):
            raise self._cursor.error(f"{spell_field(key)} is {kind.value}; {operator} is for text")
        if not self._cursor.at_phrase or token.quoted is not None:
            raise self._cursor.expected(f"a pattern in single quotes after {operator}")
        try:
            compile_(token.text)
        except PatternError as error:
            raise self._cursor.error(str(error), token) from None
        return self._cursor.advance().text


def _names_field(token: Token) -> bool:
    head, dot, _ = token.text.partition(".")
    head = head.lower()
    return ALIASES.get(head, head) in NAMESPACES if dot else head in BUILT_IN
