"""What is watched beside a run: started and stopped together, and harmless when it fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neural.errors import MissingExtraError
from neural.testing.metrics_oracle import entries_of, strict_json
from neural.tracking.faults import FaultReporter
from neural.tracking.observers import Observers, check_observers
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.locks import is_locked


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    """A run directory."""
    return RunPaths(tmp_path)


@pytest.fixture
def observers(paths: RunPaths) -> Observers:
    """Nothing is watched yet."""
    return Observers(paths, FaultReporter())


def test_what_is_not_asked_for_is_not_watched(observers: Observers, paths: RunPaths) -> None:
    """No file, no thread."""
    observers.start(output=False, system=False, environment=False)
    observers.stop()

    assert not list(paths.root.iterdir())


def test_output(observers: Observers, paths: RunPaths, capfd: pytest.CaptureFixture[str]) -> None:
    """Both streams, from start to stop."""
    observers.start(output=True, system=False, environment=False)
    sys.stdout.write("out\n")
    sys.stderr.write("err\n")
    observers.stop()
    sys.stdout.write("later\n")

    assert (paths.logs_dir / "stdout.log").read_text(encoding="utf-8") == "out\n"
    assert (paths.logs_dir / "stderr.log").read_text(encoding="utf-8") == "err\n"
    assert capfd.readouterr().out == "out\nlater\n"


def test_output_without_a_place(
    observers: Observers, paths: RunPaths, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told of; the run goes on."""
    paths.logs_dir.write_text("in the way", encoding="utf-8")
    observers.start(output=True, system=False, environment=False)
    observers.stop()

    assert "Output cannot be kept" in caplog.text


def test_the_environment(observers: Observers, paths: RunPaths) -> None:
    """It is there when its thread has ended."""
    observers.start(output=False, system=False, environment=True)
    handle = observers._environment
    assert handle is not None
    handle.join(60)
    observers.stop()

    assert strict_json(paths.environment.read_bytes())["host"]["name"]


def test_changes_that_were_not_committed(observers: Observers, paths: RunPaths) -> None:
    """They have a file of their own, beside the rest; no changes, no file."""
    observers._keep_environment({"python": 1}, None)
    before = paths.git_diff.exists()
    observers._keep_environment({"python": 2}, "+ ü \ud800")

    assert not before
    assert paths.git_diff.read_text(encoding="utf-8") == "+ ü ?"
    assert strict_json(paths.environment.read_bytes()) == {"python": 2}


def test_an_environment_without_a_place(
    observers: Observers, paths: RunPaths, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told of, in the thread that gathered it."""
    paths.environment.mkdir()
    observers._keep_environment({"python": 1}, None)

    assert "environment.json cannot be written" in caplog.text


def test_samples_of_the_machine(observers: Observers, paths: RunPaths) -> None:
    """Numbered from zero, in a file that nobody else writes; it is free again afterwards."""
    observers.start(output=False, system=True, environment=False)
    assert observers._sampler is not None
    observers._sampler.stop()  # it would sample between the two below
    paths.metrics.write_bytes(b'[ \n{"timestamp":1.5,"step":7,"loss":0.5}\n]')
    for value in (0.5, 0.25):
        observers._keep_sample({"system/x": value})
    _, file = paths.metrics_files()
    locked = is_locked(file)
    observers.stop()
    kept = [entry for entry in entries_of(file) if "system/x" in entry]

    assert locked
    assert not is_locked(file)
    assert [entry["system/x"] for entry in kept] == [0.5, 0.25]
    assert [entry["step"] for entry in entries_of(file)] == list(range(len(entries_of(file))))


def test_samples_of_a_run_that_goes_on(observers: Observers, paths: RunPaths) -> None:
    """They are numbered from behind the earlier ones, which charts would hide otherwise."""
    paths.metrics.write_bytes(b'[ \n{"timestamp":1.5,"step":0,"system/x":0.5}\n]')
    observers.start(output=False, system=True, environment=False)
    assert observers._sampler is not None
    observers._sampler.stop()
    observers._keep_sample({"system/x": 0.25})
    observers.stop()
    _, file = paths.metrics_files()

    assert entries_of(file)[0]["step"] == 1


def test_stopping_twice(observers: Observers) -> None:
    """The second time there is nothing to stop."""
    observers.start(output=False, system=True, environment=True)
    observers.stop()
    observers.stop()

    assert observers._sampler is None
    assert observers._environment is None


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named before anything is written, and only if it is wanted."""
    monkeypatch.setitem(sys.modules, "psutil", None)
    check_observers(system_metrics=False)

    with pytest.raises(MissingExtraError, match="psutil"):
        check_observers(system_metrics=True)
