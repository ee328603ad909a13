"""R5: bits flip. What JSON can tell is told, what it cannot tell a seal does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage import fsck
from neural.tracking.storage.metrics_reader import RunMetrics

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

ENTRIES = 60


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A finished run, sealed."""
    with ExperimentTracker(
        "flipped", tmp_path, auto_visualize=False, capture_environment=False
    ) as tracker:
        for step in range(ENTRIES):
            tracker.log_metrics({"loss": step / 3, "val/acc": 1 - step / 70}, step=step)
    fsck.check(tmp_path, seal=True)
    return tracker.experiment_dir


def flip(path: Path, whole: bytes, rng: Random) -> set[int]:
    """Write ``whole`` with 1 to 8 bits flipped, as a disk would; returns the lines hit."""
    data = bytearray(whole)
    for bit in rng.sample(range(8 * len(data)), rng.randint(1, 8)):
        data[bit // 8] ^= 1 << bit % 8
    state = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    line, hit = 0, set()
    for old, new in zip(whole, data, strict=True):
        if old != new:
            # A separator belongs to the entries on both sides of it.
            hit |= {line, line + 1} if old in b",\n[]" else {line}
        line += old == 10
    return hit


def test_what_json_can_tell(
    run_dir: Path, rng: Random, torture: bool, iterated: Callable[[int], None]
) -> None:
    """Entries that no bit was flipped in are shown as they were, or it is said that some are not.

    One that was hit is left out and told, unless its bits spell other JSON: the seal tells that.
    """
    path = run_dir / "metrics.json"
    whole = path.read_bytes()
    right = json.loads(whole)
    told_by_json = 0
    count = 200_000 if torture else 400
    iterated(count)
    for number in range(count):
        hit = flip(path, whole, rng)
        metrics = RunMetrics(run_dir)

        shown = metrics.entries()
        problems = metrics.problems

        sound = [entry for line, entry in enumerate(right, 1) if line not in hit]
        lost = [entry for entry in sound if entry not in shown]
        assert not lost or problems, f"{number}: {len(lost)} entries are gone without a word"
        assert len(shown) <= ENTRIES
        changed = [entry for entry in shown if entry not in right]
        assert len(changed) <= len(hit), f"{number}: more entries are wrong than were hit"
        told_by_json += bool(problems)
        if number % 20 == 0:
            broken = [str(f.kind) for f in fsck.check(run_dir.parent) if "metrics" in f.path]
            assert "seal_broken" in broken, f"{number}: the seal does not tell"
    assert told_by_json > 0


def test_one_flip_in_any_file(run_dir: Path, rng: Random, torture: bool) -> None:
    """The seal tells every one of them, and the run is listed all the same."""
    files = sorted(p for p in run_dir.rglob("*.json") if p.name != "seal.json")
    before = ExperimentManager(run_dir.parent).count()
    for _ in range(5_000 if torture else 60):
        path = rng.choice(files)
        whole = path.read_bytes()
        if not whole.strip():
            continue
        state = path.stat()
        flip(path, whole, rng)
        if path.name == "metrics.json" and path.read_bytes() == whole:
            continue

        kinds = {str(f.kind) for f in fsck.check(run_dir.parent) if f.path.endswith(path.name)}

        # What may be extended is sealed up to its last entry; its closing bracket is no value.
        is_told = kinds if path.name in ("metrics.json", "media.json") else kinds & {"seal_broken"}
        assert is_told, path.name
        assert ExperimentManager(run_dir.parent).count() == before
        path.write_bytes(whole)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
