"""Tokens to a tree, by recursive descent: and, or, not, parentheses.

The grammar is in ``docs/filters.md``; what stands between the ``and`` is read by ``conditions``.
"""

from __future__ import annotations

from neural.errors import FilterSyntaxError
from neural.tracking.query.conditions import ConditionReader
from neural.tracking.query.cursor import Cursor
from neural.tracking.query.lexer import TokenKind
from neural.tracking.query.tree import EVERYTHING, Node, Search, both, either, negated

__all__ = ["MAX_DEPTH", "parse_tree"]

#: Deepest nesting of parentheses. SQLite's own parser gives up not far beyond.
MAX_DEPTH = 25

_TYPED_BY_HABIT = {"&&": "and", "&": "and", "||": "or", "|": "or", ";": "and"}


def parse_tree(text: str, now: float) -> Node:
    """Return the tree of ``text``; of blanks, the filter that finds everything.

    Args:
        text: A filter.
        now: The present, seconds since the Unix epoch; ``2d ago`` counts from it.

    Raises:
        FilterSyntaxError: Anything at all is wrong with the text.
    """
    cursor = Cursor(text)
    return EVERYTHING if cursor.at_end else _Parser(cursor, now).parse()


class _Parser:
    def __init__(self, cursor: Cursor, now: float) -> None:
        self._cursor = cursor
        self._conditions = ConditionReader(cursor, now)
        self._depth = 0

    def parse(self) -> Node:
        node = self._disjunction()
        if not self._cursor.at_end:
            raise self._after_condition()
        return node

    def _disjunction(self) -> Node:
        items = [self._conjunction()]
        while self._cursor.take("or"):
            items.append(self._conjunction())
        return either(*items)

    def _conjunction(self) -> Node:
        items = [self._negation()]
        while self._cursor.take("and") or self._continues_search(items[-1]):
            items.append(self._negation())
        return both(*items)

    def _continues_search(self, last: Node) -> bool:
        # `resnet adam` means both words. After a comparison this would hide a missing quote:
        # `name = my run` must not become `name = 'my' and 'run'`.
        if not isinstance(last, Search) or self._cursor.token.text in _TYPED_BY_HABIT:
            return False
        starts = self._cursor.at_phrase or self._cursor.token.is_word("not")
        return starts or self._cursor.at(TokenKind.OPEN)

    def _negation(self) -> Node:
        negative = False
        while self._cursor.take("not"):
            negative = not negative
        node = self._atom()
        return negated(node) if negative else node

    def _atom(self) -> Node:
        if self._cursor.at(TokenKind.OPEN):
            return self._group()
        return self._conditions.read()

    def _group(self) -> Node:
        opened = self._cursor.advance()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._cursor.error(f"Parentheses are nested more than {MAX_DEPTH} deep", opened)
        node = self._disjunction()
        if self._cursor.at_end:
            raise self._cursor.error("Nothing closes this '('", opened)
        if not self._cursor.at(TokenKind.CLOSE):
            raise self._after_condition()
        self._cursor.advance()
        self._depth -= 1
        return node

    def _after_condition(self) -> FilterSyntaxError:
        token = self._cursor.token
        if token.text in _TYPED_BY_HABIT:
            return self._cursor.error(
                f"Write {_TYPED_BY_HABIT[token.text]!r} instead of {token.text!r}"
            )
        if token.kind is TokenKind.CLOSE and not self._depth:
            return self._cursor.error("No '(' is open here")
        hint = " (a text of several words needs quotes)" if self._cursor.at_phrase else ""
        return self._cursor.expected(f"'and' or 'or'{hint}")
