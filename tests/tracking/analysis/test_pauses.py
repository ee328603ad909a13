"""The time a resumed run was at work."""

from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.pauses import resumed_at, without_pauses
from neural.tracking.records import Series


def _series(*times: float) -> Series:
    steps = np.arange(len(times))
    return Series(steps, np.array(times), np.zeros(len(times)))


def test_pauses_do_not_count() -> None:
    """Two attempts of ten seconds with an hour between them are twenty seconds of work."""
    times = (0.0, 10.0, 3610.0, 3620.0)

    found = without_pauses(_series(*times), times, [3605.0])

    assert found.time.tolist() == [0.0, 10.0, 15.0, 25.0]


def test_work_that_was_replaced_counts() -> None:
    """A resumed run that goes back some steps has spent the time on them all the same."""
    found = without_pauses(_series(0.0, 100.0), [0.0, 5.0, 10.0, 100.0], [100.0])

    assert found.time.tolist() == [0.0, 10.0]


def test_every_pause_is_left_out() -> None:
    """Each attempt counts on where the one before ended."""
    times = (0.0, 10.0, 100.0, 110.0, 200.0)

    found = without_pauses(_series(*times), times, [100.0, 200.0])

    assert found.time.tolist() == [0.0, 10.0, 10.0, 20.0, 20.0]


@pytest.mark.parametrize("times", [(), (np.nan, 5.0)])
def test_a_run_that_logged_nothing_before(times: tuple[float, ...]) -> None:
    """There is nothing to count on from, and a value without a time keeps none."""
    found = without_pauses(_series(*times), times, [5.0])

    np.testing.assert_array_equal(found.time, times)


@pytest.mark.parametrize(
    "attempts", [None, "x", [None, {"start": 5}, {"start": "soon"}, {"offsets": {}}]]
)
def test_damaged_attempts_are_none(attempts: object) -> None:
    """The file is of somebody else, or was edited by hand."""
    assert resumed_at({"attempts": attempts}) == []
