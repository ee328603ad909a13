"""Lets the disk hang under a run, through strace, and counts what the training loop notices.

Run as a script with one argument, a JSON object: ``scenario`` names a function below, the rest are
its arguments. It prints one JSON object that tells what happened. A disk hangs until strace lets
go of the process, which is as long as the ``with`` block of :func:`hung_disk`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neural.testing.metrics_oracle import entries_of, surviving_entries
from neural.testing.system_calls import tampered
from neural.tracking import experiment_tracker
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.locks import is_locked

Result = dict[str, Any]

#: How long a write would take if nobody let go of it.
HANG_S = 120
#: How long a write takes on the slow disk.
SLOW_S = 2.0
_FOR_EVER_S = 60.0
_SET_PTRACER, _ANY_PROCESS = 0x59616D61, -1

warnings: list[str] = []


class Noted(logging.Handler):
    """Keeps what is said to the user, and says it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        warnings.append(record.getMessage())
        sys.stderr.write(f"{record.getMessage()}\n")


@contextlib.contextmanager
def hung_disk(
    log: Path, hang_s: float = HANG_S, pid: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Hold up every ``pwrite`` of this process, or another, and its threads."""
    options = ["-e", "trace=pwrite64", "-e", f"inject=pwrite64:delay_enter={round(hang_s * 1e6)}"]
    with tampered(pid or os.getpid(), log, options) as tracer:
        yield tracer


def may_be_traced() -> None:
    """Let any process trace this one, where the kernel asks for that."""
    ctypes.CDLL(None).prctl(_SET_PTRACER, _ANY_PROCESS, 0, 0, 0)


def new_run(base: Path, writer: Any) -> ExperimentTracker:
    """A run with one entry."""
    tracker = ExperimentTracker("hung", base, False, capture_environment=False, writer=writer)
    tracker.log_metrics({"loss": 0.0}, step=0)
    return tracker


def log_until(tracker: ExperimentTracker, step: int, done: Callable[[], bool]) -> tuple[int, float]:
    """Log until something holds; returns the next step, and how long the slowest call took."""
    slowest = 0.0
    for number in range(step, step + 20_000):
        if done():
            return number, slowest
        started = time.monotonic()
        tracker.log_metrics({"loss": number / 3, "m" * 200: 0.5}, step=number)
        slowest = max(slowest, time.monotonic() - started)
    raise AssertionError("the disk never hung")


def wait_until(done: Callable[[], bool]) -> bool:
    """Look until something holds, and tell whether it does."""
    end = time.monotonic() + _FOR_EVER_S
    while not done() and time.monotonic() < end:
        time.sleep(0.001)
    return done()


def is_complete(tracker: ExperimentTracker, steps: int) -> bool:
    """Whether the file holds all entries in order, and nothing else."""
    stored = entries_of(tracker.experiment_dir / "metrics.json")
    return [(e["step"], e["loss"]) for e in stored] == [(i, i / 3) for i in range(steps)]


def growth_hangs(folder: str) -> Result:
    """A mapped file cannot grow; the training logs on, stops, and the disk comes back."""
    tracker = new_run(Path(folder, "base"), "mapped")
    with hung_disk(Path(folder, "strace.log")):
        step, slowest = log_until(tracker, 1, lambda: tracker.dropped_points > 200)
        # A second without an answer is worth a warning, which the next call gives.
        wait_until(lambda: time.monotonic() - tracker._writer.log._sent > 1.0)  # type: ignore[union-attr]
        step, _ = log_until(tracker, step, lambda: bool(warnings))
        step, _ = log_until(tracker, step, lambda: tracker.dropped_points > 300)
        dropped = tracker.dropped_points
    recovered = wait_until(lambda: tracker.dropped_points == 0)
    before_next_call = is_complete(tracker, step)
    tracker.log_metrics({"loss": step / 3}, step=step)
    tracker.finish()
    return {
        "slowest_s": slowest,
        "dropped_meanwhile": dropped,
        "recovered": recovered,
        "complete": [before_next_call, is_complete(tracker, step + 1)],
        "dropped": tracker.dropped_points,
        "warnings": warnings,
        "held_up": held_up(folder),
    }


def writes_are_slow(folder: str) -> Result:
    """Each write of the pwrite writer takes seconds: the first keeps the caller, no other does."""
    tracker = new_run(Path(folder, "base"), "pwrite")
    with hung_disk(Path(folder, "strace.log"), SLOW_S):
        _, first = log_until(tracker, 1, lambda: tracker._writer.log._writer.is_slow)  # type: ignore[union-attr]
        step, slowest = log_until(tracker, 2, lambda: tracker.dropped_points > 200)
    recovered = wait_until(lambda: tracker.dropped_points == 0)
    tracker.finish()
    return {
        "first_s": first,
        "slowest_s": slowest,
        "recovered": recovered,
        "complete": is_complete(tracker, step),
        "warnings": warnings,
        "held_up": held_up(folder),
    }


def finishes(folder: str) -> Result:
    """The run ends while the disk hangs; its end is bounded, and what is missing is said."""
    experiment_tracker._FINISH_PATIENCE_S = 0.1
    tracker = new_run(Path(folder, "base"), "mapped")
    metrics = tracker.experiment_dir / "metrics.json"
    with hung_disk(Path(folder, "strace.log")):
        step, _ = log_until(tracker, 1, lambda: tracker.dropped_points > 10)
        tracker.finish()
        dropped, still_locked = tracker.dropped_points, is_locked(metrics)
    freed = wait_until(lambda: not is_locked(metrics))
    return {
        "dropped_meanwhile": dropped,
        "still_locked": still_locked,
        "freed": freed,
        "complete": is_complete(tracker, step),
        "blanks": metrics.read_bytes().endswith(b" "),
        "warnings": warnings,
        "held_up": held_up(folder),
    }


def forks(folder: str) -> Result:
    """A child is forked while the disk hangs for its parent."""
    tracker = new_run(Path(folder, "base"), "mapped")
    with hung_disk(Path(folder, "strace.log")):
        step, _ = log_until(tracker, 1, lambda: tracker.dropped_points > 10)
        pid = os.fork()
        if pid == 0:
            os._exit(_log_in_child(tracker))
        dropped = tracker.dropped_points
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    recovered = wait_until(lambda: tracker.dropped_points == 0)
    tracker.finish()
    (other,) = tracker.experiment_dir.glob("metrics.*-*.json")
    return {
        "dropped_meanwhile": dropped,
        "exit": code,
        "recovered": recovered,
        "complete": is_complete(tracker, step),
        "of_child": [entry["step"] for entry in entries_of(other)],
        "held_up": held_up(folder),
    }


def _log_in_child(tracker: ExperimentTracker) -> int:
    tracker.log_metrics({"loss": 7.0}, step=7)
    wait_until(lambda: tracker.dropped_points == 0)
    return tracker.dropped_points


def is_killed(folder: str) -> Result:
    """The process is killed while the disk hangs."""
    (reading, writing), (waits, go) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _log_until_killed(folder, writing, waits)
    os.read(reading, 1)
    with hung_disk(Path(folder, "strace.log"), pid=pid) as tracer:
        os.write(go, b"x")
        acknowledged = int(os.read(reading, 100))
        os.kill(pid, signal.SIGKILL)
        let_go(tracer, pid)
    os.waitpid(pid, 0)
    (metrics,) = Path(folder, "base").glob("*/metrics.json")
    return {
        "acknowledged": acknowledged,
        "steps": [entry["step"] for entry in surviving_entries(metrics)],
        "locked": is_locked(metrics),
        "held_up": held_up(folder),
    }


def _log_until_killed(folder: str, pipe: int, waits: int) -> None:
    """Tell the last step that was on disk when the disk began to hang, having logged on."""
    may_be_traced()
    tracker = new_run(Path(folder, "base"), "mapped")
    os.write(pipe, b"x")
    os.read(waits, 1)
    step, _ = log_until(tracker, 1, lambda: tracker.dropped_points > 0)
    acknowledged = step - 1 - tracker.dropped_points
    log_until(tracker, step, lambda: tracker.dropped_points > 50)
    os.write(pipe, str(acknowledged).encode())
    time.sleep(HANG_S)


def exits(folder: str) -> Result:
    """The process ends by itself while the disk hangs, and nobody lets go of it."""
    reading, writing = os.pipe()
    command = [sys.executable, __file__, json.dumps({"scenario": "_exiting", "folder": folder})]
    with (
        open(reading, encoding="utf-8") as said,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=writing) as process,
    ):
        os.close(writing)
        assert process.stdin is not None
        said.readline()
        with hung_disk(Path(folder, "strace.log"), pid=process.pid) as tracer:
            process.stdin.write(b"x\n")
            process.stdin.flush()
            let_go(tracer, process.pid)
        return {"exit": process.wait(), "said": said.read(), "held_up": held_up(folder)}


def let_go(tracer: subprocess.Popen[bytes], pid: int) -> None:
    """Once a process has died, end its strace, which would wait for what it has held up."""
    assert wait_until(lambda: "State:\tZ" in Path(f"/proc/{pid}/status").read_text())
    tracer.kill()


def _exiting(folder: str) -> Result:
    may_be_traced()
    tracker = new_run(Path(folder, "base"), "mapped")
    sys.stderr.write("ready\n")
    sys.stdin.readline()
    log_until(tracker, 1, lambda: tracker.dropped_points > 10)
    return {}


def held_up(folder: str) -> int:
    """How many writes strace has held up."""
    return Path(folder, "strace.log").read_text(encoding="utf-8").count("pwrite64(")


SCENARIOS: dict[str, Callable[..., Result]] = {
    found.__name__: found
    for found in (growth_hangs, writes_are_slow, finishes, forks, is_killed, exits, _exiting)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    logging.getLogger("neural").addHandler(Noted())
    sys.stdout.write(json.dumps(SCENARIOS[arguments.pop("scenario")](**arguments)) + "\n")
