"""What every chart promises, whichever it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from neural.tracking.charts.correlation_matrix import correlation_matrix, correlation_matrix_dict
from neural.tracking.charts.distribution import distribution, distribution_dict
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.hyperparameter_comparison import (
    hyperparameter_comparison,
    hyperparameter_comparison_dict,
)
from neural.tracking.charts.lines import View
from neural.tracking.charts.metrics_heatmap import metrics_heatmap, metrics_heatmap_dict
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_dict
from neural.tracking.charts.smoothed_curves import smoothed_curves, smoothed_curves_dict
from neural.tracking.charts.theme import Theme, template
from neural.tracking.charts.training_curves import training_curves, training_curves_dict
from neural.tracking.records import Series

HOSTILE = "<a href='javascript:alert(1)'>x</a> %{y} &lt;b&gt; $a$ 🚀"

_STEPS = np.arange(60)


def _series() -> dict[str, Series]:
    values = np.sin(_STEPS / 9).astype(np.float64)
    broken = np.where(_STEPS % 7 == 3, np.nan, values)
    times = 1.79e9 + _STEPS.astype(np.float64)
    return {
        HOSTILE: Series(_STEPS, times, values),
        "gaps": Series(_STEPS, times, broken),
        "short": Series(_STEPS[:1], times[:1], values[:1]),
    }


DRAW: dict[str, Callable[[Theme], FigureDict]] = {
    "training curves": lambda theme: training_curves_dict(training_curves(_series()), theme=theme),
    "smoothed curves": lambda theme: smoothed_curves_dict(smoothed_curves(_series()), theme=theme),
    "run comparison": lambda theme: run_comparison_dict(
        run_comparison(HOSTILE, _series(), view=View(smoothing=0.6, log_y=True)), theme=theme
    ),
    "run comparison by time": lambda theme: run_comparison_dict(
        run_comparison("loss", _series(), view=View(x="time")), theme=theme, compact=True
    ),
    "distribution": lambda theme: distribution_dict(
        distribution(HOSTILE, _series()["gaps"].value), theme=theme
    ),
    "correlation matrix": lambda theme: correlation_matrix_dict(
        correlation_matrix(_series()), theme=theme
    ),
    "metrics heatmap": lambda theme: metrics_heatmap_dict(metrics_heatmap(_series()), theme=theme),
    "hyperparameter comparison": lambda theme: hyperparameter_comparison_dict(
        hyperparameter_comparison({HOSTILE: {HOSTILE: HOSTILE}, "b": {HOSTILE: 1}}), theme=theme
    ),
    "empty": lambda theme: run_comparison_dict(run_comparison(HOSTILE, {}), theme=theme),
}

all_charts = pytest.mark.parametrize("draw", DRAW.values(), ids=list(DRAW))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        # Not drawn: meta is for programs.
        yield from (t for key, one in value.items() if key != "meta" for t in _texts(one))
    elif isinstance(value, list | tuple):
        yield from (text for one in value for text in _texts(one))


@all_charts
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_plotly_accepts_the_figure(draw: Callable[[Theme], FigureDict], theme: Theme) -> None:
    """Every attribute has a name and a value that Plotly knows."""
    figure = go.Figure(draw(theme))

    assert figure.layout.template.layout.paper_bgcolor == template(theme)["layout"]["paper_bgcolor"]


@all_charts
def test_figure_travels_as_strict_json(draw: Callable[[Theme], FigureDict]) -> None:
    """No array, NaN or other object is left that a browser could not read."""
    text = json.dumps(draw("dark"), allow_nan=False)

    assert json.loads(text)["layout"]["meta"].keys() >= {"note"}


@all_charts
def test_figure_is_the_same_each_time(draw: Callable[[Theme], FigureDict]) -> None:
    """Nothing depends on the order of a set or on chance."""
    assert draw("dark") == draw("dark")


@all_charts
def test_hostile_names_are_literal(draw: Callable[[Theme], FigureDict]) -> None:
    """No tag of a user reaches Plotly, and no template."""
    for text in _texts(draw("dark")):
        assert "<a" not in text
        assert "<b>" not in text
        assert "%{y} &lt;b" not in text


@all_charts
def test_data_is_drawn_in_svg(draw: Callable[[Theme], FigureDict]) -> None:
    """A page of WebGL charts loses contexts and freezes without a graphics card."""
    assert not [trace for trace in draw("dark")["data"] if trace["type"].endswith("gl")]
