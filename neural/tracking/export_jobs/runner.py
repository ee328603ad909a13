"""Starts a process for one job after the other, beside what the server does."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from neural.errors import NeuralError
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import Job, JobStore
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.export_jobs.worker import encode_target
from neural.tracking.exporters.addresses import secrets_of
from neural.tracking.redaction import redact_text
from neural.tracking.sinks import Target

__all__ = ["JobRunner"]

_log = logging.getLogger(__name__)

#: Seconds that a job gets to stop by itself before its process is ended.
STOP_S = 8.0
_LOOK_S = 0.1
#: Checks and tests are answers to a question; older ones than so many are forgotten.
_KEPT_ANSWERS = 6
_TOLD_BYTES = 4000
#: A test is to answer soon; what the user set stays.
_QUICK = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


class JobRunner:
    """Works on the jobs of a store, exports and imports one after the other.

    Checks and tests have a line of their own: they do not wait for an export. No thread is
    started before there is a job, and none keeps the process from ending. When it ends, so do the
    processes of its jobs; what was not finished is taken up by :meth:`go_on`.

    Args:
        base_dir: Directory that holds the runs.
        targets: Checks where a job sends to, when it is asked for and again before it begins.
    """

    def __init__(self, base_dir: Path, targets: PageTargets) -> None:
        self.store = JobStore(base_dir)
        self._base_dir = base_dir
        self._targets = targets
        self._work = _Line(self._run)
        self._answers = _Line(self._run)

    def submit(self, spec: JobSpec, names: Mapping[str, str] | None = None) -> int:
        """Keep a job, put it into its line and return its number.

        Args:
            spec: What is to be done.
            names: What the runs are called, by id.

        Raises:
            InvalidInputError: Something in it cannot be used.
            RefusedError: It leads where a page may not send, or reads what is not open.
            NotFoundError: There is nothing that could be imported.
            StorageError: The store cannot be written to.
        """
        number = self.store.create(self._checked(spec), names)
        if spec.kind in ("check", "test"):
            self._forget_answers()
        self._line(spec).add(number)
        return number

    def _checked(self, spec: JobSpec) -> JobSpec:
        if spec.kind != "import":
            return self._targets.checked(spec)
        return replace(spec, place=str(self._targets.roots.existing(spec.place or "")))

    def look(self, number: int) -> Job:
        """Return a job as it stands, with what only this process knows: that it waits in line.

        Raises:
            NotFoundError: There is no such job.
            StorageError: It cannot be read.
        """
        job = self.store.load(number)
        waits = job.state == "stopped" and self._line(job.spec).has(number)
        if not waits:
            return job
        return replace(job, state="queued")

    def go_on(self, number: int, *, failed: bool = False) -> None:
        """Take up a job that was stopped, or with ``failed`` what failed of it.

        Raises:
            NotFoundError: There is no such job.
            StorageError: It cannot be read.
            RefusedError: It leads where this server may not send.
        """
        job = self.look(number)
        if job.is_active:
            return
        self._checked(job.spec)
        self.store.take_up(number, failed=failed)
        self._line(job.spec).add(number)

    def cancel(self, number: int) -> None:
        """Stop a job: at once while it waits, else before its next piece, at the latest in 8 s.

        Raises:
            NotFoundError: There is no such job.
        """
        self.store.ask_to_stop(number)
        if self._line(self.store.load(number).spec).drop(number):
            self.store.write_state(number, "cancelled")

    def _line(self, spec: JobSpec) -> _Line:
        return self._answers if spec.kind in ("check", "test") else self._work

    def _forget_answers(self) -> None:
        answers = 0
        for number in self.store.numbers():
            with contextlib.suppress(NeuralError):
                job = self.look(number)
                answers += job.spec.kind in ("check", "test")
                if job.spec.kind in ("check", "test") and answers > _KEPT_ANSWERS:
                    self.store.remove(number)

    def _run(self, number: int) -> None:
        """Work on a job in a process of its own; whatever happens to that is in its state."""
        try:
            job = self.store.load(number)
            spec = self._checked(job.spec)
            target = None if spec.kind == "import" else self._targets.target(spec)
            with tempfile.TemporaryFile() as told:
                process = self._start(job, target, told)
                stopped = self._wait(number, process)
                if process.returncode not in (0, 1, 2):
                    self._tell_end(number, process.returncode, stopped, _tail(told, target))
        except (NeuralError, OSError) as exc:
            with contextlib.suppress(OSError):
                self.store.write_state(number, "failed", problem=redact_text(str(exc)))

    def _start(self, job: Job, target: Target | None, told: IO[bytes]) -> subprocess.Popen[bytes]:
        quick = {k: v for k, v in _QUICK.items() if job.spec.kind == "test"}
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "neural.tracking.export_jobs.worker"),
                *(str(self._base_dir), str(job.number)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told,
            cwd=_working_dir(target),
            env={**quick, **os.environ},
            # Ctrl-C in the terminal is for the server, whose end the job sees by itself.
            start_new_session=True,
        )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(encode_target(target))
            process.stdin.flush()
        return process

    def _wait(self, number: int, process: subprocess.Popen[bytes]) -> bool:
        """Wait for a process; returns whether it had to be ended because it did not stop."""
        left = STOP_S
        while True:
            try:
                process.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                left -= _LOOK_S if self.store.asked_to_stop(number) else 0
                if left > 0:
                    continue
                process.kill()
                process.wait()
                return True
            else:
                return False
            finally:
                if process.returncode is not None and process.stdin is not None:
                    process.stdin.close()

    def _tell_end(self, number: int, code: int, stopped: bool, told: str) -> None:
        if stopped:
            self.store.write_state(number, "cancelled", problem="It did not stop and was ended")
            return
        _log.warning("job %d ended with status %d: %s", number, code, told)
        why = f"Its process ended with status {code}. {told}".strip()
        self.store.write_state(number, "failed", problem=why)


def _working_dir(target: Target | None) -> str | None:
    """Return where a platform may leave what it puts beside: MLflow its artifacts."""
    place = (target.place or "") if target is not None else ""
    if not place.startswith("sqlite:"):
        return tempfile.gettempdir()
    folder = Path(place.removeprefix("sqlite:///")).parent
    if target is not None and not target.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
    return str(folder) if folder.is_dir() else tempfile.gettempdir()


def _tail(told: IO[bytes], target: Target | None) -> str:
    """Return the end of what a process wrote to its standard error, without secrets."""
    told.seek(0, os.SEEK_END)
    told.seek(max(0, told.tell() - _TOLD_BYTES))
    text = told.read().decode("utf-8", "replace")
    secrets = secrets_of(target.place or "") if target is not None else []
    lines = redact_text(text, secrets=secrets).strip().splitlines()
    return lines[-1] if lines else ""


class _Line:
    """Numbers of jobs, worked on one after the other by a thread that nothing waits for."""

    def __init__(self, run: Callable[[int], None]) -> None:
        self._run = run
        self._waiting: deque[int] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._current: int | None = None

    def add(self, number: int) -> None:
        """Put a job at the end."""
        with self._changed:
            if number not in self._waiting:
                self._waiting.append(number)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="neural-jobs", daemon=True)
                self._thread.start()
            self._changed.notify()

    def has(self, number: int) -> bool:
        """Tell whether a job waits or is worked on."""
        with self._changed:
            return number in self._waiting or number == self._current

    def drop(self, number: int) -> bool:
        """Take a job out; tells whether it was waiting."""
        with self._changed:
            try:
                self._waiting.remove(number)
            except ValueError:
                return False
            return True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                self._current = self._waiting.popleft()
            try:
                self._run(self._current)
            except Exception:  # noqa: BLE001  # one job's bug ends that job, no other
                _log.exception("job %s", self._current)
            with self._changed:
                self._current = None
