"""Sorting: text to keys; the order itself is in the contract."""

from __future__ import annotations

import pytest

from neural.errors import FilterSyntaxError
from neural.tracking.query import SortKey, parse_sort, sort_runs
from neural.tracking.query.sort import MAX_SORT_KEYS


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("metrics.loss.best, -created", [("metrics.loss.best", False), ("created", True)]),
        ("-start_time", [("created", True)]),
        ("+name desc", [("name", True)]),
        ("-name asc", [("name", False)]),
        ('-metrics."a,b".max', [("metrics.a,b.max", True)]),
        (
            ["-pinned", "metrics.loss,name"],
            [("pinned", True), ("metrics.loss.last", False), ("name", False)],
        ),
        ("", []),
        (None, []),
    ],
)
def test_parse_sort(text: str | list[str] | None, keys: list[tuple[str, bool]]) -> None:
    """A sort is a list of fields, each with its direction."""
    assert parse_sort(text) == [SortKey(*key) for key in keys]


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("name; created", 0, "Unknown field 'name;'"),
        ("name created", 5, "Expected ',' or the end"),
        ("name, ,", 6, "Expected a field to sort by"),
        ("nam", 0, "Did you mean name"),
        ("'name'", 0, "Expected a field to sort by"),
        ("name" + ", name" * MAX_SORT_KEYS, 48, f"at most {MAX_SORT_KEYS} fields"),
    ],
)
def test_errors_say_where_and_what(text: str, position: int, message: str) -> None:
    """The error points into the sort."""
    with pytest.raises(FilterSyntaxError) as caught:
        parse_sort(text)

    assert (caught.value.position, message in caught.value.message) == (position, True)


def test_equal_runs_stay_in_order() -> None:
    """What nothing tells apart is not shuffled."""
    runs = [("first", {"id": "x"}), ("second", {"id": "x"})]

    assert sort_runs(runs, parse_sort("-name"), lambda run: run[1]) == runs
