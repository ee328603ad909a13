"""The index: always up to date, never the truth, and never in the way."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.errors import NotFoundError
from neural.tracking.query import parse, parse_sort
from neural.tracking.storage import freshness, index_facts, index_schema, index_sweep
from neural.tracking.storage.cache_place import cache_place
from neural.tracking.storage.catalog import ScanCatalog
from neural.tracking.storage.freshness import settled
from neural.tracking.storage.index import IndexCatalog
from neural.tracking.storage.local import look_at
from neural.tracking.storage.metrics_format import encode_entry

EVERYTHING = parse("")
OURS = {"format_version": 1, "status": "completed", "end_time": "2026-01-01T00:00:09"}


def write_json(path: Path, value: Any) -> None:
    """Replace a small file, as every writer of ours does."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(value))
    temporary.replace(path)


def make(base: Path, run_id: str, *values: Any, **metadata: Any) -> Path:
    """Make a finished run with one metric ``x``."""
    run_dir = base / f"run_{run_id}"
    run_dir.mkdir(parents=True)
    entries = [encode_entry(float(i), i, {"x": value}) for i, value in enumerate(values)]
    (run_dir / "metrics.json").write_bytes(b"[ \n" + b",\n".join(entries) + b"\n]")
    write_json(run_dir / "metadata.json", {**OURS, "experiment_id": run_id, **metadata})
    return run_dir


def age(run_dir: Path) -> None:
    """Make a folder look as if nothing had happened in it for a while."""
    old = run_dir.stat().st_mtime - 100
    os.utime(run_dir, (old, old))


def ids(catalog: IndexCatalog, wanted: str = "", sort: str = "id") -> list[str]:
    """Return the ids that a filter finds, in order."""
    rows = catalog.page(parse(wanted), parse_sort(sort)).rows
    return [row["experiment_id"] for row in rows]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Folder of three old runs: ``a``, ``b`` and ``c``."""
    for run_id, value in (("a", 1.0), ("b", 2.0), ("c", math.nan)):
        age(make(tmp_path, run_id, value))
    return tmp_path


@pytest.fixture
def catalog(base: Path) -> IndexCatalog:
    """Index of ``base``, at the usual place."""
    return IndexCatalog(base, cache_place(base))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the folders that were read, as they are."""
    folders: list[str] = []

    def noting(run_dir: str, known: Any = None) -> Any:
        folders.append(os.path.basename(run_dir))
        return look_at(run_dir, known)

    monkeypatch.setattr("neural.tracking.storage.index_sync.look_at", noting)
    return folders


def test_what_is_unchanged_is_not_read_again(base: Path, read: list[str]) -> None:
    """Neither by the same object nor by another process, however long it was away."""
    first = IndexCatalog(base, cache_place(base))
    ids(first), ids(first), first.record("a")
    ids(IndexCatalog(base, cache_place(base)))

    assert sorted(read) == ["run_a", "run_b", "run_c"]


def test_only_what_changed_is_read(base: Path, catalog: IndexCatalog, read: list[str]) -> None:
    """A replaced file moves the time of its folder."""
    ids(catalog)
    read.clear()
    write_json(base / "run_b" / "annotations.json", {"tags": {"t": "1"}})

    assert ids(catalog, "tags.t = '1'") == ["b"]
    assert read == ["run_b"]


def test_new_and_vanished_runs(base: Path, catalog: IndexCatalog) -> None:
    """Runs come and go, also by other hands than ours."""
    assert ids(catalog) == ["a", "b", "c"]
    make(base, "d")
    shutil.rmtree(base / "run_a")
    (base / "run_b").rename(base / "renamed_b")

    assert ids(catalog) == ["b", "c", "d"]
    assert catalog.record("b").folder == "renamed_b"
    with pytest.raises(NotFoundError, match="no run 'a'"):
        catalog.record("a")


def test_a_folder_that_becomes_a_run(base: Path, catalog: IndexCatalog) -> None:
    """It is looked at again, though the folder it lies in does not change."""
    (base / "later").mkdir()
    age(base / "later")
    assert ids(catalog) == ["a", "b", "c"]

    (base / "later" / "metadata.json").write_text('{"experiment_id": "d"}')

    assert ids(catalog) == ["a", "b", "c", "d"]


@pytest.mark.timeout(10)
def test_odd_things_in_the_folder(base: Path, catalog: IndexCatalog) -> None:
    """Pipes, loops, devices and links between the runs neither hang nor hide anything."""
    os.mkfifo(base / "pipe_1")
    (base / "loop_1").symlink_to("loop_1")
    (base / "up_1").symlink_to(base)
    (base / "device_1").symlink_to("/dev/zero")
    (base / "file_1").write_text("x")
    (base / "folder_1").mkdir()
    for name in ("fifo_d", "loop_e"):
        (base / name).mkdir()
    os.mkfifo(base / "fifo_d" / "metadata.json")
    (base / "loop_e" / "metrics.json").symlink_to("metrics.json")

    rows = catalog.page(EVERYTHING).rows

    problems = {row["experiment_id"]: len(row["problems"]) for row in rows}
    assert problems == {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1}


def test_a_finished_run_that_is_logged_to(base: Path, catalog: IndexCatalog, locked: Any) -> None:
    """Values behind the end are found, whether the folder tells or only the file."""
    path = base / "run_a" / "metrics.json"
    assert ids(catalog, "metrics.x.last = 5") == []
    entry = encode_entry(9.0, 9, {"x": 5})
    path.write_bytes(path.read_bytes()[:-2] + b",\n" + entry + b"\n]")

    assert ids(catalog, "metrics.x.last = 5") == ["a"]


def test_a_small_file_that_is_written_in_place(base: Path, catalog: IndexCatalog) -> None:
    """The seed does so; the time of its folder stays."""
    ids(catalog)
    (base / "run_a" / "metadata.json").write_text('{"experiment_id": "a", "status": "odd"}')
    age(base / "run_a")

    assert ids(catalog, "status = 'odd'") == ["a"]


def test_a_live_run_is_followed(base: Path, catalog: IndexCatalog, locked: Any) -> None:
    """Bytes of a mapped file change without any time or size; its end comes with the lock."""
    run_dir = make(base, "d", 1.0, status="running", end_time=None)
    path = run_dir / "metrics.json"
    path.write_bytes(path.read_bytes() + b" " * 200)
    with locked(path) as handle:
        assert ids(catalog, "status = 'running' and metrics.x.last = 1") == ["d"]
        age(run_dir)
        ids(catalog)
        state = path.stat()
        at = path.read_bytes().index(b"\n]")
        entry = encode_entry(2.0, 1, {"x": 7.0})
        os.pwrite(handle, entry + b"\n]", at + 2)
        os.pwrite(handle, b",\n", at)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert ids(catalog, "status = 'running' and metrics.x.last = 7") == ["d"]
        assert catalog.record("d").alive is True

    assert ids(catalog, "status = 'crashed'") == ["d"]
    assert catalog.record("d").status == "crashed"


def test_a_change_within_one_tick_of_the_clock() -> None:
    """A time that may still be given to another change is not relied upon."""
    second = 1_000_000_000
    now = 1000 * second

    assert settled(now - 200_000_001, now) == now - 200_000_001
    assert settled(now - 1, now) == 0
    assert settled(now - second, now) == 0  # a file system that counts whole seconds
    assert settled(now - 3 * second, now) == now - 3 * second
    assert settled(now + second + 1, now) == 0  # a clock that was set back


def test_a_change_right_after_the_look(base: Path, catalog: IndexCatalog) -> None:
    """A second change that leaves the folder's time as it is is found all the same."""
    ids(catalog)
    run_dir = make(base, "d", 1.0)
    assert ids(catalog, "tags.t = '1'") == []
    moved = run_dir.stat().st_mtime_ns
    write_json(run_dir / "annotations.json", {"tags": {"t": "1"}})
    os.utime(run_dir, ns=(moved, moved))

    assert ids(catalog, "tags.t = '1'") == ["d"]


def test_a_large_store(base: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]) -> None:
    """Beyond a size only new runs and live ones are asked each time, the others meanwhile."""
    catalog = large_catalog(base, monkeypatch)
    make(base, "d")
    assert ids(catalog) == ["a", "b", "c", "d"]
    read.clear()
    write_json(base / "run_a" / "annotations.json", {"tags": {"t": "1"}})
    ids(catalog)

    catalog._sync._sweep.wait()

    assert ids(catalog, "tags.t = '1'") == ["a"]
    assert set(read) <= {"run_a", "run_d"}, "runs at rest were read again"


def test_a_large_store_that_was_changed_meanwhile(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look of a process asks all folders: a command is not to wait for a round."""
    large_catalog(base, monkeypatch).close()
    write_json(base / "run_a" / "annotations.json", {"tags": {"t": "1"}})

    assert ids(IndexCatalog(base, cache_place(base)), "tags.t = '1'") == ["a"]


def test_what_this_process_changes_in_a_large_store(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again at once."""
    catalog = large_catalog(base, monkeypatch)
    write_json(base / "run_a" / "annotations.json", {"tags": {"t": "1"}})

    catalog.forget("run_a")

    assert ids(catalog, "tags.t = '1'") == ["a"]


def test_a_run_that_vanishes_from_a_large_store(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is gone from the next answer on."""
    catalog = large_catalog(base, monkeypatch)

    shutil.rmtree(base / "run_b")

    assert ids(catalog) == ["a", "c"]


def large_catalog(base: Path, monkeypatch: pytest.MonkeyPatch) -> IndexCatalog:
    """Return a catalog that takes three runs for many, and knows all of them."""
    monkeypatch.setattr(freshness, "LARGE_STORE", 2)
    catalog = IndexCatalog(base, cache_place(base))
    for path in (base, base / ".aquarium"):
        age(path)
    assert ids(catalog) == ["a", "b", "c"]
    catalog._sync._sweep.wait()
    return catalog


def test_runs_at_rest_have_their_turn(
    base: Path, catalog: IndexCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, each is looked at closely once in a round."""
    moment = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    monkeypatch.setattr(index_sweep, "_FEWEST_AT_ONCE", 0)
    looks: list[Path] = []
    monkeypatch.setattr(freshness, "signature", lambda place: looks.append(place) or 0)
    for number in range(57):
        make(base, f"r{number:02}")
    assert len(ids(catalog)) == 60
    connection = sqlite3.connect(base / ".aquarium" / "index.sqlite")
    sweep = index_sweep.IndexSweep(base)
    sweep.changed(connection, 60)
    looks.clear()
    for _ in range(30):
        moment[0] += 1.0
        sweep.changed(connection, 60)

    assert len(looks) == len(set(looks)) == 60
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: shutil.rmtree(place),
        lambda place: (place / "index.sqlite").unlink(),
        lambda place: (place / "index.sqlite").write_bytes(b"garbage" * 1000),
        lambda place: (place / "index.sqlite").write_bytes(b""),
        lambda place: _rewrite(place, lambda data: data[: len(data) // 2]),
        lambda place: _rewrite(place, lambda data: data[:8192] + b"\xff" * 30_000 + data[38_192:]),
        lambda place: _execute(place, "PRAGMA user_version=99"),
        lambda place: _execute(place, "PRAGMA application_id=99"),
        lambda place: _execute(place, "UPDATE meta SET writer = 'another release'"),
        lambda place: _execute(place, "DROP TABLE facts"),
        lambda place: _execute(place, "UPDATE states SET state = x'c1'"),
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_an_index_that_is_gone_or_damaged(
    base: Path, damage: Callable[[Path], None], is_open: bool
) -> None:
    """It is made anew, whether it was in use or not, and every answer is right."""
    catalog = IndexCatalog(base, cache_place(base))
    assert ids(catalog) == ["a", "b", "c"]
    if not is_open:
        catalog.close()
        catalog = IndexCatalog(base, cache_place(base))
    damage(base / ".aquarium")
    write_json(base / "run_a" / "annotations.json", {"tags": {"t": "1"}})

    assert ids(catalog) == ["a", "b", "c"]
    assert ids(catalog, "tags.t = '1' and metrics.x.best = 1") == ["a"]
    assert catalog.record("c").metrics["x"].nan_count == 1


def _rewrite(place: Path, change: Callable[[bytes], bytes]) -> None:
    path = place / "index.sqlite"
    path.write_bytes(change(path.read_bytes()))


def _execute(place: Path, statement: str) -> None:
    connection = sqlite3.connect(place / "index.sqlite")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_index_that_is_locked(
    base: Path, catalog: IndexCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process writes it, answers come from memory and are right."""
    monkeypatch.setattr(index_schema, "_PATIENCE_S", 0.01)
    ids(catalog)
    catalog.close()
    other = sqlite3.connect(base / ".aquarium" / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    make(base, "d")

    assert ids(catalog) == ["a", "b", "c", "d"]
    other.execute("ROLLBACK")
    assert ids(catalog) == ["a", "b", "c", "d"]
    assert other.execute("SELECT count(*) FROM runs").fetchone() == (4,)
    other.close()


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Both get every run, and the index that is left is whole."""
    for i in range(200):
        make(tmp_path, f"{i:04}", float(i))
    code = (
        "import sys; from pathlib import Path; from neural.tracking import ExperimentManager\n"
        "m = ExperimentManager(sys.argv[1]); print('ready', flush=True); sys.stdin.readline()\n"
        "print(m.count('metrics.x.best >= 100'), len(m.list_experiments()), m.count())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = [process.communicate("go\n")[0] for process in processes]

    assert answers == ["100 200 200\n"] * 3
    connection = sqlite3.connect(tmp_path / ".aquarium" / "index.sqlite")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM runs").fetchone() == (200,)
    connection.close()
    assert {p.suffix for p in (tmp_path / ".aquarium").iterdir()}.isdisjoint({".tmp"})


def test_many_threads(base: Path, catalog: IndexCatalog) -> None:
    """One catalog answers all of them while runs come and go."""
    failures: list[object] = []

    def ask() -> None:
        for _ in range(30):
            found = ids(catalog)
            if not {"a", "b", "c"} <= set(found):
                failures.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(10):
        shutil.rmtree(make(base, f"x{i}"))
    for thread in threads:
        thread.join()

    assert failures == []
    assert ids(catalog) == ["a", "b", "c"]


def test_a_forked_child_asks_for_itself(base: Path, catalog: IndexCatalog) -> None:
    """It does not use what its parent has open, and the parent goes on."""
    ids(catalog)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ",".join(ids(catalog)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert answer.read() == "a,b,c"
    os.waitpid(child, 0)
    make(base, "d")

    assert ids(catalog) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("value", [10**400, -(2**63) - 1, 2**63, math.inf, -math.inf, 2**53 + 1])
def test_unusual_values_come_back(tmp_path: Path, value: Any) -> None:
    """Rows and records keep every number exactly, through a file and a second look."""
    run_dir = make(tmp_path, "a", value)
    write_json(run_dir / "hyperparameters.json", {"p": str(value), "list": [1, {"x": None}]})
    ids(IndexCatalog(tmp_path, cache_place(tmp_path)))
    catalog = IndexCatalog(tmp_path, cache_place(tmp_path))

    (row,) = catalog.page(EVERYTHING).rows

    assert row["summary"]["latest"]["x"] == value
    assert catalog.record("a").metrics["x"].max == value
    assert row["hyperparameters"]["list"] == [1, {"x": None}]


def test_the_revision(base: Path, catalog: IndexCatalog) -> None:
    """It moves with every change, and also when the index was made anew."""
    revisions = [catalog.page(EVERYTHING).revision, catalog.page(EVERYTHING).revision]
    write_json(base / "run_a" / "annotations.json", {"notes": "n"})
    revisions.append(catalog.page(EVERYTHING).revision)
    shutil.rmtree(base / ".aquarium")
    revisions.append(IndexCatalog(base, cache_place(base)).page(EVERYTHING).revision)

    assert revisions[0] == revisions[1]
    assert revisions[1] < revisions[2] < revisions[3]


def test_a_copy_of_a_run(base: Path, catalog: IndexCatalog) -> None:
    """Both folders are listed; the id leads to the one that bears it."""
    shutil.copytree(base / "run_b", base / "copy of run")

    assert ids(catalog) == ["a", "b", "b", "c"]
    assert catalog.record("b").folder == "run_b"


def test_names(base: Path, catalog: IndexCatalog) -> None:
    """Names with points, and names that look like figures, come back whole."""
    run_dir = make(base, "d")
    values = {"x.count": 1.0, "a.b/c": 2.0, "count": 3.0}
    entry = encode_entry(1.0, 0, values)
    (run_dir / "metrics.json").write_bytes(b"[ \n" + entry + b"\n]")
    write_json(run_dir / "hyperparameters.json", {"o": {"lr": 1}, "a/b": 2})

    assert catalog.names("metrics") == ["a.b/c", "count", "x", "x.count"]
    assert catalog.names("params") == ["a/b", "o.lr"]
    assert catalog.names("tags") == []


def test_it_agrees_with_a_scan(base: Path, catalog: IndexCatalog) -> None:
    """What the index answers is what reading every run gives, row by row."""
    scan = ScanCatalog(base)
    for wanted, sort in (("", ""), ("metrics.x is nan", "-id"), ("not name = 'run'", "id")):
        found = catalog.page(parse(wanted), parse_sort(sort))
        expected = scan.page(parse(wanted), parse_sort(sort))

        assert (repr(found.rows), found.total) == (repr(expected.rows), expected.total)
    assert repr(catalog.record("c")) == repr(scan.record("c"))


def test_without_a_place_it_lives_in_memory(base: Path) -> None:
    """Nothing is left on the disk."""
    assert ids(IndexCatalog(base, None)) == ["a", "b", "c"]
    assert not (base / ".aquarium").exists()


def test_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the runs; else in the user's cache, one for each folder; else nowhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("plain", "blocked", "linked"):
        (tmp_path / name).mkdir()
    (tmp_path / "blocked" / ".aquarium").write_text("a file")
    (tmp_path / "linked" / ".aquarium").symlink_to(tmp_path)

    plain, blocked, linked = (
        cache_place(tmp_path / name) for name in ("plain", "blocked", "linked")
    )

    assert plain == tmp_path / "plain" / ".aquarium"
    assert blocked is not None
    assert linked is not None
    assert blocked.parent == linked.parent == tmp_path / "cache" / "neural"
    assert blocked != linked
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file")
    assert cache_place(tmp_path / "blocked") is None
    assert cache_place(tmp_path / "missing") is None


@pytest.mark.parametrize("most", [0.0, 1.0])
def test_what_varies_among_some(
    base: Path, catalog: IndexCatalog, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up run by run or in one walk, it is the same."""
    monkeypatch.setattr(index_facts, "_FEW", most)
    make(base, "d", 1.0, group="other")
    scan = ScanCatalog(base)
    keys = ["id", "status", "group", "metrics.x.last", "metrics.x.count", "nothing"]

    for text in ("", "id in ('a', 'b')", "id in ('a', 'd')", "id = 'a'", "id = 'none'"):
        wanted = parse(text)
        assert catalog.varying(wanted, keys) == scan.varying(wanted, keys), text
