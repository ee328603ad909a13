"""Runs in folders of small files, held to the contract of sources: Sacred, DVCLive, HF Trainer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from neural.testing.run_source_contract import FileSourceContract
from neural.tracking.detection import detect
from neural.tracking.importers.dvclive import DvcliveSource
from neural.tracking.importers.sacred import SacredSource
from neural.tracking.importers.trainer_state import TrainerStateSource
from neural.tracking.sources import RunSource


class TrainerStock:
    """A state that is written anew with each point."""

    kind = "hf-trainer"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._file = path / "trainer_state.json"
        self._history: list[dict[str, Any]] = []

    def open(self) -> RunSource:
        """Return a source of the file."""
        return TrainerStateSource(self._file, self._file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Write the whole log again."""
        self._history += [{"step": step, metric: value} for step, value in points]
        state = {"global_step": 7, "best_metric": None, "log_history": self._history}
        self._file.write_text(json.dumps(state, indent=2))


class SacredStock:
    """Files of an observer, written anew with each point."""

    kind = "sacred"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        run = {
            "experiment": {"name": "mnist"},
            "status": "INTERRUPTED",
            "start_time": "2023-11-14T22:13:20",
            "artifacts": ["model.bin", "../escape"],
        }
        (path / "run.json").write_text(json.dumps(run))
        (path / "config.json").write_text(json.dumps({"lr": 0.5, "__annotations__": {}}))
        (path / "model.bin").write_bytes(b"weights")
        self._metrics: dict[str, dict[str, list[Any]]] = {}

    def open(self) -> RunSource:
        """Return a source of the folder."""
        assert self.path is not None
        return SacredSource(self.path, self.path)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Write all metrics again."""
        empty: dict[str, list[Any]] = {"steps": [], "values": [], "timestamps": []}
        series = self._metrics.setdefault(metric, empty)
        for step, value in points:
            series["steps"].append(step)
            series["values"].append(value)
            series["timestamps"].append("2023-11-14T22:13:21")
        assert self.path is not None
        (self.path / "metrics.json").write_text(json.dumps(self._metrics))


class DvcliveStock:
    """A file a metric."""

    kind = "dvclive"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        (path / "plots" / "metrics").mkdir(parents=True)
        (path / "metrics.json").write_text("{}")

    def open(self) -> RunSource:
        """Return a source of the folder."""
        assert self.path is not None
        return DvcliveSource(self.path, self.path)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append to the metric's file."""
        assert self.path is not None
        path = self.path / "plots" / "metrics" / f"{metric}.tsv"
        if not path.exists():
            path.write_text(f"step\t{metric}\n")
        with path.open("a") as file:
            file.writelines(f"{step}\t{value}\n" for step, value in points)


class TestTrainerStateSource(FileSourceContract):
    """The Trainer's state."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> TrainerStock:
        """Return a state."""
        return TrainerStock(tmp_path)


class TestSacredSource(FileSourceContract):
    """Sacred's file observer."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> SacredStock:
        """Return a folder of the observer."""
        return SacredStock(tmp_path)


class TestDvcliveSource(FileSourceContract):
    """DVCLive's folder."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> DvcliveStock:
        """Return a folder of DVCLive."""
        return DvcliveStock(tmp_path)


def test_the_newest_checkpoint(tmp_path: Path) -> None:
    """Each holds the log so far: they are one run, read from the last of them."""
    for number in (500, 1000, 999):
        folder = tmp_path / f"checkpoint-{number}"
        folder.mkdir()
        history = [{"step": number, "loss": 0.5}]
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))

    (found,) = detect(tmp_path).detections

    source = found.open()
    source.refresh()
    (run,) = source.runs()
    assert found.path.parent.name == "checkpoint-1000"
    assert run.identity == str(tmp_path.resolve() / "trainer_state.json")


def test_what_sacred_tells(tmp_path: Path) -> None:
    """Status, times, which are in UTC, parameters, and artifacts that lie in the folder."""
    source = SacredStock(tmp_path).open()
    source.refresh()

    (run,) = source.runs()
    (file,) = source.files(run.source_id)

    assert (run.experiment_name, run.status, run.start_time) == ("mnist", "cancelled", 1.7e9)
    assert run.params == {"lr": 0.5}
    assert source.load(file.place) == b"weights"


def test_what_dvclive_keeps(tmp_path: Path) -> None:
    """Metrics are named by their folders, images by their step."""
    stock = DvcliveStock(tmp_path)
    (tmp_path / "plots" / "metrics" / "train").mkdir()
    (tmp_path / "plots" / "images" / "sample").mkdir(parents=True)
    stock.put("train/loss", [(3, 0.5)])
    (tmp_path / "plots" / "images" / "sample" / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n1")
    (tmp_path / "params.yaml").write_text("lr: 0.5\n")

    source = stock.open()
    source.refresh()

    (run,) = source.runs()
    (image,) = source.media(run.source_id)
    assert list(source.series(run.source_id)) == ["train/loss"]
    assert (image.key, image.step, run.params) == ("sample", 7, {"lr": 0.5})
    assert image.place is not None
    assert source.load(image.place).endswith(b"1")
