"""What a job does, run by run."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural.errors import ExportError
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import JobStore
from neural.tracking.export_jobs.worker import work
from neural.tracking.sinks import RunSink, Tally, Target, sinks
from tests.tracking.export_jobs.conftest import Runs, csv_job


def test_every_run_is_sent(runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """The job says of each what came of it, and where it is."""
    number = store.create(csv_job(runs(2), tmp_path / "out"))

    state = work(base_dir, number, Target(place=str(tmp_path / "out")))

    job = store.load(number)
    assert (state, job.state, job.finished) == ("done", "done", 2)
    assert [(run.state, run.sent) for run in job.runs] == [("done", 3), ("done", 3)]
    assert all(Path(run.url or "").is_dir() for run in job.runs)


def test_a_check_writes_nothing(
    runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path
) -> None:
    """It counts as an export does."""
    number = store.create(csv_job(runs(1), tmp_path / "out", "check"))

    work(base_dir, number, Target(place=str(tmp_path / "out"), dry_run=True))

    assert store.load(number).runs[0].sent == 3
    assert not (tmp_path / "out").exists()


def test_a_run_that_fails_keeps_no_other_back(
    runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path
) -> None:
    """It is told; once it is there, only it is sent again."""
    (first,) = runs(1)
    number = store.create(csv_job(["0" * 12, first], tmp_path / "out"))

    assert work(base_dir, number, Target(place=str(tmp_path / "out"))) == "failed"

    failed, sent = store.load(number).runs
    assert (failed.state, sent.state) == ("failed", "done")
    assert "not found" in failed.failed[0]


def test_a_stopped_job_goes_on(runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """What was sent is not sent again, and nothing is missing in the end."""
    number = store.create(csv_job(runs(3), tmp_path / "out"))
    target = Target(place=str(tmp_path / "out"))
    allowed = iter([True] * 4)

    assert work(base_dir, number, target, lambda: next(allowed, False)) == "stopped"
    before = store.load(number)
    assert 0 < before.finished < 3

    assert work(base_dir, number, target) == "done"
    assert store.load(number).runs[0] == before.runs[0]
    assert len(list((tmp_path / "out").glob("*/metrics.csv"))) == 3


def test_a_cancelled_job(runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """It ends before its next piece."""
    number = store.create(csv_job(runs(2), tmp_path / "out"))
    store.ask_to_stop(number)

    assert work(base_dir, number, Target(place=str(tmp_path / "out"))) == "cancelled"
    assert store.load(number).finished == 0


def test_what_fails_alike_is_not_tried_for_ever(
    runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path
) -> None:
    """After three runs that fail for one reason the others wait for a person."""
    (tmp_path / "out").write_text("a file stands where the folder should be")
    number = store.create(csv_job(runs(5), tmp_path / "out"))

    assert work(base_dir, number, Target(place=str(tmp_path / "out"))) == "failed"

    job = store.load(number)
    assert [run.state for run in job.runs] == ["failed"] * 3 + ["waiting"] * 2
    assert "not tried" in job.problem


@pytest.mark.parametrize(
    ("says", "tried"),
    [
        ("API request failed with 401 Unauthorized", 1),
        ("403 Client Error: Forbidden for url", 1),
        ("Error 4013 while writing", 3),
    ],
)
def test_a_wrong_key_is_not_tried_again(
    runs: Runs,
    store: JobStore,
    base_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
    tried: int,
) -> None:
    """One refusal is enough: more of them may lock an account."""

    def refuse(_target: Target, _tally: Tally) -> RunSink:
        raise ExportError(says)

    monkeypatch.setattr(sinks, "load", lambda _name: refuse)
    number = store.create(JobSpec(platform="mlflow", place="http://x", runs=tuple(runs(4))))

    assert work(base_dir, number, Target(place="http://x")) == "failed"
    assert store.load(number).finished == tried


def test_a_test_says_what_answered(store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """Of a folder, whether it can be written to; nothing is made."""
    number = store.create(JobSpec(kind="test", platform="csv", place=str(tmp_path / "new")))

    assert work(base_dir, number, Target(place=str(tmp_path / "new"))) == "done"

    assert store.load(number).notes == (f"{tmp_path / 'new'} will be made",)
    assert not (tmp_path / "new").exists()


def test_a_test_that_fails(store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """Its reason is the problem of the job."""
    (tmp_path / "file").write_text("")
    number = store.create(JobSpec(kind="test", platform="csv", place=str(tmp_path / "file" / "x")))

    assert work(base_dir, number, Target(place=str(tmp_path / "file" / "x"))) == "failed"
    assert "no folder that can be written to" in store.load(number).problem


def test_an_import(store: JobStore, base_dir: Path, tmp_path: Path) -> None:
    """Each run of the folder says what became of it, and what was left out is listed."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.csv").write_text("step,loss\n0,0.5\n1,0.25\n")
    (tmp_path / "logs" / "away").symlink_to("/etc")
    number = store.create(JobSpec(kind="import", place=str(tmp_path / "logs")))

    assert work(base_dir, number, Target()) == "done"

    job = store.load(number)
    assert [(run.state, run.message, run.sent) for run in job.runs] == [("done", "added", 2)]
    assert any("away" in note for note in job.notes)
    assert work(base_dir, number, Target()) == "done"
    assert store.load(number).runs[0].message == "unchanged"


@pytest.mark.parametrize("part", ["metrics", "artifacts"])
def test_parts_that_stay_here(
    runs: Runs, store: JobStore, base_dir: Path, tmp_path: Path, part: str
) -> None:
    """What was left out is not sent."""
    number = store.create(csv_job(runs(1), tmp_path / "out"))

    work(base_dir, number, Target(place=str(tmp_path / "out"), without=frozenset({part})))

    assert store.load(number).runs[0].sent == (0 if part == "metrics" else 3)
