from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis import alignment
from neural.tracking.analysis.aggregate import (
    BANDS,
    STATISTICS,
    Band,
    GroupLine,
    Statistic,
    group_line,
    group_value,
)

Member = tuple[list[int], list[float]]

_VALUE = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([float("nan"), float("inf"), float("-inf")])
)
_MEMBER = st.dictionaries(st.integers(0, 12), _VALUE, max_size=10).map(
    lambda points: (list(points), list(points.values()))
)
_MEMBERS = st.lists(_MEMBER, min_size=1, max_size=6)
_STATISTIC = st.sampled_from(list(STATISTICS))
_BAND = st.sampled_from([band for band in BANDS if band != "none"])


def _member_values(member: Member, at: float) -> float:
    """Return a member's value at a position in the plainest way there is."""
    points = sorted(zip(*member, strict=True))
    for x, y in points:
        if x == at:
            return y if np.isfinite(y) else float("nan")
    before = [point for point in points if point[0] < at]
    after = [point for point in points if point[0] > at]
    if not before or not after or not np.isfinite([before[-1][1], after[0][1]]).all():
        return float("nan")
    (x0, y0), (x1, y1) = before[-1], after[0]
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def _same(left: GroupLine, right: GroupLine) -> None:
    for name in ("x", "center", "lower", "upper", "n"):
        assert np.array_equal(getattr(left, name), getattr(right, name), equal_nan=True), name


@settings(deadline=None)
@given(_MEMBERS, _STATISTIC, _BAND)
def test_n_and_line_are_those_of_the_members_there(
    members: list[Member], statistic: Statistic, band: Band
) -> None:
    """At every position they are what one finds by looking at each member."""
    line = group_line(members, statistic=statistic, band=band)

    for x, center, n in zip(line.x, line.center, line.n, strict=True):
        values = np.array([_member_values(member, x) for member in members])
        there = values[~np.isnan(values)]
        assert n == there.size
        if n:
            assert center == pytest.approx(group_value(there, statistic=statistic).center)
        else:
            assert np.isnan(center)


@settings(deadline=None)
@given(_MEMBERS, _STATISTIC, _BAND)
def test_line_and_band_lie_within_the_members(
    members: list[Member], statistic: Statistic, band: Band
) -> None:
    """The line never leaves its members; nor do the bands that are made of their values."""
    line = group_line(members, statistic=statistic, band=band)
    outer = group_line(members, statistic=statistic, band="minmax")

    assert outer.lower is not None
    assert outer.upper is not None
    some = line.n > 0
    assert (outer.lower[some] <= line.center[some]).all()
    assert (line.center[some] <= outer.upper[some]).all()
    if band in ("quartiles", "bootstrap"):
        assert line.lower is not None
        assert line.upper is not None
        slack = 1e-12 * np.abs(outer.upper - outer.lower)
        several = line.n > 1
        assert (line.lower >= outer.lower - slack)[several].all()
        assert (line.upper <= outer.upper + slack)[several].all()


@settings(deadline=None)
@given(_MEMBERS, _STATISTIC, st.sampled_from(["std", "stderr", "bootstrap", "minmax"]))
def test_line_lies_within_its_band(members: list[Member], statistic: Statistic, band: Band) -> None:
    """Wherever there is a band; quartiles alone may leave a mean outside."""
    line = group_line(members, statistic=statistic, band=band)

    assert line.lower is not None
    assert line.upper is not None
    known = ~np.isnan(line.lower)
    assert (line.lower[known] <= line.center[known]).all()
    assert (line.center[known] <= line.upper[known]).all()


@settings(deadline=None)
@given(_MEMBERS, _STATISTIC, _BAND, st.randoms(use_true_random=False))
def test_order_of_members_changes_nothing(
    members: list[Member], statistic: Statistic, band: Band, chance: random.Random
) -> None:
    """Not by one bit, the resampled band included."""
    shuffled = chance.sample(members, len(members))

    _same(
        group_line(members, statistic=statistic, band=band),
        group_line(shuffled, statistic=statistic, band=band),
    )


@settings(deadline=None)
@given(_MEMBER, st.integers(2, 5), _STATISTIC, _BAND)
def test_members_that_agree_have_no_band(
    member: Member, copies: int, statistic: Statistic, band: Band
) -> None:
    """The band has no width at all, and the line is what all of them are."""
    line = group_line([member] * copies, statistic=statistic, band=band)
    alone = group_line([member], statistic=statistic, band="none")

    assert np.array_equal(line.center, alone.center, equal_nan=True)
    assert np.array_equal(line.lower, line.center, equal_nan=True)  # type: ignore[arg-type]
    assert np.array_equal(line.upper, line.center, equal_nan=True)  # type: ignore[arg-type]


@settings(deadline=None)
@given(_MEMBER, _STATISTIC)
def test_one_member_is_the_line(member: Member, statistic: Statistic) -> None:
    """Its own values at its own positions, NaN where it had none."""
    line = group_line([member], statistic=statistic, band="none")

    points = sorted(zip(*member, strict=True))
    expected = [value if np.isfinite(value) else float("nan") for _, value in points]
    assert line.x.tolist() == [x for x, _ in points]
    assert np.array_equal(line.center, expected, equal_nan=True)


@pytest.mark.parametrize("band", ["std", "stderr", "bootstrap"])
def test_one_member_has_no_spread(band: Band) -> None:
    """A band of no width would say that nothing can vary; there is none."""
    line = group_line([([0, 1], [1.0, 2.0])], band=band)

    assert line.lower is not None
    assert line.upper is not None
    assert np.isnan(line.lower).all()
    assert np.isnan(line.upper).all()


def test_bands_are_the_textbook_ones() -> None:
    """Sample standard deviation, standard error, linear quartiles, extremes."""
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    mean, std = values.mean(), values.std(ddof=1)
    expected: dict[Band, tuple[float, float]] = {
        "std": (mean - std, mean + std),
        "stderr": (mean - std / 5**0.5, mean + std / 5**0.5),
        "quartiles": (2.0, 8.0),
        "minmax": (1.0, 16.0),
    }

    for band, ends in expected.items():
        found = group_value(values, band=band)

        assert (found.lower, found.upper) == pytest.approx(ends)


def test_table_shows_the_numbers_of_the_chart() -> None:
    """A figure of the last values is the line's last point, band and all."""
    rng = np.random.default_rng(0)
    members = [(np.arange(20), rng.normal(size=20)) for _ in range(7)]

    line = group_line(members, statistic="iqm", band="bootstrap")
    value = group_value([y[-1] for _, y in members], statistic="iqm", band="bootstrap")

    assert line.lower is not None
    assert line.upper is not None
    last = (line.center[-1], line.lower[-1], line.upper[-1])
    assert (value.center, value.lower, value.upper) == pytest.approx(last)


def test_failed_runs_are_counted() -> None:
    """What is missing, NaN or infinite is not in the figure, but in the count."""
    found = group_value([1.0, None, float("nan"), float("inf"), 3.0])

    assert (found.center, found.n, found.failed) == (2.0, 2, 3)


def test_group_without_any_result() -> None:
    """No figure is made up."""
    found = group_value([None, float("nan")])

    assert np.isnan([found.center, found.lower, found.upper]).all()
    assert (found.n, found.failed) == (0, 2)


def _noisy(members: int = 12, steps: int = 5000) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    rng = np.random.default_rng(3)
    return [(np.arange(steps), rng.normal(size=steps)) for _ in range(members)]


@pytest.mark.parametrize("band", ["std", "stderr", "minmax", "quartiles"])
def test_reducing_keeps_every_extreme_of_line_and_edges(band: Band) -> None:
    """Each pixel column still shows the smallest and the largest of all three."""
    whole = group_line(_noisy(), band=band, columns=None)
    drawn = group_line(_noisy(), band=band, columns=50)

    assert drawn.x.size <= 300
    column = np.minimum((np.arange(5000) * 50) // 4999, 49)
    for name in ("center", "lower", "upper"):
        everything, shown = getattr(whole, name), getattr(drawn, name)
        for one in range(50):
            inside = column[drawn.x.astype(int)] == one
            assert shown[inside].min() == everything[column == one].min()
            assert shown[inside].max() == everything[column == one].max()


def test_reducing_keeps_where_a_bootstrap_band_is_widest() -> None:
    """Members that part at one step and agree on the mean are seen to part."""
    steps = np.arange(5000)
    wide = np.where(steps == 2345, 100.0, 0.0)
    members = [(steps, wide), (steps, -wide), (steps, wide), (steps, -wide)]

    line = group_line(members, band="bootstrap", columns=50)

    assert line.upper is not None
    assert 2345 in line.x
    assert line.upper.max() == 100.0


def test_drawn_points_are_the_same_with_and_without_reduction() -> None:
    """Fewer points, but not one other value, the resampled edges included."""
    whole = group_line(_noisy(), band="bootstrap", columns=None)
    drawn = group_line(_noisy(), band="bootstrap", columns=50)

    at = drawn.x.astype(int)
    assert drawn.lower == pytest.approx(whole.lower[at])  # type: ignore[index]
    assert drawn.center.tolist() == whole.center[at].tolist()


def test_zooming_refines() -> None:
    """A short range shows every position in it, and the line crosses its borders."""
    line = group_line(_noisy(), columns=50, x_range=(1000, 1020))

    assert line.x.tolist() == list(range(999, 1022))
    assert line.positions == 21


def test_note_tells_what_is_drawn_and_what_is_not() -> None:
    """Members, n, reduction, NaN, infinities and empty runs are all counted."""
    steps = np.arange(5000)
    bad = np.zeros(5000)
    bad[7], bad[9] = np.nan, np.inf
    members: list[Any] = [(steps, bad), (steps[100:], np.zeros(4900)), (steps[:1], [np.nan])]

    note = group_line(members, statistic="iqm", band="bootstrap", columns=100).note()

    assert note.startswith("interquartile mean, 95 % bootstrap interval of 3 runs; n from 0 to 2; ")
    assert note.endswith(
        "of 5,000 positions drawn, extremes exact; 2 NaN and 1 infinite left out; "
        "1 run without a finite value"
    )


def test_note_says_when_positions_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Extremes of the line are then no longer promised."""
    monkeypatch.setattr(alignment, "MOST_CELLS", 1000)

    line = group_line(_noisy(members=5, steps=1000), columns=10)

    assert line.looked_at < line.positions
    assert "extremes of members kept" in line.note()


def test_group_of_nothing() -> None:
    """No members give an empty line instead of an error."""
    line = group_line([])

    assert (line.x.size, line.members, line.positions) == (0, 0, 0)


@pytest.mark.parametrize(
    ("choice", "named"),
    [({"statistic": "mode"}, "statistic must be one of mean"), ({"band": "sd"}, "band must be")],
)
def test_unknown_choice(choice: dict[str, Any], named: str) -> None:
    """The message lists what there is."""
    with pytest.raises(InvalidInputError, match=named):
        group_line([], **choice)


@pytest.mark.parametrize("band", BANDS)
def test_values_near_the_largest_float(band: Band) -> None:
    """A run that blew up makes no warning, and the line stays within its members."""
    members = [([0, 1, 2], [1e308, -1e308, 5e-324]), ([0, 1, 2], [-1e308, -1e308, 0.0])]

    line = group_line(members, statistic="median", band=band)

    assert np.isfinite(line.center).all()
    assert line.center[1] == -1e308
    assert line.center[2] <= 5e-324
