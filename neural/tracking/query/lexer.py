"""Text to tokens. Knows quotes and operators; what a word means is the parser's business."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from neural.errors import FilterSyntaxError
from neural.tracking.query.facts import UNSTORABLE, storable

__all__ = ["MAX_LENGTH", "Token", "TokenKind", "tokenize"]

#: Longest text that is read, in characters: about a thousand run ids in a list.
MAX_LENGTH = 20_000


class TokenKind(Enum):
    """The kinds of tokens; the value is how an error message calls one."""

    WORD = "a word"
    STRING = "a text in single quotes"
    QUOTED = "a name in double quotes"
    OPERATOR = "an operator"
    OPEN = "'('"
    CLOSE = "')'"
    COMMA = "','"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: What it is.
        text: Its text, without quotes and with doubled quotes undone.
        start: Zero-based position of its first character.
        end: Position after its last character.
        quoted: For ``metrics."a b".best``: ``a b``; ``text`` is then ``metrics.``.
        rest: For ``metrics."a b".best``: ``.best``.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    quoted: str | None = None
    rest: str = ""

    def is_word(self, *words: str) -> bool:
        """Say whether this is one of ``words``, in upper or lower case."""
        return self.kind is TokenKind.WORD and self.quoted is None and self.text.lower() in words


# The two alternatives inside the quotes exclude each other, so matching is linear.
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_WORD = re.compile(r"""[^\s()'"=<>!~,]+""")
_TOKEN = re.compile(
    r"""(?P<STRING>'(?:[^']|'')*')
      | (?P<QUOTED>"(?:[^"]|"")*")
      | (?P<OPERATOR>==|!=|<>|<=|>=|!~|[=<>~])
      | (?P<OPEN>\() | (?P<CLOSE>\)) | (?P<COMMA>,)
      | (?P<WORD>[^\s()'"=<>!~,]+)""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text``; the last one is always ``END``.

    Raises:
        FilterSyntaxError: The text is too long, a quote is not closed, or a character
            has no meaning.
    """
    _check(text)
    tokens = []
    position = _skip_space(text, 0)
    while position < len(text):
        token = _read(text, position)
        tokens.append(token)
        position = _skip_space(text, token.end)
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens


def _check(text: str) -> None:
    if len(text) > MAX_LENGTH:
        message = f"The text has {len(text)} characters; at most {MAX_LENGTH} are read"
        raise FilterSyntaxError(message, text[:80] + "…", 80)
    unusable = UNSTORABLE.search(text)
    if unusable:
        message = f"The character {unusable[0]!r} cannot be part of any stored text"
        raise FilterSyntaxError(message, storable(text), unusable.start())


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _read(text: str, start: int) -> Token:
    match = _TOKEN.match(text, start)
    if match is None or match.lastgroup is None:
        raise FilterSyntaxError(_complaint(text[start]), text, start)
    kind = TokenKind[match.lastgroup]
    token = Token(kind, _unquote(kind, match[0]), start, match.end())
    return _with_quoted_name(text, token) if kind is TokenKind.WORD else token


def _complaint(character: str) -> str:
    if character == "!":
        return "Expected != or !~; negation is written 'not'"
    return f"Nothing closes this {character}; a {character} inside quotes is written twice"


def _unquote(kind: TokenKind, raw: str) -> str:
    if kind in (TokenKind.STRING, TokenKind.QUOTED):
        return raw[1:-1].replace(raw[0] * 2, raw[0])
    return raw


def _with_quoted_name(text: str, word: Token) -> Token:
    """Join ``metrics.`` with the quoted name and the ``.best`` that touch it."""
    name = _QUOTED.match(text, word.end) if word.text.endswith(".") else None
    if name is None:
        return word
    rest = _WORD.match(text, name.end()) if text[name.end() :].startswith(".") else None
    return Token(
        TokenKind.WORD,
        word.text,
        word.start,
        rest.end() if rest else name.end(),
        quoted=name[1].replace('""', '"'),
        rest=rest[0] if rest else "",
    )
