"""Small JSON files of a run that several programs change, and how a run is found."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError, StorageError
from neural.testing.metrics_oracle import strict_json
from neural.tracking.storage.documents import (
    annotate,
    find_run,
    read_object,
    read_or_set_aside,
    update_object,
)


def make_run(base: Path, folder: str, **metadata: Any) -> Path:
    """A run with some metadata."""
    run = base / folder
    run.mkdir(parents=True)
    (run / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return run


def said_about(run: Path) -> dict[str, Any]:
    """What annotations.json says."""
    found: dict[str, Any] = strict_json((run / "annotations.json").read_bytes())
    return found


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    """It is an empty object."""
    assert read_object(tmp_path / "a.json") == {}


@pytest.mark.parametrize("content", ["", "{", "[1]", "5", "\xff"])
def test_a_file_that_holds_something_else(tmp_path: Path, content: str) -> None:
    """The message names it."""
    (tmp_path / "a.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(StorageError, match=r"a\.json"):
        read_object(tmp_path / "a.json")


def test_a_change(tmp_path: Path) -> None:
    """It sees what is there, and returns what is there then."""
    (tmp_path / "a.json").write_text('{"a": 1}', encoding="utf-8")
    found = update_object(tmp_path / "a.json", lambda value: value.update(b=2))

    assert found == {"a": 1, "b": 2} == read_object(tmp_path / "a.json")


def test_changes_at_the_same_time(tmp_path: Path) -> None:
    """None is lost."""
    threads = [
        threading.Thread(
            target=update_object,
            args=(tmp_path / "a.json", lambda value, n=n: value.update({n: 1})),
        )
        for n in "abcdefgh"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(read_object(tmp_path / "a.json")) == list("abcdefgh")


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """Its bytes are kept, whatever is written then."""
    (tmp_path / "a.json").write_text("{oops", encoding="utf-8")
    update_object(tmp_path / "a.json", lambda value: value.update(a=1))

    assert read_object(tmp_path / "a.json") == {"a": 1}
    assert (tmp_path / "a.json.damaged").read_text(encoding="utf-8") == "{oops"


def test_a_file_that_cannot_be_read_is_no_damage(tmp_path: Path) -> None:
    """It stays where it is."""
    (tmp_path / "a.json").mkdir()

    with pytest.raises(StorageError, match="cannot be read"):
        read_or_set_aside(tmp_path / "a.json")

    assert (tmp_path / "a.json").is_dir()


# ---------------------------------------------------------------------- annotations


def test_annotations_are_merged(tmp_path: Path) -> None:
    """What is not named stays; ``None`` takes away."""
    annotate(tmp_path, tags={"a": "", "b": "x"}, notes="n", pinned=True)
    annotate(tmp_path, tags={"a": None, "c": ""}, notes=None, archived=False)

    assert said_about(tmp_path) == {
        "tags": {"b": "x", "c": ""},
        "pinned": True,
        "archived": False,
    }


def test_settings_of_metrics_are_merged(tmp_path: Path) -> None:
    """By metric and by setting."""
    annotate(tmp_path, metrics={"loss": {"goal": "min", "step_metric": "epoch"}})
    annotate(tmp_path, metrics={"loss": {"goal": None}, "acc": {"goal": "max"}})

    assert said_about(tmp_path)["metrics"] == {
        "loss": {"step_metric": "epoch"},
        "acc": {"goal": "max"},
    }


@pytest.mark.parametrize(
    ("stored", "kept"), [(["a", 5], {"a": "", "5": "", "b": ""}), ("nonsense", {"b": ""})]
)
def test_tags_of_other_forms(tmp_path: Path, stored: Any, kept: dict[str, str]) -> None:
    """A list of names becomes names with texts; what makes no sense is replaced."""
    (tmp_path / "annotations.json").write_text(json.dumps({"tags": stored}), encoding="utf-8")
    annotate(tmp_path, tags={"b": ""})

    assert said_about(tmp_path)["tags"] == kept


# ---------------------------------------------------------------------- finding


def test_a_run_by_its_id(tmp_path: Path) -> None:
    """The one in its metadata, or behind the last underscore of its folder."""
    ours = make_run(tmp_path, "a_b_111", experiment_id="111")
    seeds = make_run(tmp_path, "a_b_222")

    assert find_run(tmp_path, "111") == ours
    assert find_run(tmp_path, "222") == seeds


def test_a_folder_that_was_renamed(tmp_path: Path) -> None:
    """The id is the same; what the folder says does not count then."""
    run = make_run(tmp_path, "renamed_222", experiment_id="111")

    assert find_run(tmp_path, "111") == run
    with pytest.raises(NotFoundError):
        find_run(tmp_path, "222")


def test_a_run_with_damaged_metadata(tmp_path: Path) -> None:
    """Its folder tells."""
    run = make_run(tmp_path, "a_111")
    (run / "metadata.json").write_text("{", encoding="utf-8")

    assert find_run(tmp_path, "111") == run


@pytest.mark.parametrize(
    "wrong", ["11", "1", "b_111", "", "*", "?11", "[1]11", "../a_111", "a\\b", "x\0", "b"]
)
def test_ids_are_exact(tmp_path: Path, wrong: str) -> None:
    """Neither an end of one, nor a pattern, nor a path."""
    make_run(tmp_path, "a_b_111", experiment_id="111")

    with pytest.raises(NotFoundError, match=r"is not the id|no run"):
        find_run(tmp_path, wrong)


def test_what_is_no_run(tmp_path: Path) -> None:
    """Other folders and files, and what is in the trash."""
    (tmp_path / "a_111").mkdir()
    (tmp_path / "b_111").touch()
    make_run(tmp_path / ".trash", "c_111", experiment_id="111")

    with pytest.raises(NotFoundError, match=r"no run '111' in .*neural ls"):
        find_run(tmp_path, "111")


def test_no_folder_at_all(tmp_path: Path) -> None:
    """There is no run in it."""
    with pytest.raises(NotFoundError, match=os.path.basename(tmp_path)):
        find_run(tmp_path / "nowhere", "111")
