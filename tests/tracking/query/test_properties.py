"""What holds for every filter, looked for with random ones."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from neural.errors import FilterSyntaxError
from neural.testing.fact_stores import InMemoryFactStore, SqliteFactStore
from neural.tracking.query import parse, parse_sort, suggestions, word_at
from neural.tracking.query.printer import to_text
from neural.tracking.query.tree import (
    Boolean,
    Compare,
    IsMissing,
    IsNan,
    Like,
    Match,
    Moment,
    Node,
    Number,
    OneOf,
    Order,
    Search,
    Text,
    Value,
    both,
    either,
    negated,
)

NOW = 1_795_250_000.0

#: Few keys and few values, so that random conditions meet random facts.
ANY_KEYS = ["params.lr", "params.a b.c", 'params."', "tags.team", "tags.é/x"]
NUMBER_KEYS = ["metrics.loss.last", "metrics.x.best.best", "metrics.a b.nan_count", "repeat"]
TEXT_KEYS = ["name", "id", "notes", "group"]
LONG = 2**53

NUMBERS: list[float | int] = [
    *(0, 1, -1, 0.5, -0.0, 1e-3, 64, 1e300, math.inf, -math.inf),
    *(LONG, LONG + 1, -LONG - 1, float(LONG), 10**17, 10**17 - 1, 10**400, -(10**400), 2**63),
]
TEXTS = ["", "a", "A", "ab", "64", "0.5", "1e999", "true", "resnet", "ÉTÉ", "e\u0301te\u0301"]
TEXTS += ["it's", 'say "x"', "100%", "a_b", "a\nb", "nan", "９", "ß", "[1,2]", str(LONG + 1)]

numbers = st.sampled_from(NUMBERS) | st.floats(allow_nan=False) | st.integers()
usable = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.sampled_from(TEXTS) | st.text(usable, max_size=5)
orders: st.SearchStrategy[Order] = st.sampled_from(["<", "<=", ">", ">="])
patterns = st.sampled_from(["a%", "%e_%", "%", "_", r"100\%", "%A%B%", "RES%", r"a\_b"]) | texts
regexes = st.sampled_from(["^a", "(?i)RES", "b$", ".", r"\d+", "", "a|é"])
moments = st.sampled_from(["2026-11-01", "2026-11", "2d ago", "-90m", "today", "now"]).map(
    lambda spelling: Moment(spelling, math.nan, math.nan)
)
any_values: st.SearchStrategy[Value] = st.one_of(
    numbers.map(Number), texts.map(Text), st.booleans().map(Boolean)
)


def one_of(keys: list[str], values: st.SearchStrategy[Value]) -> st.SearchStrategy[Node]:
    """Return conditions of equality."""
    many = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.builds(OneOf, st.sampled_from(keys), many)


conditions: st.SearchStrategy[Node] = st.one_of(
    one_of(ANY_KEYS, any_values),
    one_of(TEXT_KEYS, texts.map(Text)),
    one_of(NUMBER_KEYS, numbers.map(Number)),
    one_of(["archived", "pinned"], st.booleans().map(Boolean)),
    st.builds(Compare, st.sampled_from(ANY_KEYS), orders, any_values),
    st.builds(Compare, st.sampled_from(TEXT_KEYS), orders, texts.map(Text)),
    st.builds(Compare, st.sampled_from(NUMBER_KEYS), orders, numbers.map(Number)),
    st.builds(Compare, st.sampled_from(["created", "ended"]), orders, moments),
    st.builds(Like, st.sampled_from(ANY_KEYS + TEXT_KEYS), patterns),
    st.builds(Match, st.sampled_from(ANY_KEYS + TEXT_KEYS), regexes),
    st.builds(IsNan, st.sampled_from(ANY_KEYS + NUMBER_KEYS + ["archived"])),
    st.builds(IsMissing, st.sampled_from(ANY_KEYS + NUMBER_KEYS + TEXT_KEYS + ["archived"])),
    st.builds(Search, texts.filter(str.strip)),
)


def formulas(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Return formulas over ``parts``."""
    some = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        parts.map(negated), some.map(lambda p: both(*p)), some.map(lambda p: either(*p))
    )


trees: st.SearchStrategy[Node] = st.recursive(conditions, formulas, max_leaves=6)

values = st.one_of(
    numbers, texts, st.booleans(), st.just(math.nan), st.none(), st.just([1, 2]), st.just({"a": 1})
)
runs = st.fixed_dictionaries(
    {"id": st.text("abc", min_size=3, max_size=3)},
    optional={
        **dict.fromkeys(ANY_KEYS + NUMBER_KEYS, values),
        **{key: texts for key in TEXT_KEYS if key != "id"},
        **{key: st.booleans() for key in ("archived", "pinned")},
        **{key: st.floats(1.79e9, 1.8e9) for key in ("created", "ended")},
    },
)
sort_keys = st.lists(
    st.sampled_from([*ANY_KEYS[:1], *NUMBER_KEYS[:1], "name", "archived", "created", "tags.team"]),
    max_size=2,
)


#: Pieces of the language, so that random texts get past the first token.
PIECES = """
and or not in like is nan missing tags ( ) , = == != < <= > >= ~ !~ <> ! ' " '' "" name status
archived created duration metrics. metrics.loss .best params.lr tags.x -1 1e-3 1e999 inf true null
2026-11-01 2026-13-45 0000-01-01 9999-12-31 2d ago -2d today 1h30m 'a' '' "a b" 'it''s' (?i) [a-
(( %_ \\ && resnet é 🙂 9007199254740993 2026
""".split()  # noqa: SIM905 - sixty strings in quotes, some of quotes, are no easier to read
fuzz = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join),
)
RUN = {"id": "a", "name": "resnet", "params.lr": 0.1, "metrics.loss.last": math.nan, "created": NOW}


@given(tree=trees)
@settings(deadline=None)
def test_a_printed_filter_parses_to_the_same_filter(tree: Node) -> None:
    """``str`` is a spelling, whatever names and texts are in it."""
    assert parse(to_text(tree), now=NOW).tree == tree


@given(tree=trees, stored=st.lists(runs, max_size=5), sort=sort_keys)
@settings(deadline=None, max_examples=300)
def test_both_back_ends_find_the_same_runs(
    tree: Node, stored: list[dict[str, Any]], sort: list[str]
) -> None:
    """The predicate and SQL agree on which runs, and on their order."""
    plain, database = InMemoryFactStore(), SqliteFactStore()
    for run in stored:
        plain.add(run)
        database.add(run)
    text, order = to_text(tree), ", ".join(sort)

    assert database.find(text, order, now=NOW) == plain.find(text, order, now=NOW)


@given(text=fuzz)
@example("(" * 10_000)
@example("not " * 4_000)
@example("created = 9999-12-31 or created = 0001-01-01T00:00+14:00")
@example("params.lr in (" + "1," * 9_000 + "1)")
@settings(deadline=None, max_examples=500)
def test_any_text_is_a_filter_or_a_syntax_error(text: str) -> None:
    """Nothing else is ever raised, and what parses can be asked of both back ends."""
    plain, database = InMemoryFactStore(), SqliteFactStore()
    plain.add(RUN)
    database.add(RUN)
    try:
        found = plain.find(text, now=NOW)
    except FilterSyntaxError as error:
        assert 0 <= error.position <= len(error.text)
        assert str(error).encode()
    else:
        assert database.find(text, now=NOW) == found


@given(text=fuzz, position=st.integers(-1, 40))
@settings(deadline=None)
def test_any_text_can_be_completed(text: str, position: int) -> None:
    """The box is completed while it is typed, when it is no filter yet."""
    start, end = word_at(text, position)

    assert 0 <= start <= end <= len(text)
    assert all(suggestions(text, position, metrics=["loss"], params=["lr"], tags=["x"]))


@given(text=fuzz)
@settings(deadline=None)
def test_any_text_is_a_sort_or_a_syntax_error(text: str) -> None:
    """What is read as a sort is spelled so that it reads back."""
    try:
        keys = parse_sort(text)
    except FilterSyntaxError as error:
        assert 0 <= error.position <= len(error.text)
    else:
        assert parse_sort(", ".join(map(str, keys))) == keys
