"""Numbers, sizes and times as people read them; pure functions."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

__all__ = ["format_duration", "format_number", "format_size", "format_time", "relative_time"]

#: Significant digits of a number in a table; the full value is on hover.
DIGITS = 5

_SI = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"))
_BEYOND_SI = 1e19
_BYTES = ("B", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def format_number(value: float | int | None) -> str:
    """Return ``value`` with about five significant digits.

    Whole numbers stay whole up to a million; beyond that they take an SI step
    (``12.4M``), and what is tiny takes an exponent. ``None`` is an en dash.

    Example:
        >>> [format_number(v) for v in (0.123456789, 1204, 12_400_000, 1e-7, float("nan"), None)]
        ['0.12346', '1,204', '12.4M', '1e-07', 'NaN', '–']
    """
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 1_000_000 else _si(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= 1_000_000:
        return _si(value)
    return f"{value:.{DIGITS}g}"


def _si(value: float) -> str:
    if abs(value) >= _BEYOND_SI:
        # Decimal takes integers of any size; a float would overflow.
        return f"{Decimal(value):.3e}"
    size, letter = next(step for step in _SI if abs(value) >= step[0])
    return f"{value / size:.4g}{letter}"


def format_size(size_bytes: int | None) -> str:
    """Return a size in bytes with a decimal unit: ``"41.2 MB"``; ``None`` is an en dash."""
    if size_bytes is None:
        return "–"
    size, unit = float(size_bytes), 0
    while size >= 1000 and unit < len(_BYTES) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size_bytes} B" if unit == 0 else f"{size:.3g} {_BYTES[unit]}"


def format_duration(seconds: float | None) -> str:
    """Return a duration in its two largest units: ``"1 h 04 min"``; ``None`` is an en dash."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < _MINUTE:
        return f"{seconds:.3g} s"
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < _DAY:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def format_time(time: float | None) -> str:
    """Return epoch seconds as local time with its offset, to the second; ``None`` is an en dash."""
    if time is None or not math.isfinite(time):
        return "–"
    return datetime.fromtimestamp(time, UTC).astimezone().isoformat(sep=" ", timespec="seconds")


def relative_time(time: float | None, now: float) -> str:
    """Return how long ``time`` is ago, in words.

    Args:
        time: Epoch seconds; ``None`` is an en dash.
        now: Epoch seconds of the present, handed in so that a test can choose it.

    Example:
        >>> relative_time(0.0, 7200.0)
        '2 h ago'
    """
    if time is None or not math.isfinite(time):
        return "–"
    passed = now - time
    if passed < 0:
        return "just now" if passed > -_MINUTE else f"in {_largest(-passed)}"
    return "just now" if passed < 2 else f"{_largest(passed)} ago"


def _largest(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{int(seconds)} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY)} d"
