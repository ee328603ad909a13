"""Whole queries over SQLite: pages, plans, errors."""

from __future__ import annotations

import sqlite3

import pytest

from neural.errors import FilterSyntaxError
from neural.testing.fact_stores import InMemoryFactStore, SqliteFactStore
from neural.tracking.query import fetch, matching, parse, parse_sort, select_runs
from neural.tracking.query.parser import MAX_DEPTH


@pytest.fixture
def store() -> SqliteFactStore:
    """Return a store of 50 runs with rising learning rates."""
    store = SqliteFactStore()
    for number in range(50):
        facts = {"id": f"{number:02}", "params.lr": number / 100, "name": "n", "metrics.x.last": 1}
        store.add(facts)
    return store


def test_pages(store: SqliteFactStore) -> None:
    """Limit and offset cut the sorted list."""
    wanted = parse("params.lr < 0.3")
    query = select_runs(wanted, parse_sort("-params.lr"), limit=3, offset=2, columns="r.id")

    assert fetch(store.connection, wanted, query) == [("27",), ("26",), ("25",)]


def test_every_condition_reads_one_stretch(store: SqliteFactStore) -> None:
    """No condition and no sort reads the whole table of facts."""
    wanted = parse(
        "params.lr <= 1e-3 and metrics.x.best > 0.9 and not status = 'failed' and name ~ 'a'"
        " and tags.t and name like 'b' and params.lr is not nan and word"
    )
    sql, values = select_runs(wanted, parse_sort("metrics.x, name"))
    plan = [row[3] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    steps = [step for step in plan if step.split()[1] in ("f", "s0", "s1")]
    assert len(steps) == 11
    assert all(step.startswith("SEARCH") for step in steps)


def test_slow_patterns_are_refused(store: SqliteFactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite forgets the error of a function; it comes back as one of the filter."""
    monkeypatch.setattr(matching, "_WALL_LIMIT_S", -1.0)

    with pytest.raises(FilterSyntaxError, match="'n' takes too long") as caught:
        store.find("name ~ 'n'")

    assert caught.value.position == 7


def test_other_errors_stay_what_they_are(
    store: SqliteFactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow pattern of an earlier query is not blamed for what is wrong now."""
    monkeypatch.setattr(matching, "_WALL_LIMIT_S", -1.0)
    with pytest.raises(FilterSyntaxError):
        store.find("name ~ 'n'")
    store.connection.execute("DROP TABLE runs")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.find("name ~ 'n'")


@pytest.mark.parametrize("inner", ["params.lr < 9007199254740993", "name not like 'x'"])
@pytest.mark.parametrize("last", [True, False])
def test_the_deepest_filters_are_not_too_deep_for_sqlite(
    store: SqliteFactStore, inner: str, last: bool
) -> None:
    """Whatever parses can be executed, on whichever side the parentheses stand."""
    text = inner
    for level in range(MAX_DEPTH):
        word = ("and", "or")[level % 2]
        text = f"not {inner} {word} ({text})" if last else f"({text}) {word} not {inner}"
    plain = InMemoryFactStore()
    plain.add({"id": "00", "params.lr": 0.0, "name": "n", "metrics.x.last": 1})

    assert ("00" in store.find(text)) is (plain.find(text) == ["00"])
