"""How curves are looked at, and how that stands in the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neural.tracking.charts.lines import View
from neural.tracking.pages.board.view import BoardView, GroupView, amount_of
from neural.tracking.ui.page import PageLocation, search_string

FULL = BoardView(
    smoothing=0.6,
    width=12.5,
    kind="gauss",
    x="metric",
    x_metric="epoch",
    log_x=True,
    log_y=True,
    clip=True,
    lock=True,
    linked=False,
    zoom=(0.5, 1e6),
    group=GroupView(
        by="params.lr", then="name", statistic="median", band="quartiles", members=False
    ),
    search="val loss",
    number=3,
    pages=(("a:b", 2),),
    toggled=("a/b", "system"),
    pinned=("val/loss",),
    own=(("val/loss", (("s", 0.9), ("y", "log"))),),
    lines=50,
    by="val/acc",
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
    "search",
    [
        "?s=x&x=moon&y=1&page=-3",
        "?z=5,1&z=a&own={&own=[]&at=x&g=&gs=sum&sk=no",
        "?z=nan,1",
        "?s=nan&page=99999999999",
        "?s=inf",
        "?n=1000000",
        "?page=²",
    ],
)
def test_nonsense_in_the_address(search: str) -> None:
    """An address somebody typed wrongly shows the view as it is at first."""
    assert BoardView.from_location(PageLocation(search=search)) == BoardView()


@pytest.mark.parametrize("smoothing", [0.0, 0.3, 0.6])
def test_an_address_says_what_is_not_as_in_the_settings(smoothing: float) -> None:
    """Smoothing that somebody switched off stays off where curves start smoothed."""
    start = BoardView(smoothing=0.6, by="val/loss")
    view = replace(start, smoothing=smoothing)

    state = view.besides(start).state()

    assert state["s"] == {0.0: "0", 0.3: "0.3", 0.6: None}[smoothing]
    assert BoardView.from_state(state).starting(start) == view


@pytest.mark.parametrize(
    ("value", "weight"),
    [(0.5, 0.5), ("0.5", 0.5), (7, 0.999), (-1, 0.0), (None, 0.0), ("", 0.0), ([], 0.0)],
)
def test_amount_of(value: Any, weight: float) -> None:
    """Whatever a control sends, the weight is one that can be used."""
    assert amount_of(value) == weight


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


def test_what_a_chart_has_of_its_own() -> None:
    """It stands before what the page says; all else is the page's."""
    view = BoardView(smoothing=0.5, log_y=True, zoom=(1, 2))

    own = view.chart({"s": 7, "sk": "mean", "y": "lin"})

    assert (own.smoothing, own.kind, own.log_y, own.x_range) == (7, "mean", False, (1, 2))
    assert view.chart() == View(smoothing=0.5, log_y=True, x_range=(1, 2))


def test_a_metric_axis_without_a_metric_is_steps() -> None:
    """Until a name is typed the axis stays as it was."""
    assert BoardView(x="metric").chart().x == "step"


def test_width_is_the_amount_of_the_kinds_without_a_weight() -> None:
    """The slider and the number beside it do not mean the same."""
    view = BoardView(smoothing=0.9, width=25, kind="mean")

    assert view.chart().smoothing == 25
