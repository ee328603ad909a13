"""``docs/filters.md`` tells the truth."""

from __future__ import annotations

import doctest
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural.tracking.query import parse, parse_sort

PAGE = Path(__file__).parents[3] / "docs" / "filters.md"


def blocks(language: str) -> list[str]:
    """Return the lines of all code blocks in ``language``."""
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make UTC the local time, as the page supposes."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("utc")
def test_examples_give_what_is_printed() -> None:
    """Each answer on the page is the answer."""
    result = doctest.testfile(str(PAGE), module_relative=False)

    assert (result.failed, result.attempted > 20) == (0, True)


@pytest.mark.parametrize("text", blocks("filter"))
def test_filters_parse(text: str) -> None:
    """Each filter on the page is one."""
    assert parse(text).keys()


@pytest.mark.parametrize("text", blocks("sort"))
def test_sorts_parse(text: str) -> None:
    """Each sort on the page is one."""
    assert parse_sort(text)
