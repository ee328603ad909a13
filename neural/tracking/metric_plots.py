"""Figures of metrics with matplotlib: no window, no global state, safe in any thread."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neural._files import replace_bytes
from neural.tracking.charts.distribution import Distribution, distribution
from neural.tracking.charts.lines import Counts, Line, View, line
from neural.tracking.charts.theme import RUN_COLORS, TOKENS
from neural.tracking.importance import FEWEST_RUNS, Importance, hyperparameter_importance
from neural.tracking.records import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = [
    "MetricVisualizer",
    "history_series",
    "plot_distribution",
    "plot_hyperparameter_importance",
    "plot_metrics",
    "save_figure",
]

_TOKEN = TOKENS["light"]
_LINE = RUN_COLORS["light"][0]
#: Panels of an overview; more would be too small to read on one page.
_MAX_PANELS = 12
#: Bars of an importance chart.
_MAX_BARS = 25
#: Up to this many points each one is marked.
_MARKED = 40
#: Characters in a line of a figure that is empty but for a reason.
_REASON_WIDTH = 70
#: Keys of a history entry that are not metrics.
_RESERVED = frozenset({"step", "timestamp"})
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

FigureSize = tuple[float, float]


class MetricVisualizer:
    """Draws a history of logged metrics with matplotlib.

    A history is the list of entries that ``metrics.json`` holds: ``{"timestamp": …, "step": …,
    <metric>: value, …}``.
    """

    @staticmethod
    def create_metric_plots(history: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
        """Return the training curve of each metric by its name, in order of first logging."""
        series = history_series(history)
        return {name: plot_metrics({name: one}) for name, one in series.items()}

    @staticmethod
    def create_distribution_plots(history: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
        """Return the histogram of each metric by its name, in order of first logging."""
        series = history_series(history)
        return {name: plot_distribution(name, one.value) for name, one in series.items()}


def history_series(history: Sequence[Mapping[str, Any]]) -> dict[str, Series]:
    """Return each metric of a history as a series, in order of first logging.

    Args:
        history: Entries as in ``metrics.json``. Values that are no numbers are left out; an
            entry without a step stands at its index, one without a time at NaN.
    """
    points: dict[str, list[tuple[int, float, float]]] = {}
    for index, entry in enumerate(history):
        step, time = entry.get("step", index), entry.get("timestamp", math.nan)
        for name, value in entry.items():
            number = _NON_FINITE.get(value, value) if isinstance(value, str) else value
            if name not in _RESERVED and isinstance(number, int | float):
                points.setdefault(name, []).append((step, time, number))
    return {name: _series(rows) for name, rows in points.items()}


def plot_metrics(series: Mapping[str, Series], *, figsize: FigureSize = (10, 6)) -> Figure:
    """Return the training curves of metrics, one panel each.

    Long series are reduced to the extremes of each pixel column; a cross marks where NaN or
    infinities begin; what is not on the page is counted below it.

    Args:
        series: The drawn view of each metric, in the order of the panels.
        figsize: Width and height in inches.
    """
    lines = [line(one, View(), key=name) for name, one in series.items() if one.step.size]
    figure = _new_figure(figsize)
    if not lines:
        return _say(figure, "No metric was logged")
    shown = lines[:_MAX_PANELS]
    columns = math.ceil(math.sqrt(len(shown)))
    rows = math.ceil(len(shown) / columns)
    for number, one in enumerate(shown, start=1):
        _draw_curve(figure.add_subplot(rows, columns, number), one)
    note = Counts.of(one.counts for one in shown).note()
    left_out = f"{len(shown)} of {len(lines)} metrics shown" if len(shown) < len(lines) else ""
    return _with_note(figure, "; ".join(filter(None, [note, left_out])))


def plot_distribution(metric: str, values: Any, *, figsize: FigureSize = (8, 5)) -> Figure:
    """Return a histogram of 30 bars with mean (red) and median (green).

    Args:
        metric: Metric name.
        values: Values in any order, shape ``(T,)``; those that are not finite are counted below.
        figsize: Width and height in inches.
    """
    data, figure = distribution(metric, values), _new_figure(figsize)
    if not data.heights.size:
        return _say(figure, f"{metric} has no finite value")
    _draw_histogram(figure.add_subplot(), data)
    return _with_note(figure, data.counts.note())


def plot_hyperparameter_importance(
    metric_name: str,
    params: Sequence[Mapping[str, Any]],
    values: Sequence[float],
    *,
    figsize: FigureSize = (9, 5),
) -> Figure:
    """Return how strongly each hyperparameter goes with the result of the runs.

    Args:
        metric_name: Metric that was judged.
        params: Params of each finished run, length ``N``.
        values: Best value of the metric in each of them, length ``N``.
        figsize: Width and height in inches.

    Returns:
        Bars by :func:`neural.tracking.importance.hyperparameter_importance`; with fewer than
        five runs, or when no hyperparameter varies, a figure that says so.
    """
    figure = _new_figure(figsize)
    runs = sum(map(math.isfinite, values))
    if runs < FEWEST_RUNS:
        return _say(
            figure,
            f"Importance needs at least {FEWEST_RUNS} finished runs with a value of {metric_name}:"
            f" there {'is' if runs == 1 else 'are'} {runs or 'none'}",
        )
    found = hyperparameter_importance(params, values)
    if not found:
        return _say(figure, f"No hyperparameter can be judged: none varies over the {runs} runs")
    shown = found[:_MAX_BARS]
    _draw_importance(figure.add_subplot(), shown, metric_name)
    note = f"{runs} runs. Association, not cause"
    if runs < 10 * len(found):
        note += f"; weak evidence: few runs for {len(found)} hyperparameters"
    if len(shown) < len(found):
        note += f"; {len(shown)} of {len(found)} shown"
    return _with_note(figure, note)


def save_figure(figure: Figure, path: str | Path, *, dpi: float = 120) -> Path:
    """Write a figure to ``path`` in the format its suffix names, whole or not at all.

    Args:
        figure: Any matplotlib figure.
        path: Where to; its directory exists.
        dpi: Dots an inch.
    """
    path, data = Path(path), io.BytesIO()
    figure.savefig(data, format=path.suffix.lstrip(".") or "png", dpi=dpi)
    replace_bytes(path, data.getvalue())
    return path


def _series(rows: list[tuple[int, float, float]]) -> Series:
    steps, times, values = zip(*rows, strict=True)
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        numbers = np.array(values, dtype=object)
    return Series(np.array(steps, np.int64), np.array(times, np.float64), numbers)


def _new_figure(figsize: FigureSize) -> Figure:
    """Return an empty figure with a canvas of its own, of which pyplot knows nothing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=figsize, layout="constrained", facecolor=_TOKEN["panel"])
    FigureCanvasAgg(figure)
    return figure


def _draw_curve(axes: Axes, one: Line) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    finite = np.count_nonzero(np.isfinite(one.curve.y))
    alone = one.curve.isolated()
    axes.plot(
        one.curve.x, one.curve.y, color=_LINE, lw=1.2, marker="." if finite <= _MARKED else None
    )
    if alone.any():
        axes.plot(one.curve.x[alone], one.curve.y[alone], ".", color=_LINE)
    if one.gap_x.size:
        foot = axes.get_xaxis_transform()
        ink = _TOKEN["error"]
        axes.plot(
            one.gap_x, np.zeros(one.gap_x.size), "x", color=ink, transform=foot, clip_on=False
        )
    if not finite:
        axes.set_yticks([])  # numbers would suggest that there are values
    _literal(axes.set_title(_short(one.label), loc="left", fontsize=10))
    axes.set_xlabel("Step", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    _quiet(axes)


def _draw_histogram(axes: Axes, data: Distribution) -> None:
    width = np.diff(data.edges)
    axes.bar(data.edges[:-1], data.heights, width, align="edge", color=_LINE, alpha=0.55)
    axes.axvline(data.mean, color=_TOKEN["error"], ls="--", label=f"Mean {data.mean:.5g}")
    axes.axvline(data.median, color=_TOKEN["ok"], ls=":", label=f"Median {data.median:.5g}")
    _literal(axes.set_title(f"Distribution of {_short(data.metric)}", loc="left", fontsize=11))
    axes.set_ylabel("Values")
    axes.legend(frameon=False)
    _quiet(axes)


def _draw_importance(axes: Axes, found: Sequence[Importance], metric: str) -> None:
    """Draw bars from the strongest down; hatching tells groups from rank correlations."""
    places = np.arange(len(found))
    for place, one in zip(places, found, strict=True):
        color = RUN_COLORS["light"][0 if one.is_ranked else 1]
        hatch = None if one.is_ranked else "//"
        axes.barh(place, one.effect, color=color, hatch=hatch, edgecolor="white")
        sign = "ρ" if one.is_ranked else "η"
        label = f" {sign} {one.effect:+.2f} " if one.is_ranked else f" {sign} {one.effect:.2f} "
        side = "left" if one.effect >= 0 else "right"
        axes.text(one.effect, float(place), label, va="center", ha=side, fontsize=9)
    axes.set_yticks(places, [_short(one.name) for one in found])
    for label_text in axes.get_yticklabels():
        _literal(label_text)
    axes.invert_yaxis()
    axes.set_xlim(-1.2, 1.2)
    axes.axvline(0, color=_TOKEN["border"], lw=0.8)
    axes.set_xlabel("ρ: more of it goes with smaller ← → larger values; η: what the groups explain")
    title = f"Hyperparameters and the best {_short(metric)}"
    _literal(axes.set_title(title, loc="left", fontsize=11))
    _quiet(axes)


def _quiet(axes: Axes) -> None:
    axes.grid(visible=True, color=_TOKEN["hairline"], lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=_TOKEN["muted"])
    axes.spines[["top", "right"]].set_visible(False)


def _say(figure: Figure, reason: str) -> Figure:
    """Write into an empty figure why it is empty."""
    # Wrapped here, because matplotlib's own wrapping reads formulas even where told not to.
    lines = textwrap.fill(reason, _REASON_WIDTH)
    _literal(figure.text(0.5, 0.5, lines, ha="center", va="center"))
    return figure


def _with_note(figure: Figure, note: str) -> Figure:
    if note:
        _literal(figure.supxlabel(note, fontsize=8, color=_TOKEN["muted"]))
    return figure


def _literal(text: Text) -> Text:
    """Make matplotlib draw dollar signs as they are instead of reading a formula."""
    text.set_parse_math(False)
    return text


def _short(name: str, length: int = 48) -> str:
    """Return a name without line breaks, its middle cut out where it is long."""
    plain = " ".join(name.split())
    if len(plain) <= length:
        return plain
    return f"{plain[: length // 2]}…{plain[1 - length // 2 :]}"
