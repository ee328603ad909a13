"""Figures of one run's metrics, for notebooks and the dashboard."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from neural.tracking.charts.correlation_matrix import (
    correlation_matrix,
    correlation_matrix_figure,
)
from neural.tracking.charts.distribution import distribution, distribution_figure
from neural.tracking.charts.figures import as_figure, empty_figure
from neural.tracking.charts.grid import MAX_PANELS
from neural.tracking.charts.metrics_heatmap import metrics_heatmap, metrics_heatmap_figure
from neural.tracking.charts.smoothed_curves import smoothed_curves, smoothed_curves_figure
from neural.tracking.charts.theme import escape_text
from neural.tracking.charts.training_curves import training_curves, training_curves_figure
from neural.tracking.records import Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["MetricSource", "MetricsVisualizerComponent"]


class MetricSource(Protocol):
    """Whatever holds the metrics of one run: a tracker, a stored run, a test double."""

    def metric_names(self) -> list[str]:
        """Return the names of the metrics in the order of first logging."""
        ...

    def metric(self, name: str, view: Literal["logged", "drawn"] = "logged") -> Series:
        """Return one metric; one that was never logged is empty or raises a ``LookupError``."""
        ...


class MetricsVisualizerComponent:
    """Draws the metrics of one run with Plotly, in the dark theme.

    Every method returns a figure; where there is nothing to draw the figure says why.
    Metrics come in the order given, else in the order of first logging. All methods raise a
    ``MissingExtraError`` when Plotly is not installed.

    Args:
        experiment: The run; read again by each method, so a live run is drawn as it is now.
    """

    def __init__(self, experiment: MetricSource) -> None:
        self.experiment = experiment

    def create_training_curves(self, metric_names: Sequence[str] | None = None) -> go.Figure:
        """Return every metric over its steps, two panels a row.

        Args:
            metric_names: Which metrics; ``None`` is all, of which the first 50 are drawn.
        """
        series = self._series(metric_names)
        if not series and metric_names:
            return self._unknown(metric_names)
        most = MAX_PANELS if metric_names is None else len(series)
        figure = training_curves_figure(training_curves(series, max_panels=most))
        return _with_missing(figure, metric_names, series)

    def create_smoothed_curves(
        self, metric_names: Sequence[str] | None = None, window_size: int = 10
    ) -> go.Figure:
        """Return every metric as a trailing moving average, what was logged behind it.

        Metrics with fewer points than the window are drawn too.

        Args:
            metric_names: Which metrics; ``None`` is all, of which the first 50 are drawn.
            window_size: Values to average, at least 1.

        Raises:
            InvalidInputError: ``window_size`` is below 1.
        """
        series = self._series(metric_names)
        if not series and metric_names:
            return self._unknown(metric_names)
        most = MAX_PANELS if metric_names is None else len(series)
        figure = smoothed_curves_figure(smoothed_curves(series, window_size, max_panels=most))
        return _with_missing(figure, metric_names, series)

    def create_distribution_plot(self, metric: str) -> go.Figure:
        """Return a histogram of all values of a metric, with its mean and median.

        Args:
            metric: Metric name.
        """
        series = self._series([metric], view="logged")
        if not series:
            return self._unknown([metric])
        return distribution_figure(distribution(metric, series[metric].value))

    def create_correlation_matrix(self) -> go.Figure:
        """Return the correlation of every pair of metrics over the steps both have."""
        return correlation_matrix_figure(correlation_matrix(self._series(None)))

    def create_metrics_heatmap(self, metric_names: Sequence[str] | None = None) -> go.Figure:
        """Return the metrics over their steps as colours, each on its own scale.

        Args:
            metric_names: Which metrics; ``None`` is all, of which the first 100 are drawn.
        """
        series = self._series(metric_names)
        if not series and metric_names:
            return self._unknown(metric_names)
        figure = metrics_heatmap_figure(metrics_heatmap(series))
        return _with_missing(figure, metric_names, series)

    def _series(
        self, names: Sequence[str] | None, view: Literal["logged", "drawn"] = "drawn"
    ) -> dict[str, Series]:
        """Return the named metrics that were logged; ``None`` is all."""
        logged = self.experiment.metric_names()
        known = set(logged)
        wanted = logged if names is None else [name for name in names if name in known]
        return {name: self.experiment.metric(name, view=view) for name in wanted}

    def _unknown(self, names: Sequence[str]) -> go.Figure:
        """Return a figure that says which names were not found and which were meant."""
        logged = self.experiment.metric_names()
        wanted = ", ".join(map(repr, names))
        close = difflib.get_close_matches(names[0], logged, n=3)
        hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else _known(logged)
        return as_figure(empty_figure(f"The run has no metric {wanted}. {hint}"))


def _with_missing(
    figure: go.Figure, names: Sequence[str] | None, series: Mapping[str, Series]
) -> go.Figure:
    """Say in the note of a figure which of the named metrics the run does not have."""
    missing = [name for name in names or () if name not in series]
    if missing:
        note = f"The run has no metric {', '.join(map(repr, missing))}"
        drawn = figure.layout.title.subtitle.text
        text = f"{drawn}; {escape_text(note)}" if drawn else escape_text(note)
        figure.update_layout(title_subtitle_text=text)
    return figure


def _known(names: Sequence[str]) -> str:
    """Return the metrics that were logged, shortened where they are many."""
    if not names:
        return "It has logged no metric yet"
    listed = ", ".join(names[:8])
    return f"It has {listed}" + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
