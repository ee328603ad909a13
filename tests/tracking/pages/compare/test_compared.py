"""What a comparison calls runs, and which has the best values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from neural.tracking.pages.compare.compared import Compared, Value, compared, labels, value_rows
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


def _run(run_id: str, name: str = "digits", **fields: Any) -> Compared:
    values = {
        metric: Value(last=best, best=best, step=0)
        for metric, best in fields.pop("best", {}).items()
    }
    base: dict[str, Any] = {"status": "completed", "entries": 1, "params": {}, "goals": {}}
    return Compared(id=run_id, name=name, values=values, **(base | fields))


def test_names_that_differ_are_enough() -> None:
    """A run whose name no other has is called by it."""
    assert labels([_run("1", "a"), _run("2", "b")]) == ["a", "b"]


def test_runs_of_one_name_are_told_apart_by_parameters() -> None:
    """A name that all share tells nothing, the parameters that differ do."""
    runs = [
        _run("1", params={"lr": 0.1, "epochs": 5}),
        _run("2", params={"lr": 0.02, "epochs": 5}),
    ]

    assert labels(runs) == ["lr=0.1", "lr=0.02"]


def test_as_few_parameters_as_possible() -> None:
    """A parameter that tells no more runs apart is left out."""
    runs = [_run(str(i), params={"seed": i, "copy_of_seed": i}) for i in range(3)]

    assert labels(runs) == ["seed=0", "seed=1", "seed=2"] or labels(runs) == [
        "copy_of_seed=0",
        "copy_of_seed=1",
        "copy_of_seed=2",
    ]


def test_a_shared_name_among_others() -> None:
    """With several names the name stays in front of the parameters."""
    runs = [_run("1", "a", params={"lr": 1}), _run("2", "a", params={"lr": 2}), _run("3", "b")]

    assert labels(runs) == ["a · lr=1", "a · lr=2", "b"]


def test_runs_without_a_difference() -> None:
    """Where nothing else helps, the id does: no two labels are alike."""
    assert labels([_run("1f"), _run("2f")]) == ["digits · 1f", "digits · 2f"]


def test_long_parameters_are_no_label() -> None:
    """A prompt of a thousand characters does not become a legend."""
    runs = [_run("1f", params={"prompt": "x" * 999}), _run("2f", params={"prompt": "y" * 999})]

    assert labels(runs) == ["digits · 1f", "digits · 2f"]


@pytest.mark.parametrize(("metric", "winner"), [("val/loss", 0), ("val/acc", 1)])
def test_best_value_by_direction(metric: str, winner: int) -> None:
    """The smallest loss wins, and the largest accuracy."""
    rows = value_rows([_run("1", best={metric: 0.1}), _run("2", best={metric: 0.9})])

    assert rows[0].winners == {winner}


def test_a_direction_that_was_set_wins_over_the_name() -> None:
    """What the user said counts more than what the name suggests."""
    runs = [_run("1", best={"loss": 0.1}), _run("2", best={"loss": 0.9}, goals={"loss": "max"})]

    assert value_rows(runs)[0].winners == {1}


def test_nothing_wins_where_the_direction_is_a_guess() -> None:
    """The largest learning rate is not the best one."""
    rows = value_rows([_run("1", best={"epoch": 3}), _run("2", best={"epoch": 9})])

    assert (rows[0].is_known, rows[0].winners) == (False, frozenset())


def test_ties_share_the_win() -> None:
    """Runs with the same best value are both marked."""
    runs = [_run(str(i), best={"acc": value}) for i, value in enumerate((0.9, 0.9, 0.1))]

    assert value_rows(runs)[0].winners == {0, 1}


def test_nan_never_wins() -> None:
    """A run that diverged is not the best, and one value alone beats nobody."""
    diverged = Value(last=math.nan, best=None, step=None)
    runs = [_run("1", best={"loss": 0.5}), _run("2")]
    runs[1] = Compared(
        id="2", name="b", status="failed", entries=1, params={}, values={"loss": diverged}, goals={}
    )

    assert value_rows(runs)[0].winners == frozenset()


def test_runs_without_common_metrics() -> None:
    """Each metric has its row; who never logged it has no value there."""
    rows = value_rows([_run("1", best={"a": 1.0}), _run("2", best={"b": 2.0})])

    assert [(row.metric, [value is None for value in row.values]) for row in rows] == [
        ("a", [False, True]),
        ("b", [True, False]),
    ]


def test_a_stored_run(context: AppContext, make_run: MakeRun) -> None:
    """The record of a run gives its best value by direction, and nested parameters flat."""
    run = make_run(
        "digits", metrics={"val/loss": [0.5, 0.2, 0.4]}, params={"optimizer": {"lr": 0.1}}
    )

    found = compared(context.manager.run(run))

    assert found.values["val/loss"] == Value(last=0.4, best=0.2, step=1)
    assert found.params == {"optimizer.lr": 0.1}
    assert found.entries == 3
