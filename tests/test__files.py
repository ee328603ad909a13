"""Small files are replaced whole, and changed by one at a time."""

from __future__ import annotations

import fcntl
import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from neural._files import TEMPORARY_SUFFIX, locked, read_json, replace_bytes, to_json, write_json
from neural.errors import StorageError
from neural.testing.metrics_oracle import strict_json


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """The new content is there, and nothing else is."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    replace_bytes(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_keeps_the_old_file(tmp_path: Path) -> None:
    """Whoever has opened it before reads it to its end."""
    path = tmp_path / "file"
    path.write_bytes(b"old content")
    with path.open("rb") as reader:
        assert reader.read(3) == b"old"

        replace_bytes(path, b"new")

        assert reader.read() == b" content"


@pytest.mark.parametrize("call", ["write", "replace", "fsync"])
def test_what_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """And no temporary one beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    data: Any = b"new"
    if call == "write":
        data = "not bytes"  # the write itself refuses
    else:
        monkeypatch.setattr(os, call, fail)
    with pytest.raises((OSError, TypeError)):
        replace_bytes(path, data, sync=True)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_files_can_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that outlives its writer has an ending that fsck knows, and is hidden."""
    seen: list[str] = []
    real = os.replace

    def look(source: Path, target: Path) -> None:
        seen.extend(path.name for path in tmp_path.iterdir())
        real(source, target)

    monkeypatch.setattr(os, "replace", look)

    replace_bytes(tmp_path / "file", b"new")

    (name,) = seen
    assert name.startswith(".file.")
    assert name.endswith(TEMPORARY_SUFFIX)


def test_json_is_strict_and_readable() -> None:
    """Numbers that JSON cannot say are words; text stays text; people can read it."""
    value = {"a": [math.nan, math.inf, -math.inf, 0.1, 2**70], "µ": {"b": None, "c": (1, True)}}

    text = to_json(value)

    assert strict_json(text) == {
        "a": ["NaN", "Infinity", "-Infinity", 0.1, 2**70],
        "µ": {"b": None, "c": [1, True]},
    }
    assert "µ".encode() in text
    assert text.count(b"\n") > 5


@pytest.mark.parametrize("value", [{"a": object()}, {"a": {1}}, {"a": b"bytes"}])
def test_what_has_no_json_form(tmp_path: Path, value: Any) -> None:
    """It is refused before the file is touched."""
    path = tmp_path / "file"
    write_json(path, {"old": 1})

    with pytest.raises(TypeError):
        write_json(path, value)

    assert read_json(path) == {"old": 1}


def test_bare_tokens_of_others_are_read(tmp_path: Path) -> None:
    """The seed's own tracker wrote NaN without quotes."""
    path = tmp_path / "file"
    path.write_text('{"a": NaN, "b": -Infinity}', encoding="utf-8")

    found = read_json(path)

    assert math.isnan(found["a"])
    assert found["b"] == -math.inf


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\xfd", b"nul", b"[" * 100_000, b"\0" * 9])
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes) -> None:
    """The message tells which file it is."""
    path = tmp_path / "file.json"
    path.write_bytes(data)

    with pytest.raises(StorageError, match=r"file\.json"):
        read_json(path)


def test_a_missing_file_is_no_damage(tmp_path: Path) -> None:
    """Callers tell the two apart."""
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "file.json")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", ["directory", "pipe", "loop", "device"])
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    """Nothing is waited for, and no device is read to its end, which it has not."""
    path = tmp_path / "file.json"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "loop" else "/dev/zero")

    with pytest.raises(StorageError, match=r"file\.json"):
        read_json(path)


def add_one(path: Path) -> None:
    """Read, change, write: what needs the lock."""
    with locked(path.parent):
        write_json(path, read_json(path) + 1)


def test_changes_come_one_after_the_other(tmp_path: Path) -> None:
    """Threads and processes alike."""
    path = tmp_path / "number.json"
    write_json(path, 0)
    code = (
        "import sys; from pathlib import Path; from neural._files import *\n"
        "for _ in range(50):\n"
        "    with locked(Path(sys.argv[1]).parent):\n"
        "        path = Path(sys.argv[1]); write_json(path, read_json(path) + 1)\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(2)]
    threads = [threading.Thread(target=lambda: [add_one(path) for _ in range(50)]) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.wait()

    assert read_json(path) == 200
    assert list(tmp_path.iterdir()) == [path]


def test_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    """Also when the change has failed."""
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        _ = 1 / 0

    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


@pytest.mark.timeout(10)
def test_a_change_inside_a_change_of_the_same_thread(tmp_path: Path) -> None:
    """A signal handler may come in the middle of one; it must not wait for what it interrupts."""
    path = tmp_path / "file.json"

    def handler(*_: object) -> None:
        with locked(tmp_path):
            write_json(path, "inner")

    earlier = signal.signal(signal.SIGUSR1, handler)
    try:
        with locked(tmp_path):
            signal.raise_signal(signal.SIGUSR1)

            assert read_json(path) == "inner"
    finally:
        signal.signal(signal.SIGUSR1, earlier)


def test_where_locks_do_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change goes ahead without one."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    path = tmp_path / "number.json"
    write_json(path, 0)

    add_one(path)

    assert json.loads(path.read_bytes()) == 1
