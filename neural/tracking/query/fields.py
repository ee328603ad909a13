"""Which fields a filter and a sort may name, how they are spelled, and what they hold.

A field is known everywhere by its *key*, the name of a fact: ``status``, ``params.lr``,
``tags.team``, ``metrics.val_acc.best``. Only this module knows how a key is built and taken apart.
"""

from __future__ import annotations

import difflib
import re
from enum import Enum

__all__ = [
    "ALIASES",
    "BUILT_IN",
    "NAMESPACES",
    "SEARCH_KEYS",
    "STATS",
    "TAGS",
    "FieldKind",
    "UnknownFieldError",
    "field_key",
    "field_kind",
    "spell_field",
    "spell_name",
]


class FieldKind(Enum):
    """What a field holds, which decides how a value next to it is read."""

    TEXT = "text"
    NUMBER = "a number"
    TIME = "a time"
    DURATION = "a duration"
    FLAG = "true or false"
    #: Parameters and tags: whatever the user logged.
    ANY = "anything"


BUILT_IN: dict[str, FieldKind] = {
    "name": FieldKind.TEXT,
    "id": FieldKind.TEXT,
    "status": FieldKind.TEXT,
    "display_name": FieldKind.TEXT,
    "group": FieldKind.TEXT,
    "repeat": FieldKind.NUMBER,
    "parent": FieldKind.TEXT,
    "host": FieldKind.TEXT,
    "notes": FieldKind.TEXT,
    "folder": FieldKind.TEXT,
    "archived": FieldKind.FLAG,
    "pinned": FieldKind.FLAG,
    "created": FieldKind.TIME,
    "ended": FieldKind.TIME,
    "updated": FieldKind.TIME,
    "duration": FieldKind.DURATION,
}

#: Other spellings of the same fields: the seed's keys, and the singular that people type.
ALIASES: dict[str, str] = {
    "experiment_name": "name",
    "experiment_id": "id",
    "start_time": "created",
    "started": "created",
    "end_time": "ended",
    "metric": "metrics",
    "param": "params",
    "hyperparameters": "params",
    "tag": "tags",
}

PARAMS, TAGS, METRICS = "params.", "tags.", "metrics."
NAMESPACES = ("metrics", "params", "tags")

#: What can be asked of a metric; a bare ``metrics.x`` is the first.
STATS = (
    "last",
    "best",
    "min",
    "max",
    "mean",
    "count",
    "nan_count",
    "best_step",
    "last_step",
)

#: Facts that a bare word is looked for in, besides the names and texts of tags.
SEARCH_KEYS = ("name", "display_name", "id", "group", "notes")

#: What may stand unquoted in a name that is printed; typed names may hold more.
_PLAIN_NAME = re.compile(r"[\w/-]+(?:\.[\w/-]+)*")


class UnknownFieldError(ValueError):
    """A field name that leads nowhere; the text says what would have worked."""


def field_key(word: str, quoted: str | None = None, rest: str = "") -> str:
    """Return the key of the field that is spelled ``word"quoted"rest``.

    Args:
        word: What stands before any double quote: ``metrics.loss.best`` or ``metrics.``.
        quoted: The name between double quotes, unescaped, or ``None`` without quotes.
        rest: What follows the quotes: ``.best`` or nothing.

    Raises:
        UnknownFieldError: There is no such field.
    """
    head, dot, name = word.partition(".")
    head = ALIASES.get(head.lower(), head.lower())
    if not dot and head in BUILT_IN and quoted is None:
        return head
    if head not in NAMESPACES:
        raise UnknownFieldError(_unknown(word))
    if quoted is not None and name:
        raise UnknownFieldError(f'Quote the whole name: {head}."{name}{quoted}"')
    if not name and quoted is None:
        raise UnknownFieldError(f"Expected a name after {head}, such as {_EXAMPLES[head]}")
    return _namespaced_key(head, name, quoted, rest)


def _namespaced_key(head: str, name: str, quoted: str | None, rest: str) -> str:
    if head == "metrics":
        return _metric_key(name, quoted, rest)
    if rest:
        raise UnknownFieldError(f"Nothing can follow the quoted name, got {rest!r}")
    return f"{head}.{name if quoted is None else quoted}"


def _metric_key(name: str, quoted: str | None, rest: str) -> str:
    if quoted is None:
        name, dot, stat = name.rpartition(".")
        if dot and name and stat in STATS:
            return f"{METRICS}{name}.{stat}"
        return f"{METRICS}{name}{dot}{stat}.last"
    stat = rest.removeprefix(".") or "last"
    if stat not in STATS:
        raise UnknownFieldError(f"Expected one of .{', .'.join(STATS)}, got {rest!r}")
    return f"{METRICS}{quoted}.{stat}"


_EXAMPLES = {"metrics": "metrics.val_acc.best", "params": "params.lr", "tags": "tags.baseline"}


def _unknown(word: str) -> str:
    head, dot, name = word.partition(".")
    if dot:
        known = [*NAMESPACES, *ALIASES]
        close = [f"{match}.{name}" for match in difflib.get_close_matches(head.lower(), known, n=1)]
    else:
        close = difflib.get_close_matches(head.lower(), [*BUILT_IN, *ALIASES], n=2)
    hints = close or [f"params.{spell_name(word)}", f"metrics.{spell_name(word)}"]
    return f"Unknown field {word!r}. Did you mean {' or '.join(hints)}?"


def field_kind(key: str) -> FieldKind:
    """Return what the field ``key`` holds."""
    if key.startswith(METRICS):
        return FieldKind.NUMBER
    return BUILT_IN.get(key, FieldKind.ANY)


def spell_field(key: str) -> str:
    """Return the shortest spelling of ``key`` that :func:`field_key` reads back."""
    if key in BUILT_IN:
        return key
    head, _, name = key.partition(".")
    if head != "metrics":
        return f"{head}.{spell_name(name)}"
    name, _, stat = name.rpartition(".")
    ambiguous = name.rpartition(".")[2] in STATS and "." in name
    plain = _quote(name) if ambiguous else spell_name(name)
    return f"{METRICS}{plain}" + ("" if stat == "last" else f".{stat}")


def spell_name(name: str) -> str:
    """Return ``name`` as it is typed after ``params.``: in double quotes where it must be."""
    return name if _PLAIN_NAME.fullmatch(name) else _quote(name)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
