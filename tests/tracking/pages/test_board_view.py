"""How curves are looked at, and how that stands in the address."""

from __future__ import annotations

from typing import Any

import pytest

from neural.tracking.pages.board_view import BoardView, smoothing_of
from neural.tracking.ui.page import PageLocation, search_string

FULL = BoardView(
    smoothing=0.6, x="relative", log_y=True, search="val loss", number=3, toggled=("a/b", "system")
)


@pytest.mark.parametrize("view", [BoardView(), FULL])
def test_address_and_back(view: BoardView) -> None:
    """What a view writes into the address is what it reads from there."""
    location = PageLocation(search=search_string(view.state()))

    assert BoardView.from_location(location) == view


def test_a_view_as_it_is_at_first_leaves_the_address_clean() -> None:
    """Nobody has to look at parameters that say nothing."""
    assert search_string(BoardView().state()) == ""


@pytest.mark.parametrize(
    "search", ["?s=x&x=moon&y=1&page=-3", "?s=nan&page=99999999999", "?s=inf", "?page=²"]
)
def test_nonsense_in_the_address(search: str) -> None:
    """An address somebody typed wrongly shows the view as it is at first."""
    assert BoardView.from_location(PageLocation(search=search)) == BoardView()


@pytest.mark.parametrize(
    ("value", "weight"),
    [(0.5, 0.5), ("0.5", 0.5), (7, 0.999), (-1, 0.0), (None, 0.0), ("", 0.0), ([], 0.0)],
)
def test_smoothing_of(value: Any, weight: float) -> None:
    """Whatever a control sends, the weight is one that can be used."""
    assert smoothing_of(value) == weight


def test_machine_metrics_are_closed_at_first() -> None:
    """What the machine did waits until somebody asks for it."""
    assert BoardView().closed(["val", "system"]) == {"system"}
    assert BoardView().toggle("system").closed(["val", "system"]) == set()


def test_toggle_twice() -> None:
    """Closing and opening a section leaves no trace."""
    assert BoardView().toggle("val").closed(["val"]) == {"val"}
    assert BoardView().toggle("val").toggle("val") == BoardView()


def test_a_search_opens_sections() -> None:
    """What was searched for is shown, also in a section that is closed."""
    assert BoardView(search="cpu").closed(["system"]) == set()
