"""Numbers, durations and times in text."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from neural.tracking.query.literals import read_duration, read_moment, read_number

#: 21 November 2026, 09:33:20 UTC.
NOW = 1_795_253_600.0


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the time zone that the test is given the local one."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-3", 0.001), ("-5", -5), (".5", 0.5), ("5.", 5.0), ("+7", 7), (str(10**30), 10**30)],
)
def test_numbers(text: str, number: float) -> None:
    """Integers are exact, whatever their length."""
    found = read_number(text)

    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize("text", ["", "x", "1_000", "0x10", "1e", "٣", "1 2", "inf", "--1", "1,5"])
def test_no_numbers(text: str) -> None:
    """Only plain decimal spelling is a number."""
    assert read_number(text) is None


def test_special_numbers() -> None:
    """Where the caller wants them, the words for what has no digits are numbers."""
    assert read_number("-Inf", special=True) == -math.inf
    assert math.isnan(read_number("NaN", special=True) or 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1.5h", 5400), ("1h30m", 5400), ("2 days", 172_800), ("1w 1 MIN", 604_860)],
)
def test_durations(text: str, seconds: float) -> None:
    """Numbers with units add up."""
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "1y", "1h-2m", "soon"])
def test_no_durations(text: str) -> None:
    """A number without a unit is none: seconds are read as a number elsewhere."""
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2026-11-01T12:00", "2026-11-01T12:00:00Z", "2026-11-01T12:01:00Z"),
        ("2026-11-01 12:00:30", "2026-11-01T12:00:30Z", "2026-11-01T12:00:31Z"),
        ("2026-11-01T12:00:30.5Z", "2026-11-01T12:00:30.5Z", "2026-11-01T12:00:30.5Z"),
        ("2026-11-01T12:00+02:00", "2026-11-01T10:00:00Z", "2026-11-01T10:01:00Z"),
        ("today", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("Yesterday", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("1d ago", "2026-11-20T09:33:20Z", "2026-11-20T09:33:20Z"),
        ("-1h", "2026-11-21T08:33:20Z", "2026-11-21T08:33:20Z"),
        ("now", "2026-11-21T09:33:20Z", "2026-11-21T09:33:20Z"),
    ],
)
@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_moments(text: str, start: str, end: str) -> None:
    """A moment lasts as long as the finest part that was typed."""
    moment = read_moment(text, NOW)

    assert moment is not None
    assert datetime.fromtimestamp(moment.start, UTC) == datetime.fromisoformat(start)
    assert datetime.fromtimestamp(moment.end, UTC) == datetime.fromisoformat(end)


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("zone", ["America/New_York"], indirect=True)
def test_a_day_with_a_clock_change() -> None:
    """Without an offset the time is local, and such a day has 25 hours."""
    moment = read_moment("2026-11-01", NOW)

    assert moment is not None
    assert moment.end - moment.start == 25 * 3600


@pytest.mark.parametrize(
    "text",
    [
        *("", "0000", "2026-13-01", "2026-02-31", "26-01-01", "2026-1-1", "20261101"),
        *("12:00", "2026-11-01T25:00", "2026-11-01T12:00.5", "1d", "tomorrow"),
    ],
)
def test_no_moments(text: str) -> None:
    """What is no time is not guessed at."""
    assert read_moment(text, NOW) is None
