"""What could be typed next, for the filter box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from neural.errors import FilterSyntaxError
from neural.tracking.query.fields import (
    BUILT_IN,
    STATS,
    FieldKind,
    UnknownFieldError,
    field_key,
    field_kind,
    spell_name,
)
from neural.tracking.query.lexer import Token, TokenKind, tokenize
from neural.tracking.query.printer import spell_text
from neural.tracking.records import RunStatus

__all__ = ["MAX_SUGGESTIONS", "suggestions", "word_at"]

#: Longest list that is offered.
MAX_SUGGESTIONS = 50

_TIMES = ("today", "yesterday", "1d ago", "7d ago", "30d ago")

_ORDERING = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "is nan", "is missing")
_TEXTUAL = ("=", "!=", "~", "!~", "like", "not like", "in", "not in", "is missing")
_OPERATORS: dict[FieldKind, tuple[str, ...]] = {
    FieldKind.TEXT: _TEXTUAL,
    FieldKind.NUMBER: _ORDERING,
    FieldKind.TIME: (">=", "<=", ">", "<", "=", "!=", "is missing"),
    FieldKind.DURATION: (">", ">=", "<", "<=", "is missing"),
    FieldKind.FLAG: ("=", "!="),
    FieldKind.ANY: (*_ORDERING, "~", "!~", "like", "not like"),
}


class _Next(Enum):
    """What the grammar wants next."""

    CONDITION = auto()
    OPERATOR = auto()
    VALUE = auto()
    CONNECTIVE = auto()
    PATTERN_OPERATOR = auto()
    IS = auto()
    LIST = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class _Names:
    """The names and values of one store, as they are typed."""

    params: tuple[str, ...]
    metrics: tuple[str, ...]
    tags: tuple[str, ...]
    values: Mapping[str, Sequence[str]]


def suggestions(
    text: str,
    position: int,
    *,
    params: Iterable[str] = (),
    metrics: Iterable[str] = (),
    tags: Iterable[str] = (),
    values: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Return what could replace the word at ``position``, likeliest first.

    Args:
        text: The filter as far as it is typed; it need not be whole.
        position: Place of the cursor, zero-based. :func:`word_at` tells what is replaced.
        params: Names of parameters in the store.
        metrics: Names of metrics in the store.
        tags: Names of tags in the store.
        values: By key of a fact, texts that occur: ``{"params.optimizer": ["adam", "sgd"]}``.

    Example:
        >>> suggestions("metrics.lo", 10, metrics=["loss", "val/loss"])
        ['metrics.loss', 'metrics.val/loss']
    """
    start, _ = word_at(text, position)
    try:
        before = tokenize(text[:start])[:-1]
    except FilterSyntaxError:
        return []
    names = _Names(tuple(params), tuple(metrics), tuple(tags), values or {})
    expected, key = _expected(before)
    return _fitting(_candidates(expected, key, names, text[start:position]), text[start:position])


_WORD_START = re.compile(r"""[^\s()'"=<>!~,]*\Z""")
_WORD_END = re.compile(r"""[^\s()'"=<>!~,]*""")


def word_at(text: str, position: int) -> tuple[int, int]:
    """Return start and end of the word round ``position``: what a suggestion replaces.

    A text in quotes is one word with the name in front of it, also while it is still open.
    """
    position = min(max(position, 0), len(text))
    rest = _WORD_END.match(text, position)
    return _word_start(text[:position]), rest.end() if rest else position


_PHRASES = (TokenKind.WORD, TokenKind.STRING, TokenKind.QUOTED)


def _word_start(before: str) -> int:
    try:
        tokens = tokenize(before)
    except FilterSyntaxError:
        return _open_word_start(before)
    last = tokens[-2] if len(tokens) > 1 else None
    touched = last is not None and last.kind in _PHRASES and last.end == len(before)
    return last.start if last is not None and touched else len(before)


def _open_word_start(before: str) -> int:
    quote = _open_quote(before)
    if quote is None or before[quote] == "'":
        return len(before) if quote is None else quote
    word = _WORD_START.search(before, 0, quote)
    return word.start() if word else quote


def _open_quote(text: str) -> int | None:
    """Return where the quote stands that is still open at the end of ``text``."""
    opened: int | None = None
    for index, character in enumerate(text):
        if opened is None and character in "'\"":
            opened = index
        elif opened is not None and character == text[opened]:
            opened = None
    return opened


# -- the grammar, from the last tokens


def _expected(before: Sequence[Token]) -> tuple[_Next, str | None]:
    last = before[-1] if before else None
    if last is None or last.is_word("and", "or"):
        return _Next.CONDITION, None
    if last.is_word("not", "is", "in", "like"):
        return _after_keyword(before)
    if last.kind is TokenKind.OPERATOR:
        return _Next.VALUE, _key(before[-2:-1])
    if last.kind in (TokenKind.OPEN, TokenKind.COMMA):
        listed = _list_field(before)
        return (_Next.VALUE, _key(listed)) if listed else (_Next.CONDITION, None)
    if last.kind is TokenKind.CLOSE or _is_value(before):
        return _Next.CONNECTIVE, None
    key = _key(before[-1:])
    return (_Next.CONNECTIVE, None) if key is None else (_Next.OPERATOR, key)


def _after_keyword(before: Sequence[Token]) -> tuple[_Next, str | None]:
    key = _key(before[-2:-1])
    match before[-1].text.lower():
        case "is":
            return _Next.IS, key
        case "in":
            return _Next.LIST, key
        case "like":
            return _Next.NOTHING, key
    if len(before) > 1 and before[-2].is_word("is"):
        return _Next.IS, None
    return (_Next.CONDITION, None) if key is None else (_Next.PATTERN_OPERATOR, key)


def _list_field(before: Sequence[Token]) -> Sequence[Token]:
    """Return the field of the list that is open at the end, or nothing."""
    for index in range(len(before) - 1, 0, -1):
        if before[index].kind is TokenKind.OPEN:
            is_list = before[index - 1].is_word("in")
            field = before[: index - 1]
            field = field[:-1] if field and field[-1].is_word("not") else field
            return field[-1:] if is_list else ()
    return ()


def _is_value(before: Sequence[Token]) -> bool:
    return len(before) > 1 and (
        before[-2].kind is TokenKind.OPERATOR or before[-2].is_word("like", "is", "in")
    )


def _key(field: Sequence[Token]) -> str | None:
    if not field or field[0].kind is not TokenKind.WORD:
        return None
    try:
        return field_key(field[0].text, field[0].quoted, field[0].rest)
    except UnknownFieldError:
        return None


# -- what fits


def _candidates(expected: _Next, key: str | None, names: _Names, typed: str) -> list[str]:
    match expected:
        case _Next.CONDITION:
            return _fields(names, typed)
        case _Next.CONNECTIVE:
            return ["and", "or"]
        case _Next.OPERATOR if key:
            return list(_OPERATORS[field_kind(key)])
        case _Next.PATTERN_OPERATOR:
            return ["in", "like"]
        case _Next.IS:
            return ["missing", "nan", "not missing", "not nan"]
        case _Next.LIST:
            return ["("] if key else ["tags"]
        case _Next.VALUE if key:
            return _values(key, names)
    return []


def _fields(names: _Names, typed: str) -> list[str]:
    metrics = [f"metrics.{spell_name(name)}" for name in names.metrics]
    for metric in [name for name in metrics if typed.startswith(f"{name}.")]:
        metrics += [f"{metric}.{stat}" for stat in STATS]
    params = [f"params.{spell_name(name)}" for name in names.params]
    tags = [f"tags.{spell_name(name)}" for name in names.tags]
    return [*BUILT_IN, *metrics, *params, *tags, "not"]


def _values(key: str, names: _Names) -> list[str]:
    known = [spell_text(value) for value in names.values.get(key, ())]
    match field_kind(key):
        case FieldKind.FLAG:
            return ["true", "false"]
        case FieldKind.TIME:
            return list(_TIMES)
        case _ if key == "status":
            return [*known, *map(spell_text, RunStatus)]
    return known


def _fitting(candidates: Iterable[str], typed: str) -> list[str]:
    wanted = _bare(typed)
    unique = [name for name in dict.fromkeys(candidates) if name != typed]
    starting = [name for name in unique if _bare(name).startswith(wanted)]
    holding = [name for name in unique if _holds(_bare(name), wanted) and name not in starting]
    return [*starting, *holding][:MAX_SUGGESTIONS]


def _holds(name: str, wanted: str) -> bool:
    # After "metrics." the rest is looked for anywhere in the names of metrics.
    head, dot, rest = wanted.partition(".")
    return wanted in name or (name.startswith(head + dot) and rest in name[len(head + dot) :])


def _bare(name: str) -> str:
    return name.replace('"', "").replace("'", "").lower()
