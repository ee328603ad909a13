"""Text to tokens."""

from __future__ import annotations

import pytest

from neural.errors import FilterSyntaxError
from neural.tracking.query.lexer import MAX_LENGTH, Token, TokenKind, tokenize


def texts(text: str) -> list[str]:
    """Return the texts of the tokens of ``text``, without the end."""
    return [token.text for token in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<=1e-3", ["a", "<=", "1e-3"]),
        ("loss<-5", ["loss", "<", "-5"]),
        ("name!~'x'", ["name", "!~", "x"]),
        ("f1@5,top%(x)", ["f1@5", ",", "top%", "(", "x", ")"]),
        ("val/acc été 学習率\u3000x", ["val/acc", "été", "学習率", "x"]),
        ("'it''s' \"a\"\"b\"", ["it's", 'a"b']),
        (r"'\d+'", [r"\d+"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    """Operators end words, blanks are only between tokens, and a backslash is a backslash."""
    assert texts(text) == expected


def test_a_name_in_quotes_is_one_token() -> None:
    """Namespace, name and statistic belong together."""
    name = Token(TokenKind.WORD, "metrics.", 0, 19, quoted='a "b"', rest=".best")

    assert tokenize('metrics."a ""b""".best')[0] == Token(
        TokenKind.WORD, "metrics.", 0, 22, name.quoted, name.rest
    )


def test_a_name_in_quotes_must_touch() -> None:
    """After a blank something new begins."""
    assert texts('metrics. "a"') == ["metrics.", "a"]


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("name = 'x", 7, "Nothing closes this '"),
        ('params."x = 1', 7, 'Nothing closes this "'),
        ("! name", 0, "negation is written 'not'"),
        ("a\x00b", 1, "cannot be part of any stored text"),
        ("ab\ud800", 2, "cannot be part of any stored text"),
    ],
)
def test_errors_point_at_the_place(text: str, position: int, message: str) -> None:
    """The position is that of the character that has no meaning."""
    with pytest.raises(FilterSyntaxError, match=message) as caught:
        tokenize(text)

    assert caught.value.position == position


def test_too_long() -> None:
    """A text beyond the limit is refused before it is read."""
    with pytest.raises(FilterSyntaxError, match=f"at most {MAX_LENGTH}"):
        tokenize("x" * (MAX_LENGTH + 1))
