"""A colour scale for small marks and thin lines."""

from __future__ import annotations

from neural.tracking.charts.contrast import contrast
from neural.tracking.charts.theme import TOKENS, Theme, sequential

__all__ = ["mark_scale"]

#: Contrast of each colour with the panel. A cell of a heatmap may be as dark as its panel, a
#: single point may not.
_LEAST = 2.4


def mark_scale(theme: Theme = "dark") -> list[tuple[float, str]]:
    """Return the part of the sequential scale whose every colour stands out of the panel."""
    panel = TOKENS[theme]["panel"]
    colors = [color for _, color in sequential(theme) if contrast(color, panel) >= _LEAST]
    return [(i / (len(colors) - 1), color) for i, color in enumerate(colors)]
