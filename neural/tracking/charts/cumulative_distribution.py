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
from neural.tracking.charts.log_axis import is_log, log_axis, log_words
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
        log_x: Whether the axis of the values is logarithmic.
        nonpositive: Values that such an axis cannot show.
    """

    metric: str
    groups: tuple[Steps, ...]
    hidden: int
    total: int
    log_x: bool = False
    nonpositive: int = 0

    def note(self) -> str:
        """Return in words how much there is, and what is not on screen."""
        parts = [f"{sum(one.n for one in self.groups):,} values"]
        if self.hidden:
            parts.append(f"{self.hidden:,} not finite")
        if self.nonpositive:
            parts.append(f"{self.nonpositive:,} ≤ 0 hidden by the log axis")
        if self.log_x:
            parts.append(log_words([end for one in self.groups for end in one.x[[0, -1]]]))
        if len(self.groups) < self.total:
            parts.append(f"{len(self.groups)} of {self.total:,} groups shown")
        return "; ".join(parts)


def cumulative_distribution(
    metric: str,
    groups: Mapping[str, ArrayLike],
    *,
    log_x: bool | None = False,
    max_groups: int = MAX_GROUPS,
) -> CumulativeDistribution:
    """Return the data of the chart.

    Args:
        metric: What the values are of.
        groups: Values by name of the group, in any order, shape ``(T,)`` each.
        log_x: Whether the axis of the values is logarithmic; ``None`` follows the values. The
            shares stay those of all values: what is not above zero is in them, and counted.
        max_groups: Lines at most; groups left out are counted in the note.
    """
    series = {label: as_floats(values) for label, values in groups.items()}
    finite = {label: values[np.isfinite(values)] for label, values in series.items()}
    by_size = is_log(np.concatenate([[], *finite.values()]), log_x)
    lines = [_steps(label, values, log_x=by_size) for label, values in finite.items()]
    filled = [one for one in lines if one.x.size]
    below = sum(int(np.count_nonzero(values <= 0)) for values in finite.values())
    return CumulativeDistribution(
        metric=metric,
        groups=tuple(filled[:max_groups]),
        hidden=sum(series[label].size - finite[label].size for label in series),
        total=len(filled),
        log_x=by_size,
        nonpositive=below if by_size else 0,
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
        "xaxis": {"title": {"text": escape_text(data.metric)}, "zeroline": False}
        | (log_axis([end for one in data.groups for end in one.x[[0, -1]]]) if data.log_x else {}),
        "yaxis": {
            "title": {"text": "Share of values up to x"},
            "range": [0, 1.02],
            "tickformat": ".0%",
        },
        "showlegend": len(data.groups) > 1,
        "legend": LEGEND_BELOW,
        "hovermode": "closest",
    }
    ends = _ends(data)
    lines = [_line(one, number, ends, theme) for number, one in enumerate(data.groups)]
    figure: FigureDict = encode({"data": lines, "layout": layout})
    return figure


def _steps(label: str, finite: NDArray[np.float64], *, log_x: bool) -> Steps:
    """Return the line of a group; on a logarithmic axis without what has no place there."""
    x, share = cumulative(finite)
    if log_x:
        x, share = x[x > 0], share[x > 0]
    return Steps(label, *_reduced(x, share), int(finite.size))


def _ends(data: CumulativeDistribution) -> tuple[float, float]:
    """Return both ends of the chart, a little beyond the values."""
    low, high = min(one.x[0] for one in data.groups), max(one.x[-1] for one in data.groups)
    if data.log_x:
        factor = float((high / low) ** 0.03) if high > low else 2.0
        return float(low / factor), float(high * factor)
    margin = 0.03 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


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
