"""What Windows lacks, taken away: everything imports, runs are read, and writing says a word."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.faults import FaultReporter
from neural.tracking.storage import held_metrics_file
from neural.tracking.storage.metrics_log import MetricsLog

#: Taken away before the package is imported; packages of others must be there already.
_AS_ON_WINDOWS = """
import mmap, os, sys, numpy, orjson, msgspec, subprocess, tempfile, multiprocessing, asyncio
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in (
    "pread pwrite preadv O_NONBLOCK O_NOFOLLOW O_CLOEXEC O_DIRECTORY O_NOCTTY register_at_fork "
    "fdatasync getpgid killpg geteuid uname statvfs mkfifo"
).split():
    delattr(os, name)
for name in ("MAP_SHARED", "MAP_POPULATE", "MAP_PRIVATE"):
    delattr(mmap, name)
"""


def as_on_windows(code: str, *arguments: object) -> str:
    """Run code where the operating system offers no more than Windows; returns what it prints."""
    ended = subprocess.run(
        [sys.executable, "-c", _AS_ON_WINDOWS + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_a_run_is_read(tmp_path: Path) -> None:
    """Values, parameters and the check of a store."""
    with ExperimentTracker("there", tmp_path, False, capture_environment=False) as tracker:
        for step in range(3):
            tracker.log_metrics({"loss": step / 2}, step=step)

    found = as_on_windows(
        "from neural.tracking import ExperimentManager\n"
        "from neural.tracking.storage.fsck import check\n"
        "run = ExperimentManager(sys.argv[1]).get_experiment(sys.argv[2])\n"
        "print(run.metric('loss').value.tolist(), len(list(check(sys.argv[1]))))",
        tmp_path,
        tracker.experiment_id,
    )

    assert found == "[0.0, 0.5, 1.0] 0"


def test_a_run_is_written(tmp_path: Path) -> None:
    """As far as can be told without Windows: nothing that it lacks is used."""
    as_on_windows(
        "from neural.tracking import ExperimentTracker\n"
        "tracker = ExperimentTracker('x', sys.argv[1], False, capture_environment=False)\n"
        "for step in range(300): tracker.log_metrics({'loss': step / 2}, step=step)\n"
        "tracker.finish()",
        tmp_path,
    )

    (run,) = tmp_path.glob("x_*")
    assert len(ExperimentTracker.open_readonly(run).metric("loss").value) == 300


@pytest.fixture
def untold() -> None:
    """Nobody has been warned in this process yet."""
    held_metrics_file._warn_if_untested.cache_clear()


@pytest.mark.usefixtures("untold")
def test_writing_on_windows_says_that_it_is_untested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, however many runs there are."""
    monkeypatch.setattr(held_metrics_file, "_ON_WINDOWS", True)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        log = MetricsLog(tmp_path / name, faults=FaultReporter())
        log.append(b'{"timestamp":1.5,"step":0}', 1_000.0)
        log.close()

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "on Windows is untested" in caplog.text


@pytest.mark.usefixtures("untold")
def test_writing_elsewhere_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Linux and macOS are tested."""
    log = MetricsLog(tmp_path, faults=FaultReporter())
    log.append(b'{"timestamp":1.5,"step":0}', 1_000.0)
    log.close()

    assert caplog.records == []
