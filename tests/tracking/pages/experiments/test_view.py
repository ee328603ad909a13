"""What shapes the table, and its way into the address and back."""

from __future__ import annotations

import pytest

from neural.tracking.analysis.groups import ALL_BUT_SEED
from neural.tracking.pages.experiments.view import TableView, is_step
from neural.tracking.ui.page import PageLocation, search_string

EVERYTHING = TableView(
    filter="metrics.loss < 1",
    sort=("-metrics.loss.best", "name"),
    columns=("params.lr", "trend of metrics.loss"),
    group=("name", "params.lr"),
    varying=True,
    archived=True,
    density="comfortable",
)


def test_a_view_comes_back_from_its_address() -> None:
    """A link shows what the person saw who sent it."""
    address = search_string(EVERYTHING.state())

    assert TableView.of(PageLocation(search=address)) == EVERYTHING


@pytest.mark.parametrize("spelled", ["auto", "all+but+seed"])
def test_groups_by_all_but_the_seed(spelled: str) -> None:
    """The word of the charts is understood and written; addresses of before still lead there."""
    view = TableView.of(PageLocation(search=f"?group={spelled}"))

    assert view.group == (ALL_BUT_SEED,)
    assert view.state()["group"] == ["auto"]


def test_the_default_has_a_clean_address() -> None:
    """Nothing was chosen, so nothing is said."""
    assert search_string(TableView().state()) == ""


@pytest.mark.parametrize(
    "search", ["?sort=nonsense", "?col=nonsense", "?group=nonsense", "?density=huge", "?varying=2"]
)
def test_nonsense_is_left_out(search: str) -> None:
    """An address of another version shows a table."""
    assert TableView.of(PageLocation(search=search)) == TableView()


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("", "loss", True),
        ("los", "loss", False),
        ("loss", "los", False),
        ("loss", "name = 'a'", True),
    ],
)
def test_typing_is_no_step(before: str, after: str, step: bool) -> None:
    """The back button leads to another filter, not to a letter less."""
    states = [TableView(filter=text).state() for text in (before, after)]

    assert is_step(*states) is step


def test_a_choice_is_a_step() -> None:
    """Grouping can be undone by the back button; the same view is no step."""
    plain = TableView().state()

    assert is_step(plain, TableView(group=("name",)).state())
    assert not is_step(plain, plain)


def test_archived_runs_are_left_out_of_every_filter() -> None:
    """Also of one with words in it that bind weaker than an and."""
    assert TableView(filter="a or b").wanted == "('a' or 'b') and archived = false"
    assert TableView(filter="a", archived=True).wanted == "a"


def test_widths_are_no_step_back() -> None:
    """They stand in the address, but the back button does not undo a drag pixel by pixel."""
    location = PageLocation(search="?w=120+params.lr&w=wide+name&w=90")
    view = TableView.of(location)

    assert view.widths == (("params.lr", 120),)
    assert view.state()["w"] == ["120 params.lr"]
    assert not is_step(TableView().state(), view.state())
