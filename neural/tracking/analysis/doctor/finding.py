"""What a rule found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["SEVERITIES", "Finding", "Severity", "figure_text", "listed", "span_text"]

Severity = Literal["error", "warning", "info"]

#: From what ruins a run to what is worth knowing.
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found, in plain words and with what it saw.

    All texts are plain and hold metric names as they were logged: escape them before they
    become HTML.

    Attributes:
        rule: Id of the rule, a key of :data:`neural.tracking.analysis.doctor.RULES`.
        severity: ``"error"`` ruins the run, ``"warning"`` wants a look, ``"info"`` is worth
            knowing.
        title: A few words, for a list.
        text: One or two sentences with the numbers.
        metrics: What it was seen in, the most telling one first; empty for the run as a whole.
        region: First and last step to highlight, ``None`` where no steps belong to it.
        numbers: The figures of ``text`` by name, for programs.
    """

    rule: str
    severity: Severity
    title: str
    text: str
    metrics: tuple[str, ...] = ()
    region: tuple[int, int] | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def figure_text(value: float) -> str:
    """Return a number in four significant digits.

    Example:
        >>> figure_text(0.123456), figure_text(1234567.0), figure_text(12.0)
        ('0.1235', '1.235e+06', '12')
    """
    return f"{value:.4g}"


def span_text(seconds: float) -> str:
    """Return a duration in the two largest units that matter.

    Example:
        >>> span_text(42.4), span_text(130), span_text(7_500), span_text(200_000)
        ('42 s', '2 min 10 s', '2 h 5 min', '2 d 7 h')
    """
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < _MINUTE:
        return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.0f} s"
    for unit, name, part, smaller in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1.0, "s"),
    ):
        if seconds >= unit:
            whole, rest = divmod(seconds, unit)
            return f"{whole:,.0f} {name} {rest // part:.0f} {smaller}"
    raise AssertionError("a minute is the smallest unit above")


def listed(names: tuple[str, ...], most: int = 3) -> str:
    """Return names as a phrase that stays short.

    Example:
        >>> listed(("a", "b")), listed(("a", "b", "c", "d", "e"))
        ('a and b', 'a, b, c and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
