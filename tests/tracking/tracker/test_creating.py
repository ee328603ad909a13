"""A run is made: its directory, its id, what is said about it and watched beside it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.errors import (
    InvalidInputError,
    NeuralError,
)
from neural.testing.metrics_oracle import strict_json
from neural.tracking.experiment_tracker import ExperimentTracker

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]
Entries = Callable[[ExperimentTracker], list[dict[str, Any]]]


def test_a_new_run_directory(tracker: ExperimentTracker) -> None:
    """Folders and the two first files are there at once."""
    names = {path.name for path in tracker.experiment_dir.iterdir()}

    assert names == {"artifacts", "plots", "versions", "metadata.json", "metrics.json"}
    assert (tracker.experiment_dir / "metrics.json").read_bytes() == b"[\n]"


def test_new_metadata(new_run: NewRun, metadata_of: Stored) -> None:
    """It tells the true name, the id, who writes, and how the run belongs to others."""
    tracker = new_run("naïve/run", group="g", repeat=np.int64(3), parent="p")
    found = metadata_of(tracker)
    start = found.pop("start_time")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", start)
    assert found == {
        "experiment_name": "naïve/run",
        "experiment_id": tracker.experiment_id,
        "format_version": 1,
        "status": "created",
        "end_time": None,
        "group": "g",
        "repeat": 3,
        "parent": "p",
        "host": found["host"],
        "pid": os.getpid(),
        "attempts": [],
    }


def test_the_folder_ends_in_the_id(tracker: ExperimentTracker) -> None:
    """Name and id, of 12 hex characters, are joined by an underscore."""
    assert re.fullmatch(r"[0-9a-f]{12}", tracker.experiment_id)
    assert tracker.experiment_dir.name == f"run_{tracker.experiment_id}"


def test_the_default_name_is_the_time(base: Path) -> None:
    """It has the form that it always had."""
    tracker = ExperimentTracker(base_dir=base, capture_environment=False, auto_visualize=False)

    assert re.fullmatch(r"experiment_\d{8}_\d{6}", tracker.experiment_name)


def test_a_relative_base_dir_is_kept_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later change of the working directory does not lead the run elsewhere."""
    monkeypatch.chdir(tmp_path)
    tracker = ExperimentTracker("run", "runs", False, capture_environment=False)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    tracker.log_hyperparameters({"lr": 1})

    assert tracker.base_dir == tmp_path / "runs"
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": 5}, "experiment name must be a text, got 5"),
        ({"name": "a\ud800"}, "lone surrogate at position 1"),
        ({"experiment_id": "a/b"}, "id must be 1 to 64 letters, digits or '-', got 'a/b'"),
        ({"experiment_id": "x" * 65}, "id must be"),
        ({"experiment_id": ""}, "id must be"),
        ({"experiment_id": 5}, r"id must be .* got 5 \(int\)"),
        ({"tags": [3]}, "tag name must be a text, got 3"),
        ({"tags": 3}, "tags must be names, or map names to texts; got 3"),
        ({"notes": 5}, "'notes' must be a text, got 5"),
        ({"group": 5}, "group name must be a text"),
        ({"parent": 5}, "parent name must be a text"),
        ({"repeat": "x"}, "repeat must be a whole number, got 'x'"),
        ({"writer": "fast"}, "writer must be one of auto, mapped, pwrite; got 'fast'"),
        ({"durability": "all"}, "durability must be one of process, interval, step; got 'all'"),
    ],
)
def test_what_cannot_be_used_leaves_nothing(
    new_run: NewRun, base: Path, options: dict[str, Any], message: str
) -> None:
    """The message names the argument; no run is made."""
    with pytest.raises(NeuralError, match=message):
        new_run(**options)

    assert not base.exists()


def test_an_id_of_ones_own(new_run: NewRun, base: Path) -> None:
    """It is used as it is, and can be found by it."""
    tracker = new_run(experiment_id="job-7")

    assert tracker.experiment_dir == base / "run_job-7"


def test_an_id_that_is_taken(new_run: NewRun) -> None:
    """The message says how to go on with that run; it is not touched."""
    first = new_run(experiment_id="job-7")

    with pytest.raises(InvalidInputError, match=r"ExperimentTracker\.resume\('job-7'"):
        new_run("other", experiment_id="job-7")

    assert [path.name for path in first.base_dir.iterdir()] == ["run_job-7"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("a", "b"), {"a": "", "b": ""}),
        ("alone", {"alone": ""}),
        ({"team": "blue", "round": 2}, {"team": "blue", "round": "2"}),
    ],
)
def test_tags(new_run: NewRun, given: Any, kept: dict[str, str]) -> None:
    """Names, one name, or names with texts."""
    assert new_run(tags=given).tags == kept


def test_tags_and_notes_later(new_run: NewRun) -> None:
    """Tags are added to those there, notes replaced."""
    tracker = new_run(tags=["a"], notes="first")
    tracker.add_tags("b", team="blue")
    tracker.set_notes("second")

    assert tracker.tags == {"a": "", "b": "", "team": "blue"}
    assert tracker.notes == "second"


def test_a_run_without_tags_has_no_annotations(tracker: ExperimentTracker) -> None:
    """The file comes with the first thing it says."""
    assert (tracker.tags, tracker.notes) == ({}, "")
    assert not (tracker.experiment_dir / "annotations.json").exists()


def test_the_environment_is_kept(new_run: NewRun) -> None:
    """It is gathered beside the run; by default, here asked for."""
    tracker = new_run(capture_environment=True)
    assert tracker._observers._environment is not None
    tracker._observers._environment.join(60)
    found = strict_json((tracker.experiment_dir / "environment.json").read_bytes())

    assert found["python"]["version"]


def test_what_is_printed_is_kept(new_run: NewRun, capfd: pytest.CaptureFixture[str]) -> None:
    """Until the run ends."""
    tracker = new_run(capture_output=True)
    sys.stdout.write("inside\n")
    tracker.finish()
    sys.stdout.write("outside\n")

    assert (tracker.experiment_dir / "logs" / "stdout.log").read_text() == "inside\n"
    assert "inside" in capfd.readouterr().out


def test_system_metrics_have_a_file_of_their_own(new_run: NewRun, entries: Entries) -> None:
    """The run's own entries are counted by its own calls."""
    tracker = new_run(system_metrics=True)
    tracker.log_metrics({"a": 1.0})
    tracker.finish()

    assert [entry["step"] for entry in entries(tracker)] == [0]
    assert any(name.startswith("system/") for name in tracker.metric_names())
