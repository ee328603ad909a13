"""Small files that several programs change: nothing of another's change is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError, StorageError
from neural.testing.metrics_oracle import strict_json
from neural.tracking.storage.documents import annotate, find_run, read_object, update_object


def test_no_file_is_an_empty_object(tmp_path: Path) -> None:
    """Most runs have no annotations."""
    assert read_object(tmp_path / "annotations.json") == {}


@pytest.mark.parametrize("text", ["[1]", "7", '"x"', "null"])
def test_something_else_than_an_object(tmp_path: Path, text: str) -> None:
    """The message says what is there instead."""
    path = tmp_path / "annotations.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(StorageError, match=r"annotations\.json should hold a JSON object"):
        read_object(path)


def test_an_object_is_changed(tmp_path: Path) -> None:
    """What was there and is not changed stays."""
    path = tmp_path / "file.json"
    path.write_text('{"a": 1, "b": 2}', encoding="utf-8")

    value = update_object(path, lambda stored: stored.update(b=3, c=4))

    assert value == strict_json(path.read_bytes()) == {"a": 1, "b": 3, "c": 4}


@pytest.mark.parametrize("data", [b"", b"{half", b"[]", b"\xff"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, data: bytes) -> None:
    """Its bytes are kept; the change begins anew."""
    path = tmp_path / "file.json"
    path.write_bytes(data)

    update_object(path, lambda stored: stored.update(a=1))

    assert strict_json(path.read_bytes()) == {"a": 1}
    assert (tmp_path / "file.json.damaged").read_bytes() == data


def test_a_file_that_cannot_be_read_now_is_not_taken_for_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may just be no descriptor left; what it holds must not be lost from view."""
    path = tmp_path / "file.json"
    path.write_text('{"a": 1}', encoding="utf-8")

    def refuse(_: Path) -> Any:
        try:
            raise OSError(24, "Too many open files")
        except OSError as exc:
            raise StorageError(f"{path} cannot be read") from exc

    monkeypatch.setattr("neural.tracking.storage.documents.read_json", refuse)
    with pytest.raises(StorageError):
        update_object(path, lambda stored: stored.update(b=2))
    monkeypatch.undo()

    assert [p.name for p in tmp_path.iterdir()] == ["file.json"]
    assert read_object(path) == {"a": 1}


def test_annotations_are_merged(tmp_path: Path) -> None:
    """Each caller says only what it wants to change; ``None`` takes away."""
    annotate(tmp_path, tags={"a": "1", "b": ""}, notes="first", metrics={"loss": {"goal": "min"}})
    annotate(tmp_path, tags={"b": None, "c": "3"}, pinned=True)
    annotate(tmp_path, metrics={"loss": {"step_metric": "epoch"}}, notes=None)

    assert strict_json((tmp_path / "annotations.json").read_bytes()) == {
        "tags": {"a": "1", "c": "3"},
        "metrics": {"loss": {"goal": "min", "step_metric": "epoch"}},
        "pinned": True,
    }


def test_tags_of_others_may_be_a_list(tmp_path: Path) -> None:
    """They become names with empty texts."""
    (tmp_path / "annotations.json").write_text('{"tags": ["a", "b"]}', encoding="utf-8")

    annotate(tmp_path, tags={"c": "3"})

    found = read_object(tmp_path / "annotations.json")["tags"]
    assert found == {"a": "", "b": "", "c": "3"}


def make(base: Path, folder: str, experiment_id: object = None) -> Path:
    """A run directory; without an id it is one of the seed's."""
    run = base / folder
    run.mkdir()
    metadata = {} if experiment_id is None else {"experiment_id": experiment_id}
    (run / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return run


def test_a_run_is_found_by_its_id(tmp_path: Path) -> None:
    """By the exact one: an end or a start of it is another."""
    run = make(tmp_path, "name_0123456789ab", "0123456789ab")
    make(tmp_path, "name_ab", "ab")

    assert find_run(tmp_path, "0123456789ab") == run
    with pytest.raises(NotFoundError, match="'0123'"):
        find_run(tmp_path, "0123")


def test_a_folder_that_was_renamed(tmp_path: Path) -> None:
    """What metadata.json says counts."""
    run = make(tmp_path, "my best run", "0123456789ab")

    assert find_run(tmp_path, "0123456789ab") == run


def test_a_run_of_the_seed(tmp_path: Path) -> None:
    """Its id stands in the name of its folder alone."""
    run = make(tmp_path, "resnet_50_deadbeef")

    assert find_run(tmp_path, "deadbeef") == run
    with pytest.raises(NotFoundError):
        find_run(tmp_path, "50_deadbeef")


@pytest.mark.parametrize("experiment_id", ["../x", "a/b", "*", "?", "[a]", "", "\0", "..\\x"])
def test_ids_that_are_patterns_or_paths(tmp_path: Path, experiment_id: str) -> None:
    """They lead nowhere, in particular not out of the folder."""
    make(tmp_path, "name_x", "x")
    make(tmp_path.parent, f"{tmp_path.name}_x", "x")

    with pytest.raises(NotFoundError, match="not the id of a run"):
        find_run(tmp_path, experiment_id)


@pytest.mark.parametrize("folder", [".trash", ".aquarium", ".neural"])
def test_what_is_kept_beside_the_runs_is_none(tmp_path: Path, folder: str) -> None:
    """A deleted run is not found."""
    make(tmp_path, folder, "x")

    with pytest.raises(NotFoundError):
        find_run(tmp_path, "x")


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    """The search goes on behind it."""
    (make(tmp_path, "a_1") / "metadata.json").write_bytes(b"{")
    wanted = make(tmp_path, "renamed", "0123456789ab")

    assert find_run(tmp_path, "0123456789ab") == wanted


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The message names it, and the command that lists the runs."""
    with pytest.raises(NotFoundError, match="neural ls"):
        find_run(tmp_path / "gone", "x")
