"""Trends and values at a best step."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.pages.experiments.columns import at_column, spark_column
from neural.tracking.pages.experiments.slow import MOST_POINTS, SlowCells, trend_path
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

TREND = spark_column("loss").key


def _points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+?) ([^ML]+)", path)]


def test_a_trend_goes_from_corner_to_corner() -> None:
    """Largest values are at the top, and the whole width is used."""
    assert trend_path(np.array([0.0, 10.0]), np.array([1.0, 3.0])) == "M0 20L100 0"


def test_a_constant_series_is_a_line_in_the_middle() -> None:
    """Not at the bottom, where it would look like nought."""
    assert trend_path(np.array([0.0, 1.0]), np.array([7.0, 7.0])) == "M0 10L100 10"


def test_gaps_stay_gaps() -> None:
    """NaN breaks the line; nothing is drawn across."""
    path = trend_path(np.arange(5.0), np.array([1.0, 2.0, np.nan, 2.0, 1.0]))

    assert path.count("M") == 2


def test_a_spike_is_kept() -> None:
    """One value of a million still reaches the top."""
    values = np.zeros(1_000_000)
    values[123_456] = 1.0

    points = _points(trend_path(np.arange(1e6), values))

    assert min(y for _, y in points) == 0.0


@given(st.lists(st.floats(), max_size=400))
def test_any_series_gives_a_short_path(values: list[float]) -> None:
    """Whatever was logged: few points, all inside the drawing, and nothing but numbers."""
    path = trend_path(np.arange(float(len(values))), np.array(values, dtype=float))

    points = _points(path)
    assert re.fullmatch(r"(?:[ML][0-9.e-]+ [0-9.e-]+)*", path)
    assert len(points) <= MOST_POINTS
    assert all(0 <= x <= 100 and 0 <= y <= 20 for x, y in points)


def test_cells_of_some_runs(context: AppContext, make_run: MakeRun) -> None:
    """Runs that are gone, and columns that are not slow, are left out."""
    run = make_run(metrics={"loss": [3.0, 1.0]})

    found = SlowCells(context.manager).cells([run, "gone"], [TREND, "params.lr"])

    assert found == {run: {TREND: {"path": "M0 0L100 20", "full": "from 3 to 1, between 1 and 3"}}}


def test_a_metric_where_another_was_best(context: AppContext, make_run: MakeRun) -> None:
    """The smallest loss was at step 1, so the accuracy of step 1 counts."""
    run = make_run(metrics={"loss": [3.0, 1.0, 2.0], "acc": [0.1, 0.5, 0.9]})
    column = at_column("acc", "loss")
    context.manager.search()

    cell = SlowCells(context.manager).cells([run], [column.key])[run][column.key]

    assert cell == {"text": "0.5", "full": "0.5 at step 1; loss is best at step 1"}


def test_a_run_that_goes_on_is_drawn_anew(context: AppContext, make_run: MakeRun) -> None:
    """What is kept belongs to one revision of a run."""
    run = make_run(metrics={"loss": [3.0]})
    slow = SlowCells(context.manager)
    before = slow.cells([run], [TREND])

    tracker = context.manager.get_experiment(run)
    assert tracker is not None
    folder = next(context.base_dir.glob(f"*_{run}"))
    text = (folder / "metrics.json").read_text().rstrip()
    (folder / "metrics.json").write_text(
        text.removesuffix("]").rstrip() + ',\n{"timestamp":1.0,"step":1,"loss":1.0}\n]'
    )

    assert slow.cells([run], [TREND]) != before


@pytest.mark.parametrize("values", [[float("nan")], []])
def test_nothing_to_draw(context: AppContext, make_run: MakeRun, values: list[float]) -> None:
    """A metric without a finite value, or one that was never logged, has no trend."""
    run = make_run(metrics={"loss": values})

    assert SlowCells(context.manager).cells([run], [TREND])[run][TREND]["path"] == ""


def test_a_group_shows_the_mean_of_its_members(context: AppContext, make_run: MakeRun) -> None:
    """Runs that are gone are left out; where nothing is finite there is no curve."""
    runs = [make_run(metrics={"loss": [first, 1.0]}) for first in (2.0, 4.0)]
    broken = make_run(metrics={"loss": [float("nan")]})

    found = SlowCells(context.manager).means({"a": [*runs, "gone"], "b": [broken]}, [TREND])

    assert found["a"] == {TREND: {"path": "M0 0L100 20", "full": "mean of 2 runs: from 3 to 1"}}
    assert found["b"][TREND]["path"] == ""
