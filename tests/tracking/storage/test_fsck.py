"""Checking a folder of runs, and mending it without losing an entry."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.query import parse
from neural.tracking.storage.cache_place import cache_place
from neural.tracking.storage.fsck import Finding, check
from neural.tracking.storage.index import IndexCatalog
from neural.tracking.storage.index_state import encode_row
from neural.tracking.storage.metrics_reader import RunMetrics

Write = Callable[..., Path]
ENTRIES = [(float(i), i, {"x": i + 0.5}) for i in range(4)]
ROW = {"folder": "mnist_0123456789ab"}
OURS = {"format_version": 1, "experiment_id": "0123456789ab", "status": "completed"}


@pytest.fixture
def base(run_dir: Path) -> Path:
    """Folder that holds ``run_dir``, a finished run of ours."""
    metadata = {**OURS, "end_time": "2026-01-01", "host": socket.gethostname()}
    (run_dir / "metadata.json").write_text(json.dumps(metadata))
    return run_dir.parent


def kinds(findings: list[Finding]) -> list[str]:
    """Return what kinds of things were found."""
    return [str(finding.kind) for finding in findings]


def steps(run_dir: Path) -> list[int]:
    """Return the steps that are on record."""
    return [entry["step"] for entry in RunMetrics(run_dir).entries()]


def dead_pid() -> int:
    """Return the number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_sound_store(base: Path, write_metrics: Write) -> None:
    """Nothing is found, and nothing changed, with blanks behind the end or without."""
    path = write_metrics(ENTRIES)
    write_metrics(ENTRIES, "metrics.host-1-ab.json", tail=b"\n]" + b" " * 100)
    write_metrics([], "media.json")
    before = path.stat().st_mtime_ns

    assert check(base) == []
    assert check(base, repair=True) == []
    assert path.stat().st_mtime_ns == before


def test_torn_at_any_byte(base: Path, run_dir: Path, write_metrics: Write) -> None:
    """The file is strict JSON again and holds every whole entry; once is like twice."""
    path = write_metrics(ENTRIES)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        expected = steps(run_dir)

        findings = check(base, repair=True)

        assert kinds(findings) == ["torn_tail"], cut
        assert findings[0].repaired
        assert [entry["step"] for entry in json.loads(path.read_bytes())] == expected, cut
        assert steps(run_dir) == expected
        assert check(base, repair=True) == []


def test_without_repair_nothing_is_changed(base: Path, write_metrics: Write) -> None:
    """The finding names the file and the byte."""
    path = write_metrics(ENTRIES, tail=b',\n{"time')
    data = path.read_bytes()

    (finding,) = check(base)

    assert (finding.path, finding.offset) == (
        "mnist_0123456789ab/metrics.json",
        data.rindex(b",\n"),
    )
    assert not finding.repaired
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["metrics.json", "metrics.host-1-ab.json", "media.json"])
def test_an_uncommitted_piece(base: Path, run_dir: Path, write_metrics: Write, name: str) -> None:
    """It is cut off, blanks and all."""
    path = write_metrics(ENTRIES, name, tail=b'\n]{"timestamp":9.0,"st' + b" " * 50)

    findings = check(base, repair=True)

    assert kinds(findings) == ["uncommitted_tail"]
    assert [entry["step"] for entry in json.loads(path.read_bytes())] == [0, 1, 2, 3]
    assert check(base, repair=True) == []


def test_an_uncommitted_entry_that_is_whole(
    base: Path, run_dir: Path, write_metrics: Write
) -> None:
    """It is kept: a whole entry is never removed."""
    tail = b'\n]{"timestamp":9.0,"step":4,"x":1}\n]' + b" " * 50
    path = write_metrics(ENTRIES, tail=tail)

    findings = check(base, repair=True)

    assert kinds(findings) == ["uncommitted_tail"]
    assert [entry["step"] for entry in json.loads(path.read_bytes())] == [0, 1, 2, 3, 4]
    assert check(base, repair=True) == []


@pytest.mark.parametrize(
    "tail",
    [
        b'\n]"timestamp":9.0,"step":4},\n{"timestamp":9.0,"step":5,"x":1}\n]',
        b"\n]something else",
        b',\n{"timestamp"\n:9.0,"step":5,"x":1} and more',
    ],
)
def test_what_may_hold_entries_is_kept(base: Path, write_metrics: Write, tail: bytes) -> None:
    """Where more stands behind the end than a killed call leaves, no byte is changed."""
    path = write_metrics(ENTRIES, tail=tail)
    data = path.read_bytes()

    (finding,) = check(base, repair=True)

    assert (finding.kind, finding.repaired) == ("damaged_file", False)
    assert path.read_bytes() == data


def test_a_damaged_entry(base: Path, run_dir: Path, write_metrics: Write) -> None:
    """It is reported with its byte, and no byte is changed."""
    path = write_metrics(ENTRIES)
    data = path.read_bytes().replace(b'"step":2', b'"step":x')
    path.write_bytes(data)

    (finding,) = check(base, repair=True)

    assert (finding.kind, finding.repaired) == ("damaged_entry", False)
    assert finding.offset == data.index(b'{"timestamp":2.0')
    assert path.read_bytes() == data
    assert steps(run_dir) == [0, 1, 3]


def test_a_locked_file_is_left_alone(
    base: Path, run_dir: Path, write_metrics: Write, locked: Any
) -> None:
    """Its writer knows better."""
    path = write_metrics(ENTRIES, tail=b'\n]{"timestamp":9.0,"st')
    data = path.read_bytes()

    with locked(path):
        findings = check(base, repair=True)

    assert findings == []
    assert path.read_bytes() == data


def test_files_of_other_programs_are_not_mended(base: Path, run_dir: Path) -> None:
    """What the seed's own tracker left half-written is reported only."""
    (run_dir / "metadata.json").write_text("{}")
    text = json.dumps([{"timestamp": 1.0, "step": 0, "x": 1}], indent=2)[:-3]
    (run_dir / "metrics.json").write_text(text)

    findings = check(base, repair=True)

    assert set(kinds(findings)) == {"damaged_entry"}
    assert (run_dir / "metrics.json").read_text() == text


def test_damaged_small_files(base: Path, run_dir: Path) -> None:
    """Each is reported with its byte, and kept."""
    for name in ("hyperparameters.json", "artifacts.json", "summary.json"):
        (run_dir / name).write_text('{"a": ')
    (run_dir / "metrics.json").mkdir()

    findings = check(base, repair=True)

    assert kinds(findings) == ["damaged_file"] * 4
    assert all("byte 6" in finding.message for finding in findings[:3])
    assert (run_dir / "summary.json").read_text() == '{"a": '


def test_orphans(base: Path, run_dir: Path) -> None:
    """Temporary files of dead processes go; those of living ones, and all others, stay."""
    (run_dir / "artifacts").mkdir()
    (run_dir / "artifacts" / "model.bin").write_text("kept")
    dead, alive = dead_pid(), os.getpid()
    gone = [
        run_dir / f".metadata.json.{dead}.a1b2c3.tmp",
        run_dir / "artifacts" / f".0123456789ab.{dead}.tmp",
        base / ".aquarium" / f".index.sqlite.{dead}.a1b2c3.tmp",
    ]
    kept = [
        run_dir / f".metadata.json.{alive}.a1b2c3.tmp",
        run_dir / "artifacts" / f".0123456789ab.{alive}.tmp",
        run_dir / "artifacts" / ".v1_model.bin.tmp",  # may be being written: it says not by whom
        run_dir / "notes.tmp",
    ]
    (base / ".aquarium").mkdir()
    for path in (*gone, *kept):
        path.write_text("x")

    reported = check(base)
    findings = check(base, repair=True)

    assert kinds(reported) == kinds(findings) == ["orphan"] * 3
    assert {base / finding.path for finding in findings} == set(gone)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    assert check(base, repair=True) == []


def test_an_orphan_whose_number_was_given_again(
    base: Path, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that has its writer's number now began after the file was written."""
    path = run_dir / f".metadata.json.{os.getpid()}.a1b2c3.tmp"
    path.write_text("x")
    assert check(base) == []
    began = time.time() + 100
    monkeypatch.setattr("neural.tracking.storage.fsck_orphans._start_of", lambda pid: began)

    assert kinds(check(base, repair=True)) == ["orphan"]
    assert not path.exists()


def test_an_artifact_that_was_moved_aside(base: Path, run_dir: Path) -> None:
    """While nothing stands in its place it may be the only copy, so it is kept."""
    (run_dir / "artifacts").mkdir()
    aside = run_dir / "artifacts" / ".data.a1b2c3.tmp"
    aside.mkdir()
    for change in ("the only copy", "replaced"):
        _make_old(aside)
        if change == "replaced":
            (run_dir / "artifacts" / "data").mkdir()
        findings = _check_later(base)

        assert kinds(findings) == ["orphan"]
        assert findings[0].repaired is (change == "replaced")
        assert aside.exists() is (change == "the only copy")


def _make_old(path: Path) -> None:
    os.utime(path, (1.0, 1.0))


def _check_later(base: Path) -> list[Finding]:
    """Check two days later."""
    now = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neural.tracking.storage.fsck_orphans.time.time", lambda: now() + 200_000)
        return check(base, repair=True)


def test_runs_of_another_machine(base: Path, run_dir: Path) -> None:
    """Numbers of processes mean nothing here, so only time tells."""
    metadata = {**OURS, "end_time": "2026-01-01", "host": "elsewhere"}
    (run_dir / "metadata.json").write_text(json.dumps(metadata))
    path = run_dir / f".metadata.json.{dead_pid()}.a1b2c3.tmp"
    path.write_text("x")

    assert check(base, repair=True) == []
    assert kinds(_check_later(base)) == ["orphan"]
    assert not path.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"garbage" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: _execute(path, "UPDATE states SET doc = x'c1'"),
        lambda path: _execute(path, "UPDATE states SET doc = ?", encode_row({**ROW, "notes": "x"})),
    ],
)
def test_the_index(base: Path, write_metrics: Write, damage: Callable[[Path], None]) -> None:
    """A damaged or stale one is reported, and built anew."""
    write_metrics(ENTRIES)
    catalog = IndexCatalog(base, cache_place(base))
    catalog.count(parse(""))
    catalog.close()
    assert check(base) == []
    damage(base / ".aquarium" / "index.sqlite")

    findings = check(base, repair=True)

    assert kinds(findings) == ["index"]
    assert findings[0].repaired
    assert check(base) == []
    assert IndexCatalog(base, cache_place(base)).count(parse("status = 'completed'")) == 1


def _execute(path: Path, statement: str, *values: bytes) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_what_a_link_leads_to_is_left_alone(
    base: Path, run_dir: Path, write_metrics: Write, tmp_path: Path
) -> None:
    """A run that lies elsewhere is checked, and not changed."""
    path = write_metrics(ENTRIES, tail=b"")
    data = path.read_bytes()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "run_1").symlink_to(run_dir)

    findings = check(tmp_path / "links", repair=True)

    assert [(finding.kind, finding.repaired) for finding in findings] == [("torn_tail", False)]
    assert path.read_bytes() == data


def test_no_folder(tmp_path: Path) -> None:
    """There is nothing to find."""
    assert check(tmp_path / "missing", repair=True) == []
