from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.contrast import blend, contrast
from neural.tracking.charts.correlation_matrix import (
    correlation_matrix,
    correlation_matrix_dict,
    correlation_matrix_figure,
    correlation_matrix_of_runs,
)
from neural.tracking.charts.theme import Theme, diverging
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def test_metrics_logged_at_different_steps(series_of: SeriesOf) -> None:
    """A pair is compared where both have a value, and n says at how many steps."""
    matrix = correlation_matrix(
        {"loss": series_of([4.0, 3.0, 2.0, 1.0, 0.0]), "acc": series_of([0.1, 0.2, 0.3], [0, 2, 4])}
    )

    assert matrix.names == ("loss", "acc")
    assert matrix.coefficients[0, 1] == pytest.approx(-1.0)
    assert matrix.pairs.tolist() == [[5, 3], [3, 3]]


def test_metrics_beyond_the_limit_are_counted(series_of: SeriesOf) -> None:
    """The note tells how many of how many are shown."""
    series = {f"m{i}": series_of([1.0, 2.0, 3.0]) for i in range(4)}

    figure = correlation_matrix_dict(correlation_matrix(series, max_metrics=3))

    assert "3 of 4 metrics shown" in figure["layout"]["meta"]["note"]


def test_coefficients_are_written_into_small_matrices(series_of: SeriesOf) -> None:
    """Colour is not the only cue, and cells that say nothing stay blank."""
    series = {"a": series_of([1, 2, 3]), "b": series_of([3, 2, 1]), "c": series_of([1, 1, 1])}

    figure = correlation_matrix_dict(correlation_matrix(series))

    assert figure["data"][1]["text"] == ["1.00", "−1.00", "−1.00", "1.00"]


def test_large_matrices_are_not_written_full(series_of: SeriesOf) -> None:
    """Numbers that cannot be read are left to the tooltip."""
    rng = np.random.default_rng(0)
    series = {f"m{i}": series_of(rng.normal(size=9)) for i in range(16)}

    figure = correlation_matrix_dict(correlation_matrix(series))

    assert [trace["type"] for trace in figure["data"]] == ["heatmap"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_written_coefficients_can_be_read(series_of: SeriesOf, theme: Theme) -> None:
    """Each number has 4.5 to 1 on the colour of its cell."""
    rng = np.random.default_rng(0)
    matrix = correlation_matrix({f"m{i}": series_of(rng.normal(size=6)) for i in range(8)})

    numbers = correlation_matrix_dict(matrix, theme=theme)["data"][1]

    cells = matrix.coefficients.reshape(-1)
    for r, color in zip(cells, numbers["textfont"]["color"], strict=True):
        assert contrast(color, blend(diverging(theme), (r + 1) / 2)) >= 4.5


def test_scale_is_centred_on_zero(series_of: SeriesOf) -> None:
    """The same colour means the same strength in every run."""
    series = {"a": series_of([1, 2, 3]), "b": series_of([1, 2, 4])}

    cells = correlation_matrix_dict(correlation_matrix(series))["data"][0]

    assert (cells["zmin"], cells["zmax"]) == (-1, 1)


@pytest.mark.parametrize(("metrics", "found"), [(0, "none"), (1, "1")])
def test_too_few_metrics(series_of: SeriesOf, metrics: int, found: str) -> None:
    """The figure says how many are needed and how many there are."""
    series = {f"m{i}": series_of([1.0]) for i in range(metrics)}

    figure = correlation_matrix_figure(correlation_matrix(series))

    assert figure.layout.annotations[0].text.endswith(f"This run has {found}")


def test_runs_are_compared_by_rank_with_n_and_p() -> None:
    """Names and constants are left out, and the tooltip tells n and p."""
    columns = {
        "lr": column("lr", [1e-4, 1e-3, 1e-2, 1e-1, None]),
        "opt": column("opt", ["a", "b", "a", "b", "a"]),
        "fixed": column("fixed", [1, 1, 1, 1, 1]),
        "acc": column("acc", [0.1, 0.2, 0.3, 0.9, 0.4]),
    }

    matrix = correlation_matrix_of_runs(columns)
    figure = correlation_matrix_figure(matrix)

    assert set(matrix.names) == {"lr", "acc"}
    assert matrix.coefficients[0, 1] == pytest.approx(1.0)
    assert matrix.pairs[0, 1] == 4
    assert "p = %{customdata[1]" in figure.data[0].hovertemplate
    assert figure.layout.meta["names"] == list(matrix.names)


def test_what_goes_together_becomes_neighbours() -> None:
    """Unless the order given is to be kept."""
    rng = np.random.default_rng(1)
    base = rng.normal(size=20)
    table = {"a": base, "x": rng.normal(size=20), "b": -base, "y": rng.normal(size=20)}
    columns = {name: column(name, values) for name, values in table.items()}

    names = correlation_matrix_of_runs(columns).names

    assert abs(names.index("a") - names.index("b")) == 1
    assert correlation_matrix_of_runs(columns, clustered=False).names == ("a", "x", "b", "y")


def test_too_few_columns_of_runs() -> None:
    """The figure says what is needed."""
    figure = correlation_matrix_figure(correlation_matrix_of_runs({}))

    assert figure.layout.annotations[0].text.endswith("These runs have none")
