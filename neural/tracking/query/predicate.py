"""Tree to a plain predicate over the facts of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from neural.tracking.query.comparing import (
    bound_of,
    fact_of,
    regex_share_s,
    search_texts,
    wanted_of,
)
from neural.tracking.query.facts import Fact, Kind
from neural.tracking.query.matching import TextTest, like_test, regex_test, search_test
from neural.tracking.query.tree import (
    And,
    Compare,
    IsMissing,
    IsNan,
    Leaf,
    Like,
    Match,
    Node,
    Not,
    OneOf,
    Or,
    Search,
)

__all__ = ["Facts", "Verdict", "predicate", "verdict_of"]

#: The facts of one run, by key; a missing key and ``None`` are the same.
Facts: TypeAlias = Mapping[str, Any]

#: Kleene's three values: ``None`` is unknown.
Verdict: TypeAlias = Callable[[Facts], bool | None]


def predicate(node: Node) -> Callable[[Facts], bool]:
    """Return the test whether a run is found, for one query.

    The regular expressions in it have one time limit for all runs that the test is called with.

    Raises:
        SlowPatternError: By the test, when that time is used up.
    """
    verdict = verdict_of(node, regex_share_s(node))
    return lambda facts: verdict(facts) is True


def verdict_of(node: Node, limit_s: float) -> Verdict:
    """Return the three-valued meaning of ``node``.

    Args:
        node: Any part of a filter.
        limit_s: Seconds that each regular expression in it may take.
    """
    if isinstance(node, And):
        return _all([verdict_of(item, limit_s) for item in node.items])
    if isinstance(node, Or):
        return _any([verdict_of(item, limit_s) for item in node.items])
    if isinstance(node, Not):
        return _opposite(verdict_of(node.item, limit_s))
    return _leaf(node, limit_s)


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    def verdict(facts: Facts) -> bool | None:
        result: bool | None = True
        for item in verdicts:
            one = item(facts)
            if one is False:
                return False
            result = result and one
        return result

    return verdict


def _any(verdicts: Sequence[Verdict]) -> Verdict:
    negatives = _all([_opposite(item) for item in verdicts])
    return _opposite(negatives)


def _opposite(item: Verdict) -> Verdict:
    def verdict(facts: Facts) -> bool | None:
        one = item(facts)
        return None if one is None else not one

    return verdict


def _leaf(leaf: Leaf, limit_s: float) -> Verdict:
    match leaf:
        case Search():
            found = search_test(leaf.text)
            return lambda facts: any(map(found, search_texts(facts)))
        case IsMissing():
            return lambda facts: fact_of(facts, leaf.key) is None
        case IsNan():
            return _known(leaf.key, lambda fact: fact.kind is Kind.NAN)
        case OneOf():
            return _known(leaf.key, wanted_of(leaf).holds)
        case Compare():
            return _known(leaf.key, bound_of(leaf).holds)
        case Like():
            return _known(leaf.key, _of_text(like_test(leaf.pattern)))
        case Match():
            return _known(leaf.key, _of_text(regex_test(leaf.pattern, limit_s)))


def _of_text(test: TextTest) -> Callable[[Fact], bool]:
    return lambda fact: fact.text is not None and test(fact.text)


def _known(key: str, test: Callable[[Fact], bool]) -> Verdict:
    def verdict(facts: Facts) -> bool | None:
        fact = fact_of(facts, key)
        return None if fact is None else test(fact)

    return verdict
