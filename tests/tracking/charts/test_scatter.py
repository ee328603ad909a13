from __future__ import annotations

import pytest

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.figures import as_figure
from neural.tracking.charts.scatter import scatter, scatter_dict

RATE = column("lr", [0.0001, 0.001, 0.01, 0.1])


def test_trend_is_fitted_on_the_axes_that_are_drawn() -> None:
    """A logarithm is a straight line on a logarithmic axis; the note says how well it fits."""
    data = scatter(RATE, column("acc", [0.1, 0.2, 0.3, 0.4]))

    assert data.points.log_x
    assert data.line is not None
    assert data.line.r == pytest.approx(1.0)
    note = scatter_dict(data)["layout"]["meta"]["note"]
    assert "trend r = 1.00, p < 0.001" in note
    assert "n = 4" in note


def test_names_have_no_trend() -> None:
    """An order of names is not a quantity."""
    assert scatter(column("opt", ["a", "b", "c"]), column("acc", [1, 2, 3])).line is None


def test_no_run_has_both() -> None:
    """The figure says which two."""
    figure = as_figure(scatter_dict(scatter(column("x", [1, None]), column("y", [None, 1]))))

    assert "'x' and 'y'" in figure.layout.annotations[0].text
