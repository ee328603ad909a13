from __future__ import annotations

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking.analysis import alignment
from neural.tracking.analysis.alignment import curves_of, grid_of, values_on
from neural.tracking.records import Series


def test_members_are_interpolated_inside_their_own_range_only() -> None:
    """Before its first and after its last point a run has no value."""
    curves = curves_of([([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0]), ([1, 3], [5.0, 7.0])])

    grid = grid_of(curves)
    table = values_on(grid.x, curves)

    assert grid.x.tolist() == [0, 1, 2, 3]
    assert table[:, 1].tolist() == pytest.approx([np.nan, 5, 6, 7], nan_ok=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nothing_is_interpolated_across_a_value_that_is_not_finite(bad: float) -> None:
    """The member is left out up to its finite neighbours, which stay."""
    curves = curves_of([([0, 2, 4], [1.0, bad, 3.0])])

    table = values_on(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), curves)

    assert table[:, 0].tolist() == pytest.approx([1, np.nan, np.nan, np.nan, 3], nan_ok=True)


def test_what_is_not_finite_is_counted() -> None:
    """NaN and infinities are told apart."""
    (curve,) = curves_of([([0, 1, 2, 3], [np.nan, np.inf, -np.inf, 1.0])])

    assert (curve.nan, curve.infinite) == (1, 2)


def test_last_value_of_a_position_counts() -> None:
    """A step logged twice has its later value, in whatever order the steps came."""
    (curve,) = curves_of([([2, 0, 2], [1.0, 5.0, 9.0])])

    assert curve.x.tolist() == [0, 2]
    assert curve.y.tolist() == [5, 9]


def test_a_series_is_taken_by_its_steps() -> None:
    """What the store hands out can be given as it is."""
    series = Series(np.array([1, 2]), np.array([100.0, 200.0]), np.array([3, 4]))

    (curve,) = curves_of([series])

    assert curve.x.tolist() == [1, 2]


def test_range_keeps_the_neighbours_just_outside() -> None:
    """A line enters and leaves the picture; only what is inside counts as there."""
    curves = curves_of([(np.arange(10), np.arange(10.0))])

    grid = grid_of(curves, x_range=(2.5, 4.5))

    assert grid.x.tolist() == [2, 3, 4, 5]
    assert grid.total == 2


def test_a_range_without_positions() -> None:
    """Between two points nothing is in the range, and the line still crosses it."""
    curves = curves_of([([0, 10], [0.0, 1.0])])

    grid = grid_of(curves, x_range=(4, 5))

    assert grid.x.tolist() == [0, 10]
    assert grid.total == 0


def test_huge_groups_keep_the_extremes_of_their_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many positions are thinned, but never at a spike; all of them are counted."""
    monkeypatch.setattr(alignment, "MOST_CELLS", 200)
    spiky = np.zeros(1000)
    spiky[617] = 50.0
    curves = curves_of([(np.arange(1000), spiky), (np.arange(1000), np.zeros(1000))])

    grid = grid_of(curves, columns=10)

    assert grid.total == 1000
    assert grid.x.size <= 100
    assert 617 in grid.x


def test_many_members_are_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends stay, and the limit holds whatever the members look like."""
    monkeypatch.setattr(alignment, "MOST_CELLS", 40)
    rng = np.random.default_rng(0)
    curves = curves_of([(np.arange(500) + i / 10, rng.normal(size=500)) for i in range(4)])

    grid = grid_of(curves, columns=50)

    assert grid.x.size <= 10
    assert (grid.x[0], grid.x[-1]) == (0, 499.3)


def test_shapes_that_differ() -> None:
    """The message names the member and both shapes."""
    with pytest.raises(InvalidInputError, match=r"member 1 .* \(2,\) and \(1,\)"):
        curves_of([([0], [1.0]), ([0, 1], [1.0])])


def test_position_that_is_not_finite() -> None:
    """The message says what to do."""
    with pytest.raises(InvalidInputError, match="member 0 must be finite: leave out"):
        curves_of([([np.nan], [1.0])])
