"""The metrics file that this process holds: opened, locked, looked after, closed."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from neural.tracking.faults import FaultReporter
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_choices import Durability, WriterKind
from neural.tracking.storage.metrics_claim import MetricsClaim, ends_of_files
from neural.tracking.storage.metrics_writer import (
    CannotMapError,
    MappedWriter,
    MetricsWriter,
    PwriteWriter,
    WouldWaitError,
    can_be_mapped,
    close_file,
    mapping_is_safe,
    mend,
)

__all__ = ["HeldMetricsFile"]

#: Seconds between two tries to open the file while there is a fault.
_RETRY_S = 1.0
#: Seconds between two waits for the disk with durability ``"interval"``.
_SYNC_S = 1.0

_ON_WINDOWS = os.name == "nt"
_log = logging.getLogger(__name__)


class HeldMetricsFile:
    """Opens, locks and closes this process's own metrics file of a run.

    It notices when the file is deleted, and makes another.

    The base of :class:`~neural.tracking.storage.metrics_log.MetricsLog` and not a part of it: so
    a call that logs finds its writer in one step. It knows nothing of entries that wait; the
    log sees to it that one thread at a time is in here.

    Args:
        run_dir: Directory of the run.
        faults: Told about what went wrong.
        kind: Which writer; ``"auto"`` maps where that is safe.
        durability: What a returned call survives.
        join: Never take the run's main file: another process owns the run.
        prepare: Called before the file is opened or opened again; makes the run directory.
        opened: Called after that, when it is known whether this process owns the run.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        faults: FaultReporter,
        kind: WriterKind,
        durability: Durability,
        join: bool,
        prepare: Callable[[], None],
        opened: Callable[[], None],
    ) -> None:
        self._paths = RunPaths(run_dir)
        self._faults = faults
        self._kind = kind
        self._durability = durability
        self._claim = MetricsClaim(self._paths, join=join)
        self._prepare = prepare
        self._opened = opened
        self._handle: int | None = None
        self._writer: MetricsWriter = _Unopened(self)
        self._sync_thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._safe = 0  # self.count when the file was last seen in its place
        self._next_try = 0.0
        #: Entries of the run so far, as far as this process knows.
        self.count = 0

    @property
    def is_open(self) -> bool:
        """Whether the file is open, and so the run alive."""
        return self._handle is not None

    @property
    def owns_run(self) -> bool:
        """Whether this process holds the run's main file; only then it changes metadata.json.

        Where locks do not work, every log that was not told to join counts as the owner.
        """
        return self._claim.owns_run

    @property
    def path(self) -> Path | None:
        """The file, once it is open."""
        return self._claim.path

    @property
    def end(self) -> int:
        """Offset behind the last entry of the file."""
        return self._writer.end

    def _report(self, error: OSError) -> None:
        if not isinstance(error, _NotYetError | WouldWaitError):
            self._faults.report(f"Metrics cannot be written to {self._paths.root}", error)

    def _open(self, *, may_wait: bool = True) -> None:
        if time.monotonic() < self._next_try:
            raise _NotYetError(errno.EAGAIN, "waiting for the fault to end")
        if self._next_try and not may_wait:  # there is a fault
            raise WouldWaitError
        self._next_try = time.monotonic() + _RETRY_S
        self._prepare()
        _warn_if_untested()
        handle, path = self._claim.open()
        try:
            self._start_writer(handle, path)
        except BaseException:
            # The next try must find the run as free as this one did.
            os.close(handle)
            self._claim.free()
            raise
        self._next_try = 0.0
        self._closing.clear()
        if self._durability != "process":
            _sync_folder(path.parent)
        if self._durability == "interval":
            self._start_sync_thread()
        self._opened()

    def _start_writer(self, handle: int, path: Path) -> None:
        end, count = mend(handle)
        if self.count == 0:
            others = ends_of_files(self._paths)
            self.count = count + sum(n for name, (_, n) in others.items() if name != path.name)
        mapped = self._kind == "mapped" or (self._kind == "auto" and mapping_is_safe(path.parent))
        mapped = mapped and can_be_mapped(handle)
        self._writer = MappedWriter(handle, end) if mapped else PwriteWriter(handle, end)
        self._handle = handle
        self._safe = self.count

    def _step_down(self, error: OSError) -> bool:
        """Go on with the other writer if mapping is what failed; tells whether that was so."""
        if not isinstance(error, CannotMapError) or self._handle is None:
            return False
        end = self._writer.end
        self._writer.release()
        self._writer = PwriteWriter(self._handle, end)
        return True

    def _look(self) -> int:
        """Has the file been deleted under us? Returns how many entries went with it."""
        if self._handle is None:
            return 0
        if os.fstat(self._handle).st_nlink:
            self._safe = self.count
            return 0
        handle, self._handle = self._handle, None
        writer, self._writer = self._writer, _Unopened(self)
        writer.release()
        os.close(handle)
        self._faults.report(f"{self.path} was deleted while the run was writing it")
        return self.count - self._safe

    def _release(self) -> None:
        """Cut the file to its end and free its lock; it can be opened again."""
        self._closing.set()
        if self._handle is None:
            return
        if self._durability != "process":
            self._try_sync()
        writer, handle = self._writer, self._handle
        self._handle, self._writer = None, _Unopened(self)
        end = writer.end
        writer.release()
        try:
            close_file(handle, end)
        except OSError as exc:
            self._report(exc)
        self._claim.free()

    def _let_go(self) -> None:
        """In a forked child: close what is the parent's, without touching its bytes or lock."""
        writer, handle = self._writer, self._handle
        self._handle, self._writer = None, _Unopened(self)
        self._sync_thread = None
        self._closing = threading.Event()
        self._next_try = 0.0
        writer.release()
        self._claim.abandon()
        if handle is not None:
            os.close(handle)

    def _try_sync(self) -> None:
        """Wait until the disk has what was written."""
        try:
            if self._handle is not None:
                getattr(os, "fdatasync", os.fsync)(self._handle)  # macOS has only the latter
        except OSError as exc:
            self._report(exc)

    def _start_sync_thread(self) -> None:
        if self._sync_thread is None or not self._sync_thread.is_alive():
            self._sync_thread = threading.Thread(
                target=_sync_every_second, args=(weakref.ref(self), self._closing), daemon=True
            )
            self._sync_thread.start()


def _sync_folder(folder: Path) -> None:
    """Let a new file in ``folder``, and the folder itself, survive a power loss."""
    for place in (folder, folder.parent):
        with contextlib.suppress(OSError):  # Windows, and file systems that cannot
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@functools.cache
def _warn_if_untested() -> None:
    """Say once where no test has ever written a run."""
    if _ON_WINDOWS:
        _log.warning(
            "Writing runs on Windows is untested: read this one's metrics.json before you rely on "
            "it. Reading runs works there; writing is tested on Linux and macOS"
        )


class _NotYetError(OSError):
    """The last try to open the file was less than a second ago."""


class _Unopened:
    """Stands in for the writer until the first entry, and while the file cannot be opened."""

    end = 0
    is_slow = False

    def __init__(self, file: HeldMetricsFile) -> None:
        self._file = weakref.ref(file)

    def append(self, entry: bytes) -> None:
        self._opened()._writer.append(entry)

    def append_promptly(self, entry: bytes) -> None:
        self._opened(may_wait=False)._writer.append_promptly(entry)

    def _opened(self, *, may_wait: bool = True) -> HeldMetricsFile:
        file = self._file()
        assert file is not None  # it is the caller
        file._open(may_wait=may_wait)
        return file

    def resync(self) -> None:
        """Nothing was written."""

    def release(self) -> None:
        """Nothing is held."""


def _sync_every_second(file: weakref.ref[HeldMetricsFile], closing: threading.Event) -> None:
    while not closing.wait(_SYNC_S):
        target = file()
        if target is None:
            return
        target._try_sync()
        del target
