"""Stretches of an x axis that are worth a look, drawn behind the lines of a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from neural.tracking.charts.theme import TOKENS, Theme, short_label
from neural.tracking.charts.traces import Axes

__all__ = ["Region", "region_layout"]

Severity = Literal["info", "warn", "error"]

_TOKEN: Final[dict[Severity, str]] = {"info": "accent", "warn": "warn", "error": "error"}
_OPACITY = 0.16
#: Pixels from one word to the next below it; two regions may begin at the same place.
_ROW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One stretch, and why it is marked.

    Attributes:
        begin: First x, in the unit of the view of the chart.
        end: Last x; the same as ``begin`` for a single place.
        text: Why, in a few words; plain text.
        severity: How bad it is.
    """

    begin: float
    end: float
    text: str
    severity: Severity = "warn"


def region_layout(
    regions: Sequence[Region], frame: Axes, theme: Theme = "dark"
) -> dict[str, list[dict[str, Any]]]:
    """Return ``shapes`` and ``annotations`` of a layout for ``regions``; empty for none."""
    if not regions:
        return {}
    return {
        "shapes": [_band(region, frame, theme) for region in regions],
        "annotations": [
            _word(region, frame, theme) | {"yshift": -_ROW * place}
            for place, region in enumerate(regions)
        ],
    }


def _band(region: Region, frame: Axes, theme: Theme) -> dict[str, Any]:
    color = TOKENS[theme][_TOKEN[region.severity]]
    return {
        "type": "rect",
        "xref": "x",
        "yref": "y domain",
        "x0": region.begin * frame.factor,
        "x1": region.end * frame.factor,
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "fillcolor": color,
        "opacity": _OPACITY,
        # The edge is what is left to see of a single place.
        "line": {"width": 1, "color": color},
    }


def _word(region: Region, frame: Axes, theme: Theme) -> dict[str, Any]:
    return {
        "text": short_label(region.text, 28),
        "xref": "x",
        "yref": "y domain",
        "x": _on_axis(region.begin * frame.factor, frame),
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 10, "color": TOKENS[theme][_TOKEN[region.severity]]},
    }


def _on_axis(x: float, frame: Axes) -> float:
    """Return where an annotation stands: on a logarithmic axis that is the logarithm."""
    return math.log10(x) if frame.view.log_x and x > 0 else x
