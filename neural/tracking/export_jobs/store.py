"""The jobs of one store: a folder of readable JSON each, below ``<base_dir>/.neural/jobs``.

```
000091/
├── job.json       what is to be done, and when that was asked for
├── state.json     running, done, failed or cancelled; when; what went wrong
├── runs/0003.json how far it is with the fourth run; none yet: it waits
├── cancel         somebody asked it to stop
└── lock           held by the process that works on it, for as long as it lives
```
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural._clock import from_iso, now, to_iso
from neural._files import read_json, write_json
from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking.export_jobs.spec import OPEN_STATES, JobSpec, RunProgress
from neural.tracking.storage.kept import kept_dir, writing
from neural.tracking.storage.locks import LocksDoNotWorkError, is_locked, try_lock

__all__ = ["Job", "JobStore"]

_NUMBER = re.compile(r"[0-9]{6,9}")
_ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it stands.

    Attributes:
        number: Counts the jobs of a store, from 1 on.
        spec: What it is to do.
        created: Seconds since the Unix epoch.
        state: ``queued``, ``running``, ``stopped`` (nobody works on it, and it is not finished),
            ``cancelled``, ``done`` or ``failed`` (of some runs, or as a whole).
        runs: How far it is with each run.
        started: When somebody last began to work on it.
        ended: When it ended.
        problem: What went wrong with it as a whole.
        notes: What else it has to say, a sentence each.
    """

    number: int
    spec: JobSpec
    created: float | None
    state: str
    runs: tuple[RunProgress, ...]
    started: float | None = None
    ended: float | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether something will change without anybody's doing."""
        return self.state in ("queued", "running")

    @property
    def finished(self) -> int:
        """How many runs need no further work."""
        return sum(run.state not in OPEN_STATES for run in self.runs)

    def in_state(self, *states: str) -> tuple[RunProgress, ...]:
        """Return the runs that are in one of some states."""
        return tuple(run for run in self.runs if run.state in states)


class JobStore:
    """The jobs of one store; several processes may read and work on them.

    Args:
        base_dir: Directory that holds the runs.
    """

    def __init__(self, base_dir: Path) -> None:
        self.root = kept_dir(base_dir) / "jobs"
        # Runs that are done, which nothing changes any more: a large job is looked at every second.
        self._done: dict[tuple[str, str], RunProgress] = {}

    def create(self, spec: JobSpec, names: Mapping[str, str] | None = None) -> int:
        """Keep a new job and return its number.

        Args:
            spec: What it is to do.
            names: What the runs are called, by id.

        Raises:
            StorageError: The store cannot be written to.
        """
        with writing("The job", self.root):
            number = max(self.numbers(), default=0) + 1
            while not _made(self.folder(number)):  # another process was quicker
                number += 1
            about = {"created": to_iso(now()), **spec.to_json(), "names": dict(names or {})}
            write_json(self.folder(number) / "job.json", about)
        return number

    def folder(self, number: int) -> Path:
        """Return the folder of a job; it need not exist."""
        return self.root / f"{number:06d}"

    def numbers(self) -> list[int]:
        """Return the numbers of all jobs, newest first."""
        try:
            found = [name for name in os.listdir(self.root) if _NUMBER.fullmatch(name)]
        except OSError:
            return []
        return sorted(map(int, found), reverse=True)

    def load(self, number: int) -> Job:
        """Return a job as it stands.

        Raises:
            NotFoundError: There is no such job.
            StorageError: What it is to do cannot be read.
        """
        folder = self.folder(number)
        about = self._about(number)
        try:
            spec = JobSpec.from_json(about)
        except InvalidInputError as exc:
            raise StorageError(f"{folder / 'job.json'} is damaged: {exc}") from exc
        named = about.get("names")
        names = named if isinstance(named, dict) else {}
        said = _object(folder / "state.json")
        key = f"{number} {about.get('created')}"
        runs = self._known_runs(folder, key, spec, names) if spec.runs else _listed_runs(folder)
        return Job(
            number=number,
            spec=spec,
            created=from_iso(about.get("created")),
            state=self._state(folder, said),
            runs=runs,
            started=from_iso(said.get("started")),
            ended=from_iso(said.get("ended")),
            problem=str(said.get("problem") or ""),
            notes=tuple(map(str, said.get("notes") or ())),
        )

    def _about(self, number: int) -> dict[str, Any]:
        try:
            found = read_json(self.folder(number) / "job.json")
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise NotFoundError(f"There is no job {number}") from exc
        return found if isinstance(found, dict) else {}

    def _known_runs(
        self, folder: Path, key: str, spec: JobSpec, names: Mapping[str, Any]
    ) -> tuple[RunProgress, ...]:
        there = _names_in(folder / "runs")
        runs = []
        for place, run_id in enumerate(spec.runs):
            name = f"{place:04d}.json"
            run = self._done.get((key, name))
            if run is None:
                found = _object(folder / "runs" / name) if name in there else {}
                called = str(names.get(run_id) or "")
                run = RunProgress.from_json({**found, "run_id": run_id, "name": called})
            if run.state == "done":
                self._done[key, name] = run
            runs.append(run)
        return tuple(runs)

    def _state(self, folder: Path, said: Mapping[str, Any]) -> str:
        if is_locked(folder / "lock"):
            return "running"
        state = said.get("state")
        return str(state) if state in _ENDED else "stopped"

    def write_state(self, number: int, state: str, **facts: Any) -> None:
        """Keep how a job stands as a whole.

        Raises:
            OSError: It cannot be written.
        """
        path = self.folder(number) / "state.json"
        said = {**_object(path), "state": state, **facts}
        when = "started" if state == "running" else "ended"
        write_json(path, {**said, when: to_iso(now())})

    def write_run(self, number: int, place: int, run: RunProgress) -> None:
        """Keep how far a job is with the run at ``place`` of its list.

        Raises:
            OSError: It cannot be written.
        """
        folder = self.folder(number) / "runs"
        folder.mkdir(exist_ok=True)
        write_json(folder / f"{place:04d}.json", run.to_json())

    def ask_to_stop(self, number: int) -> None:
        """Ask whoever works on a job to stop.

        Raises:
            NotFoundError: There is no such job.
        """
        try:
            (self.folder(number) / "cancel").touch()
        except FileNotFoundError as exc:
            raise NotFoundError(f"There is no job {number}") from exc

    def asked_to_stop(self, number: int) -> bool:
        """Tell whether somebody asked a job to stop."""
        return (self.folder(number) / "cancel").exists()

    def take_up(self, number: int, *, failed: bool = False) -> None:
        """Make a job one that is to go on.

        Args:
            number: The job.
            failed: Begin again with the runs that failed, whole or in part.

        Raises:
            NotFoundError: There is no such job.
        """
        job = self.load(number)
        (self.folder(number) / "cancel").unlink(missing_ok=True)
        again = {"running", "failed", "partly"} if failed else {"running"}
        for place, run in enumerate(job.runs):
            if run.state in again:
                waits = RunProgress(run_id=run.run_id, name=run.name)
                self.write_run(number, place, waits)
        with contextlib.suppress(FileNotFoundError):
            (self.folder(number) / "state.json").unlink()

    def remove(self, number: int) -> None:
        """Forget a job that nobody works on; what it has sent stays where it is."""
        if not is_locked(self.folder(number) / "lock"):
            shutil.rmtree(self.folder(number), ignore_errors=True)

    @contextlib.contextmanager
    def claim(self, number: int) -> Iterator[bool]:
        """Hold a job while it is worked on; gives whether nobody else does.

        Raises:
            OSError: The lock file cannot be opened.
        """
        handle = os.open(self.folder(number) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with contextlib.suppress(LocksDoNotWorkError):
                if not try_lock(handle):
                    yield False
                    return
            yield True
        finally:
            os.close(handle)


def _made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _object(path: Path) -> dict[str, Any]:
    """Return a small object; one that is missing or damaged says nothing."""
    try:
        found = read_json(path)
    except (FileNotFoundError, NotADirectoryError, StorageError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed_runs(folder: Path) -> tuple[RunProgress, ...]:
    places = sorted(_names_in(folder / "runs"), key=lambda name: (len(name), name))
    return tuple(RunProgress.from_json(_object(folder / "runs" / name)) for name in places)


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return frozenset()
