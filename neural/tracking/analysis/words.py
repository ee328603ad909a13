"""Words of names, and numbers as sentences show them."""

from __future__ import annotations

import math
import re

__all__ = ["count", "name_words", "number", "p_value"]

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def name_words(name: str) -> list[str]:
    """Return the words of a name in lower case; a change of case starts a new one.

    Example:
        >>> name_words("trainer.randomSeed_2"), name_words("RNGState")
        (['trainer', 'random', 'seed'], ['rng', 'state'])
    """
    return [word.lower() for word in _WORDS.findall(name)]


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
