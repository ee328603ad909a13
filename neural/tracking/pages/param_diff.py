"""How the parameters of runs differ."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["MISSING", "ParamRow", "change_text", "param_rows", "value_text"]


class _Missing:
    """The value of a parameter that a run does not have."""

    def __repr__(self) -> str:
        return "MISSING"


#: Stands where a run has no such parameter; ``None`` is a value that a user can set.
MISSING = _Missing()


@dataclass(frozen=True)
class ParamRow:
    """One parameter of several runs.

    Attributes:
        name: Dotted name.
        values: One value a run, in their order; ``MISSING`` where a run has none.
        differs: Whether at least two of them are not the same.
    """

    name: str
    values: tuple[Any, ...]
    differs: bool


def param_rows(runs: Sequence[Mapping[str, Any]]) -> list[ParamRow]:
    """Return one row a parameter that any of ``runs`` has, sorted by name.

    Args:
        runs: Parameters of each run by dotted name.
    """
    names = sorted({name for params in runs for name in params})
    return [_row(name, tuple(params.get(name, MISSING) for params in runs)) for name in names]


def _row(name: str, values: tuple[Any, ...]) -> ParamRow:
    return ParamRow(name, values, any(not same(values[0], value) for value in values[1:]))


def same(left: Any, right: Any) -> bool:
    """Return whether two values are the same setting: NaN is NaN, ``True`` is not 1."""
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return bool(left == right)


def change_text(baseline: Any, value: Any) -> str:
    """Return how ``value`` differs from ``baseline``, short enough for a table cell.

    Numbers tell by how much, and as a share where that means something.

    Example:
        >>> change_text(1e-3, 3e-4), change_text(2, 2), change_text(MISSING, "adam")
        ('−0.0007 (−70 %)', '=', 'added')
    """
    if same(baseline, value):
        return "="
    if baseline is MISSING:
        return "added"
    if value is MISSING:
        return "removed"
    if not (_is_number(baseline) and _is_number(value)):
        return ""
    share, change = _share_text(baseline, value), _delta_text(baseline, value)
    return f"{change} ({share})" if share and change else change


def _delta_text(baseline: float, value: float) -> str:
    change = value - baseline
    if not math.isfinite(change):
        return ""
    text = f"{change:+,d}" if isinstance(change, int) and abs(change) < 10**9 else f"{change:+.4g}"
    return text.replace("-", "−")


def _share_text(baseline: float, value: float) -> str:
    if baseline == 0:
        return ""
    ratio = value / baseline
    if not math.isfinite(ratio) or ratio < 0:
        return ""
    if ratio >= 10:
        return f"×{ratio:.3g}"
    return f"{100 * (ratio - 1):+.3g} %".replace("-", "−")


def _is_number(value: Any) -> bool:
    # Beyond a float64 the ratio of two integers cannot be reckoned, and nobody asks for it.
    return type(value) is float or (type(value) is int and value.bit_length() < 1000)


def value_text(value: Any) -> str:
    """Return a parameter as text: strings as they are, anything else as JSON spells it."""
    if value is MISSING:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return _float_text(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return repr(value)
