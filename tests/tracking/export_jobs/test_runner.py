"""Jobs beside a server: in line, stopped, killed, gone on with. Real processes."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from neural.errors import RefusedError
from neural.tracking.export_jobs import runner as runner_module
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import Job, JobStore
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.open_roots import OpenRoots
from tests.tracking.export_jobs.conftest import Runs

#: Longer than any job here takes, also on a busy machine.
_LONG_S = 40.0


@pytest.fixture
def runner(base_dir: Path) -> JobRunner:
    """What a server has."""
    return JobRunner(base_dir, PageTargets(OpenRoots(base_dir)))


def until(look: Callable[[], Job], good: Callable[[Job], bool]) -> Job:
    """Look until a job is as it should be, and return it."""
    ends = time.monotonic() + _LONG_S
    while not good(job := look()):
        assert time.monotonic() < ends, job
        threading.Event().wait(0.05)
    return job


def test_jobs_are_done_one_after_the_other(runner: JobRunner, runs: Runs, base_dir: Path) -> None:
    """The second waits in line; both end, with what they are told in their folder."""
    ids = tuple(runs(1))
    first = runner.submit(JobSpec(platform="csv", runs=ids))
    second = runner.submit(JobSpec(platform="json", runs=ids))
    assert runner.look(second).state == "queued"

    done = until(lambda: runner.look(second), lambda job: not job.is_active)

    assert (done.state, runner.look(first).state) == ("done", "done")
    assert len(list(base_dir.glob("exports/csv/*/metrics.csv"))) == 1
    assert len(list(base_dir.glob("exports/json/*/run.json"))) == 1


def test_a_waiting_job_is_cancelled_at_once(runner: JobRunner, runs: Runs) -> None:
    """It never begins."""
    ids = tuple(runs(1))
    runner.submit(JobSpec(platform="csv", runs=ids))
    second = runner.submit(JobSpec(platform="json", runs=ids))

    runner.cancel(second)

    assert runner.look(second).state == "cancelled"


def test_where_a_page_may_not_send(runner: JobRunner) -> None:
    """Nothing is kept of it."""
    with pytest.raises(RefusedError):
        runner.submit(JobSpec(platform="csv", place="/etc", runs=("a",)))
    assert runner.store.numbers() == []


def test_a_kept_job_is_checked_before_it_goes_on(runner: JobRunner, store: JobStore) -> None:
    """A store from elsewhere may hold any job: it is not carried out."""
    number = store.create(JobSpec(platform="csv", place="/etc/x", runs=("a",)))

    with pytest.raises(RefusedError):
        runner.go_on(number)
    assert runner.look(number).state == "stopped"


def test_an_import_of_what_is_not_open(runner: JobRunner, store: JobStore, tmp_path: Path) -> None:
    """Neither asked for now nor found in a store from elsewhere."""
    (tmp_path / "logs").mkdir()
    spec = JobSpec(kind="import", place=str(tmp_path / "logs"))

    with pytest.raises(RefusedError):
        runner.submit(spec)
    number = store.create(spec)
    with pytest.raises(RefusedError):
        runner.go_on(number)


def test_a_platform_that_hangs(
    runner: JobRunner, runs: Runs, base_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancel ends its process, and the next job is not held up."""
    ids = tuple(runs(1))
    first = runner.submit(JobSpec(platform="csv", runs=ids))
    until(lambda: runner.look(first), lambda job: not job.is_active)
    (lock,) = (base_dir / ".neural" / "locks").iterdir()
    monkeypatch.setattr(runner_module, "STOP_S", 0.5)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # its turn never comes, as with a server that is silent
        stuck = runner.submit(JobSpec(platform="csv", runs=ids))
        behind = runner.submit(JobSpec(platform="json", runs=ids))
        until(lambda: runner.look(stuck), lambda job: bool(job.in_state("running")))

        runner.cancel(stuck)
        done = until(lambda: runner.look(behind), lambda job: not job.is_active)

    assert (runner.look(stuck).state, done.state) == ("cancelled", "done")


_SERVER = """
import sys
from pathlib import Path
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.open_roots import OpenRoots
base_dir = Path(sys.argv[1])
runner = JobRunner(base_dir, PageTargets(OpenRoots(base_dir)))
print(runner.submit(JobSpec(platform="csv", runs=tuple(sys.argv[2:]))), flush=True)
sys.stdin.read()
"""


def start_server(base_dir: Path, ids: list[str]) -> subprocess.Popen[str]:
    """Start a process that exports runs, as a server does, and wait until it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(base_dir), *ids],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "1"
    return process


@pytest.mark.crash
def test_a_server_that_is_killed(
    runs: Runs, store: JobStore, runner: JobRunner, base_dir: Path
) -> None:
    """Its job stops with it; the next server goes on, and each point is there once."""
    ids = runs(40)
    server = start_server(base_dir, ids)
    until(lambda: store.load(1), lambda job: job.finished >= 3)
    os.kill(server.pid, signal.SIGKILL)
    server.communicate()

    stopped = until(lambda: store.load(1), lambda job: job.state != "running")
    assert stopped.state == "stopped"
    assert 3 <= stopped.finished < 40

    runner.go_on(1)
    done = until(lambda: runner.look(1), lambda job: not job.is_active)

    assert (done.state, done.finished) == ("done", 40)
    files = sorted(base_dir.glob("exports/csv/*/metrics.csv"))
    assert len(files) == 40
    assert all(len(file.read_text().splitlines()) == 1 + 3 for file in files)


@pytest.mark.crash
def test_a_worker_that_is_killed(
    runs: Runs, store: JobStore, runner: JobRunner, base_dir: Path
) -> None:
    """The job says so, and what failed is tried again."""
    number = runner.submit(JobSpec(platform="csv", runs=tuple(runs(40))))
    until(lambda: store.load(number), lambda job: job.finished >= 1)

    os.kill(json.loads((store.folder(number) / "state.json").read_text())["pid"], signal.SIGKILL)

    failed = until(lambda: runner.look(number), lambda job: not job.is_active)
    assert failed.state == "failed"
    assert "ended with status -9" in failed.problem
    runner.go_on(number)
    assert until(lambda: runner.look(number), lambda job: not job.is_active).state == "done"


def test_a_server_that_ends_does_not_wait_for_its_job(runs: Runs, base_dir: Path) -> None:
    """No thread keeps it: what is left is for the next one."""
    server = start_server(base_dir, runs(40))

    server.communicate(timeout=_LONG_S)  # closes what it waits for

    assert server.returncode == 0
