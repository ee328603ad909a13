"""What a caller hands in becomes a plain number, step, name or parameter, or is refused by name.

Numbers of numpy, torch, JAX, TensorFlow and others are told by what they can do, so that none of
those packages is ever imported here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Set
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from enum import Enum
from numbers import Rational
from pathlib import PurePath
from typing import Any

from neural.errors import InvalidInputError, MetricValueError

__all__ = [
    "RESERVED_NAMES",
    "check_name",
    "check_text",
    "shown",
    "to_number",
    "to_numbers",
    "to_param",
    "to_step",
]

#: The seed's entry layout keeps these two for itself.
RESERVED_NAMES = frozenset({"step", "timestamp"})

_LARGEST_STEP = 2**63 - 1
#: Up to here every integer is a float64.
_EXACT_INTEGERS = 2**53
#: Levels of a parameter; what is deeper holds itself, or no JSON reader could read it.
_DEEPEST_PARAM = 100
_TOO_LONG = "it has too many digits to be written"


def shown(value: object) -> str:
    """Return ``value`` as an error message shows it: its start, and its type."""
    try:
        text = repr(value)
    except Exception as exc:  # noqa: BLE001  # a caller's __repr__ may raise anything
        text = f"<unprintable: {type(exc).__name__}>"
    return f"{text[:80]}{'…' if len(text) > 80 else ''} ({type(value).__name__})"


def check_name(kind: str, name: object) -> str:
    """Return ``name`` if it can be kept exactly.

    Raises:
        InvalidInputError: It is no text, holds a lone surrogate, or is a reserved metric name.
    """
    if not isinstance(name, str):
        raise InvalidInputError(f"The {kind} name must be a text, got {shown(name)}")
    try:
        name.encode()
    except UnicodeEncodeError as exc:
        raise InvalidInputError(
            f"The {kind} name {name!r} holds a lone surrogate at position {exc.start}, which no "
            "file can keep; give it valid Unicode"
        ) from exc
    if kind == "metric" and name in RESERVED_NAMES:
        raise InvalidInputError(
            f"A metric cannot be called {name!r}: every entry keeps that name for itself. "
            f"Call it for example 'train/{name}'"
        )
    return str(name)


def to_numbers(metrics: Mapping[str, object]) -> dict[str, int | float]:
    """Return all metrics of a call as exact Python numbers.

    Raises:
        InvalidInputError: A name cannot be used, or ``metrics`` is not a mapping.
        MetricValueError: A value is not a number.
    """
    if not isinstance(metrics, Mapping):
        raise InvalidInputError(f"metrics must map names to numbers, got {shown(metrics)}")
    return {check_name("metric", n): to_number(n, v) for n, v in metrics.items()}


def to_number(name: str, value: object) -> int | float:
    """Return ``value`` as a Python int or float of the same value; bools become 0 and 1.

    ``Decimal``, ``Fraction`` and long doubles become the nearest float64, unless they are whole
    numbers beyond 2**53, of which the former two stay exact. Arrays and tensors must hold one
    element. Times are no numbers, and neither is what a mask hides.

    Raises:
        MetricValueError: It is not a real number; the message names the metric.
    """
    try:
        number = _number(value)
    except Exception as exc:  # tensors raise what they like: on meta devices, in traced code
        raise _not_a_number(name, value, f": {exc}") from exc
    if number is None:
        raise _not_a_number(name, value, "")
    if type(number) is int and _is_too_long(number):
        raise _not_a_number(name, value, f": {_TOO_LONG}")
    return number


def _is_too_long(number: int) -> bool:
    digits = _most_digits()
    return number.bit_length() > 3 * digits and abs(number) >= 10**digits


def _most_digits() -> int:
    """Return how many digits of an integer Python writes and reads."""
    return sys.get_int_max_str_digits() or 100_000


def _not_a_number(name: str, value: object, reason: str) -> MetricValueError:
    return MetricValueError(f"Metric {name!r} must be a real number, got {shown(value)}{reason}")


def _number(value: Any) -> int | float | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str | bytes | bytearray | complex) or value is None:
        return None
    if isinstance(value, Decimal):
        return _from_decimal(value)
    if hasattr(value, "item") or hasattr(value, "numpy"):
        return _from_array(value)
    if isinstance(value, Rational):
        numerator = int(value.numerator)
        whole = value.denominator == 1 and abs(numerator) > _EXACT_INTEGERS
        return numerator if whole else float(value)
    if hasattr(value, "__index__"):
        return int(value.__index__())
    return float(value) if hasattr(value, "__float__") else None


def _from_decimal(value: Decimal) -> int | float:
    if value.is_finite() and value.adjusted() >= _most_digits():
        raise ValueError(_TOO_LONG)
    whole = value.is_finite() and value == value.to_integral_value()
    return int(value) if whole and abs(value) > _EXACT_INTEGERS else float(value)


def _from_array(value: Any) -> int | float | None:
    """Read a numpy, torch or JAX scalar, or a TensorFlow one, which has only ``numpy()``."""
    size = math.prod(getattr(value, "shape", ()))
    if size != 1:
        raise ValueError(f"it holds {size} elements, expected one")
    if getattr(getattr(value, "dtype", None), "kind", None) in ("m", "M"):
        raise ValueError("it is a time; give it as a number of seconds")
    mask: Any = getattr(value, "mask", None)
    if hasattr(mask, "any") and mask.any():
        raise ValueError("it is masked")
    item = value.item() if hasattr(value, "item") else value.numpy().item()
    return _from_long_double(item) if hasattr(item, "item") else _number(item)


def _from_long_double(value: Any) -> float:
    """Read ``numpy.longdouble``, the one scalar whose ``item()`` is no Python number."""
    number = float(value)
    if math.isinf(number) and value != number:
        raise ValueError("it does not fit into a float64")
    return number


def to_step(step: object, name: str = "step") -> int:
    """Return ``step``, or another count, as an int.

    Args:
        step: A whole number of any type that :func:`to_number` takes.
        name: What it is, as the error names it.

    Raises:
        MetricValueError: It is not a whole number that fits into 64 bits.
    """
    try:
        number = to_number(name, step)
    except MetricValueError as exc:
        raise MetricValueError(f"{name} must be a whole number, got {shown(step)}") from exc
    if number != number or number in (math.inf, -math.inf) or number != int(number):
        raise MetricValueError(f"{name} must be a whole number, got {shown(step)}")
    if abs(number) > _LARGEST_STEP:
        raise MetricValueError(f"{name} must fit into 64 bits, got {shown(step)}")
    return int(number)


def to_param(name: str, value: Any, depth: int = _DEEPEST_PARAM) -> Any:
    """Return a parameter as JSON can keep it.

    Mappings, lists and numbers stay what they are (numpy arrays and sets become lists, dataclasses
    mappings, enums their value); whatever has no JSON form is kept as its text.

    Args:
        name: Named in the error.
        value: Anything.
        depth: How many levels of lists and mappings it may have.

    Raises:
        InvalidInputError: A name in it cannot be kept exactly, or it is nested without end.
    """
    if depth < 0:
        raise InvalidInputError(
            f"Parameter {name[:80]!r} is nested deeper than {_DEEPEST_PARAM} levels; does it hold "
            "itself?"
        )
    below = depth - 1
    if value is None or isinstance(value, bool | int | float):
        return _plain(value)
    if isinstance(value, str):
        return check_text(name, value)
    if isinstance(value, Enum):
        return to_param(name, value.value, below)
    if isinstance(value, Mapping):
        return {_param_name(k): to_param(f"{name}.{k}", v, below) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return to_param(name, asdict(value), below)
    if isinstance(value, Set):
        return [to_param(name, item, below) for item in sorted(value, key=repr)]
    if isinstance(value, list | tuple | range):
        return [to_param(name, item, below) for item in value]
    if hasattr(value, "tolist") and not isinstance(value, PurePath):
        return to_param(name, value.tolist(), below)
    return check_text(name, str(value))


def _plain(value: bool | int | float | None) -> bool | int | float | None:
    """Return the built-in number behind an int or float subclass, such as numpy.float64."""
    if value is None or isinstance(value, bool):
        return value
    return int(value) if isinstance(value, int) else float(value)


def _param_name(name: object) -> str:
    return check_name("parameter", name if isinstance(name, str) else str(name))


def check_text(name: str, text: object) -> str:
    """Return ``text`` if it is one, and valid Unicode.

    Raises:
        InvalidInputError: It is no text or holds a lone surrogate; the message names what it
            belongs to.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"{name!r} must be a text, got {shown(text)}")
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise InvalidInputError(
            f"The text of {name!r} holds a lone surrogate at position {exc.start}, which no file "
            "can keep; give it valid Unicode"
        ) from exc
    return str(text)
