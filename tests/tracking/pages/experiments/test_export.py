"""The table as CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from neural.tracking.pages.experiments.columns import Column, at_column, spark_column
from neural.tracking.pages.experiments.export import (
    Cell,
    Table,
    as_csv,
    as_latex,
    as_markdown,
    cell_text,
)
from neural.tracking.pages.experiments.slow import SlowCells
from neural.tracking.pages.experiments.table import exported
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

TABLE = Table(
    ["name", "loss"],
    [[Cell("a_1"), Cell(0.25, 0.0125)], [Cell("b"), Cell(0.5)], [Cell("c"), Cell(None)]],
    {1: "min"},
)


@pytest.mark.parametrize("trigger", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_is_a_formula(trigger: str) -> None:
    """A spreadsheet that opens the file computes nothing (CWE-1236)."""
    table = Table([f"{trigger}1+1"], [[Cell(f"{trigger}cmd|' /C calc'!A0")]], {})

    found = list(csv.reader(io.StringIO(as_csv(table), newline="")))

    assert found == [[f"'{trigger}1+1"], [f"'{trigger}cmd|' /C calc'!A0"]]


@pytest.mark.parametrize("value", [-0.5, 1e-300, 123456789.123, 2**70, -3])
def test_numbers_stay_numbers(value: float) -> None:
    """In full, so that reading gives the very same value; a minus is no trigger here."""
    (_, (text,)) = csv.reader(io.StringIO(as_csv(Table(["x"], [[Cell(value)]], {}))))

    assert type(value)(text) == value


def test_csv_survives_quotes_commas_and_lines() -> None:
    """RFC 4180: any text comes back as it was."""
    odd = 'a "quoted", text\r\nof two lines'

    found = list(csv.reader(io.StringIO(as_csv(Table(["t"], [[Cell(odd)]], {})), newline="")))

    assert found[1] == [odd]


def test_deviations_have_a_column_of_their_own_in_csv() -> None:
    """A program reads numbers, not "a ± b"."""
    found = list(csv.reader(io.StringIO(as_csv(TABLE))))

    assert found[0] == ["name", "loss", "loss std"]
    assert found[1] == ["a_1", "0.25", "0.0125"]
    assert found[3] == ["c", "", ""]


def test_markdown() -> None:
    """Mean ± deviation, the best value bold, signs of Markdown harmless."""
    assert as_markdown(TABLE).splitlines() == [
        "| name | loss |",
        "| --- | --- |",
        r"| a\_1 | **0.25 ± 0.013** |",
        "| b | 0.5 |",
        "| c |  |",
    ]


def test_latex() -> None:
    """For booktabs, with the best value bold and special signs escaped."""
    text = as_latex(TABLE)

    assert r"a\_1 & \textbf{0.25 $\pm$ 0.013} \\" in text
    assert text.startswith("\\begin{tabular}{lr}\n\\toprule\n")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")


def test_latex_runs_nothing() -> None:
    """A name of a run is text, not a command."""
    assert r"\textbackslash{}input\{/etc/passwd\}" in as_latex(
        Table(["n"], [[Cell(r"\input{/etc/passwd}")]], {})
    )


def test_all_alike_is_no_best() -> None:
    """Where all are equal nobody won."""
    assert "**" not in as_markdown(Table(["x"], [[Cell(1.0)], [Cell(1.0)]], {0: "max"}))


def test_a_cell_without_a_deviation() -> None:
    """One run has none."""
    assert cell_text(Cell(0.123456)) == "0.1235"


def test_what_is_shown_is_exported(context: AppContext, make_run: MakeRun) -> None:
    """Filtered, sorted, with the columns of the table, and every run of it."""
    for lr in (0.1, 0.2, 0.3):
        make_run("a", metrics={"loss": [lr, lr / 2], "acc": [0.5, 0.75]}, params={"lr": lr})
    columns = [
        Column("params.lr", "param", "lr"),
        Column("metrics.loss.best", "best", "loss"),
        spark_column("loss"),
        at_column("acc", "loss"),
    ]
    view = TableView(filter="params.lr > 0.15", sort=("params.lr",))

    table = exported(context, view, columns, SlowCells(context.manager))

    assert table.header[3:6] == ["params.lr", "metrics.loss.best", columns[3].key]
    assert [[cell.value for cell in row[3:6]] for row in table.rows] == [
        [0.2, 0.1, "0.75"],
        [0.3, 0.15, "0.75"],
    ]
    assert table.best() == {4: 0.1}


def test_groups_are_exported_with_their_deviation(context: AppContext, make_run: MakeRun) -> None:
    """A row a group: how many runs, mean and standard deviation."""
    for seed, value in enumerate((1.0, 3.0)):
        make_run("a", metrics={"loss": [value]}, params={"seed": seed})
    columns = [Column("metrics.loss", "last", "loss"), Column("params.seed", "param", "seed")]

    table = exported(context, TableView(group=("name",)), columns, SlowCells(context.manager))

    ((group, runs, loss, seeds),) = table.rows
    assert (group.value, runs.value, seeds.value) == ("a", 2, "1, 0")
    assert loss.value == 2.0
    assert loss.std == pytest.approx(2**0.5)
