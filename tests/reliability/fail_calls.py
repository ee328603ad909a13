"""Lets the n-th system call of a kind fail while a run is logged, and looks at what is left.

Run as a script with one argument, a JSON object: ``folder`` and ``cases``, a list of
``[system call, error, when, writer]`` with ``when`` as strace counts, and perhaps the one file of
the run that the call must be about. It prints a JSON list with what each case did.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import mmap
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neural.testing.metrics_oracle import entries_of, strict_json
from neural.testing.system_calls import tampered
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage import metrics_writer
from neural.tracking.storage.locks import is_locked

# A mapped file is to be grown a few times, also by a short run.
metrics_writer._FIRST_GROWTH = 16 * 1024

ENTRIES = 40
CONTENT = b"artifact " * 1_000
_SET_PTRACER, _ANY_PROCESS = 0x59616D61, -1


def train(base: Path, source: Path, writer: Any, durability: Any = "step") -> int:
    """Do what a training script does; returns how many entries the tracker says are missing."""
    tracker = ExperimentTracker(
        "run",
        base,
        False,
        experiment_id="id",
        tags=["begun"],
        capture_environment=False,
        writer=writer,
        durability=durability,
    )
    tracker.log_hyperparameters({"lr": 0.1})
    for step in range(ENTRIES):
        # Long enough for a mapped file to be grown a few times.
        tracker.log_metrics({"loss": step / 3, "m" * 1_000: 0.5}, step=step)
    tracker.add_tags("done")
    tracker.set_notes("notes")
    tracker.log_artifact(source, "a")
    tracker.log_artifact(source, "a", version=True)
    tracker.log_text("text", "text")
    tracker.finish()
    return tracker.dropped_points


def in_traced_child(strace: list[str], log: Path, work: Callable[[], int]) -> dict[str, Any]:
    """Do ``work`` in a forked child under strace; returns how it ended."""
    shared = mmap.mmap(-1, 1 << 16)  # told through memory: any system call may fail
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANY_PROCESS, 0, 0, 0)
        os.read(reading, 1)
        code = 1
        try:
            told: dict[str, Any] = {"dropped": work()}
            code = 0
        except BaseException:  # noqa: BLE001  # whatever it is, the parent is told
            told = {"raised": traceback.format_exc()}
        text = json.dumps(told).encode()[: len(shared) - 1]
        shared[: len(text)] = text
        os._exit(code)
    os.close(reading)
    with tampered(pid, log, strace):
        os.write(writing, b"x")
        os.close(writing)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    text = shared[:].split(b"\0", 1)[0]
    shared.close()
    return {"exit": status, **json.loads(text or b"{}")}


def play(folder: Path, case: list[Any]) -> dict[str, Any]:
    """Play one case; returns what was logged, what is left, and whether the fault came."""
    call, error, when, writer, *only_file = case
    folder.mkdir(parents=True)
    source, log = folder / "source.bin", folder / "strace.log"
    source.write_bytes(CONTENT)
    strace = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    for name in only_file:
        strace += ["-P", str(folder / "base" / "run_id" / name)]
    found = in_traced_child(strace, log, lambda: train(folder / "base", source, writer))
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return found | {
        "case": case,
        "calls": sum(f"{call}(" in line for line in lines),
        "injected": [line for line in lines if "(INJECTED)" in line],
        "left": look_at(folder / "base" / "run_id"),
    }


def look_at(run: Path) -> dict[str, Any]:
    """Return what is left of a run."""
    # Where there was no room for a single byte, a metrics file may be empty.
    metrics = sorted(run.glob("metrics*.json"), key=lambda path: -path.stat().st_size)
    metrics = [path for path in metrics if path.stat().st_size]
    annotations = _json(run / "annotations.json")
    index = _json(run / "artifacts.json")
    files = list(run.rglob("*.json"))
    return {
        "entries": [(e["step"], e["loss"]) for e in entries_of(metrics[0])] if metrics else None,
        "locked": [path.name for path in metrics if is_locked(path)],
        "status": _json(run / "metadata.json").get("status"),
        "params": _json(run / "hyperparameters.json"),
        "tags": sorted(annotations.get("tags", {})),
        "notes": annotations.get("notes"),
        "artifacts": sorted(index),
        "artifacts_right": all(_is_right(run, entry) for entry in index.values()),
        "partial": [
            str(path.relative_to(run))
            for folder in ("artifacts", "versions/a")
            for path in (run / folder).glob("[!.]*")
            if path.suffix != ".json" and path.read_bytes() != CONTENT
        ],
        "temporary": [str(p.relative_to(run)) for p in run.rglob("*.tmp")],
        "json": [p.name for p in files if p.stat().st_size and _is_not_strict(p)],
    }


def _json(path: Path) -> dict[str, Any]:
    return dict(strict_json(path.read_bytes())) if path.exists() else {}


def _is_right(run: Path, entry: dict[str, str]) -> bool:
    whole = hashlib.sha256(CONTENT).hexdigest()
    return entry["checksum"] == whole and (run / entry["path"]).read_bytes() == CONTENT


def _is_not_strict(path: Path) -> bool:
    try:
        strict_json(path.read_bytes())
    except ValueError:
        return True
    return False


def main(folder: str, cases: list[list[Any]]) -> list[dict[str, Any]]:
    """Play all cases."""
    source = Path(folder, "source.bin")
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(CONTENT)
    train(Path(folder, "warm"), source, "auto")  # so that the children import nothing
    return [play(Path(folder, str(number)), case) for number, case in enumerate(cases)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))) + "\n")
