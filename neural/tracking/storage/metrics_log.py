"""The metrics file that this process writes for one run: opened, locked, guarded, healed."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from neural._host import host_name
from neural.errors import InvalidInputError
from neural.tracking.faults import FaultReporter
from neural.tracking.storage.layout import METRICS, RunPaths, writer_file_name
from neural.tracking.storage.locks import LocksDoNotWorkError, try_lock
from neural.tracking.storage.metrics_format import end_of_entries, is_line_format
from neural.tracking.storage.metrics_writer import (
    CannotMapError,
    MappedWriter,
    MetricsWriter,
    PwriteWriter,
    can_be_mapped,
    close_file,
    mapping_is_safe,
    mend,
)

__all__ = ["DURABILITIES", "WRITERS", "Durability", "MetricsLog", "WriterKind", "ends_of_files"]

WriterKind = Literal["auto", "mapped", "pwrite"]
Durability = Literal["process", "interval", "step"]
WRITERS: tuple[WriterKind, ...] = ("auto", "mapped", "pwrite")
DURABILITIES: tuple[Durability, ...] = ("process", "interval", "step")

#: Seconds between two looks at whether the file is still there, and between two tries to open it.
_CHECK_INTERVAL_S = 1.0
#: Values of ``_calm_until`` in the past: the next call must take care, or one is under way.
_ALERT = 0.0
_BUSY = float("-inf")
#: Entries kept in memory while the disk cannot take them; the oldest go first.
_WAITING_ENTRIES = 10_000

_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class MetricsLog:
    """Appends entries to this process's own metrics file of a run.

    Any thread may call it, also from a signal handler that interrupted a call: the entry of the
    inner call is then written by the outer one. Faults of the disk are reported, never raised:
    entries wait in memory and are written once the fault is over. In a forked child the log
    starts a file of its own; the parent's is left alone.

    Args:
        run_dir: Directory of the run.
        faults: Told about what went wrong.
        kind: Which writer; ``"auto"`` maps where that is safe.
        durability: What a returned call survives: the death of the process (``"process"``), or
            also a power loss, up to about a second before (``"interval"``) or wholly (``"step"``).
        join: Never take the run's main file: another process owns the run.
        prepare: Called before the file is opened or opened again; makes the run directory.
        opened: Called after that, when it is known whether this process owns the run.

    Raises:
        InvalidInputError: ``kind`` or ``durability`` is not one of those above.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        faults: FaultReporter,
        kind: WriterKind = "auto",
        durability: Durability = "process",
        join: bool = False,
        prepare: Callable[[], None] = lambda: None,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        _check_choice("writer", kind, WRITERS)
        _check_choice("durability", durability, DURABILITIES)
        self._paths = RunPaths(run_dir)
        self._faults = faults
        self._kind = kind
        self._durability = durability
        self._join = join
        self._prepare = prepare
        self._opened = opened
        self._handle: int | None = None
        self._claim: int | None = None  # a foreign metrics.json: locked as ours, never written
        self._path: Path | None = None
        self._sync_thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._owns = False
        self._lost = 0
        self._skipped = 0  # those of the lost that never were in the file
        self._safe = 0  # self.count when the file was last seen in its place
        self._waiting: deque[bytes] = deque()
        self._reset_guard()
        #: Entries of the run so far, as far as this process knows.
        self.count = 0
        _register(self)

    def _reset_guard(self) -> None:
        self.lock = threading.RLock()
        self._writer: MetricsWriter = _Unopened(self)
        #: Until this time a call has nothing to do but to write; see _ALERT and _BUSY.
        self._calm_until = _ALERT
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the file is open, and so the run alive."""
        return self._handle is not None

    @property
    def owns_run(self) -> bool:
        """Whether this process holds the run's main file; only then it changes metadata.json.

        Where locks do not work, every log that was not told to join counts as the owner.
        """
        return self._owns

    @property
    def path(self) -> Path | None:
        """The file, once it is open."""
        return self._path

    @property
    def end(self) -> int:
        """Offset behind the last entry of the file."""
        return self._writer.end

    @property
    def dropped(self) -> int:
        """Entries that are not on disk: lost ones and those still waiting for a fault to end."""
        return self._lost + len(self._waiting)

    @property
    def next_step(self) -> int:
        """Number of calls so far, those included that a fault keeps from the disk."""
        return self.count + self._skipped + len(self._waiting)

    def append(self, entry: bytes, now: float) -> None:
        """Commit one entry.

        Args:
            entry: A JSON object on one line.
            now: Seconds since the epoch, as the entry says.
        """
        with self.lock:
            calm_until = self._calm_until
            if not calm_until - _CHECK_INTERVAL_S <= now < calm_until:  # or the clock went back
                self._append_with_care(entry, now)
                return
            self._calm_until = _BUSY
            try:
                self._writer.append(entry)
                self.count += 1
            except OSError as exc:
                calm_until = _ALERT
                self._hold(entry)
                self._cope(exc)
            except BaseException:  # Ctrl-C in the middle: it may or may not have been committed
                self._resync()
                self._calm_until = _ALERT
                raise
            self._calm_until = calm_until
            if self._waiting:
                self._settle(now)

    def _append_with_care(self, entry: bytes, now: float) -> None:
        """Append when a look at the file is due, when entries wait, or from inside a call."""
        self._hold(entry)  # order is kept: what waits already goes first
        if self._calm_until != _BUSY:
            self._settle(now)

    def _settle(self, now: float) -> None:
        """Look whether the file is still there, and write what waits."""
        calm_until, done = _ALERT, False
        self._calm_until = _BUSY
        try:
            self._check()
            while self._waiting:
                self._writer.append(self._waiting[0])
                self._waiting.popleft()
                self.count += 1
            if self._durability == "step":
                self._try_sync()
            else:
                calm_until = now + _CHECK_INTERVAL_S
            done = True
        except OSError as exc:
            done = self._cope(exc)
        except BaseException:
            if self._resync():
                self._waiting.popleft()
            raise
        finally:
            self._calm_until = calm_until
        if done and self._waiting:  # a call came in at the very end, or there is a new writer
            self._settle(now)

    def _hold(self, entry: bytes) -> None:
        """Keep an entry until it can be written."""
        self._waiting.append(entry)
        if len(self._waiting) > _WAITING_ENTRIES:
            self._waiting.popleft()
            self._lost += 1
            self._skipped += 1

    def _resync(self) -> bool:
        """After an append that was cut short: count the entry if it was committed."""
        before = self._writer.end
        self._writer.resync()
        committed = self._writer.end > before
        self.count += committed
        return committed

    def _cope(self, error: OSError) -> bool:
        """Do something about a fault if we can, else report it; returns whether we could."""
        if isinstance(error, CannotMapError) and self._handle is not None:
            end = self._writer.end
            self._writer.release()
            self._writer = PwriteWriter(self._handle, end)
            return True
        self._report(error)
        return False

    def _report(self, error: OSError) -> None:
        if not isinstance(error, _NotYetError):
            self._faults.report(f"Metrics cannot be written to {self._paths.root}", error)

    def open(self) -> bool:
        """Open the file now rather than at the first entry; tells whether that went well."""
        with self.lock:
            if self._handle is None:
                try:
                    self._open()
                except OSError as exc:
                    self._report(exc)
            return self.is_open

    def close(self) -> None:
        """Write what waits, cut the file to its end and free its lock; it can be reopened."""
        with self.lock:
            if self._calm_until == _BUSY:  # a signal handler has interrupted a call
                return
            if self._waiting:
                self._next_try = 0.0
                self._settle(time.time())
            self._closing.set()
            self._calm_until = _ALERT
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
            self._free_claim()

    def abandon(self) -> None:
        """In a forked child: let go of the parent's file without touching it."""
        writer, handle = self._writer, self._handle
        self._handle = self._path = None
        self._owns = False
        self._sync_thread = None
        self._closing = threading.Event()
        self._waiting = deque()
        self._join = True
        self._reset_guard()
        writer.release()
        self._free_claim()
        if handle is not None:
            os.close(handle)

    def _open(self) -> None:
        if time.monotonic() < self._next_try:
            raise _NotYetError(errno.EAGAIN, "waiting for the fault to end")
        self._next_try = time.monotonic() + _CHECK_INTERVAL_S
        self._prepare()
        handle, path = self._locked_file()
        try:
            self._start_writer(handle, path)
        except BaseException:
            # The next try must find the run as free as this one did.
            os.close(handle)
            self._free_claim()
            raise
        self._next_try = 0.0
        self._closing.clear()
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
        self._handle, self._path = handle, path
        self._safe = self.count

    def _locked_file(self) -> tuple[int, Path]:
        """Open the main file if nobody writes it, else, or without locks, one of our own."""
        if self._join:
            return self._own_file()
        handle = os.open(self._paths.metrics, _OPEN_FLAGS, 0o666)
        try:
            self._owns, ours = _ownership(handle)
            if self._owns and ours:
                return handle, self._paths.metrics
            own_file = self._own_file()
        except BaseException:
            os.close(handle)
            raise
        if self._owns:  # written by another program: its lock is ours, its bytes are not
            self._claim = handle
        else:
            os.close(handle)
        return own_file

    def _free_claim(self) -> None:
        claim, self._claim = self._claim, None
        if claim is not None:
            os.close(claim)

    def _own_file(self) -> tuple[int, Path]:
        """Make ``metrics.<host>-<pid>-<token>.json``, or open it again after a pause."""
        path = self._path
        fresh = path is None or path.name == METRICS
        if path is None or fresh:
            token = os.urandom(2).hex()
            path = self._paths.root / writer_file_name(host_name(), os.getpid(), token)
        handle = os.open(path, _OPEN_FLAGS | (os.O_EXCL if fresh else 0), 0o666)
        with contextlib.suppress(LocksDoNotWorkError):
            try_lock(handle)  # nobody else uses this name: the lock tells readers that we live
        return handle, path

    def _check(self) -> None:
        """Has the file been deleted under us? Asked about once a second."""
        if self._handle is None:
            return
        if os.fstat(self._handle).st_nlink:
            self._safe = self.count
            return
        self._lost += self.count - self._safe
        handle, self._handle = self._handle, None
        writer, self._writer = self._writer, _Unopened(self)
        writer.release()
        os.close(handle)
        self._faults.report(f"{self._path} was deleted while the run was writing it")

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


class _NotYetError(OSError):
    """The last try to open the file was less than a second ago."""


class _Unopened:
    """Stands in for the writer until the first entry, and while the file cannot be opened."""

    end = 0

    def __init__(self, log: MetricsLog) -> None:
        self._log = weakref.ref(log)

    def append(self, entry: bytes) -> None:
        log = self._log()
        assert log is not None  # it is the caller
        log._open()
        log._writer.append(entry)

    def resync(self) -> None:
        """Nothing was written."""

    def release(self) -> None:
        """Nothing is held."""


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidInputError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def _ownership(handle: int) -> tuple[bool, bool]:
    """Lock the run's main file: is the run ours, and may we write to this very file?"""
    try:
        return try_lock(handle), is_line_format(handle)
    except LocksDoNotWorkError:  # then nobody can tell whether another process writes it
        if os.fstat(handle).st_size == 0:
            mend(handle)
        return True, False


def ends_of_files(paths: RunPaths) -> dict[str, tuple[int, int]]:
    """Return the end and the number of entries of each metrics file of a run, by file name.

    One that cannot be read is left out; it does not keep anybody from logging.
    """
    from neural.tracking.storage.small_files import open_regular

    found = {}
    for path in paths.metrics_files():
        with contextlib.suppress(OSError):
            handle, _ = open_regular(path)
            try:
                end, count = end_of_entries(handle)
                ours = is_line_format(handle)
            finally:
                os.close(handle)
            found[path.name] = (end, count if ours else _foreign_count(path))
    return found


def _foreign_count(path: Path) -> int:
    """Return the number of entries of a file that another program wrote."""
    from neural.tracking.storage.foreign_format import LARGEST_FOREIGN_BYTES, parse_entries
    from neural.tracking.storage.small_files import read_whole

    return len(parse_entries(read_whole(path, LARGEST_FOREIGN_BYTES)).entries)


def _sync_every_second(log: weakref.ref[MetricsLog], closing: threading.Event) -> None:
    while not closing.wait(_CHECK_INTERVAL_S):
        target = log()
        if target is None:
            return
        target._try_sync()
        del target


_logs: weakref.WeakSet[MetricsLog] = weakref.WeakSet()
_fork_hook_is_set = False


def _register(log: MetricsLog) -> None:
    global _fork_hook_is_set
    if not _fork_hook_is_set and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon_all)
        _fork_hook_is_set = True
    _logs.add(log)


def _abandon_all() -> None:
    for log in list(_logs):
        log.abandon()
