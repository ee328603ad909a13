"""Forks children that log flat out, kills them with SIGKILL, and compares what is left.

Run as a script with one argument, a JSON object: ``folder``, ``seed``, ``kills``, ``writer``,
``metrics`` (values per entry), ``strace`` (its options, if system calls are to fail). It prints
one JSON object that counts what it found.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neural.testing.killing import kill_after
from neural.testing.metrics_oracle import entries_of, same_values, surviving_entries
from neural.testing.system_calls import tampered
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.locks import is_locked
from neural.tracking.storage.metrics_writer import mend

ACK = struct.Struct("<i")
#: Longest life of a child from its fork, or from the moment its run was created.
LIFE_S = 0.020


def variants(seed: int, metrics: int) -> list[dict[str, Any]]:
    """Return entries that are logged in turn; most are plain, some are not."""
    rng = random.Random(seed)
    odd = [float("nan"), float("inf"), -0.0, 5e-324, 2**53 + 1, 10**30, -7]
    found = []
    for number in range(32):
        values: list[Any] = [struct.unpack("<d", rng.randbytes(8))[0] for _ in range(metrics)]
        values = [v if abs(v) < 1e300 else 0.1 * number for v in values]
        if number % 4 == 0:  # these take another way through the code
            values[0] = odd[number // 4 % len(odd)]
        found.append({f"group/metric_{i}": value for i, value in enumerate(values)})
    return found


def log_flat_out(folder: Path, writer: Any, entries: list[dict[str, Any]], pipe: int) -> None:
    """Log until killed; a number goes into the pipe after each call that returned."""
    tracker = ExperimentTracker("killed", folder, capture_environment=False, writer=writer)
    os.write(pipe, ACK.pack(-1))
    step = 0
    while True:
        tracker.log_metrics(entries[step % len(entries)], step=step)
        while tracker.dropped_points:  # a slow disk has it still: it is not acknowledged yet
            pass
        os.write(pipe, ACK.pack(step))
        step += 1


def last_acknowledged(said: bytes) -> int | None:
    """Return the last number a child wrote.

    -1 means that the run was created; ``None`` that not even that had been said.
    """
    whole = len(said) - len(said) % ACK.size
    return ACK.unpack(said[whole - ACK.size : whole])[0] if whole else None


def check(folder: Path, last: int | None, entries: list[dict[str, Any]]) -> Counter[str]:
    """Compare one dead run with what its child acknowledged."""
    found: Counter[str] = Counter(kills=1)
    runs = list(folder.iterdir()) if folder.exists() else []
    if last is None:
        found["killed_before_creation_was_acknowledged"] += 1
    else:
        json.loads((runs[0] / "metadata.json").read_bytes())
    for run in runs:
        metrics = metrics_of(run)
        if metrics is not None:
            found += check_metrics(metrics, -1 if last is None else last, entries)
    return found


def metrics_of(run: Path) -> Path | None:
    """Return the file that the run was logged to: without locks, not the main one."""
    files = list(run.glob("metrics*.json"))
    return max(files, key=lambda path: path.stat().st_size) if files else None


def check_metrics(path: Path, last: int, entries: list[dict[str, Any]]) -> Counter[str]:
    """Compare the entries of one file with those acknowledged, before and after mending."""
    found: Counter[str] = Counter()
    found["still_locked"] += bool(is_locked(path))
    try:
        stored = surviving_entries(path)
    except ValueError:
        found["unreadable"] += 1
        return found
    for step, entry in enumerate(stored):
        expected = entries[step % len(entries)]
        right = list(entry)[2:] == list(expected) and entry["step"] == step
        found["wrong"] += not (right and same_values(list(entry.values())[2:], expected.values()))
    unacknowledged = len(stored) - 1 - last
    found["acknowledged"] += last + 1
    found["lost"] += max(0, -unacknowledged)
    found["too_many"] += unacknowledged > 1
    found["committed_but_not_acknowledged"] += unacknowledged == 1
    return found + check_mending(path, len(stored))


def check_mending(path: Path, whole: int) -> Counter[str]:
    """A file that the kill left torn is strict JSON again afterwards; any other is as it was."""
    before = path.read_bytes().rstrip(b" ")
    with path.open("r+b") as file:
        mend(file.fileno())
    after = path.read_bytes()
    torn = after != before
    return Counter(torn=torn, not_mended=torn and len(entries_of(path)) != whole)


def resume_and_log(folder: Path) -> int:
    """Continue a dead run; returns how many of its files are not whole afterwards."""
    (run,) = folder.iterdir()
    before = sum(len(surviving_entries(path)) for path in run.glob("metrics*.json"))
    tracker = ExperimentTracker.resume(run.name.rpartition("_")[2], folder)
    tracker.log_metrics({"loss": 0.5}, step=before)
    while tracker.dropped_points:  # a slow disk has it still
        pass
    return int(sum(len(entries_of(path)) for path in run.glob("metrics*.json")) != before + 1)


def main(
    folder: str, seed: int, kills: int, writer: str, metrics: int, strace: Sequence[str] = ()
) -> Counter[str]:
    """Kill ``kills`` children, one after the other; ``strace`` may let their calls fail."""
    if strace:
        with tampered(os.getpid(), Path(f"{folder}.strace"), strace):
            return main(folder, seed, kills, writer, metrics)
    rng = random.Random(seed)
    entries = variants(seed, metrics)
    total: Counter[str] = Counter()
    for number in range(kills):
        place = Path(folder, str(number))

        def child(pipe: int, place: Path = place) -> None:
            log_flat_out(place, writer, entries, pipe)

        life_s = rng.uniform(0.0, LIFE_S)
        last = last_acknowledged(kill_after(life_s, child, from_first_word=number % 5 > 0))
        total += check(place, last, entries)
        if number % 10 == 1 and last is not None:
            total["not_resumed"] += resume_and_log(place)
            total["resumed"] += 1
        shutil.rmtree(place, ignore_errors=True)
    return total


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))) + "\n")
