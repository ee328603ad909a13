"""Results in the order of the runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.best_so_far import best_so_far, best_so_far_dict

NAN = float("nan")


def test_the_best_up_to_each_run() -> None:
    """In the order of the starts, which need not be that of the rows."""
    result = Column("loss", np.array([3.0, 5.0, 4.0, 2.0]))

    data = best_so_far(result, [10, 0, 20, 30], "min")

    assert data.place.tolist() == [1, 2, 3, 4]
    assert data.best.tolist() == [5.0, 3.0, 3.0, 2.0]
    assert "best 2 by run 4, the last one" in data.note()


def test_larger_can_be_better() -> None:
    """And a run after the best one is counted."""
    data = best_so_far(Column("acc", np.array([0.1, 0.9, 0.9, 0.5])), [0, 1, 2, 3], "max")

    assert data.best.tolist() == [0.1, 0.9, 0.9, 0.9]
    assert data.improved == 2
    assert "2 runs since brought no better" in data.note()


def test_runs_without_a_result_keep_their_place() -> None:
    """They were made, and brought nothing; one without a start comes last."""
    result = Column("loss", np.array([NAN, 2.0, 1.0]))

    data = best_so_far(result, [0, NAN, 5], "min")

    assert data.place.tolist() == [2, 3]
    assert data.best.tolist() == [1.0, 1.0]
    assert "2 of 3 runs" in data.note()


def test_the_line_goes_on_to_the_last_run(
    decoded: Callable[[dict[str, str]], NDArray[Any]],
) -> None:
    """A failed run at the end improved nothing either."""
    figure = best_so_far_dict(best_so_far(Column("loss", np.array([2.0, NAN])), [0, 1], "min"))

    line = figure["data"][0]
    assert decoded(line["x"]).tolist() == [1, 2]
    assert decoded(line["y"]).tolist() == [2.0, 2.0]
    go.Figure(figure)


def test_no_result_at_all() -> None:
    """The figure says so."""
    figure = best_so_far_dict(best_so_far(Column("loss", np.array([NAN])), [0], "min"))

    assert "No run has a finite" in figure["layout"]["annotations"][0]["text"]
