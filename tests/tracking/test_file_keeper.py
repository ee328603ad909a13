"""Files, figures, texts, images, histograms and tables of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from neural.errors import InvalidInputError, MetricValueError
from neural.testing.metrics_oracle import strict_json
from neural.tracking.artifact_store import ArtifactVersion
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.records import Artifact


@pytest.fixture
def tracker(tmp_path: Path) -> ExperimentTracker:
    """A run that looks at nothing and draws nothing."""
    return ExperimentTracker("run", tmp_path / "runs", False, capture_environment=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to keep."""
    path = tmp_path / "data.csv"
    path.write_text("1,2", encoding="utf-8")
    return path


def media(tracker: ExperimentTracker) -> list[dict[str, Any]]:
    """What media.json holds."""
    found: list[dict[str, Any]] = strict_json((tracker.experiment_dir / "media.json").read_bytes())
    return found


# ---------------------------------------------------------------------- artifacts


@pytest.mark.parametrize("form", [str, Path])
def test_an_artifact(tracker: ExperimentTracker, source: Path, form: Callable[..., Any]) -> None:
    """Under its file name; what comes back tells where it lies."""
    artifact = tracker.log_artifact(form(source))

    assert isinstance(artifact, Artifact)
    assert (artifact.name, artifact.type, artifact.size) == ("data.csv", "table", 3)
    assert (tracker.experiment_dir / artifact.path).read_text(encoding="utf-8") == "1,2"
    assert list(tracker.artifacts) == ["data.csv"]


def test_an_artifact_by_another_name(tracker: ExperimentTracker, source: Path) -> None:
    """Any name will do; the type is that of the file."""
    artifact = tracker.log_artifact(source, "my / data")

    assert artifact is not None
    assert list(tracker.artifacts) == ["my / data"]
    assert tracker.artifacts["my / data"]["type"] == "table"


def test_a_version(tracker: ExperimentTracker, source: Path) -> None:
    """It comes back as one; without the wish there is none."""
    tracker.log_artifact(source, "data")
    version = tracker.log_artifact(source, "data", version=True)

    assert isinstance(version, ArtifactVersion)
    assert tracker.list_artifact_versions("data") == [version]
    assert tracker.get_artifact_version("data") == version


def test_a_link_has_its_own_name(tracker: ExperimentTracker, source: Path) -> None:
    """Not that of what it leads to."""
    link = source.with_name("latest.csv")
    link.symlink_to(source)
    artifact = tracker.log_artifact(link)

    assert artifact is not None
    assert list(tracker.artifacts) == ["latest.csv"]
    assert not (tracker.experiment_dir / "artifacts" / "latest.csv").is_symlink()


@pytest.mark.parametrize("spelled", ["folder", "folder/", "folder/.", "x/../folder"])
def test_a_directory(
    tracker: ExperimentTracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str
) -> None:
    """However its path is spelled."""
    for name in ("folder", "x"):
        (tmp_path / name).mkdir()
    (tmp_path / "folder" / "a").touch()
    monkeypatch.chdir(tmp_path)
    artifact = tracker.log_artifact(spelled)

    assert isinstance(artifact, Artifact)
    assert (artifact.name, artifact.type) == ("folder", "directory")


def test_the_working_directory(
    tracker: ExperimentTracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold the run itself, which is no part of the copy."""
    (tmp_path / "train.py").touch()
    monkeypatch.chdir(tmp_path)
    artifact = tracker.log_artifact(".")

    assert isinstance(artifact, Artifact)
    copied = tracker.experiment_dir / artifact.path
    assert artifact.name == tmp_path.name
    assert {path.name for path in copied.rglob("*")} == {"train.py", "runs"}


@pytest.mark.parametrize("path", ["nowhere", "nowhere/x.csv", "data.csv/x", "a\0b", "broken"])
def test_an_artifact_that_is_missing(
    tracker: ExperimentTracker, source: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """It is an error in the log, and nothing else."""
    source.with_name("broken").symlink_to("nowhere")
    found = tracker.log_artifact(source.parent / path)

    assert found is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert repr(os.path.basename(path))[1:-1] in caplog.text
    assert tracker.artifacts == {}


def test_an_artifact_that_cannot_be_copied(
    tracker: ExperimentTracker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning; the run goes on."""
    os.mkfifo(tmp_path / "pipe")
    found = tracker.log_artifact(tmp_path / "pipe")

    assert found is None
    assert "not a regular file" in caplog.text


def test_an_artifact_without_a_name(tracker: ExperimentTracker) -> None:
    """The message says how to give it one; nothing is copied."""
    with pytest.raises(InvalidInputError, match="name="):
        tracker.log_artifact("/")


@pytest.mark.parametrize("name", [5, b"x", "\ud800"])
def test_names_that_cannot_be_kept(tracker: ExperimentTracker, source: Path, name: Any) -> None:
    """The message says that it is an artifact's."""
    with pytest.raises(InvalidInputError, match="artifact name"):
        tracker.log_artifact(source, name)


def test_a_model(tracker: ExperimentTracker, source: Path) -> None:
    """Its type is given, and what it was saved with is kept."""
    tracker.log_model(source, framework="torch")
    entry = tracker.artifacts["data.csv"]

    assert (entry["type"], entry["framework"]) == ("model", "torch")


def test_a_model_of_unknown_origin(tracker: ExperimentTracker, source: Path) -> None:
    """And a version of it."""
    version = tracker.log_model(source, version=True)

    assert tracker.artifacts["data.csv"]["framework"] == "unknown"
    assert tracker.list_artifact_versions("data.csv") == [version]


def test_a_model_that_is_a_directory(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """As some frameworks save them."""
    (tmp_path / "saved").mkdir()
    tracker.log_model(tmp_path / "saved")

    assert tracker.artifacts["saved"]["type"] == "model"


@pytest.mark.parametrize("path", ["nowhere.h5", "a\0b"])
def test_a_model_that_is_missing(tracker: ExperimentTracker, tmp_path: Path, path: str) -> None:
    """Unlike an artifact, it raises."""
    with pytest.raises(FileNotFoundError, match="There is no model at"):
        tracker.log_model(tmp_path / path)


def test_a_framework_that_is_no_text(tracker: ExperimentTracker, source: Path) -> None:
    """The message names the argument."""
    with pytest.raises(InvalidInputError, match="'framework' must be a text, got None"):
        tracker.log_model(source, framework=None)  # type: ignore[arg-type]


# ---------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("loss", "loss.png"),
        ("loss.png", "loss.png"),
        ("loss.JPG", "loss.JPG"),
        ("loss.jpeg", "loss.jpeg"),
        ("loss.svg", "loss.svg"),
        ("v1.2", "v1.2.png"),
    ],
)
def test_figures_of_matplotlib(tracker: ExperimentTracker, name: str, file: str) -> None:
    """The ending says the format; without one it is png."""
    path = tracker.log_figure(Figure(), name)

    assert path == tracker.experiment_dir / "plots" / file
    assert path.stat().st_size
    assert tracker.artifacts[file]["type"] == "figure"
    assert [entry.name for entry in path.parent.iterdir()] == [file]


def test_figures_of_plotly(tracker: ExperimentTracker) -> None:
    """As their JSON, which stays interactive."""
    path = tracker.log_figure(go.Figure(go.Scatter(y=[1, 2])), "loss")

    assert path is not None
    assert path.name == "loss.json"
    assert strict_json(path.read_bytes())["data"][0]["y"] == [1, 2]


def test_a_figure_that_is_drawn_again(tracker: ExperimentTracker) -> None:
    """It replaces the earlier one."""
    paths = {tracker.log_figure(Figure(), "loss") for _ in range(2)}

    assert len(paths) == 1
    assert list(tracker.artifacts) == ["loss.png"]


def test_a_figure_that_fails_leaves_nothing(tracker: ExperimentTracker) -> None:
    """Not even a temporary file."""

    class Failing:
        def savefig(self, path: Path) -> None:
            path.write_text("half", encoding="utf-8")
            raise OSError(28, "No space left on device")

    assert tracker.log_figure(Failing(), "loss") is None
    assert not list((tracker.experiment_dir / "plots").iterdir())


@pytest.mark.parametrize("figure", [None, "loss.png", 5])
def test_what_is_no_figure(tracker: ExperimentTracker, figure: Any) -> None:
    """The message shows what came."""
    with pytest.raises(InvalidInputError, match="must be a matplotlib or Plotly figure, got"):
        tracker.log_figure(figure, "loss")


# ---------------------------------------------------------------------- media

LOGS: dict[str, Callable[..., None]] = {
    "text": lambda tracker, name, **step: tracker.log_text(name, "words", **step),
    "image": lambda tracker, name, **step: tracker.log_image(name, np.zeros((2, 2)), **step),
    "histogram": lambda tracker, name, **step: tracker.log_histogram(name, [1.0, 2.0], **step),
    "table": lambda tracker, name, **step: tracker.log_table(name, [{"a": 1}], **step),
}


@pytest.mark.parametrize("kind", LOGS)
def test_media(tracker: ExperimentTracker, kind: str) -> None:
    """Each is an entry with its kind, its time and its step or the number so far."""
    LOGS[kind](tracker, "a/b")
    LOGS[kind](tracker, "a/b", step=np.int64(7))
    LOGS[kind](tracker, "a/b")
    entries = media(tracker)

    assert [(entry["key"], entry["kind"]) for entry in entries] == [("a/b", kind)] * 3
    assert [entry["step"] for entry in entries] == [0, 7, 2]
    assert all(entry["timestamp"] > 1.7e9 for entry in entries)


@pytest.mark.parametrize("kind", LOGS)
def test_media_that_cannot_be_kept(tracker: ExperimentTracker, kind: str) -> None:
    """A name that is none, or a step that is none, is refused by name."""
    with pytest.raises(InvalidInputError, match=f"{kind} name must be a text, got 5"):
        LOGS[kind](tracker, 5)
    with pytest.raises(MetricValueError, match=r"step must be a whole number, got 1\.5"):
        LOGS[kind](tracker, "a", step=1.5)

    assert not (tracker.experiment_dir / "media.json").exists()


@pytest.mark.parametrize("text", [5, None, b"x", "\ud800"])
def test_what_is_no_text(tracker: ExperimentTracker, text: Any) -> None:
    """The message names it."""
    with pytest.raises(InvalidInputError, match="'sample'"):
        tracker.log_text("sample", text)


def test_bins_and_columns(tracker: ExperimentTracker) -> None:
    """What only some kinds take is passed on."""
    tracker.log_histogram("weights", [1.0, 2.0], bins=3)
    tracker.log_table("rows", [[1, 2]], columns=["a", "b"])
    histogram, table = media(tracker)

    assert len(histogram["value"]["counts"]) == 3
    assert strict_json((tracker.experiment_dir / table["path"]).read_bytes()) == {
        "columns": ["a", "b"],
        "rows": [[1, 2]],
    }


def test_media_on_a_disk_that_refuses(
    tracker: ExperimentTracker, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning; the training loop goes on."""
    (tracker.experiment_dir / "media").write_text("in the way", encoding="utf-8")
    tracker.log_image("picture", np.zeros((2, 2)))

    assert "Image of run" in caplog.text
    assert not (tracker.experiment_dir / "media.json").exists()
