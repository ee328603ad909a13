"""Brushes of the parallel coordinates: stretches of columns that runs have to lie in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.parallel_coordinates import ParallelCoordinates
from neural.tracking.charts.parallel_lines import axes_in, places_in
from neural.tracking.pages.explore.runs import RunTable

__all__ = ["Brush", "brushed", "brushes_of", "ranges_of", "scale_of", "with_box"]

#: Share of an axis by which a brush is wider than it is written, since it is written rounded.
_SLACK = 1e-5
#: A box from below this place on takes the runs without a value, too.
_BELOW = -0.08


@dataclass(frozen=True, slots=True)
class Brush:
    """One stretch of one column.

    Attributes:
        fact: Name of the column.
        low: Smallest value, of names their place in alphabetical order; ``None`` reaches below
            the axis, where runs without a value are.
        high: Largest value.
    """

    fact: str
    low: float | None
    high: float

    @property
    def text(self) -> str:
        """The brush as it stands in the address."""
        low = "" if self.low is None else f"{self.low:.6g}"
        return f"{low}:{self.high:.6g}:{self.fact}"

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return the brush that ``text`` spells, ``None`` if it spells none."""
        low, _, rest = text.partition(":")
        high, _, fact = rest.partition(":")
        try:
            ends = None if low == "" else float(low), float(high)
        except ValueError:
            return None
        return cls(fact, *ends) if fact and np.isfinite(ends[1]) else None


def brushes_of(texts: Iterable[str]) -> list[Brush]:
    """Return the brushes that texts of an address spell; what spells none is left out."""
    return [brush for text in texts if (brush := Brush.of(text)) is not None]


def brushed(table: RunTable, brushes: Sequence[Brush]) -> NDArray[np.bool_]:
    """Return which runs lie in the brushes, shape ``(N,)``: in one of those of each column."""
    passes = np.ones(len(table.rows), dtype=np.bool_)
    for fact in dict.fromkeys(brush.fact for brush in brushes):
        values = table.column(fact).values
        inside = np.zeros(passes.size, dtype=np.bool_)
        for brush in brushes:
            if brush.fact == fact:
                inside |= _inside(values, brush)
        passes &= inside
    return passes


def _inside(values: NDArray[np.float64], brush: Brush) -> NDArray[np.bool_]:
    finite = values[np.isfinite(values)]
    slack = _SLACK * float(np.ptp(finite)) if finite.size else 0.0
    slack = max(slack, _SLACK * abs(brush.high))
    if brush.low is None:
        return ~np.isfinite(values) | (values <= brush.high + slack)
    low_slack = min(slack, _SLACK * abs(brush.low)) if brush.low > 0 else slack
    return np.asarray((values >= brush.low - low_slack) & (values <= brush.high + slack))


def scale_of(column: Column, *, is_log: bool) -> tuple[float, float]:
    """Return the values at the ends of an axis, their logarithms on a logarithmic one."""
    if column.levels:
        return 0.0, float(max(1, len(column.levels) - 1))
    values = column.values[np.isfinite(column.values)]
    values = np.log10(values[values > 0]) if is_log else values
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    # An axis on which nothing varies shows its value in the middle.
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def with_box(
    before: Sequence[Brush],
    box: Mapping[str, Sequence[float]],
    data: ParallelCoordinates,
    facts: Sequence[str],
    columns: Sequence[Column],
) -> list[Brush]:
    """Return the brushes after a box was drawn: one for each axis in it, in place of its old ones.

    Args:
        before: The brushes so far.
        box: ``{"x": [from, to], "y": [from, to]}`` on the axes of the figure.
        data: What the chart shows.
        facts: Names of the columns of the axes, in their order.
        columns: The columns.
    """
    found = list(before)
    for number in axes_in(data, box["x"]):
        axis = data.axes[number]
        low, high = places_in(axis, box["y"])
        ends = scale_of(columns[number], is_log=axis.is_log)
        found = [brush for brush in found if brush.fact != facts[number]]
        low_value = None if low < _BELOW else _value(max(low, 0.0), ends, is_log=axis.is_log)
        high_value = _value(min(max(high, 0.0), 1.0), ends, is_log=axis.is_log)
        found.append(Brush(facts[number], low_value, high_value))
    return found


def ranges_of(
    brushes: Sequence[Brush], fact: str, column: Column, *, is_log: bool
) -> list[list[float]]:
    """Return the brushes of one axis as stretches of places, 0 to 1."""
    ends = scale_of(column, is_log=is_log)
    return [
        [
            -0.2 if brush.low is None else _place(brush.low, ends, is_log=is_log),
            _place(brush.high, ends, is_log=is_log),
        ]
        for brush in brushes
        if brush.fact == fact
    ]


def _value(place: float, ends: tuple[float, float], *, is_log: bool) -> float:
    value = ends[0] + place * (ends[1] - ends[0])
    return float(10.0**value) if is_log else value


def _place(value: float, ends: tuple[float, float], *, is_log: bool) -> float:
    scaled = (np.log10(value) if value > 0 else ends[0]) if is_log else value
    return float((scaled - ends[0]) / (ends[1] - ends[0]))
