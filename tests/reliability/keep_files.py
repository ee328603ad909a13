"""Keeps large files with a run: how much memory and time it takes, and what a kill leaves.

Run as a script with one argument, a JSON object: ``scenario`` names a function below, the rest are
its arguments. It prints one JSON object that tells what happened.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from neural.testing.killing import kill_after
from neural.testing.metrics_oracle import strict_json
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage import fsck

Result = dict[str, Any]

MIB = 1 << 20


def new_run(folder: str) -> ExperimentTracker:
    """A run that draws nothing and looks at nothing."""
    return ExperimentTracker("files", Path(folder, "base"), False, capture_environment=False)


def checksum(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def grown_mib(work: Callable[[], object]) -> float:
    """How much more memory the process had at its peak than before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def sparse(folder: str, size_mib: int) -> Result:
    """R23: a file with huge holes, and a little at its start and end."""
    source = Path(folder, "sparse.bin")
    with source.open("wb") as file:
        file.write(b"start")
        file.seek(size_mib * MIB - 3)
        file.write(b"end")
    tracker = new_run(folder)
    tracker.log_artifact(__file__, "small")  # imports and the like are done
    memory = grown_mib(lambda: tracker.log_artifact(source))
    entry = tracker.artifacts["sparse.bin"]
    copied = tracker.experiment_dir / entry["path"]
    tracker.finish()
    return {
        "memory_mib": memory,
        "size": entry["size"],
        "blocks_mib": copied.stat().st_blocks * 512 / MIB,
        "same": subprocess.run(["cmp", source, copied], check=False).returncode == 0
        if size_mib < 2_000
        else copied.stat().st_size == source.stat().st_size,
        "checksum_right": entry["checksum"] == checksum(source) if size_mib < 2_000 else True,
    }


def rate(folder: str, size_mib: int, repeats: int) -> Result:
    """R23: as fast as `cp` and `sha256sum` one after the other."""
    source = Path(folder, "source.bin")
    source.write_bytes(random.Random(1).randbytes(MIB) * size_mib)
    target = Path(folder, "target.bin")
    tracker = new_run(folder)
    ours, theirs = [], []
    for number in range(repeats):
        theirs.append(_seconds(lambda: _cp_and_sum(source, target)))
        target.unlink()
        name = str(number)
        ours.append(_seconds(partial(tracker.log_artifact, source, name)))
        (tracker.experiment_dir / tracker.artifacts[name]["path"]).unlink()
    tracker.finish()
    return {"ours_s": sorted(ours), "theirs_s": sorted(theirs)}


def _cp_and_sum(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--reflink=never", source, target], check=True)
    subprocess.run(["sha256sum", target], check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def killed(folder: str, size_mib: int, points: int, version: bool) -> Counter[str]:
    """R23: kill -9 at many points of the copying; then log the same file again."""
    source = Path(folder, "source.bin")
    source.write_bytes(random.Random(2).randbytes(MIB) * size_mib)
    whole = checksum(source)
    tracker = new_run(folder)
    took = _seconds(lambda: tracker.log_artifact(source, "first", version=version))
    found: Counter[str] = Counter()
    for number in range(points):
        name = f"n{number}"

        def child(pipe: int, name: str = name) -> None:
            joined = ExperimentTracker._join(str(tracker.experiment_dir))
            os.write(pipe, b"x")
            joined.log_artifact(source, name, version=version)
            os.write(pipe, b"y")
            time.sleep(60)

        life = took * 1.3 * (number + 0.5) / points
        said = kill_after(life, child, from_first_word=True)
        found["cut_short"] += said == b"x"
        found["finished"] += said == b"xy"
        found += _look_at(tracker, name, whole, finished=said == b"xy")
        tracker.log_artifact(source, name, version=version)
        entry = tracker.artifacts[name]
        found["not_kept_again"] += checksum(tracker.experiment_dir / entry["path"]) != whole
    tracker.finish()
    found["orphans"] = len(list(tracker.experiment_dir.rglob("*.tmp")))
    fsck.check(tracker.base_dir, repair=True)
    found["orphans_after_fsck"] = len(list(tracker.experiment_dir.rglob("*.tmp")))
    return found


def _look_at(tracker: ExperimentTracker, name: str, whole: str, *, finished: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    index = strict_json((tracker.experiment_dir / "artifacts.json").read_bytes())
    found["lost"] += finished and name not in index
    for folder in ("artifacts", f"versions/{name}"):
        for path in (tracker.experiment_dir / folder).glob("[!.]*"):
            if path.suffix != ".json":
                found["partial"] += checksum(path) != whole
    return found


def changing(folder: str, size_mib: int) -> Result:
    """R23: the source is written while it is copied; the checksum is that of the copy."""
    source = Path(folder, "source.bin")
    source.write_bytes(bytes(size_mib * MIB))
    tracker = new_run(folder)
    over = threading.Event()
    changes = 0

    def change() -> None:
        nonlocal changes
        with source.open("r+b") as file:
            while not over.is_set():
                file.seek(random.randrange(size_mib * MIB))
                file.write(b"changed")
                file.seek(0, os.SEEK_END)
                file.write(b"more")
                changes += 1

    thread = threading.Thread(target=change)
    thread.start()
    before = changes
    for number in range(5):
        tracker.log_artifact(source, f"a{number}")
    meanwhile = changes - before
    over.set()
    thread.join()
    entries = tracker.artifacts.values()
    paths = [tracker.experiment_dir / entry["path"] for entry in entries]
    tracker.finish()
    return {
        "changes": meanwhile,
        "right": sum(
            checksum(path) == entry["checksum"] and path.stat().st_size == entry["size"]
            for path, entry in zip(paths, entries, strict=True)
        ),
    }


def many(folder: str, files: int) -> Result:
    """R23: a directory of very many files."""
    source = Path(folder, "source")
    for number in range(files):
        path = source / str(number % 100) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number), encoding="utf-8")
    tracker = new_run(folder)
    tracker.log_artifact(__file__, "small")
    memory = grown_mib(lambda: tracker.log_artifact(source))
    entry = tracker.artifacts["source"]
    copied = tracker.experiment_dir / entry["path"]
    same = subprocess.run(["diff", "-r", source, copied], check=False).returncode == 0
    tracker.finish()
    return {"memory_mib": memory, "same": same, "type": entry["type"]}


SCENARIOS: dict[str, Callable[..., Any]] = {
    found.__name__: found for found in (sparse, rate, killed, changing, many)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    result = SCENARIOS[arguments.pop("scenario")](**arguments)
    sys.stdout.write(json.dumps(result) + "\n")
