"""Which runs a chart shows where it does not show all."""

from __future__ import annotations

import math

import pytest

from neural.tracking.pages.board.ranking import more_lines, shortlist
from neural.tracking.records import Goal, MetricSummary


def _figures(low: float, high: float) -> MetricSummary:
    nan = int(math.isnan(low))
    return MetricSummary(
        count=1,
        nan_count=nan,
        last=high,
        last_step=0,
        min=low,
        min_step=0,
        max=high,
        max_step=0,
        mean=low,
    )


RUNS = {
    "a": {"acc": _figures(0.0, 1.0)},
    "b": {"acc": _figures(0.5, 0.6)},
    "nan": {"acc": _figures(math.nan, math.nan)},
    "without": {"loss": _figures(1.0, 1.0)},
}


@pytest.mark.parametrize(
    ("goal", "most", "ids"), [("max", 1, ("a",)), ("min", 1, ("a",)), ("max", 2, ("a", "b"))]
)
def test_the_best_are_kept(goal: Goal, most: int, ids: tuple[str, ...]) -> None:
    """What is NaN or was never logged comes last, whichever direction is better."""
    found = shortlist(RUNS, most, "acc", lambda _: goal)

    assert found.ids == ids
    assert found.total == 4
    assert found.order == {"max": "by acc desc", "min": "by acc asc"}[goal]


def test_runs_keep_their_order() -> None:
    """Lines are drawn as the runs stand in the table, not by how good they are."""
    turned = dict(reversed(RUNS.items()))

    assert shortlist(turned, 2, "acc", lambda _: "max").ids == ("b", "a")


def test_a_metric_that_nobody_logged() -> None:
    """The first runs of the page are taken, and the words say so."""
    found = shortlist(RUNS, 2, "typed wrongly", lambda _: "max")

    assert (found.ids, found.order) == (("a", "b"), "the first of the page")


def test_few_runs_are_all_there() -> None:
    """Nothing was left out, so there is nothing to say."""
    assert shortlist(RUNS, 4, "acc", lambda _: "max").order == ""


@pytest.mark.parametrize(
    ("shown", "total", "more"), [(20, 84, 50), (20, 23, 23), (50, 84, 84), (100, 300, None)]
)
def test_how_many_to_offer_next(shown: int, total: int, more: int | None) -> None:
    """The next step, never more than there are, and nothing beyond the largest."""
    assert more_lines(shown, total) == more
