"""R11-R14: forks, worker processes, threads and ranks at one run or one store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

Play = Callable[..., dict[str, Any]]


@pytest.fixture
def play(tmp_path: Path, start_worker: Callable[..., Any], finished: Callable[..., Any]) -> Play:
    """Return a function that plays one scenario in a process of its own."""

    def start(scenario: str, **arguments: Any) -> dict[str, Any]:
        worker = start_worker("many", scenario=scenario, folder=tmp_path, **arguments)
        found: dict[str, Any] = finished(worker)
        return found

    return start


@pytest.mark.parametrize(("writer", "epochs"), [("mapped", 200), ("pwrite", 50)])
def test_forked_workers(play: Play, writer: str, epochs: int, torture: bool) -> None:
    """R11: epochs of children that end in every way; the run is the parent's all the time."""
    epochs *= 25 if torture else 1

    found = play("fork_epochs", writer=writer, epochs=epochs, children=2)

    assert found["logged"] > epochs, "no fork can have come in the middle of a call"
    assert found["parent_complete"], found
    assert (found["not_locked"], found["ended"]) == (0, 0), found
    assert found["child_files"] == found["child_files_complete"] == 2 * epochs, found
    assert (found["status"], found["pid_is_ours"]) == ("completed", True), found


def test_children_do_not_keep_the_lock_of_a_directory(play: Play) -> None:
    """R11: one that was forked while its parent changed the notes may live for days."""
    found = play("fork_with_held_lock", forks=50)

    assert found["logged"] > 10, found
    assert found["came_back"], "the parent waits for a lock that a child has inherited"
    assert found["notes"] == str(found["logged"]), found


def test_a_child_does_not_inherit_the_lock_of_a_directory(play: Play) -> None:
    """R11: forked inside a change, it lives on when the change is done, and holds nothing."""
    assert play("fork_inside_lock")["is_free"]


@pytest.mark.parametrize(("method", "epochs"), [("fork", 20), ("forkserver", 3), ("spawn", 3)])
def test_worker_processes(play: Play, method: str, epochs: int) -> None:
    """R11: the tracker goes into workers and logs there; they never end the run."""
    found = play("worker_processes", method=method, epochs=epochs, workers=2)

    assert found["alive"], found
    assert found["codes"] == [0], found
    assert found["parent_complete"], found
    assert found["child_files"] == found["child_files_complete"] == 2 * epochs, found
    assert found["status"] == "completed"


@pytest.mark.parametrize("writer", ["mapped", "pwrite"])
def test_threads(play: Play, writer: str, torture: bool) -> None:
    """R12: 32 threads, tasks of an event loop and a signal handler; every entry is there once."""
    calls = 50_000 if torture else 5_000

    found = play("threads", writer=writer, threads=32, calls=calls)

    assert (found["series"], found["in_order"]) == (36, 36), found
    assert found["handled"] > 10, "the signals did not come"
    assert found["handled_once"], found
    assert found["dropped"] == 0


@pytest.mark.parametrize("processes", [2, 8, 32])
def test_processes_share_a_store(play: Play, processes: int, torture: bool) -> None:
    """R13: each creates runs and logs; nothing is lost and no lock file is left."""
    calls = 50_000 if torture else 1_700  # by each process, in three runs: 5,100

    found = play("one_store", processes=processes, runs=3, calls=calls)

    assert found["codes"] == [0], found
    assert found["runs"] == found["ids"] == found["complete"] == 3 * processes, found
    assert found["by_process"] == [3] * processes, found
    assert found["hidden"] == []


def test_processes_share_a_run(play: Play) -> None:
    """R13: they change its small files at once, and no change is lost."""
    found = play("one_run", processes=8, changes=25)

    assert found["codes"] == [0], found
    assert (found["params"], found["tags"], found["texts"]) == (200, 200, 200), found
    assert found["artifacts"] == 8 * 5 + 1, found
    assert found["versions"] == list(range(1, 41)), found
    assert (found["status"], found["hidden"]) == ("completed", []), found


def test_ranks_join_one_run(play: Play, torture: bool) -> None:
    """R14: 8 ranks start at once with one id, 50 times: one run each time, and all is in it."""
    starts = 1_000 if torture else 50

    found = play("ranks", starts=starts, ranks=8, calls=20)

    assert found["codes"] == [0], found
    assert found["runs"] == found["complete"] == found["right_id"] == starts, found
    assert found["ended"] == starts, found
    assert found["hidden"] == 0, found
