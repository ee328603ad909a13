"""R18: damage to any file of a run stays with that run, and is said."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage import fsck
from neural.tracking.storage.local import look_at

pytestmark = [pytest.mark.crash, pytest.mark.timeout(60)]

FILES = [
    "metadata.json",
    "annotations.json",
    "hyperparameters.json",
    "metrics.json",
    "metrics.other-1-abcd.json",
    "media.json",
    "artifacts.json",
    "environment.json",
    "summary.json",
    "versions/a/versions.json",
]

Damage = Callable[[Path], object]


def _rewrite(change: Callable[[bytes], bytes]) -> Damage:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def _replace_by(make: Callable[[Path], object]) -> Damage:
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


DAMAGES: dict[str, Damage] = {
    "empty": _rewrite(lambda data: b""),
    "half": _rewrite(lambda data: data[: len(data) // 2]),
    "binary": _rewrite(lambda data: bytes(range(256)) * 20),
    "NUL": _rewrite(lambda data: bytes(len(data))),
    "NUL behind": _rewrite(lambda data: data + bytes(4_096)),
    "hole in the middle": _rewrite(lambda data: data[:20] + bytes(30) + data[50:]),
    "a number": _rewrite(lambda data: b"17"),
    "a text": _rewrite(lambda data: b'"text"'),
    "null": _rewrite(lambda data: b"null"),
    "wrong inside": _rewrite(lambda data: b'{"status":[],"tags":7,"experiment_id":{},"path":1}'),
    "a list of all": _rewrite(lambda data: b'[1,null,"x",[],{},{"step":"x","timestamp":[]}]'),
    "UTF-16": _rewrite(lambda data: data.decode().encode("utf-16")),
    "Latin-1": _rewrite(lambda data: data.replace(b'"', b'"\xb5', 1)),
    "BOM": _rewrite(lambda data: b"\xef\xbb\xbf" + data),
    "CRLF": _rewrite(lambda data: data.replace(b"\n", b"\r\n")),
    "deep": _rewrite(lambda data: b"[" * 200_000),
    "deep object": _rewrite(lambda data: b'{"a":' * 100_000),
    "deleted": lambda path: path.unlink(),
    "directory": _replace_by(lambda path: path.mkdir()),
    "pipe": _replace_by(os.mkfifo),
    "link to itself": _replace_by(lambda path: path.symlink_to(path)),
    "link to a device": _replace_by(lambda path: path.symlink_to("/dev/zero")),
}

#: What some files may look like without being damaged.
HARMLESS = {"deleted", "BOM", "CRLF", "UTF-16", "NUL behind", "wrong inside"}


def make_run(base: Path, number: int) -> str:
    """A finished run that has every kind of file; returns its id."""
    tracker = ExperimentTracker(f"run{number}", base, False, capture_environment=False)
    for step in range(30):
        tracker.log_metrics({"loss": step / 3, "µ": 0.5}, step=step)
    other = ExperimentTracker._join(str(tracker.experiment_dir))
    other.log_metrics({"loss": 0.5, "other": 1.0}, step=30)
    assert other._writer is not None
    written = other._writer.log.path
    other._writer.close()
    assert written is not None
    written.rename(tracker.experiment_dir / "metrics.other-1-abcd.json")
    tracker.log_hyperparameters({"lr": 0.1, "µ": "µ"})
    tracker.add_tags("tag", µ="µ")
    tracker.log_artifact(__file__, "a", version=True)
    tracker.log_text("text", "some µ")
    (tracker.experiment_dir / "environment.json").write_text('{"python": "µ"}', encoding="utf-8")
    tracker.finish()
    return tracker.experiment_id


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs that nothing is wrong with."""
    base = tmp_path_factory.mktemp("store")
    for number in range(3):
        make_run(base, number)
    return base


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the store, and the run in it that is to be damaged."""
    base = tmp_path / "store"
    shutil.copytree(store, base, ignore=shutil.ignore_patterns(".aquarium"))
    return base, next(base.glob("run1_*"))


def read_everything(manager: ExperimentManager, run_id: str) -> None:
    """Look at a run in every way there is; it may be half gone, but nothing raises."""
    run = manager.run(run_id)
    for name in manager.metric_names(run_id):
        manager.metric(run_id, name)
        manager.metric(run_id, name, view="drawn")
    manager.artifacts(run_id)
    manager.media(run_id)
    manager.environment(run_id)
    manager.console(run_id)
    manager.revision([run_id])
    assert run.experiment_id == run_id


def bytes_of(folder: Path) -> dict[str, bytes | str]:
    """What stands in all files; of what is none, its kind."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and path.stat().st_size < 1 << 24
        else str(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("file", FILES)
def test_damage_is_told_and_stays_where_it_is(copy: tuple[Path, Path], file: str) -> None:
    """The others are listed as before; the damaged one is listed too, with what is wrong."""
    base, run_dir = copy
    run_id = run_dir.name.rpartition("_")[2]
    whole = (run_dir / file).read_bytes()
    before = _others(ExperimentManager(base).list_experiments(), run_id)
    for name, damage in DAMAGES.items():
        damage(run_dir / file)
        kept = bytes_of(run_dir)
        start = time.monotonic()

        manager = ExperimentManager(base)
        listed = manager.list_experiments()
        read_everything(manager, run_id)
        findings = fsck.check(base)

        took = time.monotonic() - start
        assert took < 2, f"{name}: {took} s"
        assert _others(listed, run_id) == before, name
        (row,) = (row for row in listed if row["experiment_id"] == run_id)
        told = bool(row["problems"]) or any(run_id in str(f) or file in str(f) for f in findings)
        assert told or name in HARMLESS, f"{name}: nothing is said"
        assert bytes_of(run_dir) == kept, f"{name}: reading has changed something"
        _restore(run_dir / file, whole)


@pytest.mark.parametrize("file", sorted({*FILES} - {"metrics.json", "metrics.other-1-abcd.json"}))
def test_a_small_file_cut_at_every_byte(copy: tuple[Path, Path], file: str) -> None:
    """R3: nothing raises; what is left is whole, or it is said that it is not."""
    base, run_dir = copy
    run_id = run_dir.name.rpartition("_")[2]
    whole = (run_dir / file).read_bytes()
    manager = ExperimentManager(base)
    for cut in range(len(whole)):
        (run_dir / file).write_bytes(whole[:cut])
        problems = list(look_at(run_dir).record.problems)
        problems += [finding.message for finding in fsck.check(base) if file in finding.path]
        is_whole = whole[:cut].strip() == whole.strip()

        read_everything(manager, run_id)
        assert problems or is_whole, f"cut at byte {cut}: nothing is said"


def _others(rows: list[dict[str, Any]], run_id: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["experiment_id"] != run_id]


def _restore(path: Path, whole: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_bytes(whole)


@pytest.mark.parametrize("file", ["metadata.json", "metrics.json", "hyperparameters.json"])
def test_a_hundred_megabytes_of_brackets(copy: tuple[Path, Path], file: str) -> None:
    """No reader takes minutes, or all memory, because of one file."""
    base, run_dir = copy
    with (run_dir / file).open("wb") as out:
        for _ in range(100):
            out.write(b"[" * (1 << 20))
    start = time.monotonic()

    rows = ExperimentManager(base).list_experiments()

    assert time.monotonic() - start < 10
    assert len(rows) == 3


@pytest.mark.parametrize("name", list(DAMAGES))
@pytest.mark.parametrize("file", ["annotations.json", "hyperparameters.json", "artifacts.json"])
def test_logging_goes_on_with_a_damaged_file(copy: tuple[Path, Path], file: str, name: str) -> None:
    """A resumed run sets the damaged file aside, or warns; it never raises, and loses no byte."""
    base, run_dir = copy
    DAMAGES[name](run_dir / file)
    kept = bytes_of(run_dir).get(file)
    tracker = ExperimentTracker.resume(run_dir.name.rpartition("_")[2], base, False)

    tracker.log_hyperparameters({"new": 1})
    tracker.add_tags("new")
    tracker.log_artifact(__file__, "new")
    tracker.log_metrics({"loss": 1.0}, step=31)
    tracker.finish()

    after = bytes_of(run_dir)
    aside = [after.get(file), after.get(f"{file}.damaged")]
    readable = name in HARMLESS or _is_object(kept)
    assert kept in aside or readable, "the damaged file is gone"


def _is_object(data: object) -> bool:
    try:
        return isinstance(data, bytes) and isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False
