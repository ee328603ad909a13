"""Cumulative distribution: the share of values up to each value, one line a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.analysis.spread import cumulative
from neural.tracking.charts.figures import (
    FigureDict,
    compact_floats,
    empty_figure,
    encode,
)
from neural.tracking.charts.noted_layout import LEGEND_BELOW, noted_layout
from neural.tracking.charts.theme import DASHES, RUN_COLORS, Theme, escape_text, short_label
from neural.tracking.downsampling import downsample
from neural.tracking.smoothing import as_floats

__all__ = [
    "MAX_GROUPS",
    "CumulativeDistribution",
    "Steps",
    "cumulative_distribution",
    "cumulative_distribution_dict",
]

#: Lines in one chart.
MAX_GROUPS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """One line: distinct values ascending, and the share of values up to each.

    Attributes:
        label: Name of the group.
        x: Shape ``(T,)``.
        share: From above 0 to 1, shape ``(T,)``.
        n: Finite values.
    """

    label: str
    x: NDArray[np.float64]
    share: NDArray[np.float64]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeDistribution:
    """Lines of all groups.

    Attributes:
        metric: What the values are of.
        groups: One a group that has a finite value.
        hidden: Values that are not finite, over all groups.
        total: Groups there are; more than lines when some were left out.
    """

    metric: str
    groups: tuple[Steps, ...]
    hidden: int
    total: int

    def note(self) -> str:
        """Return in words how much there is, and what is not on screen."""
        parts = [f"{sum(one.n for one in self.groups):,} values"]
        if self.hidden:
            parts.append(f"{self.hidden:,} not finite")
        if len(self.groups) < self.total:
            parts.append(f"{len(self.groups)} of {self.total:,} groups shown")
        return "; ".join(parts)


def cumulative_distribution(
    metric: str, groups: Mapping[str, ArrayLike], *, max_groups: int = MAX_GROUPS
) -> CumulativeDistribution:
    """Return the data of the chart.

    Args:
        metric: What the values are of.
        groups: Values by name of the group, in any order, shape ``(T,)`` each.
        max_groups: Lines at most; groups left out are counted in the note.
    """
    series = {label: as_floats(values) for label, values in groups.items()}
    finite = {label: values[np.isfinite(values)] for label, values in series.items()}
    filled = {label: values for label, values in finite.items() if values.size}
    return CumulativeDistribution(
        metric=metric,
        groups=tuple(
            Steps(label, *_reduced(*cumulative(values)), int(values.size))
            for label, values in list(filled.items())[:max_groups]
        ),
        hidden=sum(series[label].size - finite[label].size for label in series),
        total=len(filled),
    )


def cumulative_distribution_dict(
    data: CumulativeDistribution, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the lines as a plain dict with typed arrays.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = f"Cumulative distribution of {data.metric}"
    if not data.groups:
        return empty_figure(
            f"There are no finite values of {data.metric!r}",
            title="" if compact else title,
            theme=theme,
        )
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "xaxis": {"title": {"text": escape_text(data.metric)}, "zeroline": False},
        "yaxis": {
            "title": {"text": "Share of values up to x"},
            "range": [0, 1.02],
            "tickformat": ".0%",
        },
        "showlegend": len(data.groups) > 1,
        "legend": LEGEND_BELOW,
        "hovermode": "closest",
    }
    low, high = min(one.x[0] for one in data.groups), max(one.x[-1] for one in data.groups)
    margin = 0.03 * (high - low) or 1.0
    ends = (float(low - margin), float(high + margin))
    lines = [_line(one, number, ends, theme) for number, one in enumerate(data.groups)]
    figure: FigureDict = encode({"data": lines, "layout": layout})
    return figure


def _reduced(
    x: NDArray[np.float64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most a few thousand steps; a share never falls, so both ends stay exact."""
    kept = downsample(x, share).kept
    return x[kept], share[kept]


def _line(one: Steps, number: int, ends: tuple[float, float], theme: Theme) -> dict[str, Any]:
    colors = RUN_COLORS[theme]
    return {
        "type": "scatter",
        "uid": f"group-{number}",
        "name": f"{short_label(one.label, 28)} (n = {one.n:,})",
        "mode": "lines",
        # No value lies below the first and all lie up to the last, to both ends of the chart.
        "x": compact_floats(np.concatenate((ends[:1], one.x, ends[1:]))),
        "y": np.concatenate(([0.0], one.share, [1.0])).astype(np.float32),
        "line": {
            "shape": "hv",
            "width": 2,
            "color": colors[number % len(colors)],
            "dash": DASHES[number // len(colors) % len(DASHES)],
        },
        "hovertemplate": "%{x:.5~g}: %{y:.1%}",
    }
