"""Tree to text: the canonical spelling of a filter, which parses back to the same tree."""

from __future__ import annotations

from neural.tracking.query.fields import spell_field
from neural.tracking.query.tree import (
    And,
    Boolean,
    Compare,
    IsMissing,
    IsNan,
    Leaf,
    Like,
    Match,
    Moment,
    Node,
    Not,
    Number,
    OneOf,
    Or,
    Search,
    Value,
)

__all__ = ["spell_text", "to_text"]


def to_text(node: Node) -> str:
    """Return the spelling of ``node``; the empty filter is the empty text."""
    if isinstance(node, And):
        return " and ".join(
            _enclosed(item) if isinstance(item, Or) else to_text(item) for item in node.items
        )
    if isinstance(node, Or):
        return " or ".join(to_text(item) for item in node.items)
    if isinstance(node, Not):
        return _negation(node.item)
    return _condition(node)


def _enclosed(node: Node) -> str:
    return f"({to_text(node)})"


def _negation(item: Node) -> str:
    if isinstance(item, And | Or):
        return f"not {_enclosed(item)}"
    if isinstance(item, Search | Compare | Not):
        return f"not {to_text(item)}"
    return _condition(item, negative=True)


def _condition(leaf: Leaf, *, negative: bool = False) -> str:
    if isinstance(leaf, Search):
        return spell_text(leaf.text)
    field, no = spell_field(leaf.key), "not " if negative else ""
    match leaf:
        case OneOf(values=(value,)):
            return f"{field} {'!=' if negative else '='} {_value(value)}"
        case OneOf(values=values):
            return f"{field} {no}in ({', '.join(map(_value, values))})"
        case Compare():
            return f"{field} {leaf.order} {_value(leaf.value)}"
        case Like():
            return f"{field} {no}like {spell_text(leaf.pattern)}"
        case Match():
            return f"{field} {'!~' if negative else '~'} {spell_text(leaf.pattern)}"
        case IsNan():
            return f"{field} is {no}nan"
        case IsMissing():
            return f"{field} is {no}missing"


def _value(value: Value | Moment) -> str:
    match value:
        case Number():
            return repr(value.value)
        case Boolean():
            return "true" if value.value else "false"
        case Moment():
            return spell_text(value.spelling)
    return spell_text(value.value)


def spell_text(text: str) -> str:
    """Return ``text`` in single quotes, as a filter holds it."""
    return "'" + text.replace("'", "''") + "'"
