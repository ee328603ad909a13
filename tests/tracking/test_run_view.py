"""What a run holds, read back; also one that others wrote or that is damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.run_view import RunView

WriteRun = Callable[..., RunView]


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    """Return a function that writes a run's files as given and opens it."""

    def write(folder: str = "my_run_0123abcd", **files: Any) -> RunView:
        root = tmp_path / folder
        root.mkdir()
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (root / f"{name}.json").write_text(text, encoding="utf-8")
        return RunView(root)

    return write


def metrics(**values: Sequence[float | None]) -> list[dict[str, Any]]:
    """Entries with consecutive steps; ``None`` leaves a metric out."""
    count = max(map(len, values.values()))
    return [
        {"timestamp": 10.0 + step, "step": step}
        | {name: column[step] for name, column in values.items() if column[step] is not None}
        for step in range(count)
    ]


def test_where_it_lies(write_run: WriteRun, tmp_path: Path) -> None:
    """Its own folder, and that of all runs."""
    run = write_run()

    assert run.experiment_dir == tmp_path / "my_run_0123abcd"
    assert run.base_dir == tmp_path


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"experiment_name": "my/run", "experiment_id": "77"}, ("my/run", "77")),
        ({"experiment_name": "", "experiment_id": "77"}, ("", "77")),
        ({}, ("my_run", "0123abcd")),
        ({"experiment_name": 5}, ("my_run", "0123abcd")),
        ("{damaged", ("my_run", "0123abcd")),
    ],
)
def test_name_and_id(write_run: WriteRun, metadata: Any, name: tuple[str, str]) -> None:
    """As in the metadata, and where they are silent as in the folder's name."""
    run = write_run(metadata=metadata)

    assert (run.experiment_name, run.experiment_id) == name


def test_a_folder_without_an_underscore(write_run: WriteRun) -> None:
    """It is the name."""
    assert write_run("renamed").experiment_name == "renamed"


def test_how_it_is_shown(write_run: WriteRun, tmp_path: Path) -> None:
    """In a notebook or a debugger: which run it is, and where."""
    run = write_run(metadata={"experiment_name": "a/b", "experiment_id": "0123"})

    assert repr(run) == f"<RunView 'a/b' 0123 in {str(run.base_dir)!r}>"


def test_small_files(write_run: WriteRun) -> None:
    """As they were given."""
    run = write_run(
        metadata={"status": "running"},
        hyperparameters={"lr": 0.1, "model": {"depth": 3}},
        annotations={"tags": {"a": "", "b": "x"}, "notes": "text"},
    )

    assert run.metadata == {"status": "running"}
    assert run.hyperparameters == {"lr": 0.1, "model": {"depth": 3}}
    assert (run.tags, run.notes) == ({"a": "", "b": "x"}, "text")


def test_tags_that_are_a_list(write_run: WriteRun) -> None:
    """They have no texts."""
    assert write_run(annotations={"tags": ["a", 5]}).tags == {"a": "", "5": ""}


def test_files_that_are_missing(write_run: WriteRun) -> None:
    """They hold nothing."""
    run = write_run()

    assert (run.metadata, run.hyperparameters, run.artifacts) == ({}, {}, {})
    assert (run.tags, run.notes) == ({}, "")
    assert (run.metric_names(), run.metrics_history) == ([], [])


@pytest.mark.parametrize("file", ["metadata", "hyperparameters", "annotations", "artifacts"])
def test_a_damaged_file_is_named(write_run: WriteRun, file: str) -> None:
    """Only when it is asked for."""
    run = write_run(**{file: "{damaged", "metrics": metrics(loss=[0.5])})
    asked = {"annotations": "tags"}.get(file, file)

    with pytest.raises(StorageError, match=rf"{file}\.json"):
        getattr(run, asked)
    assert run.get_best_metric("loss") == (0.5, 0)


def test_artifacts_of_the_seed(write_run: WriteRun) -> None:
    """Paths are relative to the run, wherever the process ran."""
    entry = {"type": "model", "size": 1}
    run = write_run(artifacts={"m": {"path": "runs/my_run_0123abcd/artifacts/m", **entry}})

    assert run.artifacts == {"m": {"path": "artifacts/m", **entry}}


# ---------------------------------------------------------------------- metrics


def test_values_of_a_metric(write_run: WriteRun) -> None:
    """Entries without it are skipped; by any spelling of the argument."""
    run = write_run(metrics=metrics(loss=[0.5, None, 0.25], acc=[1, 2, 3]))

    assert run.get_metrics("loss") == [0.5, 0.25]
    assert run.get_metrics(name="loss") == run.get_metrics(metric_name="loss") == [0.5, 0.25]
    assert run.get_metrics("unknown") == []


def test_all_entries(write_run: WriteRun) -> None:
    """With their times and steps."""
    entries = metrics(loss=[0.5, None], acc=[1, 2])
    run = write_run(metrics=entries)

    assert run.get_metrics() == run.metrics_history == entries


def test_a_caller_may_change_what_it_got(write_run: WriteRun) -> None:
    """The next one gets what is in the file."""
    run = write_run(metrics=metrics(loss=[0.5]))
    run.get_metrics().clear()
    run.get_metrics("loss").clear()

    assert (len(run.get_metrics()), run.get_metrics("loss")) == (1, [0.5])


def test_series(write_run: WriteRun) -> None:
    """Step, time and value as arrays."""
    series = write_run(metrics=metrics(loss=[0.5, None, 0.25])).metric("loss")

    assert series.step.tolist() == [0, 2]
    assert series.time.tolist() == [10.0, 12.0]
    assert series.value.tolist() == [0.5, 0.25]


def test_names_in_order(write_run: WriteRun) -> None:
    """Of first logging."""
    assert write_run(metrics=metrics(z=[None, 1], a=[0, 1])).metric_names() == ["a", "z"]


@pytest.mark.parametrize(
    ("name", "mode", "found"),
    [
        ("loss", None, (0.1, 2)),
        ("loss", "max", (0.9, 1)),
        ("acc", None, (0.9, 1)),
        ("acc", "min", (0.1, 2)),
        ("goal", None, (0.1, 2)),
        ("goal", "max", (0.9, 1)),
        ("unknown", None, (None, None)),
    ],
)
def test_the_best_value(write_run: WriteRun, name: str, mode: Any, found: object) -> None:
    """Direction by the explicit mode, else as defined, else by the name; of equals the first."""
    values = [0.5, 0.9, 0.1, 0.9, 0.1]
    run = write_run(
        metrics=metrics(loss=values, acc=values, goal=values),
        annotations={"metrics": {"goal": {"goal": "min"}}},
    )

    assert run.get_best_metric(name, mode) == found
    assert run.get_best_metric(metric=name, mode=mode) == found
    assert run.get_best_metric(metric_name=name, mode=mode) == found


@pytest.mark.parametrize("said", ["{damaged", {"metrics": 5}, {"metrics": {"loss": {"goal": 5}}}])
def test_a_goal_that_makes_no_sense(write_run: WriteRun, said: Any) -> None:
    """The name tells."""
    run = write_run(metrics=metrics(loss=[0.5, 0.1]), annotations=said)

    assert run.get_best_metric("loss") == (0.1, 1)


def test_nan_never_wins(write_run: WriteRun) -> None:
    """In neither direction; and where there is nothing else, nothing does."""
    run = write_run(metrics=metrics(a=[math.nan, 2, math.nan, 1], b=[math.nan] * 4))

    assert run.get_best_metric("a", "max") == (2, 1)
    assert run.get_best_metric("a", "min") == (1, 3)
    assert run.get_best_metric("b") == (None, None)


def test_the_best_value_is_rounded(write_run: WriteRun) -> None:
    """To ten digits; the series stays exact."""
    run = write_run(metrics=metrics(a=[0.1 * 3]))

    assert run.get_best_metric("a") == (0.3, 0)
    assert run.get_metrics("a") == [0.1 * 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs the name of a metric"),
        ({"name": "a", "mode": "best"}, "mode must be 'min', 'max' or None, got 'best'"),
        ({"name": "a", "metric": "b"}, "name and metric are the same"),
        ({"metric": "a", "metric_name": "b"}, "metric and metric_name are the same"),
    ],
)
def test_best_of_what(write_run: WriteRun, arguments: dict[str, Any], message: str) -> None:
    """The message says what is missing or too much."""
    run = write_run(metrics=metrics(a=[1]))

    with pytest.raises(InvalidInputError, match=message):
        run.get_best_metric(**arguments)


# ---------------------------------------------------------------------- figures


def titles(figure: Any) -> list[str]:
    """Titles of all panels."""
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_curves(write_run: WriteRun) -> None:
    """All metrics or the chosen ones, by any spelling, in any size."""
    run = write_run(metrics=metrics(loss=[0.5], acc=[1]))

    assert titles(run.plot_metrics()) == ["loss", "acc"]
    assert titles(run.plot_metrics(["acc"])) == titles(run.plot_metrics(metrics=["acc"])) == ["acc"]
    assert run.plot_metrics().get_size_inches().tolist() == [10, 6]
    assert run.plot_metrics(figsize=(3, 2)).get_size_inches().tolist() == [3, 2]
    with pytest.raises(InvalidInputError, match=r"metric_names must be .* write \['loss'\]"):
        run.plot_metrics("loss")


def test_curves_show_the_drawn_view(write_run: WriteRun) -> None:
    """Of a step that was logged twice, the last write."""
    entries = [{"timestamp": 1.0, "step": 0, "a": 1.0}, {"timestamp": 2.0, "step": 0, "a": 2.0}]
    figure = write_run(metrics=entries).plot_metrics()

    assert np.asarray(figure.axes[0].lines[0].get_ydata()).tolist() == [2.0]


@pytest.fixture
def finished(tmp_path: Path) -> Callable[..., ExperimentTracker]:
    """Return a function that logs a whole run."""

    def log(name: str, lr: float, status: str = "completed", **more: float) -> ExperimentTracker:
        tracker = ExperimentTracker(name, tmp_path, False, capture_environment=False)
        tracker.log_hyperparameters({"model": {"lr": lr}})
        tracker.log_metrics({"loss": lr * 2, **more}, step=0)
        tracker.log_metrics({"loss": lr}, step=1)
        tracker.finish(status)
        return tracker

    return log


def test_importance(finished: Callable[..., ExperimentTracker]) -> None:
    """Over the finished runs of the same name: here more of one goes with more loss."""
    for number, status in enumerate(["failed", "cancelled", "stopped early", *["completed"] * 2]):
        run = finished("a", 0.1 * (number + 1), status)
    finished("b", -5.0)
    (axes,) = run.plot_hyperparameter_importance("loss").axes

    assert [label.get_text() for label in axes.get_yticklabels()] == ["model.lr"]
    assert "+1.00" in axes.texts[0].get_text()


def test_importance_of_a_metric_name(finished: Callable[..., ExperimentTracker]) -> None:
    """The argument is called as it always was."""
    run = finished("a", 0.1)

    assert run.plot_hyperparameter_importance(metric_name="loss") is not None


def test_too_few_runs(finished: Callable[..., ExperimentTracker], tmp_path: Path) -> None:
    """The figure says so; neither unfinished runs nor those of other names count."""
    for _ in range(4):
        run = finished("a", 0.1)
    finished("b", 0.1)
    unfinished = ExperimentTracker("a", tmp_path, False, capture_environment=False)
    unfinished.log_metrics({"loss": 0.1}, step=0)
    figure = run.plot_hyperparameter_importance("loss")

    assert not figure.axes
    assert "at least 5 finished runs" in figure.texts[0].get_text()
    assert "there are 4" in " ".join(figure.texts[0].get_text().split())


# ---------------------------------------------------------------------- versions


def test_versions_of_artifacts(write_run: WriteRun) -> None:
    """None of those that are not there."""
    run = write_run()

    assert run.list_artifact_versions("m") == []
    with pytest.raises(NotFoundError, match="'m' has no version -1"):
        run.get_artifact_version("m")


def test_exact_arrays(write_run: WriteRun) -> None:
    """Whole numbers beyond float64 stay exact."""
    series = write_run(metrics=metrics(a=[2**53 + 1])).metric("a")

    assert series.value.dtype == np.int64
    assert series.value.tolist() == [2**53 + 1]
