"""The process that works on one job: ``python -m neural.tracking.export_jobs.worker DIR NUMBER``.

A process of its own, because a platform's package is heavy, changes the environment it runs in and
may hang for ever. It lives only as long as whoever started it: a line with what must not stand in
a file comes through its standard input, and the end of that is the end of the server.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neural.errors import NeuralError
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.export_jobs.spec import OPEN_STATES, RunProgress
from neural.tracking.export_jobs.store import Job, JobStore
from neural.tracking.export_manager import export_run
from neural.tracking.exporters.connection import try_connection
from neural.tracking.redaction import redact_text
from neural.tracking.sinks import Target
from neural.tracking.source_import import import_sources

__all__ = ["encode_target", "main", "work"]

#: Seconds that a platform gets to come back once the server has gone.
_PATIENCE_S = 5.0
#: So many runs that fail alike, one after the other, and the others are not tried.
_MOST_ALIKE = 3
#: What platforms answer to a wrong key: asking again may lock an account.
_REFUSAL = re.compile(
    r"\b40[13]\b|\bunauthorized\b|\bforbidden\b|permission denied|\bapi[ _]key\b", re.IGNORECASE
)


def encode_target(target: Target | None) -> bytes:
    """Return a target as the line that the worker reads."""
    if target is None:
        return b"{}\n"
    about = {
        "place": target.place,
        "tags": dict(target.tags),
        "dry_run": target.dry_run,
        "options": dict(target.options),
        "without": sorted(target.without),
    }
    return json.dumps(about).encode() + b"\n"


def _decode_target(line: bytes) -> Target:
    about = json.loads(line or b"{}")
    return Target(**{**about, "without": frozenset(about.get("without", ()))})


def work(
    base_dir: Path, number: int, target: Target, go_on: Callable[[], bool] = lambda: True
) -> str:
    """Do what a job says, or what is left of it, and return the state it ends in.

    Args:
        base_dir: Directory that holds the runs.
        number: The job.
        target: Where to; not used by an import.
        go_on: Asked before each piece; false stops.

    Raises:
        NotFoundError: There is no such job.
        StorageError: It cannot be read.
        OSError: How far it is cannot be written down.
    """
    store = JobStore(base_dir)
    job = store.load(number)
    store.write_state(number, "running", pid=os.getpid(), problem="", notes=[])

    def may() -> bool:
        return go_on() and not store.asked_to_stop(number)

    facts = dict(_WORK[job.spec.kind](store, job, target, may))
    state = str(facts.pop("state"))
    store.write_state(number, state, **facts)
    return state


def _export(
    store: JobStore, job: Job, target: Target, may: Callable[[], bool]
) -> Mapping[str, Any]:
    library = ExperimentManager(store.root.parent.parent, read_only=True)
    alike: list[str] = []
    for place, run in enumerate(job.runs):
        if run.state not in OPEN_STATES:
            continue
        if not may():
            return _stopped(store, job)
        store.write_run(job.number, place, replace(run, state="running"))
        result = export_run(library, run.run_id, job.spec.platform, target, go_on=may)
        if not result.ok and not may():
            store.write_run(job.number, place, replace(run, state="waiting"))
            return _stopped(store, job)
        run = run.with_result(result)
        store.write_run(job.number, place, run)
        reason = run.message.replace(run.run_id, "")
        alike = [*alike, reason] if run.state == "failed" else []
        if _is_hopeless(alike):
            why = f"The other runs were not tried: {run.message}"
            return {"state": "failed", "problem": why}
    whole = all(run.state == "done" for run in store.load(job.number).runs)
    return {"state": "done" if whole else "failed"}


def _is_hopeless(messages: Sequence[str]) -> bool:
    if not messages:
        return False
    refused = _REFUSAL.search(messages[-1]) is not None
    return refused or (len(messages) >= _MOST_ALIKE and len(set(messages[-_MOST_ALIKE:])) == 1)


def _stopped(store: JobStore, job: Job) -> Mapping[str, Any]:
    """Return what a job that was stopped is: by a person, or with the server."""
    return {"state": "cancelled" if store.asked_to_stop(job.number) else "stopped"}


def _test(store: JobStore, job: Job, target: Target, may: Callable[[], bool]) -> Mapping[str, Any]:
    try:
        said = try_connection(job.spec.platform, target)
    except NeuralError as exc:
        return {"state": "failed", "problem": redact_text(str(exc))}
    return {"state": "done", "notes": [redact_text(said)]}


def _import(
    store: JobStore, job: Job, target: Target, may: Callable[[], bool]
) -> Mapping[str, Any]:
    base_dir = store.root.parent.parent
    done = import_sources(Path(job.spec.place or ""), base_dir, kind=job.spec.platform or None)
    for place, run in enumerate(done.runs):
        said = ": ".join(filter(None, (run.outcome, run.reason)))
        progress = RunProgress(
            run_id=run.experiment_id,
            name=run.name,
            state="failed" if run.outcome == "refused" else "done",
            message=said,
            sent=run.points,
            failed=(run.reason,) if run.outcome == "refused" else (),
        )
        store.write_run(job.number, place, progress)
    refused = any(run.outcome == "refused" for run in done.runs)
    notes = [f"left out: {one}" for one in done.skipped]
    return {"state": "failed" if refused else "done", "notes": notes}


_WORK: dict[str, Callable[[JobStore, Job, Target, Callable[[], bool]], Mapping[str, Any]]] = {
    "export": _export,
    "check": _export,
    "test": _test,
    "import": _import,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Work on one job until it is done, stopped, or nobody is there who wanted it.

    Returns:
        0 when it ended by itself, 1 when somebody else works on it, 2 when something went wrong,
        which is in its ``state.json`` then.
    """
    base_dir, number = (sys.argv[1:] if arguments is None else arguments)[:2]
    store = JobStore(Path(base_dir))
    target = _decode_target(_read_line())
    gone = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(gone,), daemon=True).start()
    with store.claim(int(number)) as is_ours:
        if not is_ours:
            return 1
        try:
            work(Path(base_dir), int(number), target, lambda: not gone.is_set())
        except (NeuralError, OSError) as exc:
            store.write_state(int(number), "failed", problem=redact_text(str(exc)))
            return 2
    return 0


def _read_line() -> bytes:
    # Not through sys.stdin: a thread that waits in it keeps the interpreter from ending well.
    line = b""
    while not line.endswith(b"\n") and (found := os.read(0, 1)):
        line += found
    return line


def _wait_for_the_end(gone: threading.Event) -> None:
    """Wait until whoever started this process is gone, then for a moment, then end it."""
    while os.read(0, 1024):
        pass
    gone.set()
    # Only a platform that hangs is still there after this; what it has is found again.
    threading.Event().wait(_PATIENCE_S)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
