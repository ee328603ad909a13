"""Sections, search and pages of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.pages.metric_sections import (
    CARDS_PER_PAGE,
    HEADINGS_PER_PAGE,
    BoardPage,
    Section,
    board_page,
    matching,
    search_names,
    sections,
)


def test_sections_keep_the_order_of_logging() -> None:
    """A section stands where its first metric was logged, and so do its metrics."""
    found = sections(["val/loss", "loss", "val/acc", "train/loss"])

    assert found == [
        Section("val", ("val/loss", "val/acc")),
        Section("metrics", ("loss",)),
        Section("train", ("train/loss",)),
    ]


def test_validation_comes_first() -> None:
    """What was measured on data that was kept back stands above what was trained on."""
    found = sections(["train/loss", "lr", "val/loss", "system/cpu", "test_a/acc"])

    assert [section.name for section in found] == ["val", "test_a", "train", "metrics", "system"]


def test_machine_metrics_come_last() -> None:
    """What the machine did stands below what the model did, whenever it was logged."""
    found = sections(["system/cpu", "loss"])

    assert [section.name for section in found] == ["metrics", "system"]


def test_nothing_before_the_slash() -> None:
    """A name that begins with a slash has no section of its own."""
    assert sections(["/loss"]) == [Section("metrics", ("/loss",))]


def test_only_the_first_slash_counts() -> None:
    """Deeper names stay in the section of their first part."""
    assert sections(["a/b/c"]) == [Section("a", ("a/b/c",))]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", ["val/loss", "val/acc"]),
        ("ACC", ["val/acc"]),
        ("loss val", ["val/loss"]),
        ("[", []),
        ("^val .*ss$", ["val/loss"]),
        ("/(loss|f1)$", ["val/loss"]),
        ("nothing", []),
    ],
)
def test_search(search: str, expected: list[str]) -> None:
    """Every pattern must match; case and order of patterns make no difference."""
    assert matching(["val/loss", "val/acc"], search) == expected


def test_an_invalid_pattern_is_text() -> None:
    """It is searched for as it stands, and the reason is said."""
    found = search_names(["w[0]", "w"], "[0")

    assert found.names == ["w[0]"]
    assert "“[0” is no valid pattern" in found.problem
    assert search_names(["w"], "^w").problem == ""


def test_pinned_metrics_stand_first() -> None:
    """They form a section of their own, in the order of pinning, and stand in no other."""
    found = sections(["val/loss", "loss", "val/acc"], ["loss", "gone", "val/acc"])

    assert found == [Section("pinned", ("loss", "val/acc")), Section("val", ("val/loss",))]


def test_closed_sections_show_only_their_heading() -> None:
    """What is closed has no charts on the page."""
    page = board_page(sections(["a/1", "a/2", "b/1"]), {"a"})

    assert [(one.section.name, one.drawn) for one in page.listed] == [("a", ()), ("b", ("b/1",))]


def test_each_section_has_pages_of_its_own() -> None:
    """One section is turned and the other stays."""
    groups = sections([f"{name}/{i}" for name in "ab" for i in range(5)])

    first, second = board_page(groups, (), {"b": 2}, size=2).listed

    assert (first.drawn, first.first, first.last) == (("a/0", "a/1"), 1, 2)
    assert (second.drawn, second.first, second.last) == (("b/2", "b/3"), 3, 4)


def test_page_beyond_the_last() -> None:
    """A page that is gone (a search left fewer charts) falls back to the last one."""
    (one,) = board_page(sections([f"m{i}" for i in range(5)]), (), {"metrics": 9}, 7, size=2).listed

    assert (one.number, one.pages, one.first, one.last) == (3, 3, 5, 5)


def test_no_metric() -> None:
    """Nothing logged is one empty page, not an error."""
    assert board_page([], ()) == BoardPage((), 1, 1, 0)


@given(
    counts=st.lists(st.integers(1, 40), max_size=150),
    closed=st.sets(st.integers(0, 150)),
    size=st.integers(1, 12),
)
def test_pages_of_sections(counts: list[int], closed: set[int], size: int) -> None:
    """Every section stands on one page, and no page has more than a browser takes."""
    groups = [Section(f"s{i}", tuple(f"s{i}/{j}" for j in range(n))) for i, n in enumerate(counts)]
    closed_names = {f"s{i}" for i in closed}

    pages = board_page(groups, closed_names, size=size).pages
    shown = [board_page(groups, closed_names, number=n, size=size) for n in range(1, pages + 1)]

    assert [one.section for page in shown for one in page.listed] == groups
    assert all(len(page.listed) <= HEADINGS_PER_PAGE for page in shown)
    assert all(sum(len(one.drawn) for one in page.listed) <= CARDS_PER_PAGE for page in shown)
