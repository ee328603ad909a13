"""Columns and rows of the table of runs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from neural.tracking.pages.experiments.columns import Column
from neural.tracking.pages.experiments.grid import column_defs, grid_row, sort_keys

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


def test_figures_beyond_last_and_best() -> None:
    """They come from the facts of the run, numbers that count things as whole numbers."""
    columns = [
        Column("metrics.val/loss.mean", "mean", "val/loss"),
        Column("metrics.val/loss.count", "count", "val/loss"),
        Column("host", "fact", "host"),
        Column("tags.team", "tag", "team"),
    ]
    facts = {"metrics.val/loss.mean": 0.25, "metrics.val/loss.count": 20.0, "host": "box"}

    row = grid_row(_row(), columns, facts)

    assert [row[column.key] for column in columns] == ["0.25", "20", "box", "vision"]


def test_a_stamp_changes_with_the_run() -> None:
    """What was drawn of a run is old once it was logged to."""
    before = grid_row(_row(), [])["stamp"]

    assert grid_row(_row(), [])["stamp"] == before
    assert grid_row(_row(duration=6.0), [])["stamp"] != before


def test_a_chosen_colour_wins() -> None:
    """The dot before a name is the colour that somebody gave the run."""
    assert grid_row(_row(), [], chosen={"4f2a": 6})["slot"] == 6


def test_columns_keep_the_order_they_were_dragged_to() -> None:
    """Neighbours share a heading; a column that was dragged away has one of its own."""
    loss, best = Column("metrics.loss", "last", "loss"), Column("metrics.loss.best", "best", "loss")
    lr = Column("params.lr", "param", "lr")

    groups = [one for one in column_defs([loss, lr, best]) if "children" in one]

    assert [one["headerName"] for one in groups] == ["loss", "Parameters", "loss"]
    assert len({one["groupId"] for one in groups}) == 3


def test_a_width_that_was_chosen_wins() -> None:
    """Also over the room that the name of a run takes otherwise."""
    name = column_defs([], widths={"name": 90})[0]

    assert (name["width"], name["flex"]) == (90, None)
    assert name["minWidth"] <= 90
