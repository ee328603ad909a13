"""Texts, images, histograms and tables by step, in media.json and the files it names."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from neural.testing.metrics_oracle import strict_json
from neural.tracking.media_log import MediaLog
from neural.tracking.storage import metrics_writer
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.media_index import read_media


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    """A run directory."""
    return RunPaths(tmp_path)


@pytest.fixture
def log(paths: RunPaths) -> MediaLog:
    """A log that has written nothing yet."""
    return MediaLog(paths)


def stored(paths: RunPaths) -> list[dict[str, Any]]:
    """All entries; the file must be strict JSON."""
    found: list[dict[str, Any]] = strict_json(paths.media.read_bytes())
    return found


def steps(paths: RunPaths, key: str) -> list[int]:
    """Steps of all entries of a key."""
    return [entry["step"] for entry in stored(paths) if entry["key"] == key]


def test_a_text(log: MediaLog, paths: RunPaths) -> None:
    """A short one stands in the entry itself."""
    log.add_text("sample", "line 1\nline 2 ü", 7, 5.5)

    assert stored(paths) == [
        {
            "timestamp": 5.5,
            "step": 7,
            "key": "sample",
            "kind": "text",
            "value": "line 1\nline 2 ü",
        }
    ]
    assert not paths.media_dir.exists()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "nan", "1.5"])
def test_texts_that_look_like_numbers(log: MediaLog, paths: RunPaths, word: str) -> None:
    """They are texts all the same, as keys and as what was kept."""
    log.add_text(word, word, 0, 1.0)

    (found,) = read_media(paths.root)
    assert (found["key"], found["value"]) == (word, word)


def test_a_long_text(log: MediaLog, paths: RunPaths) -> None:
    """It has a file of its own, so that the list stays small."""
    log.add_text("sample", "ü" * 20_000, 0, 5.5)
    (entry,) = stored(paths)

    assert (paths.root / entry["path"]).read_text(encoding="utf-8") == "ü" * 20_000
    assert Path(entry["path"]).parent.as_posix() == "media/sample"
    assert Path(entry["path"]).suffix == ".txt"
    assert "value" not in entry


def test_an_image(log: MediaLog, paths: RunPaths) -> None:
    """Its bytes are kept as they are, with the ending that fits."""
    log.add_image("picture", b"bytes", ".png", 0, 5.5)
    (entry,) = stored(paths)

    assert entry["kind"] == "image"
    assert entry["path"].endswith(".png")
    assert (paths.root / entry["path"]).read_bytes() == b"bytes"


def test_a_histogram(log: MediaLog, paths: RunPaths) -> None:
    """It stands in the entry."""
    log.add_histogram("weights", {"edges": [0.0, 1.0], "counts": [3]}, 0, 5.5)
    (entry,) = stored(paths)

    assert (entry["kind"], entry["value"]) == (
        "histogram",
        {"edges": [0.0, 1.0], "counts": [3]},
    )


def test_a_table(log: MediaLog, paths: RunPaths) -> None:
    """It has a file of its own."""
    log.add_table("per class", {"columns": ["a"], "rows": [[1]]}, 0, 5.5)
    (entry,) = stored(paths)

    assert entry["kind"] == "table"
    assert strict_json((paths.root / entry["path"]).read_bytes()) == {
        "columns": ["a"],
        "rows": [[1]],
    }


def test_no_step_is_the_number_under_the_key(log: MediaLog, paths: RunPaths) -> None:
    """Each key counts for itself, whatever steps were given."""
    log.add_text("a", "", None, 5.5)
    log.add_text("a", "", 70, 5.5)
    log.add_text("b", "", None, 5.5)
    log.add_text("a", "", None, 5.5)

    assert steps(paths, "a") == [0, 70, 2]
    assert steps(paths, "b") == [0]


def test_two_processes_share_the_list(log: MediaLog, paths: RunPaths) -> None:
    """Each counts what the other has added."""
    other = MediaLog(paths)
    for writer in (log, other, other, log):
        writer.add_text("a", "", None, 5.5)

    assert steps(paths, "a") == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "tail", [b"", b",\n", b',\n{"timestamp":1,"st', b',\n{"timestamp":1}', b'\n]{"x'], ids=repr
)
def test_what_a_killed_process_left(log: MediaLog, paths: RunPaths, tail: bytes) -> None:
    """Its half-written entry is cut off before the next one is written."""
    log.add_text("a", "first", None, 5.5)
    whole = paths.media.read_bytes().removesuffix(b"\n]")
    paths.media.write_bytes(whole + tail)
    MediaLog(paths).add_text("a", "second", None, 5.5)

    values = [entry.get("value") for entry in stored(paths)]
    assert [value for value in values if value is not None] == ["first", "second"]


def test_a_list_that_was_deleted(log: MediaLog, paths: RunPaths) -> None:
    """It begins anew."""
    log.add_text("a", "long enough to notice that the file is shorter", None, 5.5)
    paths.media.unlink()
    log.add_text("a", "", None, 5.5)

    assert steps(paths, "a") == [0]


def test_damaged_entries_do_not_stop_the_log(log: MediaLog, paths: RunPaths) -> None:
    """They stay where they are, and what is whole is counted on."""
    paths.media.write_bytes(b'[ \n{"key": 5, "no": \xff}\n]')
    log.add_text("a", "", None, 5.5)

    assert paths.media.read_bytes().startswith(b'[ \n{"key": 5, "no": \xff},\n{')


def test_a_disk_without_room_leaves_no_empty_file(
    log: MediaLog, paths: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other program could read one as JSON."""

    def full_disk(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(metrics_writer, "write_at", full_disk)

    with pytest.raises(OSError, match="No space"):
        log.add_text("a", "", None, 5.5)

    assert not paths.media.exists()


def test_no_file_is_left_open(log: MediaLog) -> None:
    """However often something is logged."""
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        log.add_text("a", "", None, 5.5)

    assert len(os.listdir("/dev/fd")) == before
