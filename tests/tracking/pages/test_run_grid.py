"""Columns and rows of the table of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from neural.tracking.pages.run_grid import (
    MOST_METRICS,
    MOST_PARAMS,
    Column,
    choose_columns,
    column_defs,
    grid_row,
    sort_keys,
    with_new,
)
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

LAST = Column("metrics.val/loss", "last", "val/loss")
BEST = Column("metrics.val/loss.best", "best", "val/loss")
LR = Column("params.lr", "param", "lr")


def _row(**changes: Any) -> dict[str, Any]:
    row = {
        "experiment_id": "4f2a",
        "experiment_name": "digits",
        "status": "completed",
        "start_time": "2026-11-21T10:00:00+00:00",
        "duration": 5.0,
        "summary": {
            "latest": {"val/loss": 0.123456789},
            "best": {"val/loss": {"value": 0.1, "step": 820, "mode": "min"}},
        },
        "hyperparameters": {"lr": 0.001},
        "tags": {"baseline": "", "team": "vision"},
        "problems": [],
    }
    return row | changes


def test_columns_come_from_the_runs(context: AppContext, make_run: MakeRun) -> None:
    """Metrics that runs share and parameters that vary get a column; what is equal does not."""
    make_run(metrics={"val/loss": [1.0]}, params={"lr": 0.1, "epochs": 5})
    make_run(metrics={"val/loss": [1.0]}, params={"lr": 0.2, "epochs": 5})

    assert choose_columns(context.manager.search()) == [LAST, BEST, LR]


def test_one_run_shows_its_parameters(context: AppContext, make_run: MakeRun) -> None:
    """With a single run nothing varies, and a table without parameters would tell nothing."""
    make_run(params={"lr": 0.1})

    assert choose_columns(context.manager.search()) == [LR]


def test_rare_metrics_get_no_column() -> None:
    """A metric that only one run of many has is left to the pages of runs."""
    many = [_row() for _ in range(4)]
    odd = _row(summary={"latest": {"rare": 1.0}, "best": {}})

    assert choose_columns([*many, odd])[:2] == [LAST, BEST]
    assert "rare" not in {column.name for column in choose_columns([*many, odd])}


def test_columns_are_capped() -> None:
    """Hundreds of metrics and parameters do not make hundreds of columns."""
    rows = [
        _row(
            summary={"latest": {f"m{i}": 0.0 for i in range(99)}, "best": {}},
            hyperparameters={f"p{i}": run for i in range(99)},
        )
        for run in range(2)
    ]

    kinds = [column.kind for column in choose_columns(rows)]

    assert (kinds.count("best"), kinds.count("param")) == (MOST_METRICS, MOST_PARAMS)


def test_no_runs() -> None:
    """An empty store has no columns of its own."""
    assert choose_columns([]) == []


def test_a_table_in_use_never_loses_a_column() -> None:
    """New runs add columns where there is room; what is on screen stays where it is."""
    shown = [LR]

    assert with_new(shown, [LAST, BEST]) == [LR, LAST, BEST]
    assert with_new([LAST, BEST, LR], []) == [LAST, BEST, LR]


def test_keys_are_understood_by_the_filter_language(context: AppContext, make_run: MakeRun) -> None:
    """The key of a column sorts by what it shows, whatever the name of the metric."""
    name = 'a."b c'
    low = make_run(metrics={name: [1.0]})
    high = make_run(metrics={name: [2.0]})
    columns = choose_columns(context.manager.search())

    for column in columns:
        found = context.manager.search(sort=[f"-{column.key}"])
        assert [row["experiment_id"] for row in found] == [high, low]


def test_cells_are_short_and_tooltips_whole() -> None:
    """A cell holds some digits; the tooltip has all of them, and says where a best value was."""
    row = grid_row(_row(), [LAST, BEST, LR])

    assert (row[LAST.key], row["full"][LAST.key]) == ("0.12346", "0.123456789")
    assert row[BEST.key] == "0.1"
    assert row["full"][BEST.key] == "0.1, the smallest, at step 820"
    assert row[LR.key] == "0.001"


def test_missing_values_are_empty_cells() -> None:
    """A run without a metric or a parameter has an empty cell, not a nought."""
    row = grid_row(_row(summary={}, hyperparameters={}), [LAST, BEST, LR])

    assert [row[column.key] for column in (LAST, BEST, LR)] == ["", "", ""]


@pytest.mark.parametrize(("value", "text"), [(math.nan, "NaN"), (None, "null"), ([1], "[1]")])
def test_odd_values(value: Any, text: str) -> None:
    """NaN, null and lists are shown as what they are."""
    assert grid_row(_row(hyperparameters={"lr": value}), [LR])[LR.key] == text


def test_a_best_value_that_never_was() -> None:
    """A metric that only ever was NaN has no best value."""
    summary = {"latest": {}, "best": {"val/loss": {"value": None, "step": None, "mode": "min"}}}

    assert grid_row(_row(summary=summary), [BEST])[BEST.key] == ""


def test_what_is_always_there() -> None:
    """Name, tags, times and what is wrong stand in every row."""
    row = grid_row(_row(display_name="mine", problems=["metrics.json is torn at byte 7"]), [])

    assert row["name"] == "mine"
    assert row["tags"] == ["baseline", "team: vision"]
    assert row["problem"] == "metrics.json is torn at byte 7"
    assert row["created"] == 1795255200.0


def test_long_texts_are_cut() -> None:
    """A parameter of a megabyte does not travel with each row."""
    row = grid_row(_row(hyperparameters={"lr": "x" * 1_000_000}), [LR])

    assert len(row[LR.key]) + len(row["full"][LR.key]) < 3000


def test_definitions_carry_the_sort_of_the_address() -> None:
    """A sorted table comes back sorted after a reload, in the order of its keys."""
    definitions = column_defs([BEST], ["-metrics.val/loss.best", "name"])
    leaves = [leaf for one in definitions for leaf in one.get("children", [one])]
    sorts = {leaf["colId"]: leaf["initialSort"] for leaf in leaves if "initialSort" in leaf}

    assert sorts == {BEST.key: "desc", "name": "asc"}


def test_sort_model_becomes_keys() -> None:
    """What the table sorts by is what the manager is asked to sort by."""
    model = [{"colId": BEST.key, "sort": "desc"}, {"colId": "name", "sort": "asc"}]

    assert sort_keys(model) == [f"-{BEST.key}", "name"]
