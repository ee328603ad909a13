"""A run as the process that writes it sees it: its metrics file, its metadata, its end."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any, ParamSpec, TypeVar

from neural._clock import to_iso
from neural._files import write_json
from neural._host import host_name
from neural.errors import StorageError
from neural.tracking.faults import FaultReporter
from neural.tracking.lifecycle import Ending
from neural.tracking.records import FINAL_STATUSES, RunStatus
from neural.tracking.storage.documents import read_object, read_or_set_aside
from neural.tracking.storage.layout import FORMAT_VERSION, RunPaths
from neural.tracking.storage.locks import is_locked
from neural.tracking.storage.metrics_choices import Durability, WriterKind
from neural.tracking.storage.metrics_claim import ends_of_files
from neural.tracking.storage.metrics_log import EXIT_PATIENCE_S, MetricsLog

__all__ = ["RunWriter", "is_detached"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Entry ``liveness`` in metadata.json of a run that no process keeps alive.
_NO_LIVENESS = "none"

#: Statuses that the end of the process replaces; any other text was set by the user and stays.
_OWN_STATUSES = (RunStatus.CREATED, RunStatus.RUNNING)


class RunWriter:
    """Makes or continues a run directory, and alone decides whether it may change metadata.json.

    Of the processes that write a run, the one that holds metrics.json owns it. The others add
    files of their own and change neither status nor end.

    Args:
        root: Directory of the run, absolute.
        created: Metadata of a new run; ``None`` for one that exists.
        kind: Which writer for the metrics file.
        durability: What a returned call survives.
        join: Never own the run.
    """

    def __init__(
        self,
        root: Path,
        *,
        created: Mapping[str, Any] | None = None,
        kind: WriterKind = "auto",
        durability: Durability = "process",
        join: bool = False,
    ) -> None:
        self.paths = RunPaths(root)
        self.faults = FaultReporter()
        #: Content of metadata.json, for the owner of the run; empty for the others.
        self.metadata: dict[str, Any] = dict(created or {})
        self._syncs = durability != "process"
        self._is_new = created is not None
        self._unwritten = created is not None
        self._device: int | None = None
        self._pid = os.getpid()
        self._count_at_end: int | None = None
        this = weakref.ref(self)  # a cycle would keep the run open until the next collection
        self.log = MetricsLog(
            root,
            faults=self.faults,
            kind=kind,
            durability=durability,
            join=join,
            prepare=lambda: _call(this(), RunWriter._make_directory),
            opened=lambda: _call(this(), RunWriter._opened),
        )

    @property
    def owns_run(self) -> bool:
        """Whether this process decides about status and end of the run."""
        return bool(self.metadata) and self.is_home

    @property
    def is_home(self) -> bool:
        """Whether this is the process that made the writer, not a forked child of it."""
        return self._pid == os.getpid()

    @property
    def is_detached(self) -> bool:
        """Whether the run is written call by call, by processes that come and go."""
        return is_detached(self.metadata)

    @property
    def has_ended(self) -> bool:
        """Whether the run has an end already."""
        return self.metadata.get("end_time") is not None

    def attempt(
        self, what: str, action: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T | None:
        """Do something that a broken disk may prevent; then warn and return ``None``."""
        try:
            return action(*args, **kwargs)
        except (OSError, StorageError) as exc:
            self.faults.report(f"{what} of run {self.paths.root} could not be kept", exc)
            return None

    def start(self) -> None:
        """Say at the first metric that the run is running."""
        self.log.open()
        if self.owns_run and self.metadata.get("status") == RunStatus.CREATED:
            self._change(status=RunStatus.RUNNING.value)

    def set_status(self, status: str, *, ends: bool = False) -> bool:
        """Set the status; a final one also sets the end. Tells whether this process may.

        Args:
            status: Any text.
            ends: Set the end, whatever the text.
        """
        ended = ends or status in FINAL_STATUSES
        was_open = self.log.is_open
        if self.owns_run and not was_open:
            if is_locked(self.paths.metrics):  # another process continues the run
                return False
            self.log.open()
        if not self.owns_run:
            return False
        self._count_at_end = self.log.count if ended else None
        self._change(status=status, end_time=to_iso(time()) if ended else None)
        if ended and not was_open:
            self.log.close()
        return True

    def detach(self) -> None:
        """Leave the run open for processes to come."""
        if self.owns_run and not self.is_detached:
            self._change(status=RunStatus.RUNNING.value, liveness=_NO_LIVENESS, end_time=None)
        self.close()

    def end(self, ending: Ending) -> None:
        """Give the run an end, unless it has one or will be continued by other processes."""
        if not self.owns_run or self.has_ended or self.is_detached:
            return
        stored = self.metadata.get("status")
        status = ending.status.value if stored in _OWN_STATUSES else stored
        self._count_at_end = self.log.count
        error = {} if ending.error is None else {"error": ending.error}
        self._change(status=status, end_time=to_iso(time()), **error)

    def close(self, patience_s: float = EXIT_PATIENCE_S) -> None:
        """Free the metrics file; values logged after the end have moved it.

        Args:
            patience_s: Seconds to wait for a disk that does not answer.
        """
        logged_on = self._count_at_end not in (None, self.log.count)
        if self.log.is_open and self.owns_run and self.has_ended and logged_on:
            self._count_at_end = self.log.count
            self._change(end_time=to_iso(time()))
        self._write_metadata()
        self.log.close(patience_s)

    def _make_directory(self) -> None:
        """Make the run directory, before its metrics file is opened or opened again.

        Raises:
            OSError: It cannot be made, or its parent is on another device than it was: then a
                disk is missing, and what was written to its mount point would be hidden later.
        """
        root = self.paths.root
        if self._device not in (None, _device_of(root.parent)):
            raise OSError(f"{root.parent} is on another device than before; is a disk missing?")
        if self._is_new or self._device is not None:
            root.parent.mkdir(parents=True, exist_ok=True)
        self._device = root.parent.stat().st_dev
        self._unwritten |= not root.exists()
        for folder in (root, *(root / name for name in ("artifacts", "plots", "versions"))):
            folder.mkdir(exist_ok=True)

    def _opened(self) -> None:
        """Now that the lock tells who owns the run: write metadata.json, or leave it alone."""
        if not self.log.owns_run:
            self.metadata = {}
        elif not self.metadata:
            self._take_over()
        else:
            if not self._unwritten:  # another process may have continued the run meanwhile
                with suppress(StorageError):
                    self.metadata |= read_object(self.paths.metadata)
            self._write_metadata()

    def _take_over(self) -> None:
        """Continue a run that nobody writes, as a further attempt."""
        name, _, suffix = self.paths.root.name.rpartition("_")
        named = {"experiment_name": name, "experiment_id": suffix}
        self.metadata = named | self._stored_metadata()
        if self.is_detached:
            self._count_at_end = self.log.count if self.has_ended else None
            return
        offsets = {name: end for name, (end, _) in ends_of_files(self.paths).items()}
        who = {"host": host_name(), "pid": os.getpid()}
        attempt = {"start": to_iso(time()), **who, "offsets": offsets}
        self._change(
            format_version=FORMAT_VERSION,
            status=RunStatus.RUNNING.value,
            end_time=None,
            error=None,
            attempts=[*self.metadata.get("attempts", []), attempt],
            **who,
        )

    def _stored_metadata(self) -> dict[str, Any]:
        """Return what metadata.json says; one that is damaged does not keep a run from going on."""
        path = self.paths.metadata
        existed = path.exists()
        try:
            stored = read_or_set_aside(path)
        except StorageError as exc:
            raise OSError(str(exc)) from exc
        if existed and not path.exists():
            self.faults.report(f"{path} was damaged, and is kept as {path.name}.damaged")
        return stored

    def _change(self, **changes: Any) -> None:
        self.metadata |= changes
        self._unwritten = True
        self._write_metadata()

    def _write_metadata(self) -> None:
        if not (self._unwritten and self.owns_run):
            return
        try:
            write_json(self.paths.metadata, self.metadata, sync=self._syncs)
            self._unwritten = False
        except OSError as exc:
            self.faults.report(f"{self.paths.metadata} cannot be written", exc)


def _device_of(folder: Path) -> int:
    """Return the device of a folder, or of the one that it would be made in."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.stat().st_dev


def is_detached(metadata: Mapping[str, Any]) -> bool:
    """Tell whether the run of this metadata is written call by call; see :meth:`detach`."""
    return metadata.get("liveness") == _NO_LIVENESS


def _call(writer: RunWriter | None, method: Callable[[RunWriter], None]) -> None:
    if writer is not None:
        method(writer)
