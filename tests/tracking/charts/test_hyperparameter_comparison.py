from __future__ import annotations

from typing import Any

import pytest

from neural.tracking.charts.hyperparameter_comparison import (
    ParamRow,
    hyperparameter_comparison,
    hyperparameter_comparison_dict,
    hyperparameter_comparison_figure,
)


def test_differing_rows_come_first_and_are_marked() -> None:
    """What tells the runs apart is seen at once, without colours too."""
    comparison = hyperparameter_comparison(
        {"a": {"bs": 32, "lr": 0.1, "seed": 0}, "b": {"bs": 32, "lr": 0.2, "seed": 1}}
    )

    table = hyperparameter_comparison_dict(comparison)["data"][0]

    assert table["cells"]["values"][0] == ["≠ lr", "≠ seed", "bs"]


def test_nested_params_have_dotted_names() -> None:
    """One row a leaf, by its path."""
    comparison = hyperparameter_comparison({"a": {"optimizer": {"lr": 0.1}}, "b": {}})

    assert comparison.rows == (ParamRow("optimizer.lr", ("0.1", "–"), differs=True),)


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (1, 1.0, False),
        (1, True, True),
        (float("nan"), float("nan"), False),
        (0.1, float("nan"), True),
        ("1", 1, True),
        ([1, 2], [1, 2], False),
        (None, None, False),
    ],
)
def test_what_counts_as_different(one: Any, other: Any, differs: bool) -> None:
    """Values are compared by what they mean."""
    comparison = hyperparameter_comparison({"a": {"x": one}, "b": {"x": other}})

    assert comparison.rows[0].differs is differs


def test_runs_beyond_the_columns_are_counted() -> None:
    """The note tells how many of how many are shown."""
    comparison = hyperparameter_comparison({f"r{i}": {"lr": 1} for i in range(3)}, max_columns=2)

    note = hyperparameter_comparison_dict(comparison)["layout"]["meta"]["note"]
    assert note == "0 of 1 differ, marked ≠; 2 of 3 runs shown"


def test_text_is_literal() -> None:
    """Markup in names, values and labels is drawn as it was typed."""
    comparison = hyperparameter_comparison(
        {"a": {"<i>": "%{x}"}, "b": {"<i>": "<b>"}}, labels={"a": "<a>"}
    )

    table = hyperparameter_comparison_dict(comparison)["data"][0]

    assert table["header"]["values"] == ["Hyperparameter", "&lt;a&gt;", "b"]
    assert table["cells"]["values"] == [["≠ &lt;i&gt;"], ["&#37;{x}"], ["&lt;b&gt;"]]


def test_no_hyperparameters() -> None:
    """The figure says so, and how to log them."""
    figure = hyperparameter_comparison_figure(hyperparameter_comparison({"a": {}, "b": {}}))

    assert "log_hyperparameters" in figure.layout.annotations[0].text
