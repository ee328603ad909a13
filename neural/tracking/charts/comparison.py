"""All figures of a comparison of runs, by the names the seed gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neural.tracking.charts.hyperparameter_comparison import (
    hyperparameter_comparison,
    hyperparameter_comparison_figure,
)
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_figure
from neural.tracking.charts.theme import Theme, run_styles
from neural.tracking.records import Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["comparison_figures"]


def comparison_figures(
    metrics: Mapping[str, Mapping[str, Series]],
    params: Mapping[str, Mapping[str, Any]],
    *,
    labels: Mapping[str, str] | None = None,
    theme: Theme = "dark",
) -> dict[str, go.Figure]:
    """Return a figure for each metric, and a table of the hyperparameters.

    A run has the same colour in all of them.

    Args:
        metrics: By metric name the drawn view of it by run id.
        params: Params by run id, nested or flat, for every run that is compared.
        labels: Names for people by run id.
        theme: Theme.

    Returns:
        ``comparison_<metric>`` for each metric, and ``hyperparameter_comparison`` for two runs
        and more. Nothing for no runs.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    if not params:
        return {}
    styles = run_styles(params)
    figures = {
        f"comparison_{metric}": run_comparison_figure(
            run_comparison(metric, runs, labels=labels), theme=theme, styles=styles
        )
        for metric, runs in metrics.items()
    }
    if len(params) > 1:
        table = hyperparameter_comparison(params, labels=labels)
        figures["hyperparameter_comparison"] = hyperparameter_comparison_figure(table, theme=theme)
    return figures
