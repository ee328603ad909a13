"""Every pair of several columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column, column
from neural.tracking.charts.scatter_matrix import scatter_matrix, scatter_matrix_dict
from neural.tracking.correlation import spearman

X = np.arange(1.0, 11.0)
COLUMNS = [
    Column("loss", X**3),
    Column("lr", 10.0**-X),
    column("optimizer", ["adam", "sgd"] * 5),
]


def test_a_panel_a_pair() -> None:
    """Below the diagonal each pair once; on it how each column is spread."""
    data = scatter_matrix(COLUMNS)
    figure = scatter_matrix_dict(data)

    assert [(row, column) for row, column, _ in data.pairs] == [(1, 0), (2, 0), (2, 1)]
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    marks = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert [trace["xaxis"] for trace in bars] == ["x", "x2", "x3"]
    assert [(trace["xaxis"], trace["yaxis"]) for trace in marks] == [
        ("x", "y2"),
        ("x", "y3"),
        ("x2", "y3"),
    ]
    go.Figure(figure)


def test_an_axis_fits_its_column() -> None:
    """Ten powers of ten are logarithmic, and their bars with them."""
    figure = scatter_matrix_dict(scatter_matrix(COLUMNS))

    assert figure["layout"]["xaxis2"]["type"] == "log"
    assert figure["layout"]["xaxis3"]["ticktext"] == ["adam", "sgd"]


def test_correlations_stand_above_the_diagonal() -> None:
    """Those of numbers; a pair with names has none."""
    data = scatter_matrix(COLUMNS)
    texts = [one["text"] for one in scatter_matrix_dict(data)["layout"]["annotations"]]

    assert data.rho[0, 1] == pytest.approx(spearman(COLUMNS[0].values, COLUMNS[1].values))
    assert texts[:3] == ["ρ = −1.00<br>n = 10", "–", "–"]


def test_columns_beyond_the_limit_are_counted() -> None:
    """A panel has to be large enough to see something in it."""
    data = scatter_matrix(COLUMNS, max_columns=2)

    assert "2 of 3 columns shown" in data.note()


@pytest.mark.parametrize("columns", [[], COLUMNS[:1]])
def test_fewer_than_two(columns: list[Column]) -> None:
    """The figure says what it takes."""
    figure = scatter_matrix_dict(scatter_matrix(columns))

    assert "needs two columns" in figure["layout"]["annotations"][0]["text"]


def test_a_click_finds_its_run(decoded: Callable[[dict[str, str]], NDArray[Any]]) -> None:
    """Marks tell the row of their run, also where some are not drawn."""
    values = X.copy()
    values[0] = np.nan
    figure = scatter_matrix_dict(scatter_matrix([Column("a", values), Column("b", X)]))

    assert decoded(figure["data"][2]["customdata"]).tolist() == list(range(1, 10))
