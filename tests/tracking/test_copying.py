"""Copies of files and directories: whole, hashed, and never endless."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from neural.tracking.copying import copy, copy_whole, remove, replace


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory with two files, one of them deeper, and an empty directory."""
    folder = tmp_path / "source"
    (folder / "sub").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "a.txt").write_bytes(b"aa")
    (folder / "sub" / "b.txt").write_bytes(b"bbb")
    return folder


def names_below(folder: Path) -> set[str]:
    """Paths of everything in a directory, relative to it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def sha256(data: bytes) -> str:
    """What the checksum of a file with this content must be."""
    return hashlib.sha256(data).hexdigest()


def test_a_file(tmp_path: Path) -> None:
    """Content, size, checksum, mode and time of change."""
    data = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "a").chmod(0o640)
    os.utime(tmp_path / "a", (1_000, 2_000))
    copied = copy(tmp_path / "a", tmp_path / "b")
    status = (tmp_path / "b").stat()

    assert (tmp_path / "b").read_bytes() == data
    assert (copied.size, copied.checksum) == (3_000_000, sha256(data))
    assert (status.st_mode & 0o777, status.st_mtime) == (0o640, 2_000)


def test_an_empty_file(tmp_path: Path) -> None:
    """Nothing is a content, too."""
    (tmp_path / "a").touch()

    assert copy(tmp_path / "a", tmp_path / "b").checksum == sha256(b"")
    assert (tmp_path / "b").read_bytes() == b""


@pytest.mark.parametrize("tail", [b"", b"end"])
def test_holes_stay_holes(tmp_path: Path, tail: bytes) -> None:
    """A sparse file takes no more room than before; its checksum counts the zeros."""
    size = 20_000_000
    with (tmp_path / "a").open("wb") as file:
        file.write(b"start")
        file.seek(size)
        file.write(tail)
        file.truncate()
    copied = copy(tmp_path / "a", tmp_path / "b")

    content = b"start".ljust(size, b"\0") + tail

    assert (tmp_path / "b").read_bytes() == content
    assert (copied.size, copied.checksum) == (len(content), sha256(content))
    assert (tmp_path / "b").stat().st_blocks * 512 < 4_000_000


def test_a_directory(source: Path, tmp_path: Path) -> None:
    """With its empty directories; the size is that of its files."""
    copied = copy(source, tmp_path / "copy")

    assert names_below(tmp_path / "copy") == {"a.txt", "sub", "sub/b.txt", "empty"}
    assert (tmp_path / "copy" / "sub" / "b.txt").read_bytes() == b"bbb"
    assert copied.size == 5


def test_the_checksum_of_a_directory(source: Path, tmp_path: Path) -> None:
    """It tells content and names, and not in which order they were written."""
    first = copy(source, tmp_path / "first").checksum
    again = copy(tmp_path / "first", tmp_path / "second").checksum
    (source / "a.txt").rename(source / "c.txt")
    renamed = copy(source, tmp_path / "third").checksum
    (source / "c.txt").write_bytes(b"AA")
    changed = copy(source, tmp_path / "fourth").checksum

    assert first == again
    assert len({first, renamed, changed}) == 3


def test_links(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One to a file is followed; others, a loop among them, are left out and said so."""
    (source / "file_link").symlink_to(source / "a.txt")
    (source / "loop").symlink_to(source)
    (source / "broken").symlink_to("nowhere")
    copy(source, tmp_path / "copy")

    assert (tmp_path / "copy" / "file_link").read_bytes() == b"aa"
    assert not (tmp_path / "copy" / "file_link").is_symlink()
    assert not {"loop", "broken"} & names_below(tmp_path / "copy")
    assert "broken" in caplog.text
    assert "loop" in caplog.text


def test_what_is_no_file_is_left_out(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However many there are, it is one warning."""
    for number in range(5):
        os.mkfifo(source / f"pipe{number}")
    copy(source, tmp_path / "copy")

    assert "pipe0" not in names_below(tmp_path / "copy")
    (warning,) = caplog.records
    assert warning.getMessage().endswith(": pipe0, pipe1, pipe2 and 2 more")


def test_a_directory_above_its_own_copy(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The copy does not hold itself, and that is nothing to tell."""
    target = source / "sub" / "copy"
    copy(source, target)

    assert names_below(target) == {"a.txt", "sub", "sub/b.txt", "empty"}
    assert not caplog.text


def test_a_directory_that_is_left_out(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is named."""
    copy(source, tmp_path / "copy", leave_out=source / "sub")

    assert names_below(tmp_path / "copy") == {"a.txt", "empty"}
    assert caplog.records[0].getMessage().endswith(": sub")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A pipe would never end."""
    path = tmp_path / "odd"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    else:
        path = Path("/dev/zero")

    with pytest.raises(OSError, match=r"not a regular file|No such device"):
        copy(path, tmp_path / "copy")


def test_a_directory_that_cannot_be_read(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy without it would look whole."""

    def scandir(path: str) -> object:
        if os.path.basename(path) == "sub":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)

    with pytest.raises(PermissionError):
        copy(source, tmp_path / "copy")


def test_a_whole_copy_or_none(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it fails in the middle, neither a part nor a temporary file is left."""

    def full_disk(*_: object) -> int:
        raise OSError(28, "No space left on device")

    target = tmp_path / "targets" / "copy"
    target.parent.mkdir()
    monkeypatch.setattr(os, "write", full_disk)

    with pytest.raises(OSError, match="No space left"):
        copy_whole(source, target)

    assert not list(target.parent.iterdir())


def test_what_a_killed_copy_left_is_written_over(source: Path, tmp_path: Path) -> None:
    """Its temporary name is free again."""
    left = tmp_path / ".copy.tmp"
    left.mkdir()
    (left / "part").touch()
    copy_whole(source, tmp_path / "copy")

    assert not left.exists()
    assert "part" not in names_below(tmp_path / "copy")


@pytest.mark.parametrize("old", ["file", "directory", "nothing"])
@pytest.mark.parametrize("new", ["file", "directory"])
def test_replacing(tmp_path: Path, old: str, new: str) -> None:
    """A file by a directory, and the other way round."""
    for name, kind in (("old", old), ("new", new)):
        if kind == "file":
            (tmp_path / name).write_text(name, encoding="utf-8")
        elif kind == "directory":
            (tmp_path / name).mkdir()
            (tmp_path / name / name).touch()
    replace(tmp_path / "new", tmp_path / "old")

    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").is_dir() == (new == "directory")
    if new == "directory":
        assert names_below(tmp_path / "old") == {"new"}
    else:
        assert (tmp_path / "old").read_text(encoding="utf-8") == "new"


def test_removing(source: Path, tmp_path: Path) -> None:
    """A link is removed and not what it leads to; what is gone already is no error."""
    link = tmp_path / "link"
    link.symlink_to(source)
    for path in (link, link):
        remove(path)
    before = source.exists()
    remove(source)

    assert (os.path.lexists(link), before, source.exists()) == (False, True, False)
