"""R16: file systems without locks, and files that cannot be mapped."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.experiment_manager import ExperimentManager

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

ENTRIES = [[step, step / 3] for step in range(40)]

CASES = [
    # The lock of the metrics file, then also what a mapping asks for.
    ["fcntl", "ENOLCK", "1..2", "mapped"],
    ["fcntl", "EOPNOTSUPP", "1+", "mapped"],
    ["fcntl", "EPERM", "1+", "pwrite"],
    ["fcntl", "EINVAL", "1+", "pwrite"],
    # The short lock of the directory.
    ["flock", "ENOLCK", "1+", "mapped"],
    ["flock", "EOPNOTSUPP", "1+", "pwrite"],
    ["flock", "EINTR", "2", "pwrite"],
    # The mapping: refused from the start, or only when the file has to grow.
    ["mmap", "EPERM", "1+", "mapped", "metrics.json"],
    ["mmap", "ENODEV", "1+", "auto", "metrics.json"],
    ["mmap", "ENOMEM", "2+", "mapped", "metrics.json"],
    ["mmap", "EAGAIN", "3+", "mapped", "metrics.json"],
]


NO_LOCKS = ["-e", "trace=fcntl,flock"]
NO_LOCKS += ["-e", "inject=fcntl:error=ENOLCK", "-e", "inject=flock:error=EOPNOTSUPP"]


@pytest.fixture(autouse=True)
def _strace(require: Callable[[object, str], None]) -> None:
    """Nothing here works without."""
    require(shutil.which("strace"), "strace lets system calls fail; install it")


def test_logging_does_not_need_them(
    tmp_path: Path, start_worker: Callable[..., Any], finished: Callable[..., Any]
) -> None:
    """Everything is kept, and nothing is said to the training loop."""
    results = finished(start_worker("fail_calls", folder=tmp_path, cases=CASES))

    assert [found["case"] for found in results] == CASES
    for found in results:
        left = found["left"]
        assert found["injected"], f"the fault never came: {found}"
        assert "raised" not in found, found
        assert (found["exit"], found["dropped"], left["entries"]) == (0, 0, ENTRIES), found
        assert (left["status"], left["params"]) == ("completed", {"lr": 0.1}), found
        assert (left["tags"], left["notes"]) == (["begun", "done"], "notes"), found
        assert left["artifacts"] == ["a"], found
        assert not left["partial"] + left["json"] + left["temporary"], found


def test_processes_share_a_store(
    tmp_path: Path, start_worker: Callable[..., Any], finished: Callable[..., Any]
) -> None:
    """R13 again: each run is there once, with all its values, and no lock file is left."""
    base = tmp_path / "runs"
    base.mkdir()
    worker = start_worker(
        "many", scenario="one_store", folder=base, processes=8, runs=3, calls=200, strace=NO_LOCKS
    )

    found = finished(worker)
    refused = (tmp_path / "runs.strace").read_text(encoding="utf-8").count("F_OFD_SETLK")
    shown = [row["status"] for row in ExperimentManager(base).list_experiments()]
    assert refused >= 24, "the locks were not refused"
    assert found["codes"] == [0], found
    assert found["runs"] == found["ids"] == found["complete"] == 24, found
    assert (found["by_process"], found["hidden"]) == ([3] * 8, []), found
    assert shown == ["completed"] * 24


@pytest.mark.parametrize("writer", ["mapped", "pwrite"])
def test_killed_where_locks_do_not_work(
    tmp_path: Path,
    seed: int,
    torture: bool,
    writer: str,
    start_worker: Callable[..., Any],
    finished: Callable[..., dict[str, int]],
) -> None:
    """R1 again: nothing that was acknowledged is lost."""
    kills = 2_000 if torture else 60
    worker = start_worker(
        "kill_metrics",
        folder=tmp_path / "runs",
        seed=seed,
        kills=kills,
        writer=writer,
        metrics=14,
        strace=NO_LOCKS,
    )

    found = Counter(finished(worker))
    refused = (tmp_path / "runs.strace").read_text(encoding="utf-8").count("F_OFD_SETLK")
    assert refused > kills, "the locks were not refused"
    assert found["acknowledged"] > kills, found
    for fault in ("lost", "wrong", "unreadable", "too_many", "not_mended", "not_resumed"):
        assert found[fault] == 0, found
    assert found["resumed"] > 0, found
