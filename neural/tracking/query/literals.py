"""Reading numbers, times and durations out of text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from neural.tracking.query.tree import Moment

__all__ = ["read_duration", "read_moment", "read_number"]

#: More digits than this are no measurement, and Python itself limits conversion of long integers.
_MAX_DIGITS = 1_000

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_SPECIAL = {
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
    "infinity": math.inf,
    "+infinity": math.inf,
    "-infinity": -math.inf,
    "nan": math.nan,
}


def read_number(text: str, *, special: bool = False) -> int | float | None:
    """Return the number that ``text`` spells, exactly if it is an integer; else ``None``.

    Args:
        text: Decimal digits, with sign, point and exponent where wanted; no blanks.
        special: Read ``inf``, ``infinity`` and ``nan`` too, in upper or lower case.

    Example:
        >>> read_number("1e-3"), read_number("64"), read_number("x")
        (0.001, 64, None)
    """
    if special and text.lower() in _SPECIAL:
        return _SPECIAL[text.lower()]
    if len(text) > _MAX_DIGITS or not _NUMBER.fullmatch(text):
        return None
    return int(text) if _INTEGER.fullmatch(text) else float(text)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNITS = {
    long: short
    for short, names in {
        "s": "s sec secs second seconds",
        "m": "m min mins minute minutes",
        "h": "h hr hrs hour hours",
        "d": "d day days",
        "w": "w week weeks",
    }.items()
    for long in names.split()
}
_QUANTITY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-z]+)\s*")


def read_duration(text: str) -> float | None:
    """Return the seconds in ``90s``, ``1h30m`` or ``2 days``; else ``None``.

    Units are s, m (minutes), h, d and w, or their English names.

    Example:
        >>> read_duration("1h30m"), read_duration("2 days"), read_duration("soon")
        (5400.0, 172800.0, None)
    """
    text, position, total = text.strip().lower(), 0, 0.0
    while position < len(text):
        part = _QUANTITY.match(text, position)
        if part is None or part[2] not in _UNITS:
            return None
        total += float(part[1]) * _SECONDS[_UNITS[part[2]]]
        position = part.end()
    return total if text else None


def read_moment(text: str, now: float) -> Moment | None:
    """Return the moment that ``text`` spells, or ``None``.

    Args:
        text: A year, month, day, minute or second in ISO 8601 (``2026-11``,
            ``2026-11-01T12:00``, with ``Z`` or an offset where wanted; local time without), or
            ``now``, ``today``, ``yesterday``, ``2d ago``, ``-2d``.
        now: The present, seconds since the Unix epoch.
    """
    spelling = " ".join(text.split())
    try:
        span = _named(spelling.lower(), now) or _relative(spelling.lower(), now) or _iso(spelling)
    except (ValueError, OverflowError, OSError):  # the 31st of February, the year 0
        return None
    return Moment(spelling, *span) if span else None


_Span = tuple[float, float]


def _named(word: str, now: float) -> _Span | None:
    if word == "now":
        return now, now
    if word in ("today", "yesterday"):
        today = datetime.fromtimestamp(now).date()
        return _day(today if word == "today" else today - timedelta(days=1))
    return None


def _day(day: date) -> _Span:
    # Through the calendar, not by adding 24 hours: a day with a clock change has 23 or 25.
    start, end = datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time())
    return start.timestamp(), end.timestamp()


def _relative(text: str, now: float) -> _Span | None:
    length = text.removesuffix(" ago") if text.endswith(" ago") else text.removeprefix("-")
    seconds = read_duration(length) if length != text else None
    return None if seconds is None else (now - seconds, now - seconds)


_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def _iso(text: str) -> _Span | None:
    match = _ISO.fullmatch(text.upper())
    if match is None or (match["fraction"] and not match["second"]):
        return None
    start = datetime.fromisoformat(_completed(match[0], match["month"], match["day"]))
    finest = [name for name in _NEXT if match[name]][-1]
    return start.timestamp(), _NEXT[finest](start).timestamp()


def _completed(text: str, month: str | None, day: str | None) -> str:
    return text + ("-01" if month is None else "") + ("-01" if day is None else "")


def _next_month(start: datetime) -> datetime:
    return (start + timedelta(days=31)).replace(day=1)


#: From a start, the start of what follows, by the finest part that was typed.
_NEXT: dict[str, Callable[[datetime], datetime]] = {
    "year": lambda start: start.replace(year=start.year + 1),
    "month": _next_month,
    "day": lambda start: start + timedelta(days=1),
    "minute": lambda start: start + timedelta(minutes=1),
    "second": lambda start: start + timedelta(seconds=1),
    "fraction": lambda start: start,
}
