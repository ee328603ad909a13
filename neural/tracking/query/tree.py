"""What a filter says, as a tree of frozen values.

A tree is a boolean formula in Kleene's three-valued logic: a condition on a field that a run does
not have is neither true nor false, and only what is true is found. So ``!=``, ``not in`` and the
like need no nodes of their own: they are :class:`Not` around the positive one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "EVERYTHING",
    "And",
    "Boolean",
    "Compare",
    "IsMissing",
    "IsNan",
    "Like",
    "Match",
    "Moment",
    "Node",
    "Not",
    "Number",
    "OneOf",
    "Or",
    "Order",
    "Search",
    "Text",
    "Value",
    "both",
    "either",
    "leaves",
    "negated",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as typed; never NaN, which :class:`IsNan` asks for."""

    value: float | int


@dataclass(frozen=True, slots=True)
class Text:
    """A text. Next to a numeric field value it counts as the number it spells, if any."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of time, or an instant where ``start`` equals ``end``.

    Two moments are the same if they are spelled the same: when that is, for ``2d ago``, was
    settled when the filter was parsed.

    Attributes:
        spelling: As typed.
        start: First second of it, seconds since the Unix epoch.
        end: First second after it, seconds since the Unix epoch.
    """

    spelling: str
    start: float
    end: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self.spelling == other.spelling

    def __hash__(self) -> int:
        return hash(self.spelling)


Value: TypeAlias = Number | Text | Boolean
Order: TypeAlias = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values: ``=`` and ``in``."""

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """The field stands in an order to a value."""

    key: str
    order: Order
    value: Value | Moment


@dataclass(frozen=True, slots=True)
class Like:
    """The whole text of the field fits a pattern of ``%`` and ``_``."""

    key: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Match:
    """A regular expression is found in the text of the field."""

    key: str
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNan:
    """The value of the field is not a number (NaN)."""

    key: str


@dataclass(frozen=True, slots=True)
class IsMissing:
    """The run has no such field. Never unknown."""

    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """The text stands somewhere in the run's names, id, group, notes or tags. Never unknown."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; the opposite of unknown is unknown."""

    item: Node


Leaf: TypeAlias = OneOf | Compare | Like | Match | IsNan | IsMissing | Search
Node: TypeAlias = Leaf | And | Or | Not

#: The empty filter: nothing is asked, so every run is found.
EVERYTHING = And(())


def both(*items: Node) -> Node:
    """Return the conjunction of ``items``, flat, and without ``And`` around a single one."""
    flat = [part for item in items for part in (item.items if isinstance(item, And) else (item,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(*items: Node) -> Node:
    """Return the disjunction of ``items``, flat, and without ``Or`` around a single one."""
    flat = [part for item in items for part in (item.items if isinstance(item, Or) else (item,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(item: Node) -> Node:
    """Return the opposite of ``item``; two negations cancel, in three-valued logic too."""
    return item.item if isinstance(item, Not) else Not(item)


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield every condition in ``node``, in the order of the text."""
    if isinstance(node, Not):
        yield from leaves(node.item)
    elif isinstance(node, And | Or):
        for item in node.items:
            yield from leaves(item)
    else:
        yield node
