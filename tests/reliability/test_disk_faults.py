"""R6, R8, R9: full, read-only and vanished disks stop no training and lose nothing unsaid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.parametrize("writer", ["mapped", "pwrite"])]

#: Bytes left when the disk fills up; -1 is right behind the first entry.
ROOMS = [-1, 0, 4_096, 8_192, 12_288, 16_384, 20_480, 24_576, 28_672, 32_768]
MORE_ROOMS = [36_864, 40_960, 45_056, 49_152, 53_248, 61_440, 65_536, 98_304, 131_072, 262_144]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to be kept as an artifact."""
    path = tmp_path / "source.bin"
    path.write_bytes(b"artifact " * 1_000)
    return path


@pytest.fixture
def survive(
    start_worker: Callable[..., Any], finished: Callable[..., Any], source: Path
) -> Callable[..., Any]:
    """Return a function that plays one scenario in a process of its own."""

    def play(scenario: str, folder: Path, *prefix: str, **arguments: Any) -> Any:
        worker = start_worker(
            "survive", *prefix, scenario=scenario, folder=folder, source=source, **arguments
        )
        return finished(worker)

    return play


@pytest.mark.parametrize("rooms", [ROOMS, MORE_ROOMS], ids=["little", "more"])
def test_the_disk_fills_up_and_has_room_again(
    tmp_path: Path,
    mount_namespace: list[str],
    survive: Callable[..., Any],
    writer: str,
    rooms: list[int],
) -> None:
    """No exception, one warning, and every value is there once there is room."""
    results = survive("full_disk", tmp_path, *mount_namespace, writer=writer, rooms=rooms)

    assert len(results) == len(rooms)
    for found in results:
        assert found["dropped_meanwhile"] > 100, "the disk was never full"
        assert len(found["warnings"]) == 1, found
        assert found["complete"], found
        assert (found["dropped"], found["status"], found["temporary"]) == (0, "failed", []), found
        assert (found["params"], found["artifact"]) == (2, True), found
        assert "t2" in found["tags"], found
        assert found["slowest_s"] < 1.0, found  # 50 ms, and a busy machine


def test_no_room_for_a_new_run(
    tmp_path: Path, mount_namespace: list[str], survive: Callable[..., Any], writer: str
) -> None:
    """The run begins once there is, with all that was logged before."""
    found = survive("full_at_birth", tmp_path, *mount_namespace, writer=writer)

    assert found["complete"], found
    assert (found["dropped"], found["status"]) == (0, "completed")
    assert len(found["warnings"]) == 1, found


@pytest.mark.parametrize("how", ["removed", "base_removed", "replaced", "read_only", "unmounted"])
def test_the_directory_is_gone(
    tmp_path: Path, mount_namespace: list[str], survive: Callable[..., Any], writer: str, how: str
) -> None:
    """Training goes on, the message names the path, and so does logging once it can."""
    found = survive("gone", tmp_path, *mount_namespace, writer=writer, how=how)

    assert found["root"] in found["warnings"][0], found
    assert len(found["warnings"]) == 1, found
    assert found["values_right"], found
    assert found["steps"] == list(range(1, 103)), found
    assert found["dropped"] <= 1, found  # the entry that was deleted with the run
    assert found["status"] == "completed", found
    if how not in ("removed", "base_removed"):  # those two are made anew at once
        assert found["dropped_meanwhile"] >= 99, found


def test_a_limit_of_the_file_size(tmp_path: Path, survive: Callable[..., Any], writer: str) -> None:
    """`ulimit -f` is a full disk by another name."""
    found = survive("file_limit", tmp_path / "runs", writer=writer)

    assert found["dropped_meanwhile"] > 100, "the limit was never reached"
    assert found["complete"], found
    assert (found["dropped"], found["status"]) == (0, "completed")
    assert len(found["warnings"]) == 1, found


def test_few_descriptors(
    tmp_path: Path, survive: Callable[..., Any], writer: str, torture: bool
) -> None:
    """`ulimit -n 32`, then none left at all: nothing raises, and none are taken per call."""
    calls = 1_000_000 if torture else 100_000
    found = survive("few_descriptors", tmp_path / "runs", writer=writer, calls=calls)

    first, before, after, last = found["descriptors"]
    assert found["dropped_meanwhile"] == 1, "there were descriptors left"
    assert after == before, found
    assert last <= first + 1, found
    assert found["complete"], found
    assert (found["dropped"], found["status"]) == (0, "completed"), found
