"""A place in the tokens, and errors that point at it."""

from __future__ import annotations

from neural.errors import FilterSyntaxError
from neural.tracking.query.lexer import Token, TokenKind, tokenize

__all__ = ["KEYWORDS", "Cursor"]

#: Words that are never a value or a word to search for, unless quoted.
KEYWORDS = ("and", "or", "not", "in", "like", "is")


class Cursor:
    """Reads tokens from left to right.

    Args:
        text: A filter.

    Raises:
        FilterSyntaxError: ``text`` is not made of tokens.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._index]

    def at(self, *kinds: TokenKind) -> bool:
        """Say whether a token of one of ``kinds`` comes next."""
        return self.token.kind in kinds

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.at(TokenKind.END)

    @property
    def at_phrase(self) -> bool:
        """Whether a word that is no keyword, or anything in quotes, comes next."""
        if self.at(TokenKind.WORD):
            return not self.token.is_word(*KEYWORDS)
        return self.at(TokenKind.STRING, TokenKind.QUOTED)

    def peek(self, ahead: int) -> Token:
        """Return the token ``ahead`` places after the next one."""
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Return the next token and step over it, but for the end."""
        token = self.token
        if not self.at_end:
            self._index += 1
        return token

    def take(self, *words: str) -> bool:
        """Step over the next token if it is one of ``words``; say whether it was."""
        found = self.token.is_word(*words)
        if found:
            self.advance()
        return found

    def error(self, message: str, token: Token | None = None) -> FilterSyntaxError:
        """Return the error that points at ``token``, or else at the next one."""
        return FilterSyntaxError(message, self._text, (token or self.token).start)

    def expected(self, what: str) -> FilterSyntaxError:
        """Return the error that says ``what`` should have come next."""
        got = "the end" if self.at_end else repr(self.token.text)
        return self.error(f"Expected {what}, got {got}")
