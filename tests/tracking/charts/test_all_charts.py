"""What every chart promises, whichever it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import ArrayLike

from neural.tracking.analysis.param_importance import param_importance
from neural.tracking.analysis.run_columns import Column, column
from neural.tracking.charts.contour import contour, contour_dict
from neural.tracking.charts.correlation_matrix import (
    correlation_matrix,
    correlation_matrix_dict,
    correlation_matrix_of_runs,
)
from neural.tracking.charts.cumulative_distribution import (
    cumulative_distribution,
    cumulative_distribution_dict,
)
from neural.tracking.charts.distribution import distribution, distribution_dict
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.group_spread import group_spread, group_spread_dict
from neural.tracking.charts.hyperparameter_comparison import (
    hyperparameter_comparison,
    hyperparameter_comparison_dict,
)
from neural.tracking.charts.importance_bars import importance_bars, importance_bars_dict
from neural.tracking.charts.lines import View
from neural.tracking.charts.metrics_heatmap import metrics_heatmap, metrics_heatmap_dict
from neural.tracking.charts.parallel_coordinates import (
    parallel_coordinates,
    parallel_coordinates_dict,
)
from neural.tracking.charts.pareto_chart import pareto_chart, pareto_chart_dict
from neural.tracking.charts.ridgeline import ridgeline, ridgeline_dict
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_dict
from neural.tracking.charts.runs_heatmap import runs_heatmap, runs_heatmap_dict
from neural.tracking.charts.scatter import scatter, scatter_dict
from neural.tracking.charts.slices import slices, slices_dict
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


_RNG = np.random.default_rng(2)
_LABELS = [HOSTILE, *(f"run {i}" for i in range(19))]
_NUMBER = column(HOSTILE, [None, *_RNG.normal(size=19)])
_RATE = column("lr", [*(10.0 ** _RNG.uniform(-4, 0, 19)), None])
_OPTIMIZER = column("opt", [HOSTILE, *(("sgd", "adam")[i % 2] for i in range(18)), None])
_COLUMNS: list[Column] = [_NUMBER, _RATE, _OPTIMIZER]
_GROUPS: dict[str, ArrayLike] = {
    HOSTILE: _NUMBER.values[:9],
    "b": _NUMBER.values[9:],
    "single": [1.0],
}
_PARAMS = [{HOSTILE: float(i % 7), "opt": HOSTILE if i % 2 else "adam"} for i in range(20)]

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
    "correlation of runs": lambda theme: correlation_matrix_dict(
        correlation_matrix_of_runs({one.name: one for one in _COLUMNS}), theme=theme
    ),
    "runs heatmap": lambda theme: runs_heatmap_dict(
        runs_heatmap({HOSTILE: _NUMBER.values, "loss": _RATE.values}, _LABELS), theme=theme
    ),
    "cumulative distribution": lambda theme: cumulative_distribution_dict(
        cumulative_distribution(HOSTILE, _GROUPS), theme=theme
    ),
    "boxes": lambda theme: group_spread_dict(group_spread(HOSTILE, _GROUPS), theme=theme),
    "violins": lambda theme: group_spread_dict(
        group_spread(HOSTILE, _GROUPS, kind="violin"), theme=theme
    ),
    "ridgeline": lambda theme: ridgeline_dict(
        ridgeline(HOSTILE, _series()["gaps"], most=3), theme=theme
    ),
    "parallel coordinates": lambda theme: parallel_coordinates_dict(
        parallel_coordinates(_COLUMNS, color=_NUMBER, flipped={HOSTILE}), theme=theme
    ),
    "scatter": lambda theme: scatter_dict(
        scatter(_RATE, _NUMBER, color=_OPTIMIZER, labels=_LABELS), theme=theme
    ),
    "scatter of names": lambda theme: scatter_dict(
        scatter(_OPTIMIZER, _RATE, color=_NUMBER, labels=_LABELS, log_y=True), theme=theme
    ),
    "importance": lambda theme: importance_bars_dict(
        importance_bars(param_importance(HOSTILE, _PARAMS, np.arange(20.0))), theme=theme
    ),
    "slices": lambda theme: slices_dict(
        slices(_NUMBER, [_RATE, _OPTIMIZER], labels=_LABELS, color=_RATE), theme=theme
    ),
    "contour": lambda theme: contour_dict(
        contour(_RATE, _NUMBER, column("score", np.arange(20.0)), labels=_LABELS), theme=theme
    ),
    "pareto front": lambda theme: pareto_chart_dict(
        pareto_chart([_NUMBER, _RATE], ["max", "min"], labels=_LABELS), theme=theme
    ),
    "importance in a card": lambda theme: importance_bars_dict(
        importance_bars(param_importance(HOSTILE, _PARAMS, np.arange(20.0), forest=False)),
        theme=theme,
        compact=True,
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
