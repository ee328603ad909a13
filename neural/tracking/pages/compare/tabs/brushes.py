"""Brushes: stretches of the axes of parallel coordinates that leave runs out of sight.

In the address each stands as JSON, ``["params.lr", 0.001, 0.1, 0]``: the column, its smallest and
largest value, and whether runs without a value pass. They are kept as values and not as places
on the screen, so that they hold for other runs and on other axes too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from neural.tracking.charts.parallel_coordinates import Axis, ParallelCoordinates
from neural.tracking.charts.parallel_lines import axes_in, places_in
from neural.tracking.pages.compare.comparison import Comparison, many
from neural.tracking.pages.compare.tabs.columns import column_of

__all__ = ["Brush", "apply_brushes", "brushes_of", "moved_brushes", "places_of", "spelled"]

#: Below this height of an axis stand the runs that have no value.
_BELOW = -0.05


@dataclass(frozen=True, slots=True)
class Brush:
    """One brushed stretch of an axis.

    Attributes:
        key: Column, see :func:`~neural.tracking.pages.compare.tabs.columns.number_choices`.
        low: Smallest value in it.
        high: Largest value in it.
        missing: Whether runs without a value are in it.
    """

    key: str
    low: float
    high: float
    missing: bool = False


def brushes_of(state: Mapping[str, Any]) -> list[Brush]:
    """Return the brushes of an address; what makes no sense in it is none."""
    return [brush for text in many(state, "brush") for brush in _brush(text)]


def _brush(text: str) -> Iterable[Brush]:
    try:
        key, low, high, missing = orjson.loads(text)
        brush = Brush(str(key), float(low), float(high), bool(missing))
    except (ValueError, TypeError):
        return
    if math.isfinite(brush.low) and math.isfinite(brush.high):
        yield brush


def spelled(brushes: Iterable[Brush]) -> list[str]:
    """Return brushes as they stand in an address; inverse of :func:`brushes_of`."""
    return [
        orjson.dumps([one.key, one.low, one.high, int(one.missing)]).decode() for one in brushes
    ]


def apply_brushes(comparison: Comparison, brushes: Sequence[Brush]) -> Comparison:
    """Return the comparison that knows which of its runs the brushes leave out.

    A run passes when on every brushed axis it is in one of the stretches.
    """
    if not brushes or not comparison.runs:
        return comparison
    passes = np.ones(len(comparison.runs), dtype=np.bool_)
    for key in dict.fromkeys(brush.key for brush in brushes):
        values = column_of(comparison, key).values
        inside = np.zeros(passes.size, dtype=np.bool_)
        for brush in brushes:
            if brush.key == key:
                inside |= _inside(values, brush)
        passes &= inside
    outside = (run.id for run, is_in in zip(comparison.runs, passes, strict=True) if not is_in)
    return replace(comparison, outside=frozenset(outside))


def _inside(values: NDArray[np.float64], brush: Brush) -> NDArray[np.bool_]:
    # What the browser tells is rounded: a run at the very end of a stretch is in it.
    slack = 1e-6 * max(abs(brush.low), abs(brush.high), brush.high - brush.low)
    there = np.isfinite(values)
    inside = there & (values >= brush.low - slack) & (values <= brush.high + slack)
    return inside | ~there if brush.missing else inside


def places_of(
    data: ParallelCoordinates, keys: Sequence[str], brushes: Iterable[Brush]
) -> dict[int, list[list[float]]]:
    """Return brushes as heights of the axes that are drawn, by number of the axis."""
    found: dict[int, list[list[float]]] = {}
    for brush in brushes:
        if brush.key not in keys[: len(data.axes)]:
            continue
        number = keys.index(brush.key)
        axis = data.axes[number]
        low = -0.14 if brush.missing else axis.place_of(brush.low)
        ends = sorted((max(-0.14, min(1.0, low)), max(-0.14, min(1.0, axis.place_of(brush.high)))))
        found.setdefault(number, []).append(ends)
    return found


def moved_brushes(
    data: ParallelCoordinates, keys: Sequence[str], before: Iterable[Brush], box: Any
) -> list[Brush]:
    """Return the brushes after a box was drawn over an axis or several.

    Args:
        data: What is drawn.
        keys: Columns of its axes.
        before: Brushes so far, those of axes that are not drawn too.
        box: ``selectedData`` of the chart: ``{"range": {"x": …, "y": …}}``.
    """
    found = list(before)
    ends = box.get("range") if isinstance(box, Mapping) else None
    if not isinstance(ends, Mapping) or not {"x", "y"} <= set(ends):
        return found
    for number in axes_in(data, ends["x"]):
        if number < len(keys):
            found = [brush for brush in found if brush.key != keys[number]]
            found.append(_stretch(data.axes[number], keys[number], ends["y"]))
    return found


def _stretch(axis: Axis, key: str, y: Sequence[float]) -> Brush:
    low, high = places_in(axis, y)
    values = sorted((axis.value_at(max(0.0, low)), axis.value_at(min(1.0, max(0.0, high)))))
    return Brush(key, values[0], values[1], missing=low < _BELOW)
