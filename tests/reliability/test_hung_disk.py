"""P1: a disk that does not answer keeps no training waiting, and loses nothing unsaid."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

#: A write would take two minutes, a call may take 50 ms: this is neither, on any machine.
AT_ONCE_S = 5.0


@pytest.fixture
def hang(
    tmp_path: Path,
    require: Callable[[object, str], None],
    start_worker: Callable[..., Any],
    finished: Callable[..., Any],
) -> Callable[[str], dict[str, Any]]:
    """Return a function that plays one scenario of ``hang.py``."""
    require(shutil.which("strace"), "strace lets system calls hang; install it")

    def play(scenario: str) -> dict[str, Any]:
        found: dict[str, Any] = finished(start_worker("hang", scenario=scenario, folder=tmp_path))
        assert found["held_up"] > 0, f"the disk never hung: {found}"
        return found

    return play


def test_a_file_cannot_grow(hang: Callable[[str], dict[str, Any]]) -> None:
    """Calls go on at once, and all is in the file without a further call once the disk is back."""
    found = hang("growth_hangs")

    assert found["slowest_s"] < AT_ONCE_S, found
    assert found["dropped_meanwhile"] > 300, found
    assert found["recovered"], found
    assert found["complete"] == [True, True], found
    assert found["dropped"] == 0, found
    assert len(found["warnings"]) == 1, found


def test_each_write_is_slow(hang: Callable[[str], dict[str, Any]]) -> None:
    """The pwrite writer learns it from its first slow write; no further call waits for one."""
    found = hang("writes_are_slow")

    assert found["first_s"] >= 2.0, found
    assert found["slowest_s"] < found["first_s"], found
    assert found["recovered"], found
    assert found["complete"], found


def test_a_run_ends_while_the_disk_hangs(hang: Callable[[str], dict[str, Any]]) -> None:
    """What is missing is said; it is written, and the lock freed, when the disk is back."""
    found = hang("finishes")

    assert found["dropped_meanwhile"] == 11, found
    assert found["still_locked"], found
    assert "11 log calls are not in" in found["warnings"][-1], found
    assert found["freed"], found
    assert found["complete"], found
    assert not found["blanks"], found


def test_a_process_exits_while_the_disk_hangs(hang: Callable[[str], dict[str, Any]]) -> None:
    """It does, with its own exit code, and says what is lost."""
    found = hang("exits")

    assert found["exit"] == 0, found
    assert "11 log calls are not in" in found["said"], found


def test_a_process_is_killed_while_the_disk_hangs(hang: Callable[[str], dict[str, Any]]) -> None:
    """All that was acknowledged before is there, and nothing that was not."""
    found = hang("is_killed")

    assert found["acknowledged"] > 10, found
    assert found["steps"] == list(range(found["acknowledged"] + 1)), found
    assert not found["locked"], found


def test_a_process_forks_while_the_disk_hangs(hang: Callable[[str], dict[str, Any]]) -> None:
    """The child logs to a file of its own; the parent's is complete in the end."""
    found = hang("forks")

    assert found["dropped_meanwhile"] == 11, found
    assert found["exit"] == 0, found
    assert found["recovered"], found
    assert found["complete"], found
    assert found["of_child"] == [7], found
