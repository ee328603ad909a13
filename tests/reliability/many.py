"""Many processes and threads at one run, or at one store, and what comes of it.

Run as a script with one argument, a JSON object: ``scenario`` names a function below, the rest are
its arguments. It prints one JSON object that tells what happened.
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neural._files import locked
from neural.testing.metrics_oracle import entries_of, strict_json, surviving_entries
from neural.testing.system_calls import tampered
from neural.tracking.experiment_tracker import ID_VARIABLE, ExperimentTracker
from neural.tracking.storage.locks import is_locked

Result = dict[str, Any]

#: Entries that each child of a forking run logs.
OF_A_CHILD = 3


def new_run(base: str, **options: Any) -> ExperimentTracker:
    """A run that draws nothing and looks at nothing."""
    return ExperimentTracker("many", base, False, capture_environment=False, **options)


def steps_by_file(run: Path) -> dict[str, list[int]]:
    """Steps of all entries, by metrics file; those of killed children may be torn."""
    return {
        path.name: [entry["step"] for entry in surviving_entries(path)]
        for path in run.glob("metrics*.json")
    }


# ---------------------------------------------------------------------------- forks


class LogsForever(threading.Thread):
    """Logs and annotates in the parent, so that forks come in the middle of calls."""

    def __init__(self, tracker: ExperimentTracker, notes_every: int = 50) -> None:
        super().__init__(daemon=True)
        self._tracker = tracker
        self._notes_every = notes_every
        self._stop_now = threading.Event()
        self.steps = 0

    def run(self) -> None:
        """Log until told to stop."""
        while not self._stop_now.is_set():
            self._tracker.log_metrics({"loss": self.steps / 3}, step=self.steps)
            self.steps += 1
            if self.steps % self._notes_every == 0:
                self._tracker.set_notes(str(self.steps))
                time.sleep(0.001)  # leaves the interpreter to the thread that forks

    def ask_to_stop(self) -> None:
        """Let the call that is being made be the last."""
        self._stop_now.set()

    def stop(self) -> int:
        """Stop; returns how many entries there are."""
        self.ask_to_stop()
        self.join()
        return self.steps


def log_and_leave(tracker: ExperimentTracker, epoch: int) -> None:
    """In a forked child: log a little, then end in one of the ways in which children end."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for step in range(OF_A_CHILD):
        tracker.log_metrics({"child": epoch}, step=step)
    while tracker.dropped_points:  # a slow disk has it still: it is not acknowledged yet
        pass
    ends: list[Callable[[], object]] = [
        lambda: sys.exit(0),
        lambda: os._exit(0),
        lambda: 1 // 0,
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: _leave_a_with_block(tracker),
        lambda: tracker.finish(),
        lambda: tracker.set_status("failed"),
    ]
    ends[epoch % len(ends)]()


def _leave_a_with_block(tracker: ExperimentTracker) -> None:
    with tracker:
        raise SystemExit(3)


def fork_epochs(folder: str, writer: str, epochs: int, children: int) -> Result:
    """R11: fork workers over and over while the parent logs in a thread of its own."""
    tracker = new_run(folder, writer=writer)
    metrics = tracker.experiment_dir / "metrics.json"
    logging = LogsForever(tracker)
    logging.start()
    while logging.steps == 0:
        time.sleep(0.001)
    found: Counter[str] = Counter()
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # tracebacks of children
    for epoch in range(epochs):
        pids = _fork_many(children)
        if 0 in pids:
            log_and_leave(tracker, epoch)
            sys.exit(0)
        for pid in pids:
            os.waitpid(pid, 0)
        found["not_locked"] += not is_locked(metrics)
        metadata = strict_json((tracker.experiment_dir / "metadata.json").read_bytes())
        found["ended"] += metadata["end_time"] is not None or metadata["status"] != "running"
    logged = logging.stop()
    tracker.finish()
    files = steps_by_file(tracker.experiment_dir)
    own = files.pop("metrics.json")
    metadata = strict_json((tracker.experiment_dir / "metadata.json").read_bytes())
    return found | {
        "parent_complete": own == list(range(logged)) and len(entries_of(metrics)) == logged,
        "logged": logged,
        "child_files": len(files),
        "child_files_complete": sum(s == list(range(OF_A_CHILD)) for s in files.values()),
        "status": metadata["status"],
        "pid_is_ours": metadata["pid"] == os.getpid(),
    }


def _fork_many(children: int) -> list[int]:
    pids = []
    for _ in range(children):
        pids.append(os.fork())
        if pids[-1] == 0:
            return [0]
    return pids


def fork_with_held_lock(folder: str, forks: int) -> Result:
    """R11: children that stay alive must not keep a lock that they inherited in mid-change."""
    tracker = new_run(folder)
    logging = LogsForever(tracker, notes_every=1)
    logging.start()
    pids = []
    for _ in range(forks):
        time.sleep(0.002)  # at another moment of a change each time
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
            os._exit(0)
        pids.append(pid)
    logging.ask_to_stop()
    logging.join(20)
    came_back = not logging.is_alive()  # not so if it waits for a lock that a child has
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    logging.join()
    return {"came_back": came_back, "notes": tracker.notes, "logged": logging.steps}


def fork_inside_lock(folder: str) -> Result:
    """R11: the same at the one moment that matters, and with nothing left to chance."""
    with locked(Path(folder)):
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
            os._exit(0)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_free = True
    except BlockingIOError:
        is_free = False
    finally:
        os.close(handle)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return {"is_free": is_free}


def _log_in_worker(tracker: ExperimentTracker, worker: int) -> None:
    for step in range(OF_A_CHILD):
        tracker.log_metrics({"child": worker}, step=step)


def worker_processes(folder: str, method: str, epochs: int, workers: int) -> Result:
    """R11: multiprocessing with the tracker handed to each worker, as a DataLoader does."""
    tracker = new_run(folder)
    tracker.log_metrics({"loss": 0.5}, step=0)
    context: Any = multiprocessing.get_context(method)
    codes = []
    for epoch in range(epochs):
        processes = [
            context.Process(target=_log_in_worker, args=(tracker, number))
            for number in range(workers)
        ]
        for process in processes:
            process.start()
        tracker.log_metrics({"loss": 0.5}, step=epoch + 1)
        for process in processes:
            process.join()
            codes.append(process.exitcode)
    alive = is_locked(tracker.experiment_dir / "metrics.json")
    tracker.finish()
    files = steps_by_file(tracker.experiment_dir)
    own = files.pop("metrics.json")
    return {
        "alive": alive,
        "codes": sorted(set(codes)),
        "parent_complete": own == list(range(epochs + 1)),
        "child_files": len(files),
        "child_files_complete": sum(s == list(range(OF_A_CHILD)) for s in files.values()),
        "status": tracker.metadata["status"],
    }


# ---------------------------------------------------------------------------- threads


class LogsInHandler:
    """A signal handler that logs; it may be interrupted by itself."""

    def __init__(self, tracker: ExperimentTracker) -> None:
        self._tracker = tracker
        self._numbers = itertools.count()

    def __call__(self, *_: object) -> None:
        """Log the next number."""
        number = next(self._numbers)
        self._tracker.log_metrics({"handler": number}, step=number)

    def are_all(self, found: list[int]) -> bool:
        """Whether every number that was logged was found once."""
        return sorted(found) == list(range(next(self._numbers)))


async def log_from_tasks(tracker: ExperimentTracker, tasks: int, calls: int) -> None:
    """Log from tasks of an event loop that take turns."""

    async def log(number: int) -> None:
        for step in range(calls):
            tracker.log_metrics({f"a{number}": step / 3}, step=step)
            if step % 10 == 0:
                await asyncio.sleep(0)

    await asyncio.gather(*(log(number) for number in range(tasks)))


def threads(folder: str, writer: str, threads: int, calls: int) -> Result:
    """R12: threads, an event loop and a signal handler log to one run."""
    tracker = new_run(folder, writer=writer)
    handler = LogsInHandler(tracker)

    def log(number: int) -> None:
        for step in range(calls):
            tracker.log_metrics({f"t{number}": step / 3}, step=step)

    signal.signal(signal.SIGALRM, handler)
    started = [threading.Thread(target=log, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    asyncio.run(log_from_tasks(tracker, 4, calls))
    for thread in started:
        thread.join()
    signal.setitimer(signal.ITIMER_REAL, 0)
    tracker.finish()
    by_name: dict[str, list[int]] = {}
    for entry in entries_of(tracker.experiment_dir / "metrics.json"):
        by_name.setdefault(list(entry)[2], []).append(entry["step"])
    handled = by_name.pop("handler")
    return {
        "series": len(by_name),
        "in_order": sum(steps == list(range(calls)) for steps in by_name.values()),
        "handled": len(handled),
        "handled_once": handler.are_all(handled),
        "dropped": tracker.dropped_points,
    }


# ---------------------------------------------------------------------------- processes


def in_children(count: int, work: Callable[[int], None]) -> list[int]:
    """Fork ``count`` children that begin to work at the same time; returns their exit codes."""
    reading, writing = os.pipe()
    pids = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(writing)
                os.read(reading, 1)
                work(number)
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        pids.append(pid)
    os.close(reading)
    os.close(writing)  # all of them read the end of the pipe now
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def one_store(
    folder: str, processes: int, runs: int, calls: int, strace: Sequence[str] = ()
) -> Result:
    """R13: processes create runs in one store at once; ``strace`` may let their calls fail."""
    if strace:
        with tampered(os.getpid(), Path(f"{folder}.strace"), strace):
            return one_store(folder, processes, runs, calls)

    def work(number: int) -> None:
        for _ in range(runs):
            tracker = new_run(folder)
            tracker.log_hyperparameters({"process": number})
            for step in range(calls):
                tracker.log_metrics({"loss": step / 3}, step=step)
            tracker.finish()

    codes = in_children(processes, work)
    found = list(Path(folder).iterdir())
    return {
        "codes": sorted(set(codes)),
        "runs": len(found),
        "ids": len({_json(run / "metadata.json")["experiment_id"] for run in found}),
        "complete": sum(
            list(itertools.chain(*steps_by_file(run).values())) == list(range(calls))
            for run in found
        ),
        "by_process": sorted(
            Counter(_json(run / "hyperparameters.json")["process"] for run in found).values()
        ),
        "hidden": [str(p) for p in Path(folder).rglob(".*")],
    }


def one_run(folder: str, processes: int, changes: int) -> Result:
    """R13: processes change the small files of one run at once; no change may be lost."""
    tracker = new_run(folder)
    source = Path(folder, "source")
    source.write_bytes(b"artifact")

    def work(number: int) -> None:
        for change in range(changes):
            name = f"{number}-{change}"
            tracker.log_hyperparameters({name: change})
            tracker.add_tags(name)
            tracker.log_text("text", name)
            if change % 5 == 0:
                tracker.log_artifact(source, name)
                tracker.log_artifact(source, "shared", version=True)

    codes = in_children(processes, work)
    run = tracker.experiment_dir
    tracker.finish()
    return {
        "codes": sorted(set(codes)),
        "params": len(_json(run / "hyperparameters.json")),
        "tags": len(_json(run / "annotations.json")["tags"]),
        "texts": len({entry["value"] for entry in strict_json((run / "media.json").read_bytes())}),
        "artifacts": len(_json(run / "artifacts.json")),
        "versions": [v.version for v in tracker.list_artifact_versions("shared")],
        "status": _json(run / "metadata.json")["status"],
        "hidden": [str(p) for p in run.rglob(".*")],
    }


def ranks(folder: str, starts: int, ranks: int, calls: int) -> Result:
    """R14: all ranks of a distributed training start at once with one id in the environment."""
    found: Counter[str] = Counter()
    codes: set[int] = set()
    for start in range(starts):
        os.environ[ID_VARIABLE] = f"start{start:04d}"
        base = Path(folder, str(start))

        def work(rank: int, base: Path = base) -> None:
            tracker = new_run(str(base))
            for step in range(calls):
                tracker.log_metrics({f"rank{rank}": step}, step=step)
            tracker.finish()

        codes |= set(in_children(ranks, work))
        runs = list(base.iterdir())
        found["runs"] += len(runs)
        found["hidden"] += len(list(base.rglob(".*")))
        names = Counter(
            list(entry)[2]
            for run in runs
            for path in run.glob("metrics*.json")
            for entry in entries_of(path)
        )
        found["complete"] += names == {f"rank{rank}": calls for rank in range(ranks)}
        metadata = _json(runs[0] / "metadata.json")
        found["ended"] += metadata["status"] == "completed" and metadata["end_time"] is not None
        found["right_id"] += metadata["experiment_id"] == f"start{start:04d}"
    return found | {"codes": sorted(codes)}


def _json(path: Path) -> dict[str, Any]:
    return dict(strict_json(path.read_bytes()))


SCENARIOS: dict[str, Callable[..., Any]] = {
    found.__name__: found
    for found in (
        fork_epochs,
        fork_inside_lock,
        fork_with_held_lock,
        worker_processes,
        threads,
        one_store,
        one_run,
        ranks,
    )
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    result = SCENARIOS[arguments.pop("scenario")](**arguments)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
