from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import ArrayLike

from neural.errors import InvalidInputError
from neural.tracking.charts.theme import TOKENS
from neural.tracking.metrics_visualizer import MetricsVisualizerComponent
from neural.tracking.records import Series


class InMemoryMetrics:
    """A run whose metrics are given; ``views`` tells which views were asked for."""

    def __init__(self, **metrics: ArrayLike) -> None:
        self.metrics = {name: np.asarray(values) for name, values in metrics.items()}
        self.views: list[str] = []

    def metric_names(self) -> list[str]:
        """Names in the order given."""
        return list(self.metrics)

    def metric(self, name: str, view: Literal["logged", "drawn"] = "logged") -> Series:
        """A series with a point every second."""
        self.views.append(view)
        value = self.metrics[name]
        return Series(np.arange(value.size), np.arange(value.size, dtype=np.float64), value)


@pytest.fixture
def run() -> InMemoryMetrics:
    """A run with three metrics, one of them short."""
    return InMemoryMetrics(
        loss=[1.0, 0.5, 0.25, 0.2], accuracy=[0.1, 0.5, 0.7, 0.9], val_loss=[2.0, 1.0]
    )


def _names(figure: Any) -> list[str]:
    return [trace.name for trace in figure.data if trace.name]


def test_training_curves_of_all_metrics(run: InMemoryMetrics) -> None:
    """All metrics in the order of first logging, as charts draw them."""
    figure = MetricsVisualizerComponent(run).create_training_curves()

    assert _names(figure) == ["loss", "accuracy", "val_loss"]
    assert set(run.views) == {"drawn"}


def test_training_curves_of_named_metrics(run: InMemoryMetrics) -> None:
    """The order given is the order drawn."""
    figure = MetricsVisualizerComponent(run).create_training_curves(["val_loss", "loss"])

    assert _names(figure) == ["val_loss", "loss"]


def test_more_metrics_than_usual_can_be_asked_for() -> None:
    """Only ``None`` is limited to the first 50; who names 60 gets 60."""
    run = InMemoryMetrics(**{f"m{i}": [1.0] for i in range(60)})
    visualizer = MetricsVisualizerComponent(run)

    assert len(_names(visualizer.create_training_curves())) == 50
    assert len(_names(visualizer.create_training_curves(run.metric_names()))) == 60


def test_smoothed_curves_keep_short_metrics(run: InMemoryMetrics) -> None:
    """The window of 10 is longer than every metric here, and all are drawn."""
    figure = MetricsVisualizerComponent(run).create_smoothed_curves()

    assert _names(figure) == ["loss", "accuracy", "val_loss"]
    assert "last 10 values" in figure.layout.title.text


def test_smoothed_curves_with_an_impossible_window(run: InMemoryMetrics) -> None:
    """The mistake is named."""
    with pytest.raises(InvalidInputError, match="window must be at least 1, got 0"):
        MetricsVisualizerComponent(run).create_smoothed_curves(window_size=0)


def test_distribution_takes_every_logged_value(run: InMemoryMetrics) -> None:
    """A histogram is of what was logged, not of what charts draw."""
    figure = MetricsVisualizerComponent(run).create_distribution_plot("accuracy")

    assert figure.data[0].y.sum() == 4
    assert run.views == ["logged"]


def test_correlation_matrix(run: InMemoryMetrics) -> None:
    """One row and one column a metric."""
    figure = MetricsVisualizerComponent(run).create_correlation_matrix()

    assert list(figure.data[0].x) == ["loss", "accuracy", "val_loss"]
    assert figure.data[0].z.shape == (3, 3)


def test_heatmap_of_named_metrics(run: InMemoryMetrics) -> None:
    """One row a metric, in the order given."""
    figure = MetricsVisualizerComponent(run).create_metrics_heatmap(["accuracy", "loss"])

    assert list(figure.layout.yaxis.ticktext) == ["accuracy", "loss"]


@pytest.mark.parametrize(
    "method", ["create_training_curves", "create_smoothed_curves", "create_metrics_heatmap"]
)
def test_metric_the_run_does_not_have(run: InMemoryMetrics, method: str) -> None:
    """The others are drawn, and the note names the one that is missing."""
    figure = getattr(MetricsVisualizerComponent(run), method)(["loss", "acuracy"])

    assert "The run has no metric 'acuracy'" in figure.layout.title.subtitle.text
    assert figure.data


def test_misspelt_metric(run: InMemoryMetrics) -> None:
    """The figure guesses what was meant."""
    figure = MetricsVisualizerComponent(run).create_distribution_plot("acuracy")

    text = figure.layout.annotations[0].text
    assert "The run has no metric 'acuracy'" in text
    assert "Did you mean 'accuracy'?" in text


def test_unknown_metrics(run: InMemoryMetrics) -> None:
    """Where nothing is close the figure lists what there is."""
    figure = MetricsVisualizerComponent(run).create_training_curves(["zzz"])

    assert "It has loss, accuracy, val_loss" in figure.layout.annotations[0].text


@pytest.mark.parametrize(
    "method",
    [
        "create_training_curves",
        "create_smoothed_curves",
        "create_correlation_matrix",
        "create_metrics_heatmap",
    ],
)
def test_run_without_metrics(method: str) -> None:
    """Every figure says why it is empty, in the dark theme."""
    figure = getattr(MetricsVisualizerComponent(InMemoryMetrics()), method)()

    assert figure.layout.annotations[0].text
    assert figure.layout.template.layout.paper_bgcolor == TOKENS["dark"]["panel"]


def test_live_run_is_read_each_time(run: InMemoryMetrics) -> None:
    """The component keeps no copy."""
    visualizer = MetricsVisualizerComponent(run)
    visualizer.create_training_curves()
    run.metrics["lr"] = np.array([0.1])

    assert "lr" in _names(visualizer.create_training_curves())
