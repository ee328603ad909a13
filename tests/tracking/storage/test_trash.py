"""Deleted runs: moved by one rename, never followed out of the folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError, RunIsAliveError, StorageError
from neural.tracking.storage.trash import purge, restore, throw_away, trashed_runs


def make(base: Path, folder: str, experiment_id: str = "0123", content: str = "") -> Path:
    """Make a run directory of a finished run."""
    run_dir = base / folder
    run_dir.mkdir(parents=True)
    metadata = {"experiment_id": experiment_id, "end_time": "2026-01-01", "format_version": 1}
    (run_dir / "metadata.json").write_text(json.dumps(metadata))
    (run_dir / "content.txt").write_text(content)
    return run_dir


def trashed(base: Path) -> list[str]:
    """Return the ids in the trash."""
    return sorted(record.experiment_id for record, _ in trashed_runs(base))


def test_there_and_back(tmp_path: Path) -> None:
    """The folder moves as it is, under its own name."""
    run_dir = make(tmp_path, "a_0123", content="x")
    inode = run_dir.stat().st_ino

    throw_away(tmp_path, "a_0123")
    inside = trashed(tmp_path), run_dir.exists()
    assert restore(tmp_path, "0123") == "a_0123"

    assert inside == (["0123"], False)
    assert run_dir.stat().st_ino == inode


def test_the_same_name_twice(tmp_path: Path) -> None:
    """Both are kept; the one that was deleted last comes back first, each under a free name."""
    make(tmp_path, "a_0123", content="older")
    throw_away(tmp_path, "a_0123")
    make(tmp_path, "a_0123", content="newer")
    throw_away(tmp_path, "a_0123")

    folders = [restore(tmp_path, "0123"), restore(tmp_path, "0123")]

    contents = [(tmp_path / folder / "content.txt").read_text() for folder in folders]
    assert folders == ["a_0123", "2-a_0123"]
    assert contents == ["newer", "older"]


def test_an_unknown_run(tmp_path: Path) -> None:
    """Nothing is there to restore or delete, and nothing else is touched."""
    make(tmp_path, "a_0123")
    throw_away(tmp_path, "a_0123")

    with pytest.raises(NotFoundError, match="no run 9999 in the trash"):
        restore(tmp_path, "9999")
    with pytest.raises(NotFoundError, match="9999"):
        purge(tmp_path, ["0123", "9999"])
    assert trashed(tmp_path) == ["0123"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """What a link in the run, or the run as a link, leads to stays as it is."""
    outside = make(tmp_path / "elsewhere", "b_4567", "4567", content="keep")
    run_dir = make(tmp_path / "runs", "a_0123")
    (run_dir / "link").symlink_to(outside)
    (tmp_path / "runs" / "b_4567").symlink_to(outside)
    for folder in ("a_0123", "b_4567"):
        throw_away(tmp_path / "runs", folder)

    purge(tmp_path / "runs")

    assert (outside / "content.txt").read_text() == "keep"
    assert trashed(tmp_path / "runs") == []


def test_a_trash_that_is_a_link(tmp_path: Path) -> None:
    """It would lead out of the folder, so it is refused."""
    make(tmp_path / "runs", "a_0123")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs" / ".trash").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StorageError, match="symbolic link"):
        throw_away(tmp_path / "runs", "a_0123")
    with pytest.raises(StorageError, match="symbolic link"):
        purge(tmp_path / "runs")
    assert (tmp_path / "runs" / "a_0123").is_dir()


def test_a_live_run(tmp_path: Path, locked: Any) -> None:
    """It is neither thrown away nor purged, by name or with all others."""
    run_dir = make(tmp_path, "a_0123")
    (run_dir / "metrics.json").write_bytes(b"[\n]")
    with locked(run_dir / "metrics.json"), pytest.raises(RunIsAliveError, match="0123"):
        throw_away(tmp_path, "a_0123")
    throw_away(tmp_path, "a_0123")
    with locked(tmp_path / ".trash" / "a_0123" / "metrics.json"):
        with pytest.raises(RunIsAliveError, match="cannot be deleted"):
            purge(tmp_path, ["0123"])
        freed = purge(tmp_path)

    assert (freed, trashed(tmp_path)) == (0, ["0123"])


def test_what_cannot_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says why, and the run is where it was."""
    run_dir = make(tmp_path, "a_0123")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(StorageError, match="No space left"):
        throw_away(tmp_path, "a_0123")
    assert run_dir.is_dir()


def test_freed_bytes_are_those_of_the_disk(tmp_path: Path) -> None:
    """A sparse file counts what it takes, not what it claims."""
    run_dir = make(tmp_path, "a_0123", content="x" * 100_000)
    with (run_dir / "sparse").open("wb") as file:
        file.truncate(10**9)
    throw_away(tmp_path, "a_0123")

    assert 100_000 <= purge(tmp_path) < 10**6
