"""Distribution: how often a metric had which value, with its mean and median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.charts.figures import (
    FigureDict,
    as_figure,
    base_layout,
    compact_floats,
    empty_figure,
    encode,
)
from neural.tracking.charts.lines import Counts
from neural.tracking.charts.log_axis import is_log, log_axis, log_words
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text
from neural.tracking.smoothing import as_floats

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["BINS", "Distribution", "distribution", "distribution_dict", "distribution_figure"]

#: Bars of a histogram.
BINS = 30
#: Up to so many values in a bin each number has a tick.
FEW = 8
#: Sums up to here are far from overflowing.
_SUMMABLE = 1e290


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distribution:
    """A histogram with its middle; empty when there was no finite value.

    Attributes:
        metric: Metric name.
        edges: Limits of the bins, ascending, shape ``(B + 1,)``.
        heights: Values in each bin, shape ``(B,)``; the last bin includes its upper limit.
        mean: Arithmetic mean of the finite values.
        median: Their median.
        counts: Values there were, and those that are not finite, or have no place.
        log_x: Whether the axis of the values is logarithmic, and the bins with it.
    """

    metric: str
    edges: NDArray[np.float64]
    heights: NDArray[np.int64]
    mean: float
    median: float
    counts: Counts
    log_x: bool = False


def distribution(
    metric: str, values: ArrayLike, *, bins: int = BINS, log_x: bool | None = False
) -> Distribution:
    """Return the data of a histogram.

    Args:
        metric: Metric name.
        values: Values in any order, shape ``(T,)``. NaN and infinities are counted in the note.
        bins: Bars, at least 1. Values that are all equal make one bar.
        log_x: Whether the axis of the values is logarithmic, its bins as wide as one another on
            it; ``None`` follows the values. What is not above zero is then counted in the note.
    """
    series = as_floats(values)
    finite = series[np.isfinite(series)]
    nan = int(np.count_nonzero(np.isnan(series)))
    by_size = is_log(series, log_x)
    shown = finite[finite > 0] if by_size else finite
    counts = Counts(
        total=series.size,
        drawn=shown.size,
        nan=nan,
        infinite=series.size - finite.size - nan,
        nonpositive=finite.size - shown.size,
    )
    edges, heights = _histogram(np.log10(shown) if by_size else shown, bins)
    mean, median = _middle(finite)
    return Distribution(
        metric=metric,
        edges=np.power(10.0, edges) if by_size else edges,
        heights=heights,
        mean=mean,
        median=median,
        counts=counts,
        log_x=by_size,
    )


def distribution_dict(
    data: Distribution, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the histogram as a plain dict with typed arrays.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    figure: FigureDict = encode(_draw(data, theme, compact=compact))
    return figure


def distribution_figure(data: Distribution, *, theme: Theme = "dark") -> go.Figure:
    """Draw the histogram as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(_draw(data, theme))


def _histogram(
    finite: NDArray[np.float64], bins: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return edges and counts; halves keep the width of the largest floats finite."""
    if not finite.size:
        return np.empty(0), np.empty(0, dtype=np.int64)
    low, high = float(finite.min()), float(finite.max())
    share = np.linspace(0.0, 1.0, bins + 1)
    edges = low * (1 - share) + high * share
    edges[-1] = high
    if not (np.diff(edges) > 0).all():
        # Equal values, or so close that no float lies between the limits: one bar.
        half = max(abs(high), 1.0) * 0.05
        edges = np.array([low - half, high + half])
    place = np.clip(np.searchsorted(edges, finite, side="right") - 1, 0, edges.size - 2)
    return edges, np.bincount(place, minlength=edges.size - 1)


def _middle(finite: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and median; NaN for nothing."""
    if not finite.size:
        return float("nan"), float("nan")
    # A power of two changes no digit, and keeps sums of values near 1e308 finite.
    scale = 2.0**-64 if np.abs(finite).max() > _SUMMABLE else 1.0
    return float((finite * scale).mean() / scale), float(np.median(finite * scale) / scale)


def _draw(data: Distribution, theme: Theme, *, compact: bool = False) -> FigureDict:
    title = f"Distribution of {data.metric}"
    if not data.heights.size:
        note = data.counts.note()
        reason = f"All values of {data.metric!r} are unusable: {note}" if note else ""
        return empty_figure(
            reason or f"There are no values of {data.metric!r}",
            title="" if compact else title,
            theme=theme,
        )
    words = log_words(data.edges) if data.log_x else ""
    note = "; ".join(filter(None, [f"{data.counts.drawn:,} values", data.counts.note(), words]))
    layout = base_layout(theme, title, note=note, compact=compact) | {
        "xaxis": {"title": {"text": escape_text(data.metric)}}
        | (log_axis(data.edges) if data.log_x else {}),
        "yaxis": {
            "title": {"text": "Values"},
            "rangemode": "tozero",
            "exponentformat": "SI",
            "tickformat": "~s",
            # There is no half of a value.
            **({"dtick": 1} if data.heights.max() < FEW else {}),
        },
        "bargap": 0.04,
        "legend": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yanchor": "top" if compact else "bottom",
        },
    }
    bars = _bars(data, theme)
    top = float(data.heights.max()) * 1.05
    middle = [
        _marker("Mean", data.mean, top, TOKENS[theme]["error"], "dash"),
        _marker("Median", data.median, top, TOKENS[theme]["ok"], "dot"),
    ]
    return {"data": [bars, *middle], "layout": layout}


def _bars(data: Distribution, theme: Theme) -> dict[str, Any]:
    left, right = data.edges[:-1], data.edges[1:]
    limits = np.column_stack((left, right))
    return {
        "type": "bar",
        "uid": "bars",
        "x": compact_floats(left / 2 + right / 2),
        "width": compact_floats(right - left),
        "y": data.heights.astype(np.int32),
        "customdata": limits,
        "marker": {"color": RUN_COLORS[theme][0], "opacity": 0.55, "line": {"width": 0}},
        "showlegend": False,
        "hovertemplate": "%{y} values in %{customdata[0]:.5~g} to %{customdata[1]:.5~g}"
        "<extra></extra>",
    }


def _marker(name: str, value: float, top: float, color: str, dash: str) -> dict[str, Any]:
    """Return a vertical line; its dash pattern tells it apart without colours too."""
    return {
        "type": "scatter",
        "uid": name.lower(),
        "name": f"{name} {value:.5g}",
        "mode": "lines",
        "x": [value, value],
        "y": [0.0, top],
        "line": {"color": color, "width": 2, "dash": dash},
        "hovertemplate": f"{name} {value:.6g}<extra></extra>",
    }
