"""A live run kept up to date elsewhere."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import pytest

from neural.errors import NotFoundError, UnknownNameError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.export_manager import ExportResult
from neural.tracking.mirroring import Mirror
from neural.tracking.sinks import Target


def _tracker(base: Path) -> ExperimentTracker:
    made = ExperimentTracker("live", base, False, capture_environment=False)
    made.log_metrics({"loss": 1.0}, step=0)
    return made


def _steps(out: Path) -> list[int]:
    (path,) = out.glob("*/metrics.csv")
    with path.open(newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


def test_each_round_sends_what_is_new(tmp_path: Path) -> None:
    """While the run is being written."""
    tracker = _tracker(tmp_path / "runs")
    library = ExperimentManager(tmp_path / "runs")
    sent: list[int] = []
    mirror = Mirror(
        library,
        tracker.experiment_id,
        {"csv": Target(place=str(tmp_path / "out"))},
        told=lambda _, result: sent.append(result.sent),
    )
    mirror.round()
    tracker.log_metrics({"loss": 0.5}, step=1)

    mirror.round()
    tracker.finish()

    assert (sent, _steps(tmp_path / "out")) == ([1, 1], [0, 1])


def test_it_ends_with_the_run(tmp_path: Path) -> None:
    """What was logged last is there when it returns."""
    tracker = _tracker(tmp_path / "runs")
    library = ExperimentManager(tmp_path / "runs")
    rounds: list[ExportResult] = []

    def told(_platform: str, result: ExportResult) -> None:
        rounds.append(result)
        if len(rounds) == 1:
            tracker.log_metrics({"loss": 0.5}, step=1)
            tracker.finish()

    targets = {"csv": Target(place=str(tmp_path / "out"))}
    mirror = Mirror(library, tracker.experiment_id, targets, every_s=0.01, told=told)

    assert mirror.run()
    assert _steps(tmp_path / "out") == [0, 1]


def test_what_a_platform_missed_is_sent_later(tmp_path: Path) -> None:
    """A platform that is down loses nothing, and holds up no other."""
    with _tracker(tmp_path / "runs") as tracker:
        run_id = tracker.experiment_id
    (tmp_path / "down").touch()  # a file, where the folder should be
    results: list[tuple[str, bool]] = []

    def told(platform: str, result: ExportResult) -> None:
        results.append((platform, result.ok))
        if platform == "csv" and not result.ok:
            (tmp_path / "down").unlink()

    mirror = Mirror(
        ExperimentManager(tmp_path / "runs"),
        run_id,
        {
            "csv": Target(place=str(tmp_path / "down")),
            "json": Target(place=str(tmp_path / "up")),
        },
        every_s=0.01,
        told=told,
    )

    assert mirror.run()
    assert results == [("csv", False), ("json", True), ("csv", True)]
    assert _steps(tmp_path / "down") == [0]


def test_stopping_from_another_thread(tmp_path: Path) -> None:
    """It returns, and says that the run went on."""
    tracker = _tracker(tmp_path / "runs")
    mirror: Mirror
    mirror = Mirror(
        ExperimentManager(tmp_path / "runs"),
        tracker.experiment_id,
        {"csv": Target(place=str(tmp_path / "out"))},
        every_s=3600,
        told=lambda *_: threading.Thread(target=mirror.stop).start(),
    )

    assert not mirror.run()
    tracker.finish()


def test_no_such_run(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(NotFoundError, match="nowhere"):
        Mirror(ExperimentManager(tmp_path), "nowhere", {})


def test_no_such_platform(tmp_path: Path) -> None:
    """Nothing is begun."""
    with _tracker(tmp_path) as tracker:
        run_id = tracker.experiment_id

    with pytest.raises(UnknownNameError, match="mlflow"):
        Mirror(ExperimentManager(tmp_path), run_id, {"mlfow": Target()})
