"""How well two colours can be told apart by their lightness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["blend", "contrast", "ink", "luminance"]


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rrggbb``, from 0 (black) to 1 (white).

    Reference:
        W3C, "Web Content Accessibility Guidelines 2.2", definition of relative luminance.
    """
    channels = [value / 255 for value in bytes.fromhex(color[1:])]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    Example:
        >>> contrast("#ffffff", "#000000")
        21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(background: str) -> str:
    """Return black or white, whichever reads better on ``background``: always 4.5 to 1."""
    return max("#000000", "#ffffff", key=lambda color: contrast(color, background))


def blend(scale: Sequence[tuple[float, str]], at: float) -> str:
    """Return the colour that Plotly draws at ``at`` of a colour scale.

    Args:
        scale: Ascending places from 0 to 1, and their colours.
        at: Place from 0 to 1.
    """
    for (low, left), (high, right) in pairwise(scale):
        if at <= high:
            share = (at - low) / (high - low)
            ends = zip(bytes.fromhex(left[1:]), bytes.fromhex(right[1:]), strict=True)
            return "#" + bytes(round(a + (b - a) * share) for a, b in ends).hex()
    return scale[-1][1]
