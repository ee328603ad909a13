"""Seals: every bit that is not as it was is told, and what was meant to change does no harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage import fsck

Change = Callable[[Path], object]


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A finished run with files of all kinds, sealed."""
    source = tmp_path / "weights.bin"
    source.write_bytes(bytes(range(256)) * 600)
    with ExperimentTracker(
        "sealed", tmp_path / "runs", auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_hyperparameters({"lr": 0.1})
        tracker.add_tags(team="first 1")
        for step in range(3000):
            tracker.log_metrics({"loss": step / 3}, step=step)
        tracker.log_text("note", "text")
        tracker.log_artifact(source, "weights", version=True)
    assert found(tracker.experiment_dir, seal=True) == [("sealed", "seal.json", None)]
    return tracker.experiment_dir


def found(run_dir: Path, *, seal: bool = False) -> list[tuple[str, str, int | None]]:
    """Return kind, file and offset of all that a check finds."""
    prefix = f"{run_dir.name}/"
    return [
        (str(finding.kind), finding.path.removeprefix(prefix), finding.offset)
        for finding in fsck.check(run_dir.parent, seal=seal)
    ]


def flip(path: Path, offset: int, *, quietly: bool = True) -> None:
    """Change one bit; ``quietly`` as a disk does it, which leaves the time of the file."""
    state = path.stat()
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    if quietly:
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_a_sound_run(run_dir: Path) -> None:
    """Nothing is found, and a second seal changes nothing."""
    before = (run_dir / "seal.json").read_bytes()

    assert found(run_dir, seal=True) == []
    assert (run_dir / "seal.json").read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        "metadata.json",
        "annotations.json",
        "hyperparameters.json",
        "metrics.json",
        "media.json",
        "artifacts.json",
        "summary.json",
    ],
)
def test_one_bit(run_dir: Path, name: str) -> None:
    """It is told, whatever the file, also where JSON cannot tell; no new seal hides it."""
    digit = next(i for i, byte in enumerate((run_dir / name).read_bytes()) if byte in b"0123456789")
    flip(run_dir / name, digit)

    for seal in (False, True, False):
        assert ("seal_broken", name, 0) in found(run_dir, seal=seal)


def test_the_place_in_a_long_file(run_dir: Path) -> None:
    """It is told to 64 KiB."""
    path = max((run_dir / "versions").rglob("*"), key=lambda found: found.stat().st_size)
    name = path.relative_to(run_dir).as_posix()
    flip(path, 140_000)

    assert found(run_dir) == [("seal_broken", name, 131_072)]


def test_metrics_are_only_extended(run_dir: Path) -> None:
    """Another byte in them is damage, whenever the file was written."""
    flip(run_dir / "metrics.json", 60, quietly=False)

    assert ("seal_broken", "metrics.json", 0) in found(run_dir)


def test_a_file_that_is_gone(run_dir: Path) -> None:
    """It is told."""
    (run_dir / "hyperparameters.json").unlink()

    assert found(run_dir) == [("seal_broken", "hyperparameters.json", None)]


def test_annotating_goes_on(run_dir: Path) -> None:
    """Tags and notes may change for ever: the seal follows what we change ourselves."""
    manager = ExperimentManager(run_dir.parent)

    manager.annotate(run_dir.name.rpartition("_")[2], tags=["later"], notes="seen")

    assert found(run_dir) == []
    flip(run_dir / "annotations.json", 20)
    assert ("seal_broken", "annotations.json", 0) in found(run_dir)


def test_annotating_does_not_hide_damage(run_dir: Path) -> None:
    """A file that was damaged before our change is not sealed anew with it."""
    flip(run_dir / "annotations.json", (run_dir / "annotations.json").read_bytes().index(b"first"))
    manager = ExperimentManager(run_dir.parent)

    manager.annotate(run_dir.name.rpartition("_")[2], tags=["later"])

    assert found(run_dir) == [("seal_outdated", "annotations.json", 0)]


def test_another_program_changes_a_file(run_dir: Path) -> None:
    """It is told until the run is sealed again, which settles it."""
    (run_dir / "hyperparameters.json").write_text('{"lr": 0.2}')

    assert found(run_dir) == [("seal_outdated", "hyperparameters.json", 0)]
    assert found(run_dir, seal=True) == [("sealed", "seal.json", None)]
    assert found(run_dir) == []


def test_a_run_that_is_continued(run_dir: Path) -> None:
    """What was sealed stays proven; a new seal takes in the rest."""
    run_id = run_dir.name.rpartition("_")[2]
    with ExperimentTracker.resume(run_id, run_dir.parent, False) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=3000)

    assert ("seal_outdated", "metrics.json", None) in found(run_dir)
    assert ("sealed", "seal.json", None) in found(run_dir, seal=True)
    assert found(run_dir) == []
    flip(run_dir / "metrics.json", 60)
    assert ("seal_broken", "metrics.json", 0) in found(run_dir)


def test_a_run_that_is_copied(run_dir: Path, tmp_path: Path) -> None:
    """Its files are newer than the seal says, and the same."""
    copy = tmp_path / "elsewhere" / run_dir.name
    copy.parent.mkdir()
    for path in (p for p in sorted(run_dir.rglob("*")) if p.is_file()):
        target = copy / path.relative_to(run_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

    assert found(copy) == []


def test_a_live_run_is_not_sealed(tmp_path: Path) -> None:
    """Nor one that crashed and may be resumed."""
    tracker = ExperimentTracker("live", tmp_path, False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)

    assert fsck.check(tmp_path, seal=True) == []
    assert not (tracker.experiment_dir / "seal.json").exists()
    tracker.finish()
    assert [str(f.kind) for f in fsck.check(tmp_path, seal=True)] == ["sealed"]


def test_a_damaged_run_is_not_sealed(run_dir: Path) -> None:
    """What is wrong has to be seen first."""
    (run_dir / "seal.json").unlink()
    data = (run_dir / "metrics.json").read_bytes()
    (run_dir / "metrics.json").write_bytes(data.replace(b'"step":7,', b'"step":7;', 1))

    assert [kind for kind, _, _ in found(run_dir, seal=True)] == ["damaged_entry"]
    assert not (run_dir / "seal.json").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"files": 7}', '{"files": {"metrics.json": 7}}', '{"files": {"a": {}}}']
)
def test_a_damaged_seal(run_dir: Path, content: str) -> None:
    """It is told, and never taken for sound."""
    (run_dir / "seal.json").write_text(content)

    assert found(run_dir) == [("damaged_file", "seal.json", None)]


def test_no_path_leads_out_of_the_run(run_dir: Path) -> None:
    """A seal is a file like any other, and may say anything."""
    (run_dir.parent / "secret").write_text("secret")
    sums = '{"size": 1, "sha256": "", "blocks": "", "mtime_ns": 1}'
    (run_dir / "seal.json").write_text('{"files": {"../secret": ' + sums + "}}")

    assert [kind for kind, _, _ in found(run_dir)] == ["damaged_file"]
