"""The lock that tells whether a writer lives."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neural.tracking.storage import locks
from neural.tracking.storage.locks import LocksDoNotWorkError, is_locked, try_lock

HOLDER = """
import os, sys
from neural.tracking.storage.locks import try_lock
assert try_lock(os.open(sys.argv[1], os.O_RDWR))
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that exists."""
    found = tmp_path / "metrics.json"
    found.write_bytes(b"[\n]")
    return found


def test_the_second_one_does_not_get_it(path: Path) -> None:
    """Also within one process, where record locks of the classic kind would not help."""
    first, second = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)

    assert try_lock(first)
    assert not try_lock(second)

    os.close(first)
    assert try_lock(second)
    os.close(second)


def test_closing_another_descriptor_keeps_it(path: Path) -> None:
    """A reader in the same process opens and closes the file all the time."""
    holder = os.open(path, os.O_RDWR)
    try_lock(holder)

    path.read_bytes()

    assert is_locked(path)
    os.close(holder)
    assert not is_locked(path)


def test_the_kernel_frees_it_when_the_holder_dies(path: Path) -> None:
    """A kill -9 leaves no stale lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        assert is_locked(path)

        holder.kill()

    assert not is_locked(path)


def test_asking_takes_nothing(path: Path) -> None:
    """A dashboard that looks must not stop a run from starting."""
    for _ in range(3):
        is_locked(path)
    handle = os.open(path, os.O_RDWR)

    assert try_lock(handle)

    os.close(handle)


def test_a_missing_file_is_not_locked(tmp_path: Path) -> None:
    """A run without metrics file is dead."""
    assert is_locked(tmp_path / "metrics.json") is False


def test_where_locks_do_not_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused as such is neither locked nor free."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    handle = os.open(path, os.O_RDWR)

    with pytest.raises(LocksDoNotWorkError):
        try_lock(handle)
    assert is_locked(path) is None

    os.close(handle)


def test_where_there_is_only_flock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: the same answers, from another call."""
    monkeypatch.setattr(locks, "_OFD", False)
    handle = os.open(path, os.O_RDWR)

    assert is_locked(path) is False
    assert try_lock(handle)
    assert is_locked(path) is True

    fcntl.flock(handle, fcntl.LOCK_UN)
    assert is_locked(path) is False
    os.close(handle)
