"""Small JSON files that may be anything."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from neural.tracking.storage.small_files import open_regular, read_object


def test_a_sound_file(tmp_path: Path) -> None:
    """The object comes back, and nothing is complained about."""
    (tmp_path / "a.json").write_text('{"x": 1, "big": 123456789012345678901}')
    problems: list[str] = []

    assert read_object(tmp_path / "a.json", problems) == {"x": 1, "big": 123456789012345678901}
    assert problems == []


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    """Most files of a run are optional."""
    problems: list[str] = []

    assert read_object(tmp_path / "a.json", problems) == {}
    assert problems == []


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "byte 0"),
        (b'{"a": 1', "byte 7"),
        (b'{"a": 1, "\xff": 2}', "byte 10"),
        ('{"é": x}'.encode(), "byte 7"),
        (b"[1, 2]", "byte 0: it should hold a JSON object, not a list"),
        (b"17", "byte 0: it should hold a JSON object, not a number"),
        (b"null", "byte 0: it should hold a JSON object, not a null"),
        (b"\0" * 100, "byte 0"),
        (b"[" * 1_000_000, "byte 0"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "nested more than 100 levels"),
        (b'{"a":' * 1_000_000, "byte 0"),
        (b'{"a": ' + b"9" * 10_000 + b"}", ""),
    ],
)
@pytest.mark.timeout(5)
def test_damage_is_told_with_its_place(tmp_path: Path, data: bytes, place: str) -> None:
    """The answer is an empty object, and the problem names the file and the byte."""
    (tmp_path / "metadata.json").write_bytes(data)
    problems: list[str] = []

    found = read_object(tmp_path / "metadata.json", problems)

    assert place == "" or (found == {} and len(problems) == 1)
    assert all(p.startswith("metadata.json") and place in p for p in problems)


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf{"x": NaN}',
        b'{"x":\r\n NaN}\r\n',
    ],
)
def test_what_strict_parsers_refuse_is_read(tmp_path: Path, data: bytes) -> None:
    """A byte order mark, other line ends and bare NaN are no damage."""
    (tmp_path / "a.json").write_bytes(data)
    problems: list[str] = []

    assert str(read_object(tmp_path / "a.json", problems)) == "{'x': nan}"
    assert problems == []


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    """No later step could store or show them."""
    (tmp_path / "a.json").write_text('{"a": "\\ud800", "b": ["\\ud800"]}')

    found = read_object(tmp_path / "a.json", [])

    assert found == {"a": "?", "b": ["?"]}


def make_fifo(path: Path) -> None:
    """A FIFO that nobody writes: a plain open would wait for ever."""
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_loop(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path)


def make_link(path: Path) -> None:
    """A link to a file outside."""
    path.with_name("outside.json").write_text('{"secret": 1}')
    path.symlink_to("outside.json")


def make_device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make", [make_fifo, make_socket, make_loop, make_link, make_device, Path.mkdir]
)
@pytest.mark.timeout(5)
def test_what_is_no_file_is_told(tmp_path: Path, make: object) -> None:
    """Nothing hangs, nothing is followed, no descriptor is left open."""
    make(tmp_path / "a.json")  # type: ignore[operator]
    problems: list[str] = []
    before = len(os.listdir("/proc/self/fd"))

    assert read_object(tmp_path / "a.json", problems) == {}
    with pytest.raises(OSError, match="it is"):
        open_regular(tmp_path / "a.json")

    assert len(problems) == 1
    assert len(os.listdir("/proc/self/fd")) == before
