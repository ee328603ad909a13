"""Values of parameters as keys: two that mean the same are equal, and any can be a key."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from typing import Any

__all__ = ["NOT_SET", "NotSet", "comparable", "shown_value"]


class NotSet:
    """Stands for a parameter or tag that a run does not have; there is one, :data:`NOT_SET`."""

    def __repr__(self) -> str:
        return "NOT_SET"


NOT_SET = NotSet()


def comparable(value: Any) -> Hashable:
    """Return a key that is equal for equal values.

    ``1`` and ``1.0`` are equal, ``1`` and ``True`` are not, NaN equals itself; lists and mappings
    become their JSON text.

    Example:
        >>> comparable(1) == comparable(1.0), comparable(1) == comparable(True)
        (True, False)
    """
    kind = type(value)
    if kind is str or kind is int or value is None or value is NOT_SET:
        key: Hashable = value
        return key
    if kind is float:
        return ("nan",) if math.isnan(value) else value
    if kind is bool:
        return ("bool", value)
    return ("json", json.dumps(value, sort_keys=True, default=repr))


def shown_value(value: Any) -> str:
    """Return a value as a label shows it; values that differ look different.

    Example:
        >>> [shown_value(one) for one in (1e-3, 64, "adam", True, None, [1, 2])]
        ['0.001', '64', 'adam', 'true', 'none', '[1, 2]']
    """
    if isinstance(value, str):
        return value
    if value is NOT_SET:
        return "not set"
    if value is None:
        return "none"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e6 else repr(value)
    return json.dumps(value, sort_keys=True, default=repr, ensure_ascii=False)
