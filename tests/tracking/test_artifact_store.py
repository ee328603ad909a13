"""Artifacts of one run: placed, listed and numbered, whoever began the list."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError, StorageError
from neural.testing.metrics_oracle import strict_json
from neural.tracking.artifact_store import ArtifactStore, ArtifactVersion, artifact_type
from neural.tracking.records import Artifact
from neural.tracking.storage.layout import RunPaths


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    """A run directory."""
    root = tmp_path / "base" / "my_run_0123abcd"
    for name in ("artifacts", "plots", "versions"):
        (root / name).mkdir(parents=True)
    return RunPaths(root)


@pytest.fixture
def store(paths: RunPaths) -> ArtifactStore:
    """The artifacts of the run."""
    return ArtifactStore(paths)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to keep."""
    path = tmp_path / "data.csv"
    path.write_text("1,2", encoding="utf-8")
    return path


def index(paths: RunPaths) -> dict[str, Any]:
    """What artifacts.json holds."""
    found: dict[str, Any] = strict_json(paths.artifacts.read_bytes())
    return found


def add(store: ArtifactStore, source: Path, name: str) -> Artifact:
    """Keep a file."""
    found = store.add(source, name)
    assert isinstance(found, Artifact)
    return found


def add_version(store: ArtifactStore, source: Path, name: str) -> ArtifactVersion:
    """Keep a file as a version."""
    found = store.add(source, name, version=True)
    assert isinstance(found, ArtifactVersion)
    return found


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("m.h5", "model"),
        ("m.PT", "model"),
        ("m.pth", "model"),
        ("m.onnx", "model"),
        ("m.pb", "model"),
        ("m.tflite", "model"),
        ("i.png", "image"),
        ("i.jpg", "image"),
        ("i.jpeg", "image"),
        ("i.svg", "image"),
        ("i.gif", "image"),
        ("t.csv", "table"),
        ("t.tsv", "table"),
        ("c.json", "config"),
        ("c.yaml", "config"),
        ("c.yml", "config"),
        ("a.txt", "text"),
        ("a.log", "text"),
        ("a.md", "text"),
        ("a.bin", "other"),
        ("png", "other"),
    ],
)
def test_types(file: str, kind: str) -> None:
    """The ending tells what a file is."""
    assert artifact_type(Path(file)) == kind


def test_a_directory_is_one(tmp_path: Path) -> None:
    """Whatever its name ends in."""
    (tmp_path / "d.png").mkdir()

    assert artifact_type(tmp_path / "d.png") == "directory"


def test_an_artifact(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """It is copied, and listed with a path that holds wherever the run is moved."""
    artifact = add(store, source, "data")
    checksum = hashlib.sha256(b"1,2").hexdigest()

    assert (paths.root / artifact.path).read_bytes() == b"1,2"
    assert index(paths) == {
        "data": {
            "path": "artifacts/data",
            "type": "table",
            "size": 3,
            "timestamp": artifact.timestamp,
            "checksum": checksum,
        }
    }
    assert (artifact.name, artifact.checksum) == ("data", checksum)


def test_more_about_an_artifact(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """Its type may be given, and what it was saved with."""
    store.add(source, "data", kind="model", framework="torch")

    assert index(paths)["data"]["type"] == "model"
    assert index(paths)["data"]["framework"] == "torch"


def test_the_same_name_again(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """The later one replaces the earlier."""
    add(store, source, "data")
    source.write_text("new", encoding="utf-8")
    add(store, source, "data")

    assert [path.name for path in paths.artifacts_dir.iterdir()] == ["data"]
    assert (paths.artifacts_dir / "data").read_text(encoding="utf-8") == "new"


def test_a_file_by_a_directory(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """One name may stand for either."""
    add(store, source, "data")
    folder = source.with_name("folder")
    folder.mkdir()
    artifact = add(store, folder, "data")

    assert artifact.type == "directory"
    assert (paths.artifacts_dir / "data").is_dir()


def test_names_that_differ_by_case(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """They have files of their own, on any file system."""
    files = [add(store, source, name).path.lower() for name in ("Data", "data", "DATA")]

    assert len(set(files)) == 3


def test_the_run_is_not_a_part_of_its_artifacts(store: ArtifactStore, paths: RunPaths) -> None:
    """A directory above it is kept without it."""
    (paths.root.parent / "train.py").touch()
    artifact = add(store, paths.root.parent, "code")

    assert [path.name for path in (paths.root / artifact.path).iterdir()] == ["train.py"]


def test_a_file_that_nobody_lists(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """A process was killed before it could; the next one takes the name."""
    (paths.artifacts_dir / "data").touch()

    assert add(store, source, "data").path == "artifacts/data"


def test_a_folder_that_is_gone(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """It is made again."""
    paths.artifacts_dir.rmdir()

    assert (paths.root / add(store, source, "data").path).exists()


def test_a_failed_copy_leaves_nothing(
    store: ArtifactStore, paths: RunPaths, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an entry nor a part of the file."""

    def full_disk(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full_disk)

    with pytest.raises(OSError, match="No space left"):
        store.add(source, "data")

    assert not list(paths.artifacts_dir.iterdir())
    assert not paths.artifacts.exists()


def test_a_list_that_cannot_be_read_leaves_no_file(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """The copy under its temporary name goes, too."""
    paths.artifacts.symlink_to(paths.artifacts)

    with pytest.raises(StorageError, match="cannot be read"):
        store.add(source, "data")

    assert not list(paths.artifacts_dir.iterdir())


def test_a_damaged_list_is_set_aside(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """And files that were listed in it are not written over."""
    paths.artifacts.write_text("{", encoding="utf-8")
    (paths.artifacts_dir / "data").write_text("unknown", encoding="utf-8")
    add(store, source, "data")

    again = add(store, source, "data")

    assert list(index(paths)) == ["data"]
    assert (paths.artifacts_dir / "data").read_text(encoding="utf-8") == "unknown"
    assert {path.name for path in paths.artifacts_dir.iterdir()} == {"data", Path(again.path).name}
    assert paths.artifacts.with_name("artifacts.json.damaged").exists()


# ---------------------------------------------------------------------- versions


def test_versions(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """They count from one, and each keeps what it was."""
    for text in ("first", "second"):
        source.write_text(text, encoding="utf-8")
        add_version(store, source, "data")
    first, second = store.versions("data")

    assert (first.version, first.path) == (1, "versions/data/v1_data")
    assert (second.version, second.path) == (2, "versions/data/v2_data")
    assert (paths.root / first.path).read_text(encoding="utf-8") == "first"
    assert first.checksum == hashlib.sha256(b"first").hexdigest()
    assert second.size == len("second")
    assert strict_json((paths.versions_dir / "data" / "versions.json").read_bytes())[0] == {
        "artifact_name": "data",
        "path": first.path,
        "version": 1,
        "size": 5,
        "timestamp": first.timestamp,
        "checksum": first.checksum,
    }


def test_the_latest_version(store: ArtifactStore, source: Path) -> None:
    """It is called -1."""
    for _ in range(3):
        latest = add_version(store, source, "data")

    assert store.version("data") == store.version("data", -1) == store.version("data", 3) == latest
    assert store.version("data", 1).version == 1


@pytest.mark.parametrize("number", [0, 3, -2])
def test_a_version_that_is_missing(store: ArtifactStore, source: Path, number: int) -> None:
    """The message lists those that are there."""
    add_version(store, source, "data")
    add_version(store, source, "data")

    with pytest.raises(NotFoundError, match=f"'data' has no version {number}; there are: 1, 2"):
        store.version("data", number)


def test_no_versions(store: ArtifactStore, source: Path) -> None:
    """An artifact need not have any."""
    add(store, source, "data")

    assert store.versions("data") == []
    with pytest.raises(NotFoundError, match="there are: none"):
        store.version("data")


def test_a_version_is_never_written_over(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """Not even when nobody knows of it any more."""
    add_version(store, source, "data")
    listing = paths.versions_dir / "data" / "versions.json"
    listing.write_text("[", encoding="utf-8")

    with pytest.raises(StorageError, match=r"versions\.json"):
        store.versions("data")
    source.write_text("new", encoding="utf-8")
    again = add_version(store, source, "data")

    assert again.version == 2
    assert (paths.versions_dir / "data" / "v1_data").read_text(encoding="utf-8") == "1,2"
    assert listing.with_name("versions.json.damaged").read_text(encoding="utf-8") == "["


def test_a_list_of_versions_that_cannot_be_read(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """That is no damage: it stays where it is, and no version is added."""
    listing = paths.versions_dir / "data" / "versions.json"
    listing.parent.mkdir()
    listing.symlink_to(listing)

    with pytest.raises(StorageError, match="cannot be read"):
        store.add(source, "data", version=True)

    assert [path.name for path in listing.parent.iterdir()] == ["versions.json"]


@pytest.mark.parametrize("stored", [5, {}, [5], [{"version": 1}], [{"version": "1"}]])
def test_versions_that_make_no_sense(store: ArtifactStore, paths: RunPaths, stored: object) -> None:
    """They are left out."""
    folder = paths.versions_dir / "data"
    folder.mkdir()
    (folder / "versions.json").write_text(json.dumps(stored), encoding="utf-8")

    assert store.versions("data") == []


# ---------------------------------------------------------------------- lists of the seed


def seed_version(name: str, **changes: Any) -> dict[str, Any]:
    """A version as the seed's own tracker keeps it: its path begins where the process ran."""
    path = f"neural_experiments/my_run_0123abcd/versions/{name}/v1_{name}"
    return {
        "artifact_name": name,
        "path": path,
        "version": 1,
        "size": 2,
        "timestamp": 5.0,
        "checksum": "ab",
    } | changes


def test_versions_of_the_seed(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """They are found under names that we would not give a folder, and counted on."""
    folder = paths.versions_dir / "my model.pt"
    folder.mkdir()
    listing = folder / "versions.json"
    listing.write_text(json.dumps([seed_version("my model.pt")]), encoding="utf-8")
    (first,) = store.versions("my model.pt")
    second = add_version(store, source, "my model.pt")

    assert first.path == "versions/my model.pt/v1_my model.pt"
    assert second.path == "versions/my model.pt/v2_my model.pt"
    assert store.versions("my model.pt") == [first, second]


def other_dialect(paths: RunPaths) -> None:
    """A list as the seed's other dialect keeps it, all in one file."""
    (paths.versions_dir / "m").mkdir()
    (paths.versions_dir / "m" / "v1_m").write_bytes(b"v1")
    entry = {"path": "neural_experiments/my_run_0123abcd/artifacts/m", "type": "model", "size": 2}
    stored = {"current": {"m": entry}, "versions": {"m": [seed_version("m")]}}
    paths.artifacts.write_text(json.dumps(stored), encoding="utf-8")


def test_the_other_dialect_is_read(store: ArtifactStore, paths: RunPaths) -> None:
    """Artifacts and versions alike, with paths that hold."""
    other_dialect(paths)

    assert store.entries() == {"m": {"path": "artifacts/m", "type": "model", "size": 2}}
    assert [version.path for version in store.versions("m")] == ["versions/m/v1_m"]


def test_the_other_dialect_becomes_ours(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """With the first change, and nothing is lost by it."""
    other_dialect(paths)
    add(store, source, "new")

    assert list(index(paths)) == ["m", "new"]
    assert index(paths)["m"]["path"] == "artifacts/m"
    assert [version.path for version in store.versions("m")] == ["versions/m/v1_m"]


def test_a_version_after_those_of_the_other_dialect(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """It counts on and writes over none."""
    other_dialect(paths)
    version = add_version(store, source, "m")

    assert version.version == 2
    assert [found.version for found in store.versions("m")] == [1, 2]
    assert (paths.versions_dir / "m" / "v1_m").read_bytes() == b"v1"


def test_versions_that_have_a_list_already(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """It stays: it knows more than the other one."""
    other_dialect(paths)
    stored = [seed_version("m"), seed_version("m", version=2, path="versions/m/v2_m")]
    listing = paths.versions_dir / "m" / "versions.json"
    listing.write_text(json.dumps(stored), encoding="utf-8")
    add(store, source, "new")

    assert [version.version for version in store.versions("m")] == [1, 2]


def test_versions_whose_folder_is_gone(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """They stay on record."""
    other_dialect(paths)
    (paths.versions_dir / "m" / "v1_m").unlink()
    (paths.versions_dir / "m").rmdir()
    add(store, source, "new")

    assert [version.version for version in store.versions("m")] == [1]


def test_entries_that_make_no_sense_stay(
    store: ArtifactStore, paths: RunPaths, source: Path
) -> None:
    """Whoever wrote them may know what they mean."""
    paths.artifacts.write_text('{"odd": 5}', encoding="utf-8")
    add(store, source, "new")

    assert list(index(paths)) == ["odd", "new"]


def test_an_artifact_called_current(store: ArtifactStore, paths: RunPaths, source: Path) -> None:
    """It is not taken for the other dialect."""
    for name in ("a", "current", "versions"):
        add(store, source, name)

    assert list(store.entries()) == ["a", "current", "versions"]


# ---------------------------------------------------------------------- figures


def test_a_figure(store: ArtifactStore, paths: RunPaths) -> None:
    """It lies under ``plots/`` already, and is listed."""
    (paths.plots_dir / "loss.png").write_bytes(b"png")
    artifact = store.record_figure("loss.png", "loss.png")

    assert index(paths)["loss.png"]["path"] == "plots/loss.png"
    assert (artifact.type, artifact.size) == ("figure", 3)
    assert artifact.checksum == hashlib.sha256(b"png").hexdigest()


def test_file_names_of_figures(store: ArtifactStore, paths: RunPaths) -> None:
    """Its own again for a figure that is drawn again; another for one that differs by case."""
    (paths.plots_dir / "loss.png").write_bytes(b"png")
    store.record_figure("loss.png", "loss.png")

    assert store.figure_file("loss.png") == "loss.png"
    assert store.figure_file("Loss.png").lower() != "loss.png"


def test_figures_of_a_damaged_list(store: ArtifactStore, paths: RunPaths) -> None:
    """None of them is written over."""
    (paths.plots_dir / "loss.png").write_bytes(b"png")
    paths.artifacts.write_text("{", encoding="utf-8")

    assert store.figure_file("loss.png") != "loss.png"
