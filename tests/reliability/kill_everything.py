"""Forks children that log params, tags, files, texts and statuses, kills them, compares.

Run as a script with one argument, a JSON object: ``folder``, ``seed``, ``kills``, ``writer``.
It prints one JSON object that counts what it found.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
import struct
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neural.testing.killing import kill_after
from neural.testing.metrics_oracle import strict_json, surviving_entries
from neural.tracking.experiment_tracker import ExperimentTracker

ACK = struct.Struct("<i")
LIFE_S = 0.060
#: What a child does in turn; each call is acknowledged by its number once it has returned.
CALLS = ("metric", "params", "tag", "notes", "status", "artifact", "version", "text", "figure")
NAMES = 5


class Figure:
    """Draws itself as its own number, some kilobytes long."""

    def __init__(self, number: int) -> None:
        self.number = number

    def savefig(self, path: Path) -> None:
        """Write the file."""
        path.write_bytes(content(self.number))


def content(number: int) -> bytes:
    """Return bytes that tell which call wrote them, long enough to be caught half-written."""
    return b"%d " % number * 3_000


def number_in(data: bytes) -> int:
    """Return the number of the call that wrote a file; -1 if the file is not whole."""
    number = int(data.split(b" ", 1)[0] or b"-1")
    return number if data == content(number) else -1


def call(tracker: ExperimentTracker, number: int, source: Path) -> None:
    """Make call ``number``."""
    name, kind = f"n{number % NAMES}", CALLS[number % len(CALLS)]
    calls: dict[str, Callable[[], object]] = {
        "metric": lambda: tracker.log_metrics({"loss": number / 3}, step=number),
        "params": lambda: tracker.log_hyperparameters({name: number}),
        "tag": lambda: tracker.add_tags(**{name: str(number)}),
        "notes": lambda: tracker.set_notes(str(number)),
        "status": lambda: tracker.set_status(f"phase {number}"),
        "artifact": lambda: tracker.log_artifact(source, name),
        "version": lambda: tracker.log_artifact(source, "v", version=True),
        "text": lambda: tracker.log_text("text", str(number), step=number),
        "figure": lambda: tracker.log_figure(Figure(number), "figure"),
    }
    calls[kind]()


def call_everything(folder: Path, sources: Path, writer: Any, pipe: int) -> None:
    """Make all kinds of calls in turn until killed."""
    tracker = ExperimentTracker("killed", folder, capture_environment=False, writer=writer)
    source = sources / str(os.getpid())
    for number in itertools.count():
        source.write_bytes(content(number))
        call(tracker, number, source)
        while tracker.dropped_points:  # a slow disk has it still: it is not acknowledged yet
            pass
        os.write(pipe, ACK.pack(number))


def seen(run: Path) -> dict[str, int]:
    """Return the number of the last call that left its trace, by what it changed."""
    params = _object(run / "hyperparameters.json")
    annotations = _object(run / "annotations.json")
    found = {f"params {k}": int(v) for k, v in params.items()}
    found |= {f"tag {k}": int(v) for k, v in annotations.get("tags", {}).items()}
    if "notes" in annotations:
        found["notes"] = int(annotations["notes"])
    status = _object(run / "metadata.json").get("status", "")
    if status.startswith("phase "):
        found["status"] = int(status.removeprefix("phase "))
    for name, entry in _object(run / "artifacts.json").items():
        kind = "figure" if entry["type"] == "figure" else "artifact"
        found[f"{kind} {name}"] = number_in((run / entry["path"]).read_bytes())
    for file, kind in (("metrics.json", "metric"), ("media.json", "text")):
        entries = surviving_entries(run / file) if (run / file).exists() else []
        found[kind] = entries[-1]["step"] if entries else -1
    return found


def _object(path: Path) -> dict[str, Any]:
    return dict(strict_json(path.read_bytes())) if path.exists() else {}


def expected(last: int) -> dict[str, int]:
    """Return what :func:`seen` must find at least once call ``last`` has been acknowledged."""
    found: dict[str, int] = {"metric": -1, "text": -1}
    for number in range(last + 1):
        name, kind = f"n{number % NAMES}", CALLS[number % len(CALLS)]
        if kind in ("params", "tag", "artifact"):
            found[f"{kind} {name}"] = number
        elif kind == "figure":
            found["figure figure.png"] = number
        elif kind == "version":
            found["artifact v"] = number
        else:
            found[kind] = number
    return found


def check(run: Path, last: int) -> Counter[str]:
    """Compare one dead run with what its child acknowledged."""
    found: Counter[str] = Counter(acknowledged=last + 1)
    there, wanted = seen(run), expected(last)
    missing = {k: v for k, v in wanted.items() if there.get(k, -2) < v}
    ahead = {k: v for k, v in there.items() if v > wanted.get(k, -1)}
    found["lost"] += len(missing)
    found["too_many"] += any(v != last + 1 for v in ahead.values())
    found["half_done"] += bool(ahead)
    return found + check_index(run, last) + check_files(run)


def check_index(run: Path, last: int) -> Counter[str]:
    """Checksums fit their files; only that of a call that was cut short may be the earlier one."""
    found: Counter[str] = Counter()
    for entry in _object(run / "artifacts.json").values():
        data = (run / entry["path"]).read_bytes()
        fits = hashlib.sha256(data).hexdigest() == entry["checksum"]
        found["wrong_checksum"] += not fits and number_in(data) != last + 1
        found["index_behind_its_file"] += not fits
    return found


def check_files(run: Path) -> Counter[str]:
    """Every file that has its final name is whole, and every version is what it says."""
    found: Counter[str] = Counter()
    files = [p for p in run.rglob("*") if p.is_file()]
    found["temporary_files_left"] += sum(p.name.startswith(".") for p in files)
    for folder in ("artifacts", "plots"):
        for path in (run / folder).iterdir():
            if not path.name.startswith("."):
                found["partial_files"] += number_in(path.read_bytes()) < 0
    index = run / "versions" / "v" / "versions.json"
    for version in strict_json(index.read_bytes()) if index.exists() else []:
        data = (run / version["path"]).read_bytes()
        found["versions"] += 1
        found["wrong_checksum"] += hashlib.sha256(data).hexdigest() != version["checksum"]
    return found


def main(folder: str, seed: int, kills: int, writer: str) -> Counter[str]:
    """Kill ``kills`` children, one after the other."""
    rng = random.Random(seed)
    sources = Path(folder, "sources")
    sources.mkdir(parents=True)
    total: Counter[str] = Counter()
    for number in range(kills):
        place = Path(folder, str(number))

        def child(pipe: int, place: Path = place) -> None:
            call_everything(place, sources, writer, pipe)

        said = kill_after(rng.uniform(0.0, LIFE_S), child, from_first_word=True)
        total["kills"] += 1
        for run in place.iterdir() if len(said) >= ACK.size else ():
            total += check(run, len(said) // ACK.size - 1)
        shutil.rmtree(place, ignore_errors=True)
    return total


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))) + "\n")
