"""Sections, search and pages of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.pages.metric_sections import (
    HEADINGS_PER_PAGE,
    Section,
    chart_page,
    matching,
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
        ("nothing", []),
    ],
)
def test_search(search: str, expected: list[str]) -> None:
    """Every word must occur; case and order of words make no difference."""
    assert matching(["val/loss", "val/acc"], search) == expected


def test_closed_sections_show_only_their_heading() -> None:
    """Closing a section makes room for the charts of the next."""
    page = chart_page(sections(["a/1", "a/2", "b/1"]), {"a"}, size=2)

    assert [(group.name, drawn) for group, drawn in page.groups] == [("a", ()), ("b", ("b/1",))]
    assert (page.first, page.last, page.total) == (1, 1, 1)


def test_page_beyond_the_last() -> None:
    """A page that is gone (a search left fewer charts) falls back to the last one."""
    page = chart_page(sections([f"m{i}" for i in range(5)]), (), number=9, size=2)

    assert (page.number, page.pages, page.first, page.last) == (3, 3, 5, 5)


def test_no_metric() -> None:
    """Nothing logged is one empty page, not an error."""
    page = chart_page([], ())

    assert (page.groups, page.pages, page.first, page.last, page.total) == ((), 1, 0, 0, 0)


def test_thousands_of_closed_sections() -> None:
    """Headings are capped, and what does not fit is counted."""
    names = [f"layer{i}/norm" for i in range(1000)]

    page = chart_page(sections(names), {f"layer{i}" for i in range(1000)})

    assert len(page.groups) == HEADINGS_PER_PAGE
    assert page.unlisted == 1000 - HEADINGS_PER_PAGE


@given(
    counts=st.lists(st.integers(1, 9), max_size=8),
    closed=st.sets(st.integers(0, 7)),
    size=st.integers(1, 5),
)
def test_pages_share_out_every_chart_once(counts: list[int], closed: set[int], size: int) -> None:
    """Going through the pages shows each open chart and each closed heading exactly once."""
    groups = [Section(f"s{i}", tuple(f"s{i}/{j}" for j in range(n))) for i, n in enumerate(counts)]
    closed_names = {f"s{i}" for i in closed}

    pages = chart_page(groups, closed_names, size=size).pages
    shown = [chart_page(groups, closed_names, n, size) for n in range(1, pages + 1)]

    drawn = [metric for page in shown for _, metrics in page.groups for metric in metrics]
    headings = [group.name for page in shown for group, metrics in page.groups if not metrics]
    assert drawn == [m for g in groups if g.name not in closed_names for m in g.metrics]
    assert headings == [group.name for group in groups if group.name in closed_names]
