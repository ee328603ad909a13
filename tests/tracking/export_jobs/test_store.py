"""Jobs as folders of JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural.errors import NotFoundError, StorageError
from neural.tracking.export_jobs.spec import JobSpec, RunProgress
from neural.tracking.export_jobs.store import JobStore

SPEC = JobSpec(
    platform="mlflow",
    place="http://127.0.0.1:5000",
    runs=("a", "b"),
    tags={"team": "vision"},
    options={"mode": "offline"},
    without=("artifacts",),
)


def test_a_job_comes_back(store: JobStore) -> None:
    """Another process reads what one has kept."""
    number = store.create(SPEC, {"a": "baseline"})

    job = JobStore(store.root.parent.parent).load(number)

    assert (job.number, job.spec) == (1, SPEC)
    assert [(run.run_id, run.name, run.state) for run in job.runs] == [
        ("a", "baseline", "waiting"),
        ("b", "", "waiting"),
    ]
    assert job.state == "stopped"  # nobody works on it


def test_it_can_be_read_without_us(store: JobStore) -> None:
    """A folder of JSON, a file a run."""
    number = store.create(SPEC)
    store.write_run(number, 1, RunProgress(run_id="b", state="done", sent=3))

    folder = store.folder(number)
    assert json.loads((folder / "job.json").read_text())["platform"] == "mlflow"
    assert json.loads((folder / "runs" / "0001.json").read_text())["sent"] == 3


def test_numbers_count_on(store: JobStore) -> None:
    """Newest first, and none twice."""
    assert [store.create(SPEC) for _ in range(3)] == [1, 2, 3]
    assert store.numbers() == [3, 2, 1]
    store.remove(2)
    assert store.create(SPEC) == 4


def test_a_job_that_is_worked_on(store: JobStore) -> None:
    """It runs exactly while somebody holds it, and one process does."""
    number = store.create(SPEC)

    with store.claim(number) as first, store.claim(number) as second:
        assert (first, second) == (True, False)
        assert store.load(number).state == "running"

    store.write_state(number, "running")
    assert store.load(number).state == "stopped"  # it said so, and is gone
    store.write_state(number, "done")
    assert store.load(number).state == "done"


def test_failed_runs_are_taken_up_again(store: JobStore) -> None:
    """Those that arrived stay as they are."""
    number = store.create(SPEC)
    store.write_run(number, 0, RunProgress(run_id="a", state="done", sent=3))
    store.write_run(number, 1, RunProgress(run_id="b", state="failed", failed=("it was down",)))
    store.write_state(number, "failed", problem="it was down")
    store.ask_to_stop(number)

    store.take_up(number, failed=True)

    job = store.load(number)
    assert [run.state for run in job.runs] == ["done", "waiting"]
    assert (job.state, job.problem, store.asked_to_stop(number)) == ("stopped", "", False)


def test_a_damaged_job(store: JobStore) -> None:
    """It is told by name; damage to the state of a run makes it one that waits."""
    number = store.create(SPEC)
    store.write_run(number, 0, RunProgress(run_id="a", state="done"))
    (store.folder(number) / "runs" / "0000.json").write_text("{")
    assert store.load(number).runs[0].state == "waiting"

    (store.folder(number) / "job.json").write_text('{"kind": "rm -rf"}')
    with pytest.raises(StorageError, match=r"job\.json is damaged"):
        store.load(number)


def test_there_is_no_such_job(store: JobStore) -> None:
    """It is said, and nothing is made."""
    with pytest.raises(NotFoundError, match="no job 7"):
        store.load(7)
    with pytest.raises(NotFoundError, match="no job 7"):
        store.ask_to_stop(7)
    assert not store.root.exists()


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    """The message says where and what helps."""
    (tmp_path / ".neural").write_text("")

    with pytest.raises(StorageError, match="The job cannot be kept"):
        JobStore(tmp_path).create(SPEC)
