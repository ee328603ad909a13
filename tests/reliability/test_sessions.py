"""What is started beside a program has a group of its own: Ctrl-C in the terminal is not for it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import psutil
import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.mirror_process import start_mirror
from neural.tracking.open_roots import OpenRoots

SCRIPT = """
import sys
from neural.tracking import ExperimentTracker
tracker = ExperimentTracker("kept", sys.argv[1], False, capture_output=True)
print("ready", flush=True)
sys.stdin.read()
"""


def members(group: int) -> set[int]:
    """Return the processes of a group: those that a terminal would send SIGINT to."""
    found = set()
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group:
                found.add(process.pid)
        except ProcessLookupError:  # it has ended meanwhile
            continue
    return found


def test_the_relay_of_the_output(tmp_path: Path) -> None:
    """Beside a run whose output is kept, nothing is in the run's own group but the run."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        relays = [p for p in psutil.process_iter(["cmdline"]) if _is_relay(p, tmp_path)]

        found = members(process.pid)

        process.communicate(b"")

    assert found == {process.pid}
    assert relays, "there is no relay: nothing was tested"


def _is_relay(process: psutil.Process, folder: Path) -> bool:
    """Return whether a process keeps the output of a run in ``folder``."""
    if not any("_console_relay" in part for part in process.info["cmdline"] or []):
        return False
    return any(Path(file.path).is_relative_to(folder) for file in process.open_files())


def test_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It outlives a Ctrl-C to send the last values."""
    monkeypatch.chdir(tmp_path)  # files go to ./exports
    with ExperimentTracker("mirrored", tmp_path / "runs", False) as tracker:
        tracker.log_metrics({"loss": 1.0})
        pid = start_mirror(tracker.experiment_dir, tracker.experiment_id, ["csv"])

        group = os.getpgid(pid)

    os.waitpid(pid, 0)
    assert group == pid


def test_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees the end of its server by itself, and takes up what is left the next time."""
    with ExperimentTracker("sent", tmp_path, False) as tracker:
        tracker.log_metrics({"loss": 1.0})
    groups: list[tuple[int, int]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            groups.append((os.getpgid(self.pid), self.pid))

    monkeypatch.setattr(subprocess, "Popen", Watched)
    runner = JobRunner(tmp_path, PageTargets(OpenRoots(tmp_path)))

    number = runner.submit(JobSpec(platform="csv", runs=(tracker.experiment_id,)))
    while runner.look(number).is_active:
        os.sched_yield()

    ((group, pid),) = groups
    assert group == pid
