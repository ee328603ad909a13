"""R4: killed again while the damage of a first kill is being mended."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from neural.testing.killing import kill_after
from neural.testing.metrics_oracle import entries_of, surviving_entries
from neural.tracking import ExperimentTracker
from neural.tracking.storage import fsck

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

ENTRIES = 30

#: What may be at work when the second kill comes.
RECOVERIES = ("fsck", "resume", "seal", "index")


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """The metrics file of a run that ended well."""
    with ExperimentTracker("whole", tmp_path / "whole", False, capture_environment=False) as run:
        for step in range(ENTRIES):
            run.log_metrics({"loss": step / 3, "acc": step / 7}, step=step)
    return (run.experiment_dir / "metrics.json").read_bytes()


def torn_run(base: Path, whole: bytes, rng: Random) -> tuple[Path, int]:
    """Make a run as a kill leaves it; returns it and how many whole entries it has."""
    run_dir = base / "torn_0123456789ab"
    run_dir.mkdir(parents=True)
    (run_dir / "metadata.json").write_text('{"format_version": 1, "status": "running"}')
    if rng.random() < 0.5:  # in the middle of a write
        left = whole[: rng.randrange(60, len(whole))] + rng.choice([b"", b" " * 5000])
    else:  # between the two stores of a commit
        ends = [i + 1 for i in range(len(whole)) if whole[i : i + 1] == b"}"]
        left = whole[: rng.choice(ends)] + b'\n]{"timestamp":1,"st' + b" " * 500
    (run_dir / "metrics.json").write_bytes(left)
    (run_dir / f".metadata.json.{2**22 + 1}.ab12cd.tmp").write_bytes(b"{")
    return run_dir, len(surviving_entries(run_dir / "metrics.json"))


def recover(how: str, run_dir: Path, pipe: int) -> None:
    """Mend over and over until killed, and say after each time that it is done."""
    while True:
        if how == "resume":
            tracker = ExperimentTracker.resume("0123456789ab", run_dir.parent, False)
            os.write(pipe, b".")
            tracker.finish()
        elif how == "index":
            fsck.check(run_dir.parent, repair=True)
            (run_dir.parent / ".aquarium" / "index.sqlite").unlink(missing_ok=True)
        else:
            fsck.check(run_dir.parent, repair=True, seal=how == "seal")
            (run_dir / "seal.json").unlink(missing_ok=True)
        os.write(pipe, b".")


@pytest.mark.parametrize("how", RECOVERIES)
def test_killed_while_mending(
    tmp_path: Path,
    whole: bytes,
    rng: Random,
    torture: bool,
    how: str,
    iterated: Callable[[int], None],
) -> None:
    """No entry is lost, and mending once more is like mending once."""
    found: Counter[str] = Counter()
    kills = 1_250 if torture else 25
    iterated(kills)
    for number in range(kills):
        base = tmp_path / str(number)
        run_dir, entries = torn_run(base, whole, rng)

        def child(pipe: int, run_dir: Path = run_dir) -> None:
            recover(how, run_dir, pipe)

        said = kill_after(rng.uniform(0.0, 0.03), child)

        found["cut short"] += not said
        assert len(surviving_entries(run_dir / "metrics.json")) >= entries
        fsck.check(base, repair=True)
        once = contents(run_dir)
        fsck.check(base, repair=True)
        assert contents(run_dir) == once
        assert len(entries_of(run_dir / "metrics.json")) >= entries
        assert [f for f in fsck.check(base) if "metrics" in f.path] == []
    assert found["cut short"] > 0, "every first recovery was through before the kill"


def contents(run_dir: Path) -> dict[str, Any]:
    """What stands in all files of a run."""
    return {
        path.relative_to(run_dir).as_posix(): path.read_bytes()
        for path in sorted(run_dir.rglob("*"))
        if path.is_file()
    }
