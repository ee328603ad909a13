"""Reading run directories of every kind of writer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.storage import metrics_file, metrics_format
from neural.tracking.storage.local import look_at, read_run, read_runs

Write = Callable[..., Path]


def write(run_dir: Path, **files: Any) -> None:
    """Write small files, one per keyword."""
    for name, value in files.items():
        (run_dir / f"{name}.json").write_text(json.dumps(value))


OURS = {
    "experiment_id": "0123456789ab",
    "experiment_name": "Über/nets",
    "format_version": 1,
    "start_time": "2026-11-21T10:00:00.000000+01:00",
    "status": "running",
}


def test_everything_that_is_known(run_dir: Path, write_metrics: Write) -> None:
    """All small files and the figures of the metrics make one record."""
    write_metrics([(1.0, 0, {"loss": 0.5}), (7.0, 1, {"loss": 0.25})])
    metadata = {**OURS, "status": "completed", "end_time": "2026-11-21T10:00:05+01:00"}
    write(
        run_dir,
        metadata={**metadata, "group": "g", "repeat": 2, "parent": "p", "host": "h", "pid": 7},
        hyperparameters={"optimizer": {"lr": 0.1}},
        annotations={
            "tags": {"a": "b"},
            "notes": "n",
            "display_name": "d",
            "archived": True,
            "pinned": True,
            "metrics": {"loss": {"goal": "min", "step_metric": "epoch"}},
        },
    )

    run = read_run(run_dir)

    assert (run.experiment_id, run.experiment_name) == ("0123456789ab", "Über/nets")
    assert (run.status, run.stored_status, run.alive) == ("completed", "completed", False)
    assert (run.start_time, run.duration, run.updated) == (1795251600.0, 5.0, 7.0)
    assert (run.group, run.repeat, run.parent, run.host, run.pid) == ("g", 2, "p", "h", 7)
    assert (run.tags, run.notes, run.display_name) == ({"a": "b"}, "n", "d")
    assert (run.archived, run.pinned) == (True, True)
    assert (run.goals, run.step_metrics) == ({"loss": "min"}, {"loss": "epoch"})
    assert run.params == {"optimizer": {"lr": 0.1}}
    assert (run.metrics["loss"].last, run.entries, run.problems) == (0.25, 2, ())


def test_a_directory_of_the_seed(tmp_path: Path) -> None:
    """Name and id stand in the folder name only, and the status is what was stored."""
    run_dir = tmp_path / "my_net_1a2b3c4d"
    run_dir.mkdir()
    entries = [{"timestamp": 5.0, "step": 0, "loss": 0.5}]
    write(run_dir, metadata={"start_time": "2024-01-01T10:00:00.5", "status": "created"})
    (run_dir / "metrics.json").write_text(json.dumps(entries, indent=2))

    run = read_run(run_dir)

    assert (run.experiment_name, run.experiment_id) == ("my_net", "1a2b3c4d")
    assert (run.status, run.problems) == ("created", ())
    assert run.start_time is not None
    assert run.metrics["loss"].last == 0.5


@pytest.mark.parametrize(
    ("metadata", "is_locked", "shown"),
    [
        (OURS, True, "running"),
        (OURS, False, "crashed"),
        ({**OURS, "status": "created"}, True, "created"),
        ({**OURS, "status": "anything", "end_time": "2026-11-21T10:00:00"}, False, "anything"),
        ({**OURS, "status": "completed", "end_time": "2026-11-21T10:00:00"}, True, "completed"),
        ({**OURS, "liveness": "none"}, False, "running"),
        ({"status": "running"}, False, "running"),
        ({}, False, "unknown"),
        ({"status": 5, "start_time": 5, "repeat": "x", "experiment_id": []}, False, "unknown"),
    ],
)
def test_the_shown_status(
    run_dir: Path,
    write_metrics: Write,
    locked: Any,
    metadata: dict[str, Any],
    is_locked: bool,
    shown: str,
) -> None:
    """A run of ours with neither end nor lock has crashed; all others show what was stored."""
    path = write_metrics([])
    write(run_dir, metadata=metadata)
    if is_locked:
        with locked(path):
            status = read_run(run_dir).status
    else:
        status = read_run(run_dir).status

    assert status == shown


def test_a_second_writer_keeps_a_run_alive(
    run_dir: Path, write_metrics: Write, locked: Any
) -> None:
    """Any metrics file that is locked will do."""
    write_metrics([])
    other = write_metrics([], "metrics.host-1-ab.json")
    write(run_dir, metadata=OURS)

    with locked(other):
        assert read_run(run_dir).status == "running"
    assert read_run(run_dir).status == "crashed"


def test_a_killed_process_is_noticed(run_dir: Path, write_metrics: Write) -> None:
    """The kernel frees the lock of a process that was killed."""
    path = write_metrics([])
    write(run_dir, metadata=OURS)
    code = (
        "import os, sys, time; from neural.tracking.storage.locks import try_lock\n"
        "assert try_lock(os.open(sys.argv[1], os.O_RDWR)); print('locked', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        before = read_run(run_dir).status
        child.kill()

    assert (before, read_run(run_dir).status) == ("running", "crashed")


def test_where_locks_do_not_work(
    run_dir: Path, write_metrics: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is guessed: the stored status is shown."""
    write_metrics([])
    write(run_dir, metadata=OURS)
    asks = "neural.tracking.storage.metrics_file.is_locked_elsewhere"
    monkeypatch.setattr(asks, lambda handle: None)

    run = read_run(run_dir)

    assert (run.status, run.alive) == ("running", None)


def test_tags_may_be_a_list(run_dir: Path) -> None:
    """Each tag of a list is one without text."""
    write(run_dir, metadata={}, annotations={"tags": ["a", 1]})

    assert read_run(run_dir).tags == {"a": "", "1": ""}


def test_a_future_format_is_told(run_dir: Path) -> None:
    """What is understood is shown, and the reason why some may be missing."""
    write(run_dir, metadata={**OURS, "format_version": 99})

    run = read_run(run_dir)

    assert run.experiment_name == "Über/nets"
    assert len(run.problems) == 1
    assert "format 99" in run.problems[0]


def test_folders_that_are_runs(tmp_path: Path) -> None:
    """A folder with metadata.json or metrics.json is one; hidden and other folders are not."""
    for folder in ("a_1", "b_2", "other", ".trash", ".aquarium"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a_1" / "metadata.json").write_text("{}")
    (tmp_path / "b_2" / "metrics.json").write_text("[]")
    (tmp_path / ".trash" / "metadata.json").write_text("{}")
    (tmp_path / "file.json").write_text("{}")

    assert sorted(run.folder for run in read_runs(tmp_path)) == ["a_1", "b_2"]
    assert list(read_runs(tmp_path / "missing")) == []


FILES = ["metadata.json", "hyperparameters.json", "annotations.json", "metrics.json"]

CONTENTS = {
    "empty": b"",
    "truncated": b'{"status": "run',
    "truncated array": b'[ \n{"timestamp":1.0,"step":0,"los',
    "binary": bytes(range(256)) * 100,
    "wrong type": b'"text"',
    "wrong encoding": '{"status": "é"}'.encode("latin-1"),
    "brackets": b"[" * 100_000_000,
    "own brackets": b"[ \n{" + b"[" * 100_000_000,
    "zeros": b"\0" * 1_000_000,
    "mark": b"\xef\xbb\xbf{}",
    "line ends": b"{\r\n}\r\n",
    "deep": b'{"a":' * 500 + b"1" + b"}" * 500,
    "numbers": b'{"format_version": 1e999, "start_time": -1e300, "status": {}, "repeat": 1e5}',
    "odd entries": b'[ \n{"timestamp":1e300,"step":0,"x":1e999},\n'
    b'{"timestamp":1.0,"step":1,"x":{}}\n]',
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.timeout(10)
def test_a_damaged_file_hides_nothing_else(
    run_dir: Path, write_metrics: Write, name: str, content: str
) -> None:
    """The run is listed with what is wrong, its other files are read, and nothing is changed."""
    write_metrics([(1.0, 0, {"loss": 0.5})])
    write(run_dir, metadata=OURS, hyperparameters={"lr": 1}, annotations={"notes": "n"})
    (run_dir / name).write_bytes(CONTENTS[content])
    before = {path: path.stat().st_mtime_ns for path in run_dir.iterdir()}

    run = read_run(run_dir)

    sound = {"mark", "line ends", "numbers"} - ({"numbers"} if name == "metrics.json" else set())
    reported = any(problem.startswith(name) for problem in run.problems)
    assert reported or content in sound or (name, content) == ("metrics.json", "odd entries")
    assert name == "metrics.json" or run.metrics["loss"].last == 0.5
    assert name == "hyperparameters.json" or run.params == {"lr": 1}
    assert name == "annotations.json" or run.notes == "n"
    assert run.experiment_id == "0123456789ab"
    assert {path: path.stat().st_mtime_ns for path in run_dir.iterdir()} == before


def fifo(path: Path) -> None:
    """A FIFO that nobody writes: a plain open would wait for ever."""
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path.relative_to(Path.cwd())))


def loop(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path)


def device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [fifo, unix_socket, loop, device, Path.mkdir])
@pytest.mark.parametrize("name", FILES)
@pytest.mark.timeout(5)
def test_what_is_no_file(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str, make: Callable[[Path], None]
) -> None:
    """Nothing hangs; the run is listed and says what stands in the place of its file."""
    monkeypatch.chdir(run_dir)  # paths of sockets must be short
    if name != "metadata.json":
        write(run_dir, metadata=OURS)
    make(run_dir / name)

    (run,) = read_runs(run_dir.parent)

    assert any(problem.startswith(name) for problem in run.problems)


def test_a_run_that_vanishes(run_dir: Path) -> None:
    """It has no metrics and a problem; nothing raises."""
    run_dir.rmdir()

    run = read_run(run_dir)

    assert (run.metrics, len(run.problems)) == ({}, 1)


def test_a_second_look_reads_only_what_is_new(
    run_dir: Path,
    write_metrics: Write,
    append_metrics: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Figures of an earlier look are brought up to date from their offset."""
    path = write_metrics([(1.0, i, {"x": i}) for i in range(50)])
    first = look_at(run_dir)
    append_metrics(path, [(2.0, 50, {"x": 50})])
    sizes: list[int] = []
    pread = os.pread
    for module in (metrics_file, metrics_format):
        monkeypatch.setattr(
            module, "read_at", lambda *args: sizes.append(len(d := pread(*args))) or d
        )

    second = look_at(run_dir, first.figures)

    assert second.record.metrics["x"].count == 51
    assert max(sizes) < 100
