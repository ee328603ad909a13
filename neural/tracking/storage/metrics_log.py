"""The calls that log metrics: put in order, kept while the disk cannot take them, written."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path

from neural.tracking.faults import FaultReporter
from neural.tracking.storage.errand import Errand
from neural.tracking.storage.held_metrics_file import HeldMetricsFile
from neural.tracking.storage.metrics_choices import Durability, WriterKind, check_choices
from neural.tracking.storage.metrics_writer import PATIENCE_S, WouldWaitError

__all__ = ["EXIT_PATIENCE_S", "MetricsLog"]

#: Seconds between two looks at whether the file is still there.
_CHECK_INTERVAL_S = 1.0
#: Values of ``_calm_until`` in the past: the next call must take care, or one is under way.
_ALERT = 0.0
_BUSY = float("-inf")
#: Entries kept in memory while the disk cannot take them; the oldest go first.
_WAITING_ENTRIES = 10_000
#: Seconds without an answer after which a disk counts as hung; any disk is busy at times.
_HANG_S = 1.0
#: Seconds that the end of a process may wait for a disk that does not answer.
EXIT_PATIENCE_S = 0.8

#: Until when a call has nothing to do but to write, and whether to look at once for more to write.
_Outcome = tuple[float, bool]


class MetricsLog(HeldMetricsFile):
    """Appends entries to this process's own metrics file of a run.

    Any thread may call it, also from a signal handler that interrupted a call: the entry of the
    inner call is then written by the outer one. Faults of the disk are reported, never raised:
    entries wait in memory and are written once the fault is over. In a forked child the log
    starts a file of its own; the parent's is left alone.

    What may wait for the disk is done by an :class:`~neural.tracking.storage.errand.Errand`. A call
    waits for it for 50 ms at most; then its entry, and those that follow, are left to the errand.
    Where as many as may wait do so already, each further call waits for 50 ms again; only once
    the disk has not answered for a second are the oldest given up, and counted.

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
        check_choices(kind, durability)
        super().__init__(
            run_dir,
            faults=faults,
            kind=kind,
            durability=durability,
            join=join,
            prepare=prepare,
            opened=opened,
        )
        self._lost = 0
        self._skipped = 0  # those of the lost that never were in the file
        self._waiting: deque[bytes] = deque()
        self._reset_guard()
        _register(self)

    def _reset_guard(self) -> None:
        self.lock = threading.RLock()
        #: Held by nobody for longer than it takes to move one entry from here to there.
        self._tally = threading.RLock()
        #: Does what only the process of one call may do at a time; then _calm_until is _BUSY.
        self._errand: Errand[_Outcome] | None = None
        self._sent = 0.0  # when it was
        self._shut_afterwards = False
        #: Until this time a call has nothing to do but to write; see _ALERT and _BUSY.
        self._calm_until = _ALERT

    @property
    def dropped(self) -> int:
        """Entries that are not on disk: lost ones and those still waiting for a fault to end."""
        with self._tally:
            return self._lost + len(self._waiting)

    @property
    def next_step(self) -> int:
        """Number of calls so far, those included that a fault keeps from the disk."""
        with self._tally:
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
                self._writer.append_promptly(entry)
                self.count += 1
            except WouldWaitError:
                self._append_beside(entry, now, calm_until)
                return
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

    def _append_beside(self, entry: bytes, now: float, calm_until: float) -> None:
        """Append when that takes the disk, for no other reason."""
        self._hold(entry)
        self._send(lambda: self._work(now, may_wait=True, calm_until=calm_until), PATIENCE_S)

    def _append_with_care(self, entry: bytes, now: float) -> None:
        """Append when a look at the file is due, when entries wait, or from inside a call."""
        if len(self._waiting) >= _WAITING_ENTRIES and self._may_answer():
            self._await_errand(PATIENCE_S)
        self._hold(entry)  # order is kept: what waits already goes first
        if self._calm_until != _BUSY:
            self._settle(now)
        elif self._errand is not None and not self._may_answer():
            what = f"The disk of {self._paths.root} does not answer, metrics wait in memory"
            self._faults.report(what)

    def _settle(self, now: float) -> None:
        """Look whether the file is still there, and write what waits."""
        calm_until, again, would_wait = _ALERT, False, False
        self._calm_until = _BUSY
        try:
            calm_until, again = self._work(now, may_wait=self._durability == "step")
        except WouldWaitError:
            would_wait = True
        finally:
            self._calm_until = calm_until
        if would_wait:
            self._send(lambda: self._work(now, may_wait=True), PATIENCE_S)
        elif again and self._waiting:  # a call came in at the very end, or there is a new writer
            self._settle(now)

    def _work(self, now: float, *, may_wait: bool, calm_until: float | None = None) -> _Outcome:
        """Do what :meth:`_settle` says.

        Args:
            now: Seconds since the epoch.
            may_wait: Whether the disk may take its time.
            calm_until: Until when an earlier look at the file holds; ``None`` to look now.

        Raises:
            WouldWaitError: Not ``may_wait``, but the disk may take its time.
        """
        try:
            if self._writer.is_slow and not may_wait:
                raise WouldWaitError
            if calm_until is None:
                self._count_lost(self._look())
                calm_until = now + _CHECK_INTERVAL_S
            while self._waiting:
                entry = self._waiting[0]
                if may_wait:
                    self._writer.append(entry)
                else:
                    self._writer.append_promptly(entry)
                with self._tally:
                    self._waiting.popleft()
                    self.count += 1
        except WouldWaitError:
            raise
        except OSError as exc:
            return _ALERT, self._cope(exc)
        except BaseException:
            if self._resync():
                self._waiting.popleft()
            raise
        if self._durability == "step":
            self._try_sync()
            return _ALERT, True
        return calm_until, True

    def _send(self, work: Callable[[], _Outcome], patience_s: float) -> None:
        """Let another thread do ``work``, and wait for it for ``patience_s`` at most.

        Who chose durability ``"step"`` wants to wait for the disk, however long it takes.
        """
        errand = Errand(work, self._welcome)
        self._errand, self._calm_until, self._sent = errand, _BUSY, time.monotonic()
        try:
            if self._durability == "step":
                errand.do()
            else:
                errand.send()
            done = errand.wait(patience_s)
        except BaseException:  # Ctrl-C: what has begun goes on
            if errand.revoke():
                self._errand, self._calm_until = None, _ALERT
            raise
        if done:
            self._welcome(errand)

    def _welcome(self, errand: Errand[_Outcome]) -> None:
        """Go on where an errand has ended: called by its sender, or by itself if that has left."""
        with self.lock:
            if self._errand is not errand:
                return
            self._errand, self._calm_until = None, _ALERT
            self._calm_until, again = errand.result()
            if self._shut_afterwards:
                self._shut_afterwards = False
                self._send(self._shut, PATIENCE_S)
            elif again and self._waiting:
                self._settle(self._calm_until - _CHECK_INTERVAL_S)

    def _may_answer(self) -> bool:
        """Whether the disk was asked so recently that it may only be slow."""
        return self._errand is not None and time.monotonic() - self._sent <= _HANG_S

    def _hold(self, entry: bytes) -> None:
        """Keep an entry until it can be written."""
        with self._tally:
            self._waiting.append(entry)
            if len(self._waiting) > _WAITING_ENTRIES and not self._may_answer():
                # Whoever is busy may be writing the first one just now.
                del self._waiting[1 if self._calm_until == _BUSY else 0]
                self._lost += 1
                self._skipped += 1

    def _resync(self) -> bool:
        """After an append that was cut short: count the entry if it was committed."""
        before = self._writer.end
        self._writer.resync()
        committed = self._writer.end > before
        self.count += committed
        return committed

    def _count_lost(self, lost: int) -> None:
        if lost:
            with self._tally:
                self._lost += lost

    def _cope(self, error: OSError) -> bool:
        """Do something about a fault if we can, else report it; returns whether we could."""
        if self._step_down(error):
            return True
        self._report(error)
        return False

    def open(self) -> bool:
        """Open the file now rather than at the first entry; tells whether that went well."""
        with self.lock:
            if self._errand is not None:
                self._await_errand(PATIENCE_S)
            if self._handle is None and self._calm_until != _BUSY:
                try:
                    self._open()
                except OSError as exc:
                    self._report(exc)
            return self.is_open

    def _await_errand(self, patience_s: float) -> bool:
        """Wait for what is under way; tells whether nothing is any more."""
        if self._errand is not None and self._errand.wait(patience_s):
            self._welcome(self._errand)
        return self._errand is None

    def close(self, patience_s: float = EXIT_PATIENCE_S) -> None:
        """Write what waits, cut the file to its end and free its lock; it can be reopened.

        Where the disk does not answer in time, that is said, and it is done as soon as it does.

        Args:
            patience_s: Seconds to wait for the disk.
        """
        deadline = time.monotonic() + patience_s
        with self.lock:
            if self._calm_until == _BUSY and self._errand is None:
                return  # a signal handler has interrupted a call
            if not self._await_errand(patience_s):
                self._shut_afterwards = True
            elif self._handle is not None or self._waiting:
                self._send(self._shut, max(0.0, deadline - time.monotonic()))
            if self._waiting:
                missing = (
                    f"{len(self._waiting)} log calls are not in {self.path or self._paths.root}"
                )
                self._faults.conclude(missing)

    def _shut(self) -> _Outcome:
        """Do what :meth:`close` says."""
        again = bool(self._waiting)
        self._next_try = 0.0
        while again and self._waiting:
            _, again = self._work(time.time(), may_wait=True)
        self._release()
        return _ALERT, again

    def abandon(self) -> None:
        """In a forked child: let go of the parent's file without touching it."""
        self._waiting = deque()
        self._reset_guard()
        self._let_go()


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
