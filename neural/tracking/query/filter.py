"""The parsed filter, as the rest of the product handles it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from neural.errors import FilterSyntaxError, InvalidInputError
from neural.tracking.query.matching import SlowPatternError
from neural.tracking.query.parser import parse_tree
from neural.tracking.query.predicate import Facts, predicate
from neural.tracking.query.printer import spell_text, to_text
from neural.tracking.query.sql import where
from neural.tracking.query.tree import Node, Search, both, leaves

__all__ = ["Filter", "parse"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs are wanted.

    Two filters are equal if they mean the same tree, however they were typed. ``str`` gives one
    spelling that parses back to an equal filter.

    Attributes:
        tree: What it says.
        text: As typed; error messages point into it.
    """

    tree: Node
    text: str = field(compare=False)

    def __str__(self) -> str:
        return to_text(self.tree)

    def __and__(self, other: Filter) -> Filter:
        tree = both(self.tree, other.tree)
        return Filter(tree, to_text(tree))

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Say whether the run with these facts is found.

        Raises:
            FilterSyntaxError: A regular expression took too long.
        """
        return self.predicate()(facts)

    def predicate(self) -> Callable[[Facts], bool]:
        """Return :meth:`matches` for one query over many runs.

        The regular expressions have one time limit for all of them together.
        """
        found = predicate(self.tree)

        def matches(facts: Facts) -> bool:
            try:
                return found(facts)
            except SlowPatternError as error:
                raise self.refusal(error.pattern) from None

        return matches

    def sql(self) -> tuple[str, list[Any]]:
        """Return a condition on ``runs r`` and the values of its question marks.

        The connection must know the functions of
        :func:`~neural.tracking.query.register_functions`.
        """
        fragment = where(self.tree)
        return fragment.sql, fragment.params

    def keys(self) -> frozenset[str]:
        """Return the keys of the facts that are asked for; a search for words is not counted."""
        return frozenset(leaf.key for leaf in leaves(self.tree) if not isinstance(leaf, Search))

    def refusal(self, pattern: str) -> FilterSyntaxError:
        """Return the error that says that ``pattern`` was stopped for taking too long."""
        message = (
            f"The regular expression {pattern!r} takes too long over these runs and was stopped. "
            "Make it shorter, or use like"
        )
        quoted = self.text.find(spell_text(pattern))
        position = quoted if quoted >= 0 else max(self.text.rfind(pattern), 0)
        return FilterSyntaxError(message, self.text, position)


def parse(text: str, *, now: float | None = None) -> Filter:
    """Return the filter that ``text`` spells; blank finds every run.

    Args:
        text: A filter; the language is described in ``docs/filters.md``.
        now: The present, from which ``2d ago`` counts, in seconds since the Unix epoch;
            ``None`` asks the clock.

    Raises:
        FilterSyntaxError: The text is no filter; the error points at the place.
        InvalidInputError: It is no text at all.

    Example:
        >>> parse("params.lr <= 1e-3 and not status = failed").matches({"params.lr": 0.001})
        False
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"A filter must be a text, got {text!r}; '' finds every run")
    return Filter(parse_tree(text, time.time() if now is None else now), text)
