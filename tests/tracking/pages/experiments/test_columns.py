"""Which columns the table of runs has, and how one is spelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neural.tracking.pages.experiments.columns import (
    MOST_METRICS,
    MOST_PARAMS,
    Column,
    at_column,
    choose_columns,
    column_of,
    columns_of,
    spark_column,
    with_new,
    without_constant,
)
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

LAST = Column("metrics.val/loss", "last", "val/loss")
BEST = Column("metrics.val/loss.best", "best", "val/loss")
SPARK = Column("trend of metrics.val/loss", "spark", "val/loss")
LR = Column("params.lr", "param", "lr")


def _row(**changes: Any) -> dict[str, Any]:
    row = {
        "experiment_id": "4f2a",
        "summary": {"latest": {"val/loss": 0.1}, "best": {}},
        "hyperparameters": {"lr": 0.001},
    }
    return row | changes


def test_columns_come_from_the_runs(context: AppContext, make_run: MakeRun) -> None:
    """Metrics that runs share and parameters that vary get a column; what is equal does not."""
    make_run(metrics={"val/loss": [1.0]}, params={"lr": 0.1, "epochs": 5})
    make_run(metrics={"val/loss": [1.0]}, params={"lr": 0.2, "epochs": 5})

    assert choose_columns(context.manager.search()) == [LAST, BEST, SPARK, LR]


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

    for column in (one for one in columns if not one.is_slow):
        found = context.manager.search(sort=[f"-{column.key}"])
        assert [row["experiment_id"] for row in found] == [high, low]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("metrics.val/loss", "last", "val/loss"),
        ("metrics.loss.mean", "mean", "loss"),
        ('metrics."a b".best', "best", "a b"),
        ("params.optimizer.lr", "param", "optimizer.lr"),
        ("tags.team", "tag", "team"),
        ("host", "fact", "host"),
        ('trend of metrics."a at best of b"', "spark", "a at best of b"),
    ],
)
def test_columns_are_spelled(text: str, kind: str, name: str) -> None:
    """An address that says which columns there are is read back as it was written."""
    column = column_of(text)

    assert column == Column(text, kind, name)


def test_a_value_where_another_metric_was_best() -> None:
    """It has words of its own, with names in quotes where they need them."""
    column = at_column("val acc", "loss")

    assert column.key == 'metrics."val acc" at best of metrics.loss'
    assert column_of(column.key) == column
    assert column.is_slow


@pytest.mark.parametrize(
    "text",
    [
        "",
        "loss",
        "-params.lr",
        "params.a, params.b",
        "trend of params.lr",
        "trend of ",
        "a at best of b",
    ],
)
def test_what_is_no_column(text: str) -> None:
    """A link with nonsense in it shows a table, not an error."""
    assert column_of(text) is None


def test_each_column_once() -> None:
    """A column that is named twice is shown once."""
    assert columns_of(["params.lr", "nonsense", "params.lr"]) == [LR]


def test_constant_columns() -> None:
    """A trend is as constant as the last value of its metric."""
    columns = [LAST, spark_column("other"), LR]

    assert without_constant(columns, {"metrics.val/loss.last"}) == [LAST]
