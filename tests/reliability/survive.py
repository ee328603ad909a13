"""Breaks the disk under a run and counts what the training loop notices: it should be nothing.

Run as a script with one argument, a JSON object: ``scenario`` names a function below, the rest are
its arguments. It prints one JSON object that tells what happened. Scenarios that mount something
expect a mount namespace of their own.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neural.testing.metrics_oracle import entries_of, strict_json
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage import metrics_log

Result = dict[str, Any]

warnings: list[str] = []


class Noted(logging.Handler):
    """Keeps what is said to the user."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        warnings.append(f"{record.levelname}: {record.getMessage()}")


def new_run(base: Path, writer: Any) -> ExperimentTracker:
    """A run that draws nothing and looks at nothing."""
    return ExperimentTracker("survivor", base, False, capture_environment=False, writer=writer)


def other_calls(tracker: ExperimentTracker, source: Path, number: int) -> None:
    """Each kind of call but ``log_metrics`` once; none may raise because of a disk."""
    tracker.log_hyperparameters({f"p{number}": number})
    tracker.add_tags(f"t{number}")
    tracker.set_notes(f"notes {number}")
    tracker.log_artifact(source, f"a{number}")
    tracker.log_artifact(source, "v", version=True)
    tracker.log_text("text", f"text {number}")
    tracker.define_metric(f"m{number}", goal="min")
    tracker.set_status(f"phase {number}")


def log_until(tracker: ExperimentTracker, step: int, done: Callable[[], bool]) -> int:
    """Log entries of growing size until something holds; returns the next step."""
    start = step
    while not done():
        if step - start > 20_000:
            raise AssertionError("the fault never came")
        tracker.log_metrics({"loss": step / 3, "m" * (50 + step % 400): 0.5}, step=step)
        step += 1
    return step


def check_run(tracker: ExperimentTracker, steps: int) -> Result:
    """Compare the run with what was logged; nothing may be missing."""
    stored = entries_of(tracker.experiment_dir / "metrics.json")
    return {
        "dropped": tracker.dropped_points,
        "complete": [(e["step"], e["loss"]) for e in stored] == [(i, i / 3) for i in range(steps)],
        "json": [
            type(strict_json(path.read_bytes())).__name__
            for path in tracker.experiment_dir.glob("*.json")
        ],
        "temporary": [p.name for p in tracker.experiment_dir.rglob("*.tmp")],
        "status": strict_json((tracker.experiment_dir / "metadata.json").read_bytes())["status"],
    }


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "512k") -> Iterator[None]:
    """Mount a file system that soon is full."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    yield
    subprocess.run(["umount", folder], check=True)


def fill(path: Path, room: int) -> None:
    """Take all space but ``room`` bytes."""
    disk = os.statvfs(path.parent)
    with open(path, "wb", buffering=0) as file:
        for _ in range(disk.f_bavail * disk.f_frsize // 4096):
            file.write(bytes(4096))
        file.truncate(max(0, path.stat().st_size - room))
    probe = path.with_name("probe")
    assert error_of(lambda: probe.write_bytes(bytes(room + 4096))) == errno.ENOSPC
    probe.unlink()


def error_of(call: Callable[[], object]) -> int | None:
    """Return the number of the error that the kernel answers a call with."""
    try:
        call()
    except OSError as exc:
        return exc.errno
    return None


def full_disk(folder: str, writer: str, rooms: list[int], source: str) -> list[Result]:
    """R6: the disk fills up, at another point each time, and has room again later."""
    found = []
    for number, room in enumerate(rooms):
        disk = Path(folder, str(number))
        warnings.clear()
        with small_disk(disk):
            found.append(_full_disk(disk, writer, room, Path(source)))
    return found


def _full_disk(disk: Path, writer: str, room: int, source: Path) -> Result:
    tracker = new_run(disk / "base", writer)
    step = log_until(tracker, 0, lambda: True)
    if room >= 0:
        step = log_until(tracker, step, lambda: step_reached(tracker, 20))
    fill(disk / "filler", max(room, 0))
    step = log_until(tracker, step, lambda: tracker.dropped_points > 100)
    other_calls(tracker, source, 1)
    slowest = slowest_call_s(tracker, step)
    step += 200
    dropped, said = tracker.dropped_points, list(warnings)
    entries_of(tracker.experiment_dir / "metrics.json")
    (disk / "filler").unlink()
    other_calls(tracker, source, 2)
    tracker.log_metrics({"loss": step / 3}, step=step)
    # One call does, unless an attempt from before there was room has only just failed.
    step = log_until(tracker, step + 1, lambda: _is_recovered(tracker))
    tracker.finish("failed")
    result = check_run(tracker, step)
    return result | {
        "room": room,
        "dropped_meanwhile": dropped,
        "warnings": said,
        "slowest_s": slowest,
        "params": tracker.hyperparameters.get("p2"),
        "artifact": "a2" in tracker.artifacts,
        "tags": sorted(tracker.tags),
    }


def _is_recovered(tracker: ExperimentTracker) -> bool:
    """Whether all is in the file, once the disk has had the time to take it."""
    end = time.monotonic() + 3
    while tracker.dropped_points and time.monotonic() < end:
        time.sleep(0.001)
    return tracker.dropped_points == 0


def step_reached(tracker: ExperimentTracker, steps: int) -> bool:
    """Whether so many entries are in the file."""
    return len(entries_of(tracker.experiment_dir / "metrics.json")) >= steps


def slowest_call_s(tracker: ExperimentTracker, step: int) -> float:
    """Log 200 more and return how long the slowest but three of them took."""
    took = []
    for number in range(step, step + 200):
        start = time.perf_counter()
        tracker.log_metrics({"loss": number / 3}, step=number)
        took.append(time.perf_counter() - start)
    return sorted(took)[-4]


def full_at_birth(folder: str, writer: str, source: str) -> Result:
    """R6: there is no room for the run at all when it is created."""
    disk = Path(folder, "disk")
    with small_disk(disk):
        fill(disk / "filler", 0)
        tracker = new_run(disk / "base", writer)
        step = log_until(tracker, 0, lambda: tracker.dropped_points > 50)
        other_calls(tracker, Path(source), 1)
        (disk / "filler").unlink()
        _wait_for_next_try(tracker)
        tracker.log_metrics({"loss": step / 3}, step=step)
        tracker.finish()
        return check_run(tracker, step + 1) | {"warnings": warnings}


def _wait_for_next_try(tracker: ExperimentTracker) -> None:
    """Do as if the second between two tries to open the file had passed."""
    assert tracker._writer is not None
    tracker._writer.log._next_try = 0.0


def gone(folder: str, writer: str, how: str, source: str) -> Result:
    """R8: the directory is removed, replaced by a file, made read-only or unmounted."""
    disk = Path(folder, "disk")
    with small_disk(disk, "8m"):
        tracker = new_run(disk / "base", writer)
        tracker.log_metrics({"loss": 0.0}, step=0)
        fault, mend = FAULTS[how](disk, tracker.experiment_dir)
        fault()
        _pass_a_second(tracker)
        for step in range(1, 100):
            tracker.log_metrics({"loss": step / 3}, step=step)
        other_calls(tracker, Path(source), 1)
        lost = tracker.dropped_points
        mend()
        _pass_a_second(tracker)
        _wait_for_next_try(tracker)
        for step in range(100, 103):
            tracker.log_metrics({"loss": step / 3}, step=step)
        tracker.finish()
        stored = entries_of(tracker.experiment_dir / "metrics.json")
        return {
            "dropped_meanwhile": lost,
            "dropped": tracker.dropped_points,
            "steps": [entry["step"] for entry in stored],
            "values_right": all(entry["loss"] == entry["step"] / 3 for entry in stored),
            "warnings": warnings,
            "root": str(tracker.experiment_dir),
            "status": tracker.metadata["status"],
        }


def _pass_a_second(tracker: ExperimentTracker) -> None:
    """Do as if the second between two looks at the file had passed."""
    assert tracker._writer is not None
    tracker._writer.log._calm_until = metrics_log._ALERT


Change = tuple[Callable[[], object], Callable[[], object]]


def removed(disk: Path, run: Path) -> Change:
    """The run's directory is deleted, and nothing else happens."""
    return lambda: shutil.rmtree(run), lambda: None


def base_removed(disk: Path, run: Path) -> Change:
    """All runs are deleted."""
    return lambda: shutil.rmtree(run.parent), lambda: None


def replaced(disk: Path, run: Path) -> Change:
    """A file stands where the run's directory was."""

    def fault() -> None:
        shutil.rmtree(run)
        run.write_text("in the way", encoding="utf-8")

    return fault, run.unlink


def read_only(disk: Path, run: Path) -> Change:
    """The file system is mounted read-only under the run, by a bind over its directory.

    A plain remount is refused while a file is open for writing.
    """

    def fault() -> None:
        shutil.rmtree(run)
        subprocess.run(["mount", "--bind", run.parent, run.parent], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", run.parent], check=True)
        assert error_of((run.parent / "probe").touch) == errno.EROFS

    return fault, lambda: subprocess.run(["umount", run.parent], check=True)


def unmounted(disk: Path, run: Path) -> Change:
    """The disk is pulled out and put in again; an empty mount point is left meanwhile.

    The open file stays usable, as it does on a real lazy unmount, so it is deleted first.
    """
    aside = disk.with_name("aside")

    def fault() -> None:
        aside.mkdir()
        shutil.rmtree(run)
        subprocess.run(["mount", "--bind", disk, aside], check=True)
        subprocess.run(["umount", "-l", disk], check=True)
        assert not list(disk.iterdir())

    def mend() -> None:
        assert not list(disk.iterdir()), "it was written into the empty mount point"
        subprocess.run(["mount", "--bind", aside, disk], check=True)
        subprocess.run(["umount", aside], check=True)

    return fault, mend


FAULTS: dict[str, Callable[[Path, Path], Change]] = {
    found.__name__: found for found in (removed, base_removed, replaced, read_only, unmounted)
}


def file_limit(folder: str, writer: str, source: str) -> Result:
    """R9: no file may grow beyond a limit (`ulimit -f`)."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # as it is in a program that is not Python
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    tracker = new_run(Path(folder), writer)
    step = log_until(tracker, 0, lambda: step_reached(tracker, 5))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    step = log_until(tracker, step, lambda: tracker.dropped_points > 100)
    other_calls(tracker, Path(source), 1)
    dropped, said = tracker.dropped_points, list(warnings)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    tracker.log_metrics({"loss": step / 3}, step=step)
    tracker.finish()
    return check_run(tracker, step + 1) | {"dropped_meanwhile": dropped, "warnings": said}


def few_descriptors(folder: str, writer: str, source: str, calls: int) -> Result:
    """R9: almost no descriptors are left (`ulimit -n 32`), then none at all."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
    first = open_descriptors()
    taken = take_all_descriptors()
    tracker = new_run(Path(folder), writer)
    tracker.log_metrics({"loss": 0.0}, step=0)
    dropped, said = tracker.dropped_points, list(warnings)
    for handle in taken:
        os.close(handle)
    _wait_for_next_try(tracker)
    tracker.log_metrics({"loss": 1 / 3}, step=1)
    before = open_descriptors()
    for step in range(2, calls):
        tracker.log_metrics({"loss": step / 3}, step=step)
    after = open_descriptors()
    other_calls(tracker, Path(source), 1)
    taken = take_all_descriptors()
    other_calls(tracker, Path(source), 2)
    tracker.log_metrics({"loss": calls / 3}, step=calls)
    for handle in taken:
        os.close(handle)
    tracker.finish()
    result = check_run(tracker, calls + 1)
    return result | {
        "descriptors": [first, before, after, open_descriptors()],
        "dropped_meanwhile": dropped,
        "warnings": said,
    }


def open_descriptors() -> int:
    """Number of descriptors that this process holds."""
    return len(os.listdir("/proc/self/fd")) - 1


def take_all_descriptors() -> list[int]:
    """Open files until the kernel refuses."""
    taken: list[int] = []

    def take() -> None:
        taken.append(os.open("/dev/null", os.O_RDONLY))

    while (error := error_of(take)) is None:
        pass
    assert error == errno.EMFILE
    return taken


SCENARIOS: dict[str, Callable[..., Any]] = {
    found.__name__: found for found in (full_disk, full_at_birth, gone, file_limit, few_descriptors)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    logging.getLogger("neural").addHandler(Noted())
    logging.getLogger("neural").propagate = False
    sys.stdout.write(json.dumps(SCENARIOS[arguments.pop("scenario")](**arguments)) + "\n")
