"""A run is continued."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.errors import (
    InvalidInputError,
    NotFoundError,
    StorageError,
)
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker

NewRun = Callable[..., ExperimentTracker]
Stored = Callable[[ExperimentTracker], dict[str, Any]]
Entries = Callable[[ExperimentTracker], list[dict[str, Any]]]


def shown_status(tracker: ExperimentTracker) -> str:
    """The status that a listing shows."""
    return ExperimentManager(tracker.base_dir).run(tracker.experiment_id).status


def test_resume_adds_an_attempt(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored, entries: Entries
) -> None:
    """Same files; the attempt says when, where and from which offset on."""
    tracker.log_metrics({"loss": 0.5}, step=0)
    tracker.finish("failed")
    end = (tracker.experiment_dir / "metrics.json").stat().st_size - len("\n]")
    again = ExperimentTracker.resume(tracker.experiment_id, base, False)
    again.log_metrics({"loss": 0.4}, step=1)
    found = metadata_of(tracker)
    (attempt,) = found["attempts"]

    assert (found["status"], found["end_time"]) == ("running", None)
    assert [entry["step"] for entry in entries(again)] == [0, 1]
    assert attempt["offsets"] == {"metrics.json": end}
    assert attempt["pid"] == os.getpid()
    assert attempt["start"] > found["start_time"]


def test_resume_forgets_the_error(new_run: NewRun, base: Path, metadata_of: Stored) -> None:
    """What ended the attempt before does not end this one."""
    with pytest.raises(ValueError, match="boom"), new_run() as tracker:
        raise ValueError("boom")
    with ExperimentTracker.resume(tracker.experiment_id, base, False):
        pass

    assert metadata_of(tracker)["error"] is None
    assert metadata_of(tracker)["status"] == "completed"


def test_charts_show_the_later_attempt(tracker: ExperimentTracker, base: Path) -> None:
    """From its own first step on; all values stay on record."""
    for step in range(4):
        tracker.log_metrics({"loss": float(step), "old": 0.0}, step=step)
    tracker.finish()
    again = ExperimentTracker.resume(tracker.experiment_id, base, False)
    again.log_metrics({"loss": 20.0}, step=2)
    drawn = again.metric("loss", "drawn")

    assert again.get_metrics("loss") == [0.0, 1.0, 2.0, 3.0, 20.0]
    assert (drawn.step.tolist(), drawn.value.tolist()) == ([0, 1, 2], [0.0, 1.0, 20.0])
    assert again.metric("old", "drawn").step.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("wrong", ["nope", "", "../run", "*"])
def test_resume_wants_an_exact_id(tracker: ExperimentTracker, base: Path, wrong: str) -> None:
    """Neither the start of an id nor a pattern will do."""
    for experiment_id in (wrong, tracker.experiment_id[:6]):
        with pytest.raises(NotFoundError, match=f"{re.escape(repr(experiment_id))}.* in "):
            ExperimentTracker.resume(experiment_id, base)


def test_resume_of_a_run_that_is_being_written(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored
) -> None:
    """It is joined: a file of its own, and the owner alone ends the run."""
    tracker.log_metrics({"a": 1.0}, step=0)
    other = ExperimentTracker.resume(tracker.experiment_id, base, False)
    other.log_metrics({"b": 2.0}, step=0)
    other.finish()

    assert tracker.metric_names() == ["a", "b"]
    assert len(list(tracker.experiment_dir.glob("metrics*.json"))) == 2
    assert (metadata_of(tracker)["status"], metadata_of(tracker)["attempts"]) == ("running", [])


def test_only_the_owner_sets_the_status(
    tracker: ExperimentTracker, base: Path, caplog: pytest.LogCaptureFixture, metadata_of: Stored
) -> None:
    """Others are told so."""
    other = ExperimentTracker.resume(tracker.experiment_id, base, False)
    other.set_status("failed")

    assert metadata_of(tracker)["status"] == "created"
    assert "Only the process that owns run" in caplog.text


def test_a_run_that_was_continued_elsewhere(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored
) -> None:
    """An earlier owner does not write over what the new one says."""
    tracker.finish()
    other = ExperimentTracker.resume(tracker.experiment_id, base, False)
    tracker.set_status("failed")
    while_written = metadata_of(tracker)
    other.finish()
    tracker.set_status("failed")
    at_rest = metadata_of(tracker)

    assert (while_written["status"], at_rest["status"]) == ("running", "failed")
    assert len(at_rest["attempts"]) == 1


def test_a_run_of_the_seed_goes_on(base: Path, metadata_of: Stored) -> None:
    """Its own files stay as they are; what is logged now is a later attempt."""
    folder = base / "old_name_1a2b3c4d"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text(
        '{"start_time": "2024-05-01T10:00:00.123456", "status": "completed"}', encoding="utf-8"
    )
    old = '[\n  {"timestamp": 1.0, "step": 0, "loss": 0.5},\n  {"timestamp": 2.0, "step": 1, '
    old += '"loss": NaN},\n  {"timestamp": 3.0, "step": 2, "loss": 0.3}\n]'
    (folder / "metrics.json").write_text(old, encoding="utf-8")
    tracker = ExperimentTracker.resume("1a2b3c4d", base, False)
    tracker.log_metrics({"loss": 0.4}, step=1)
    tracker.log_metrics({"other": 1.0})
    tracker.finish()

    assert (folder / "metrics.json").read_text(encoding="utf-8") == old
    assert tracker.experiment_name == "old_name"
    assert metadata_of(tracker)["start_time"] == "2024-05-01T10:00:00.123456"
    assert tracker.metric("loss", "drawn").value.tolist() == [0.5, 0.4]
    assert tracker.metric("other").step.tolist() == [4]


def test_damaged_metadata(tracker: ExperimentTracker, base: Path, metadata_of: Stored) -> None:
    """They are set aside, and the run goes on."""
    tracker.finish()
    (tracker.experiment_dir / "metadata.json").write_text("{", encoding="utf-8")
    again = ExperimentTracker.resume(tracker.experiment_id, base, False)

    assert metadata_of(again)["status"] == "running"
    assert (tracker.experiment_dir / "metadata.json.damaged").exists()


def test_a_later_format_is_left_alone(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored
) -> None:
    """This version cannot know what it would spoil."""
    tracker.finish()
    path = tracker.experiment_dir / "metadata.json"
    path.write_text(json.dumps(metadata_of(tracker) | {"format_version": 2}), encoding="utf-8")
    before = path.read_bytes()

    with pytest.raises(StorageError, match=r"format 2.*Upgrade"):
        ExperimentTracker.resume(tracker.experiment_id, base)

    assert path.read_bytes() == before


def test_a_detached_run_waits_for_others(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored, entries: Entries
) -> None:
    """It counts as running though no process lives, and each may go on with it."""
    tracker.detach()
    between = shown_status(tracker)
    other = ExperimentTracker.resume(tracker.experiment_id, base, False, only_detached=True)
    other.log_metrics({"a": 1.0})
    other.detach()
    ExperimentTracker.resume(tracker.experiment_id, base, False, only_detached=True).finish()
    found = metadata_of(tracker)

    assert between == "running"
    assert (found["status"], found["attempts"]) == ("completed", [])
    assert entries(tracker) == [{"step": 0, "a": 1.0}]


def test_logging_to_a_detached_run_after_its_end_moves_it(
    tracker: ExperimentTracker, base: Path, metadata_of: Stored
) -> None:
    """As for any other run; only to look at it does not."""
    tracker.detach()
    ends: list[str] = []
    for count in (0, 0, 1):
        other = ExperimentTracker.resume(tracker.experiment_id, base, False)
        for _ in range(count):
            other.log_metrics({"a": 1.0})
        if ends:
            other.detach()
        else:
            other.finish()
        ends.append(metadata_of(tracker)["end_time"])

    assert ends[0] == ends[1] < ends[2]


def test_a_run_of_a_program_is_not_taken_for_a_detached_one(
    tracker: ExperimentTracker, base: Path
) -> None:
    """The message says how to start one."""
    tracker.finish()

    with pytest.raises(InvalidInputError, match="neural start"):
        ExperimentTracker.resume(tracker.experiment_id, base, only_detached=True)
