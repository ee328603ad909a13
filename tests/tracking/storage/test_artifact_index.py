"""Artifacts as artifacts.json lists them, and where they lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError
from neural.tracking.storage.artifact_index import (
    artifact_file,
    contained_file,
    listed,
    listed_versions,
    read_artifacts,
)


def write(run_dir: Path, index: Any) -> None:
    """Write artifacts.json and one artifact."""
    (run_dir / "artifacts.json").write_text(json.dumps(index))
    (run_dir / "artifacts").mkdir()
    (run_dir / "artifacts" / "model.h5").write_bytes(b"weights")


ENTRY = {"path": "artifacts/model.h5", "type": "model", "size": 7, "timestamp": 5.0}


def test_our_own_list(run_dir: Path) -> None:
    """Each entry comes back, with what only some writers keep."""
    write(run_dir, {"ü": {**ENTRY, "checksum": "ab", "framework": "keras"}, "b": ENTRY})

    b, umlaut = read_artifacts(run_dir)

    assert (b.name, b.path, b.size, b.checksum) == ("b", "artifacts/model.h5", 7, None)
    assert (umlaut.name, umlaut.checksum, umlaut.framework) == ("ü", "ab", "keras")


def test_the_other_dialect(run_dir: Path) -> None:
    """The list may stand under ``current``, beside the versions."""
    write(run_dir, {"current": {"m": ENTRY}, "versions": {"m": [ENTRY]}})

    assert [artifact.name for artifact in read_artifacts(run_dir)] == ["m"]


def test_an_artifact_called_current(run_dir: Path) -> None:
    """It is an artifact like any other, and hides none."""
    write(run_dir, {"current": ENTRY, "versions": ENTRY, "m": ENTRY})

    assert [artifact.name for artifact in read_artifacts(run_dir)] == ["current", "m", "versions"]


def test_entries_keep_what_else_they_say(run_dir: Path) -> None:
    """Only the path is put right, and the order stays."""
    path = f"somewhere/{run_dir.name}/artifacts/model.h5"
    found = listed(run_dir, {"z": {**ENTRY, "path": path, "more": 1}, "a": ENTRY, "bad": 5})

    assert list(found.items()) == [("z", {**ENTRY, "more": 1}), ("a", ENTRY)]


def test_versions_of_the_other_dialect(run_dir: Path) -> None:
    """They stand in the same file, by artifact; ours have a file of their own."""
    version = {"path": f"x/{run_dir.name}/versions/m/v1_m", "version": 1}
    other = {"current": {}, "versions": {"m": [version, 5], "n": "nonsense"}}

    assert listed_versions(run_dir, other) == {"m": [{**version, "path": "versions/m/v1_m"}]}
    assert listed_versions(run_dir, {"versions": ENTRY}) == {}


def test_a_folder_called_like_the_run(run_dir: Path) -> None:
    """A path that leads somewhere is not cut."""
    inside = run_dir / "artifacts" / run_dir.name / "model.h5"
    path = inside.relative_to(run_dir).as_posix()
    write(run_dir, {"m": {**ENTRY, "path": path}})
    inside.parent.mkdir()
    inside.write_bytes(b"other weights")

    assert artifact_file(run_dir, "m").read_bytes() == b"other weights"


def test_an_absolute_path_of_a_run_that_was_not_moved(run_dir: Path) -> None:
    """It comes back relative to the run as well."""
    write(run_dir, {"m": {**ENTRY, "path": str(run_dir / "artifacts" / "model.h5")}})

    assert [artifact.path for artifact in read_artifacts(run_dir)] == ["artifacts/model.h5"]


@pytest.mark.parametrize("prefix", ["neural_experiments/", "/home/someone/runs/", "../x/"])
def test_paths_of_the_seed(run_dir: Path, prefix: str) -> None:
    """They start where the process ran; the part inside the run is what still holds."""
    write(run_dir, {"m": {**ENTRY, "path": f"{prefix}{run_dir.name}/artifacts/model.h5"}})

    assert artifact_file(run_dir, "m").read_bytes() == b"weights"


@pytest.mark.parametrize("index", [[], "x", {"m": 1, "n": {"path": 5}, "o": {"type": "model"}}])
def test_nonsense_is_left_out(run_dir: Path, index: Any) -> None:
    """Entries without a path are none, and a wrong file holds none."""
    write(run_dir, index)

    assert read_artifacts(run_dir) == []


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "artifacts/../../outside.txt",
        "../{run}-evil/outside.txt",
        "/etc/passwd",
        "link/outside.txt",
        "artifacts/gone",
        "loop/x",
        "a\0b",
        "",
        ".",
        "..",
    ],
)
def test_nothing_outside_the_run_is_reached(run_dir: Path, path: str) -> None:
    """A path out of the run, also through a link or to a neighbour, leads nowhere."""
    (run_dir.parent / "outside.txt").write_text("secret")
    neighbour = run_dir.with_name(f"{run_dir.name}-evil")
    neighbour.mkdir()
    (neighbour / "outside.txt").write_text("secret")
    path = path.replace("{run}", run_dir.name)
    (run_dir / "link").symlink_to(run_dir.parent)
    (run_dir / "loop").symlink_to("loop")
    write(run_dir, {"m": {**ENTRY, "path": path}})

    with pytest.raises(NotFoundError, match="no file at"):
        artifact_file(run_dir, "m")
    with pytest.raises(NotFoundError, match=run_dir.name):
        contained_file(run_dir, path)


def test_an_unknown_name(run_dir: Path) -> None:
    """The message names the run and the artifact."""
    with pytest.raises(NotFoundError, match="no artifact called 'm'"):
        artifact_file(run_dir, "m")
