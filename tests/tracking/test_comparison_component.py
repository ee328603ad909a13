"""The comparison as a component for any Dash application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from dash import Dash, dcc, html
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.comparison_component import MOST_CHARTS, ComparisonComponent, page


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _graphs(component: Any) -> list[dcc.Graph]:
    return [part for part in component._traverse() if isinstance(part, dcc.Graph)]


def _run(base_dir: Path, name: str, lr: float, **metrics: float) -> ExperimentTracker:
    with ExperimentTracker(
        name, base_dir, capture_environment=False, auto_visualize=False
    ) as tracker:
        tracker.log_hyperparameters({"lr": lr})
        for step in range(3):
            if metrics:
                tracker.log_metrics({k: v + step for k, v in metrics.items()}, step=step)
    return tracker


def test_cards_charts_and_tables(tmp_path: Path) -> None:
    """Name, id, status, steps, latest metrics, parameters and best values are all there."""
    first = _run(tmp_path, "small", 0.1, loss=1.0, acc=0.1)
    second = _run(tmp_path, "large", 0.2, loss=5.0, acc=0.5)

    rendered = ComparisonComponent([first, second]).render()

    text = _text(rendered)
    assert all(part in text for part in ("small", "large", first.experiment_id, "completed"))
    assert "3 steps" in text
    assert "lr" in text
    assert len(_graphs(rendered)) == 2
    for graph in _graphs(rendered):
        go.Figure(graph.figure)


def test_best_values_by_direction(tmp_path: Path) -> None:
    """The smallest loss and the largest accuracy are marked, each once."""
    runs = [_run(tmp_path, "a", 0.1, loss=1.0), _run(tmp_path, "b", 0.2, loss=5.0)]

    rendered = ComparisonComponent(runs).render()

    wins = [
        cell
        for cell in rendered._traverse()
        if isinstance(cell, html.Td) and getattr(cell, "className", None) == "aq-cell-wins"
    ]
    assert len(wins) == 1
    assert '"1.0"' in _text(wins[0])


def test_at_most_six_charts(tmp_path: Path) -> None:
    """Of many metrics the first six are drawn, and the others counted."""
    run = _run(tmp_path, "a", 0.1, **{f"m{i}": 1.0 for i in range(10)})

    rendered = ComparisonComponent([run]).render()

    assert len(_graphs(rendered)) == MOST_CHARTS
    assert "4 more metrics" in _text(rendered)


def test_runs_without_metrics(tmp_path: Path) -> None:
    """Nothing logged is said in words."""
    rendered = ComparisonComponent([_run(tmp_path, "a", 0.1)]).render()

    assert "None of these runs has logged a metric" in _text(rendered)


def test_no_runs() -> None:
    """An empty comparison says what to hand over."""
    assert "No runs to compare" in _text(ComparisonComponent([]).render())


def test_runs_of_a_manager(tmp_path: Path) -> None:
    """What ``get_experiment`` returns is what the component takes."""
    run = _run(tmp_path, "a", 0.1, loss=1.0)
    experiment = ExperimentManager(tmp_path).get_experiment(run.experiment_id)
    assert experiment is not None

    app = Dash(__name__)
    app.layout = ComparisonComponent([experiment], theme="light").render()

    assert run.experiment_id in _text(app.layout)


def test_the_page_is_at_hand() -> None:
    """The compare page of Aquarium is found under this module's name."""
    assert page.path == "/compare"
