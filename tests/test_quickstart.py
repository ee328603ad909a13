"""The first steps that older notes and tutorials show keep working, name by name."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from neural.errors import RefusedError
from neural.tracking import ExperimentManager, ExperimentTracker, launch_aquarium
from neural.tracking.comparison_component import ComparisonComponent
from neural.tracking.comparison_ui import launch_comparison_ui
from neural.tracking.metrics_visualizer import MetricsVisualizerComponent


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defaults such as ``neural_experiments`` are relative: let them lie in a fresh directory."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tracker() -> ExperimentTracker:
    """A run after its training loop."""
    tracker = ExperimentTracker(experiment_name="my_experiment")
    tracker.log_hyperparameters({"learning_rate": 0.001, "batch_size": 32, "epochs": 20})
    for epoch in range(20):
        tracker.log_metrics(
            {
                "loss": 1 / (epoch + 1),
                "accuracy": epoch / 20,
                "val_loss": 1.5 / (epoch + 1),
                "val_accuracy": epoch / 25,
            },
            step=epoch,
        )
    return tracker


@pytest.fixture
def ids(tracker: ExperimentTracker) -> list[str]:
    """Two finished runs."""
    tracker.finish()
    other = ExperimentTracker(experiment_name="my_experiment")
    other.log_hyperparameters({"learning_rate": 0.01})
    other.log_metrics({"loss": 0.5, "accuracy": 0.9}, step=0)
    other.finish()
    return [tracker.experiment_id, other.experiment_id]


def test_basic_tracking(tracker: ExperimentTracker) -> None:
    """Keep a model and a figure, set the status, save the summary."""
    Path("model.h5").write_bytes(b"weights")
    plt.plot([1, 2])
    tracker.log_model("model.h5", framework="tensorflow")
    tracker.log_figure(plt.gcf(), "training_curves.png")
    tracker.set_status("completed")
    summary = tracker.save_experiment_summary()

    (run,) = Path("neural_experiments").glob("my_experiment_*")
    assert (run / "artifacts" / "model.h5").read_bytes() == b"weights"
    assert (run / "plots" / "training_curves.png").exists()
    assert Path(summary).resolve() == (run / "summary.json").resolve()


def test_values_come_back(tracker: ExperimentTracker) -> None:
    """Values, the best one and its step; what is best may be said or left to the name."""
    assert tracker.get_metrics("accuracy") == [epoch / 20 for epoch in range(20)]
    assert tracker.get_best_metric("accuracy", mode="max") == (0.95, 19)
    assert tracker.get_best_metric(metric="loss") == (0.05, 19)


def test_figures_of_one_run(tracker: ExperimentTracker) -> None:
    """The calls that draw give figures, and names with paths."""
    drawn = tracker.generate_visualizations()

    assert tracker.plot_metrics(["loss", "accuracy"]).axes
    assert tracker.plot_metrics(metrics=["loss"]).axes
    assert tracker.plot_hyperparameter_importance("accuracy") is not None
    assert drawn
    assert all(Path(path).exists() for path in drawn.values())


def test_artifact_versions(tracker: ExperimentTracker) -> None:
    """Versions count from one, -1 is the latest, and each has its SHA-256."""
    for text in ("one", "two"):
        Path("data.csv").write_text(text, encoding="utf-8")
        tracker.log_artifact("data.csv", "data", version=True)

    assert [version.version for version in tracker.list_artifact_versions("data")] == [1, 2]
    assert tracker.get_artifact_version("data", -1).version == 2
    assert len(tracker.get_artifact_version("data", 1).checksum) == 64


def test_missing_files(tracker: ExperimentTracker, caplog: pytest.LogCaptureFixture) -> None:
    """A missing artifact is logged as an error; a missing model raises."""
    assert tracker.log_artifact("no-such-file") is None
    assert "no-such-file" in caplog.text
    with pytest.raises(FileNotFoundError):
        tracker.log_model("no-such-model")


def test_manage_runs(ids: list[str]) -> None:
    """List, get, create and delete."""
    manager = ExperimentManager(base_dir="neural_experiments")
    rows = manager.list_experiments()
    found = manager.get_experiment(ids[0])

    assert {row["experiment_id"] for row in rows} == set(ids)
    assert {(row["experiment_name"], row["status"]) for row in rows} == {
        ("my_experiment", "completed")
    }
    assert found is not None
    assert found.get_best_metric("accuracy", mode="max") == (0.95, 19)
    assert manager.get_experiment("exp123") is None
    assert manager.delete_experiment(ids[0])
    assert manager.create_experiment("another").experiment_name == "another"


@pytest.mark.parametrize(
    ("ids_as", "metrics_as"), [("experiment_ids", "metric_names"), ("ids", "metrics")]
)
def test_compare_runs(ids: list[str], ids_as: str, metrics_as: str) -> None:
    """One figure a metric and a table of hyperparameters, by either spelling."""
    arguments: dict[str, Any] = {ids_as: ids, metrics_as: ["accuracy", "loss"]}

    plots = ExperimentManager().compare_experiments(**arguments)

    assert set(plots) == {
        "comparison_accuracy",
        "comparison_loss",
        "hyperparameter_comparison",
    }


def test_export_a_comparison(ids: list[str]) -> None:
    """The comparison becomes a folder with a summary."""
    folder = ExperimentManager().export_comparison(ids, output_dir="comparison")

    assert (Path(folder) / "comparison_summary.json").exists()


def test_visualizer(ids: list[str]) -> None:
    """Every method gives a Plotly figure that shows something."""
    exp = ExperimentManager().get_experiment(ids[0])
    assert exp is not None
    visualizer = MetricsVisualizerComponent(exp)
    figures = [
        visualizer.create_training_curves(),
        visualizer.create_smoothed_curves(window_size=10),
        visualizer.create_distribution_plot("accuracy"),
        visualizer.create_correlation_matrix(),
        visualizer.create_metrics_heatmap(),
    ]

    assert all(figure.data for figure in figures)


def test_comparison_component(ids: list[str]) -> None:
    """It renders runs as one Dash component."""
    manager = ExperimentManager()
    found = [manager.get_experiment(experiment_id) for experiment_id in ids]
    rendered = ComparisonComponent([exp for exp in found if exp is not None]).render()

    assert all(experiment_id in str(rendered) for experiment_id in ids)


@pytest.mark.parametrize(
    ("launch", "port"), [(launch_aquarium, 8053), (launch_comparison_ui, 8052)]
)
def test_servers_keep_to_this_machine(launch: Any, port: int) -> None:
    """By default they listen on loopback, without the debugger."""
    defaults = {
        name: parameter.default for name, parameter in inspect.signature(launch).parameters.items()
    }

    assert defaults.items() >= {"port": port, "host": "127.0.0.1", "debug": False}.items()


def test_debugger_for_everybody_is_refused() -> None:
    """A debugger runs whatever it is sent: it is not opened to other machines."""
    with pytest.raises(RefusedError, match=r"debug.*0\.0\.0\.0|0\.0\.0\.0.*debug"):
        launch_aquarium(base_dir="./my_experiments", port=8080, host="0.0.0.0", debug=True)


@pytest.mark.parametrize("module", ["aquarium_app", "comparison_ui"])
def test_command_line(module: str) -> None:
    """Both programs take the options they always took."""
    command = [sys.executable, "-m", f"neural.tracking.{module}", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert all(option in shown for option in ("--base-dir", "--port", "--host", "--debug"))
