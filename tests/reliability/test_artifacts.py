"""R22, R23: files are kept whole or not at all, fast, and in little memory."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.experiment_tracker import ExperimentTracker

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

Play = Callable[..., dict[str, Any]]


@pytest.fixture
def play(tmp_path: Path, start_worker: Callable[..., Any], finished: Callable[..., Any]) -> Play:
    """Return a function that plays one scenario in a process of its own."""

    def start(scenario: str, **arguments: Any) -> dict[str, Any]:
        worker = start_worker("keep_files", scenario=scenario, folder=tmp_path, **arguments)
        found: dict[str, Any] = finished(worker)
        return found

    return start


def test_a_sparse_file(play: Play, torture: bool) -> None:
    """Ten gigabytes of nothing cost neither memory nor disk, and are kept to the byte."""
    size_mib = 10_240 if torture else 512

    found = play("sparse", size_mib=size_mib)

    assert found["size"] == size_mib << 20
    assert found["same"], found
    assert found["checksum_right"], found
    assert found["memory_mib"] < 64, found
    assert found["blocks_mib"] < 4, found


def test_as_fast_as_cp_and_sha256sum(play: Play, torture: bool) -> None:
    """At least 70 % of their rate; the best of some tries, as other programs may be busy."""
    found = play("rate", size_mib=1_024 if torture else 64, repeats=5)

    assert found["ours_s"][0] <= found["theirs_s"][0] / 0.7, found


@pytest.mark.parametrize("version", [False, True], ids=["plain", "versions"])
def test_killed_while_copying(play: Play, version: bool, torture: bool) -> None:
    """No final name on part of a file; kept again it is whole, and fsck clears what is left."""
    found = play("killed", size_mib=64 if torture else 16, points=20, version=version)

    assert found["cut_short"] >= 10, found
    for fault in ("lost", "partial", "not_kept_again", "orphans_after_fsck"):
        assert found.get(fault, 0) == 0, found


def test_a_source_that_changes(play: Play) -> None:
    """Whatever was copied, size and checksum are those of the copy."""
    found = play("changing", size_mib=20)

    assert found["changes"] > 100, "the source did not change meanwhile"
    assert found["right"] == 5, found


def test_a_directory_of_many_files(play: Play, torture: bool) -> None:
    """All of them arrive, in little memory."""
    found = play("many", files=10_000 if torture else 2_000)

    assert found["same"], found
    assert found["type"] == "directory"
    assert found["memory_mib"] < 64, found


def tree_with(folder: Path, name: str) -> Path:
    """A directory that holds one file, and one thing that is none."""
    tree = folder / "tree"
    tree.mkdir()
    (tree / "file.txt").write_text("kept", encoding="utf-8")
    odd = tree / "odd"
    things: dict[str, Callable[[], object]] = {
        "link to itself": lambda: odd.symlink_to(odd),
        "loop of links": lambda: odd.symlink_to(tree),
        "dangling link": lambda: odd.symlink_to(tree / "gone"),
        "link to a device": lambda: odd.symlink_to("/dev/zero"),
        "pipe": lambda: os.mkfifo(odd),
        "socket": lambda: _socket_at(odd),
        "empty directory": odd.mkdir,
    }
    things[name]()
    return tree


def _socket_at(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have 108 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as found:
            found.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "name",
    [
        "link to itself",
        "loop of links",
        "dangling link",
        "link to a device",
        "pipe",
        "socket",
        "empty directory",
    ],
)
def test_odd_things_in_a_directory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """R22: they are left out, with a word about it, and nothing hangs."""
    tree = tree_with(tmp_path, name)
    tracker = ExperimentTracker("odd", tmp_path / "base", False, capture_environment=False)
    caplog.set_level(logging.WARNING)

    tracker.log_artifact(tree)

    kept = tracker.experiment_dir / tracker.artifacts["tree"]["path"]
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["file.txt"]
    assert "odd" in caplog.text or name == "empty directory"
    tracker.finish()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("path", ["pipe", "/dev/zero", "loop", "/proc/self/mem"])
def test_odd_things_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """R22: an endless file is refused with a warning; training goes on."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    tracker = ExperimentTracker("odd", tmp_path / "base", False, capture_environment=False)

    kept = tracker.log_artifact(path)

    assert kept is None
    assert tracker.artifacts == {}
    assert caplog.records
    assert not list(tracker.experiment_dir.rglob("*.tmp"))
    tracker.finish()


def test_the_link_that_a_directory_is_given_by(tmp_path: Path) -> None:
    """A link to a directory is that directory."""
    tree = tree_with(tmp_path, "empty directory")
    (tmp_path / "link").symlink_to(tree)
    tracker = ExperimentTracker("odd", tmp_path / "base", False, capture_environment=False)

    tracker.log_artifact(tmp_path / "link", "name")

    kept = tracker.experiment_dir / tracker.artifacts["name"]["path"]
    assert (kept / "file.txt").read_text(encoding="utf-8") == "kept"
    tracker.finish()
