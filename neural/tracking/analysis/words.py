"""Numbers as sentences show them."""

from __future__ import annotations

import math

__all__ = ["count", "number", "p_value"]


def number(value: float) -> str:
    """Return a number with four significant digits.

    Example:
        >>> number(0.123456), number(1e-7), number(1234567.0), number(float("nan"))
        ('0.1235', '1e-07', '1.235e+06', 'unknown')
    """
    return "unknown" if math.isnan(value) else f"{value:.4g}"


def p_value(p: float) -> str:
    """Return a p value with two significant digits.

    Example:
        >>> p_value(0.04321), p_value(1e-9), p_value(float("nan"))
        ('p = 0.043', 'p < 0.001', 'p unknown')
    """
    if math.isnan(p):
        return "p unknown"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def count(number_of: int, noun: str) -> str:
    """Return how many of a thing there are.

    Example:
        >>> count(1, "run"), count(1200, "run")
        ('1 run', '1,200 runs')
    """
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"
