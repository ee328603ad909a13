"""Numbers, sizes and times as people read them."""

from __future__ import annotations

import math

import pytest

from neural.tracking.ui.format import (
    format_duration,
    format_number,
    format_size,
    format_time,
    relative_time,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (1204, "1,204"),
        (999_999, "999,999"),
        (1_000_000, "1M"),
        (12_400_000, "12.4M"),
        (12_345_678, "12.35M"),
        (3_000_000_000, "3G"),
        (-12_400_000, "-12.4M"),
        (10**400, "1.000e+400"),
        (0.123456789, "0.12346"),
        (3.14159265, "3.1416"),
        (12345.678, "12346"),
        (1e-7, "1e-07"),
        (1.5e6, "1.5M"),
        (1e22, "1.000e+22"),
        (float("nan"), "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (None, "–"),
    ],
)
def test_a_number(value: float | None, text: str) -> None:
    """About five significant digits, SI steps beyond a million."""
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (41_234_567, "41.2 MB"), (None, "–")],
)
def test_a_size(size: int | None, text: str) -> None:
    """Decimal units, as disks are sold and filled."""
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "0.0123 s"),
        (59.0, "59 s"),
        (61.0, "1 min 01 s"),
        (3840.0, "1 h 04 min"),
        (90000.0, "1 d 01 h"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_a_duration(seconds: float | None, text: str) -> None:
    """The two largest units."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (0.0, "just now"),
        (1.9, "just now"),
        (4.0, "4 s ago"),
        (180.0, "3 min ago"),
        (7200.0, "2 h ago"),
        (200_000.0, "2 d ago"),
        (-5.0, "just now"),
        (-600.0, "in 10 min"),
    ],
)
def test_how_long_ago(passed: float, text: str) -> None:
    """Clocks of two machines differ a little: the near future is now."""
    assert relative_time(1_000_000.0, 1_000_000.0 + passed) == text


def test_a_time_that_is_not_known() -> None:
    """Both forms show a dash."""
    assert (format_time(None), relative_time(None, 0.0)) == ("–", "–")


def test_a_time_has_its_offset() -> None:
    """Whoever copies it can tell what it means elsewhere."""
    text = format_time(1_795_250_005.37)

    assert text[:8] == "2026-11-"
    assert text[-6] in "+-"
