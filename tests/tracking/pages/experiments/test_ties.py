"""Which rows of the table are marked as ties with the best."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from neural.tracking.pages.experiments.columns import columns_of
from neural.tracking.pages.experiments.groups import GroupedRuns
from neural.tracking.pages.experiments.rows import first_block, rows
from neural.tracking.pages.experiments.ties import Ties, sorted_metric
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

#: Three settings of three seeds: the first two cannot be told apart, the third is far away.
LOSSES = {0.1: (1.0, 1.2, 1.1), 0.2: (1.1, 1.3, 1.0), 0.5: (5.0, 6.0, 5.5)}
SORT = ["metrics.loss.last"]


@pytest.fixture
def repeated(make_run: MakeRun) -> None:
    """Runs of :data:`LOSSES`."""
    for lr, losses in LOSSES.items():
        for seed, loss in enumerate(losses):
            make_run(metrics={"loss": [loss]}, params={"lr": lr, "seed": seed})


def _grouped(context: AppContext) -> dict[str, Any]:
    groups = GroupedRuns(context.manager).groups("", SORT, ["params.lr"])
    marks = Ties(context.manager).marks("", SORT, groups)
    return {group.label: marks.get(f"group:{group.key}") for group in groups}


@pytest.mark.usefixtures("repeated")
def test_groups_that_cannot_be_told_apart(context: AppContext) -> None:
    """The best and its tie are marked with a reason; what is worse is not."""
    best, tied, worse = _grouped(context).values()

    assert best[0] == "best"
    assert tied[0] == "tied"
    assert "no more than chance may give" in tied[1]
    assert worse is None


@pytest.mark.usefixtures("repeated")
def test_single_runs_are_judged_by_the_noise_between_seeds(context: AppContext) -> None:
    """A run of the far setting is no tie; those of the two near ones are."""
    columns = columns_of(["metrics.loss.best", "metrics.loss"])
    answer = rows(context, first_block(SORT), TableView(sort=tuple(SORT)), columns)

    standings = [row.get("tie", ("",))[0] for row in answer["rowData"]]
    assert standings == ["best", *["tied"] * 5, *[""] * 3]
    assert answer["rowData"][0]["tie"][2] == columns[1].key


def test_without_repeats_nothing_is_marked(context: AppContext, make_run: MakeRun) -> None:
    """Nobody can tell a difference from chance without knowing what chance does."""
    for lr in (0.1, 0.2):
        make_run(metrics={"loss": [lr]}, params={"lr": lr})

    assert Ties(context.manager).marks("", SORT) == {}


@pytest.mark.usefixtures("repeated")
def test_without_scipy_nothing_is_marked(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table works without the extra."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    monkeypatch.setitem(sys.modules, "scipy", None)

    assert set(_grouped(context).values()) == {None}


@pytest.mark.usefixtures("repeated")
def test_a_new_run_changes_the_answer(context: AppContext, make_run: MakeRun) -> None:
    """What is kept is of one state of the runs."""
    ties = Ties(context.manager)
    before = ties.marks("", SORT)
    make_run(metrics={"loss": [0.01]}, params={"lr": 0.1, "seed": 9})

    after = ties.marks("", SORT)

    assert next(run for run, mark in after.items() if mark[0] == "best") not in before


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (["-metrics.val/acc.best", "name"], ("metrics.val/acc.best", "val/acc")),
        (["name", "metrics.loss.last"], None),
        (["metrics.loss.count"], None),
        ([], None),
    ],
)
def test_what_is_judged(sort: list[str], expected: Any) -> None:
    """Only the first field counts, and only a figure that can be better or worse."""
    assert sorted_metric(sort) == expected
