"""A metrics file on a disk that does not answer: calls return, entries wait and then arrive."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural.testing.metrics_oracle import entries_of
from neural.tracking.faults import FaultReporter
from neural.tracking.storage import held_metrics_file, metrics_log, metrics_writer
from neural.tracking.storage.locks import is_locked
from neural.tracking.storage.metrics_log import MetricsLog

pytestmark = pytest.mark.usefixtures("grows_soon")

NOW = 1_000.0
#: Longer than any test, and an end for one that is wrong.
_FOR_EVER_S = 60.0


def entry(step: int, size: int = 0) -> bytes:
    """An entry that tells its step; one of 20,000 bytes makes the mapped file grow."""
    return b'{"timestamp":1.5,"step":%d,"%s":0.5}' % (step, b"m" * size)


class HungDisk:
    """Stands in the way of every ``pwrite`` while it hangs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._answers = threading.Event()
        self._answers.set()
        #: Set once a write has been held up.
        self.was_asked = threading.Event()
        self._real = os.pwrite
        monkeypatch.setattr(metrics_writer, "write_at", self._pwrite)

    def _pwrite(self, handle: int, data: bytes, offset: int) -> int:
        if not self._answers.is_set():
            self.was_asked.set()
            assert self._answers.wait(_FOR_EVER_S)
        return self._real(handle, data, offset)

    def hang(self) -> None:
        """From now on do not answer."""
        self._answers.clear()

    def answer(self) -> None:
        """Take up what was asked for, and all that follows."""
        self._answers.set()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[HungDisk]:
    """A disk that answers at first, and in the end."""
    made = HungDisk(monkeypatch)
    yield made
    made.answer()


@pytest.fixture(params=["mapped", "pwrite"])
def log(
    request: pytest.FixtureRequest, tmp_path: Path, disk: HungDisk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MetricsLog]:
    """A log with one entry; its pwrite writer takes every disk for a slow one."""
    if request.param == "pwrite":
        monkeypatch.setattr(metrics_writer, "PATIENCE_S", 0.0)
    made = MetricsLog(tmp_path, faults=FaultReporter(), kind=request.param)
    made.append(entry(0), NOW)
    yield made
    disk.answer()
    made.close(_FOR_EVER_S)


def steps(log: MetricsLog) -> list[int]:
    """Steps of all entries of the file, once no errand is under way any more."""
    with log.lock:
        assert log._await_errand(_FOR_EVER_S)
    assert log.path is not None
    return [found["step"] for found in entries_of(log.path)]


def test_calls_return_while_the_disk_hangs(log: MetricsLog, disk: HungDisk) -> None:
    """What is not on disk is counted, and follows in order when the disk answers again."""
    disk.hang()
    for step in range(1, 100):
        log.append(entry(step, size=20_000), NOW)
    assert disk.was_asked.is_set()
    assert log.dropped == 99
    assert log.next_step == 100

    disk.answer()

    assert steps(log) == list(range(100))
    assert log.dropped == 0
    assert log.count == 100


def test_nobody_needs_to_call_again(log: MetricsLog, disk: HungDisk) -> None:
    """The last entries of a run that stops logging are written all the same."""
    disk.hang()
    log.append(entry(1, size=20_000), NOW)
    log.append(entry(2), NOW)
    under_way = log._errand
    assert under_way is not None

    disk.answer()

    assert under_way.wait(_FOR_EVER_S)
    assert steps(log) == [0, 1, 2]


def test_a_hung_disk_is_warned_about_once(
    log: MetricsLog,
    disk: HungDisk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """However many calls there are meanwhile."""
    monkeypatch.setattr(metrics_log, "_HANG_S", 0.0)
    disk.hang()
    for step in range(1, 50):
        log.append(entry(step, size=20_000), NOW)

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(tmp_path) in caplog.text
    assert "does not answer" in caplog.text


def test_a_disk_that_is_only_busy_is_not_warned_about(
    log: MetricsLog,
    disk: HungDisk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its entries are counted while they wait, which is enough."""
    monkeypatch.setattr(metrics_log, "_HANG_S", _FOR_EVER_S)
    disk.hang()
    for step in range(1, 50):
        log.append(entry(step, size=20_000), NOW)

    assert log.dropped == 49
    assert caplog.records == []


def test_calls_are_calm_again_afterwards(log: MetricsLog, disk: HungDisk) -> None:
    """No thread is started for an entry that fits."""
    disk.hang()
    log.append(entry(1, size=20_000), NOW)
    disk.answer()
    steps(log)

    log.append(entry(2), NOW)

    assert log._calm_until > NOW
    assert steps(log) == [0, 1, 2]


def test_what_waits_for_a_hung_disk_is_bounded(
    log: MetricsLog, disk: HungDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest goes first, but for the one that the disk is asked to take."""
    monkeypatch.setattr(metrics_log, "_WAITING_ENTRIES", 10)
    monkeypatch.setattr(metrics_log, "_HANG_S", 0.0)
    disk.hang()
    for step in range(1, 31):
        log.append(entry(step, size=20_000), NOW)
    assert log.dropped == 30

    disk.answer()

    assert steps(log) == [0, 1, *range(22, 31)]
    assert log.dropped == 20
    assert log.next_step == 31


def test_a_disk_that_is_only_slow_loses_nothing(
    log: MetricsLog, disk: HungDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever logs faster than it writes waits for it, rather than give up the oldest."""
    monkeypatch.setattr(metrics_log, "_WAITING_ENTRIES", 10)
    monkeypatch.setattr(metrics_log, "_HANG_S", _FOR_EVER_S)
    disk.hang()
    for step in range(1, 31):
        log.append(entry(step, size=20_000), NOW)
    assert log.dropped == 30

    disk.answer()

    assert steps(log) == list(range(31))
    assert log.dropped == 0


def test_threads_do_not_wait_for_one_another(log: MetricsLog, disk: HungDisk) -> None:
    """Each is kept for no longer than the first, and each keeps its order."""

    def write(first: int) -> None:
        for step in range(first, first + 50):
            log.append(entry(step, size=20_000), NOW)

    disk.hang()
    threads = [threading.Thread(target=write, args=(1_000 * i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_FOR_EVER_S)
    assert log.dropped == 200

    disk.answer()

    found = steps(log)
    for first in range(1_000, 5_000, 1_000):
        of_thread = [step for step in found if first <= step < first + 1_000]
        assert of_thread == list(range(first, first + 50))


def test_a_signal_handler_may_log_while_the_disk_is_waited_for(
    log: MetricsLog, disk: HungDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry joins those that wait."""
    monkeypatch.setattr(metrics_log, "PATIENCE_S", _FOR_EVER_S)

    def handler(*_: object) -> None:
        log.append(entry(2), NOW)
        disk.answer()

    earlier = signal.signal(signal.SIGUSR1, handler)
    disk.hang()
    threading.Thread(
        target=lambda: disk.was_asked.wait(_FOR_EVER_S) and os.kill(os.getpid(), signal.SIGUSR1)
    ).start()
    try:
        log.append(entry(1, size=20_000), NOW)
    finally:
        signal.signal(signal.SIGUSR1, earlier)

    assert steps(log) == [0, 1, 2]
    assert log.dropped == 0


def test_ctrl_c_while_the_disk_is_waited_for(
    log: MetricsLog, disk: HungDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is on its way, and arrives once."""
    monkeypatch.setattr(metrics_log, "PATIENCE_S", _FOR_EVER_S)

    def handler(*_: object) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGUSR1, handler)
    waiting = threading.get_ident()

    def interrupt() -> None:
        # To this thread: one that the system gives to another does not end a wait.
        if disk.was_asked.wait(_FOR_EVER_S):
            signal.pthread_kill(waiting, signal.SIGUSR1)

    disk.hang()
    threading.Thread(target=interrupt).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            log.append(entry(1, size=20_000), NOW)
    finally:
        signal.signal(signal.SIGUSR1, earlier)
    disk.answer()

    assert steps(log) == [0, 1]
    log.append(entry(2), NOW)
    assert steps(log) == [0, 1, 2]


def test_closing_does_not_wait_for_ever(
    log: MetricsLog, disk: HungDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says how much is missing; the file is completed and freed once the disk answers."""
    disk.hang()
    for step in range(1, 4):
        log.append(entry(step, size=20_000), NOW)

    log.close(patience_s=0.001)

    assert "3 log calls are not in" in caplog.text
    assert log.is_open
    disk.answer()
    assert steps(log) == [0, 1, 2, 3]
    assert not log.is_open
    assert not is_locked(tmp_path / "metrics.json")
    assert (tmp_path / "metrics.json").read_bytes().endswith(b"}\n]")


def test_closing_waits_for_a_disk_that_answers_late(
    log: MetricsLog, disk: HungDisk, caplog: pytest.LogCaptureFixture
) -> None:
    """Then nothing is missing, and nothing is said of it."""
    disk.hang()
    log.append(entry(1, size=20_000), NOW)
    threading.Timer(0.01, disk.answer).start()

    log.close(_FOR_EVER_S)

    assert not log.is_open
    assert steps(log) == [0, 1]
    assert "are not in" not in caplog.text


def test_logging_goes_on_after_a_close_that_was_not_waited_for(
    log: MetricsLog, disk: HungDisk
) -> None:
    """Values logged after the end are kept, as always."""
    disk.hang()
    log.append(entry(1, size=20_000), NOW)
    log.close(patience_s=0.001)
    log.append(entry(2), NOW)

    disk.answer()

    assert steps(log) == [0, 1, 2]


def in_a_fork(do: Callable[[], None]) -> int:
    """Do something in a forked child that then ends without any ado; returns its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            do()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_fork_while_the_disk_hangs(log: MetricsLog, disk: HungDisk, tmp_path: Path) -> None:
    """The child waits for nothing of its parent's, and writes a file of its own."""
    disk.hang()
    log.append(entry(1, size=20_000), NOW)
    assert disk.was_asked.is_set()

    def child() -> None:
        disk.answer()  # in the child alone
        log.append(entry(7), NOW)
        log.close(_FOR_EVER_S)

    assert in_a_fork(child) == 0
    assert log.dropped == 1
    disk.answer()

    assert steps(log) == [0, 1]
    (other,) = tmp_path.glob("metrics.*-*.json")
    assert [found["step"] for found in entries_of(other)] == [7]


def test_who_wants_every_step_on_disk_waits_for_it(tmp_path: Path, disk: HungDisk) -> None:
    """Durability ``"step"`` returns when the entry is safe, not before."""
    log = MetricsLog(tmp_path, faults=FaultReporter(), kind="mapped", durability="step")
    log.open()
    disk.hang()
    threading.Timer(0.2, disk.answer).start()

    log.append(entry(0), NOW)

    assert log.dropped == 0
    assert log._errand is None
    assert steps(log) == [0]
    log.close()


def test_a_full_disk_seen_by_an_errand_is_reported(
    log: MetricsLog,
    disk: HungDisk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its error is told as if the call had met it, and the entry waits."""

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(metrics_writer, "write_at", refuse)
        full.setattr(os, "ftruncate", lambda *_: None)
        log.append(entry(1, size=20_000), NOW)
        with log.lock:
            log._await_errand(_FOR_EVER_S)
        assert log.dropped == 1
        assert "No space left on device" in caplog.text

    log.append(entry(2), NOW)

    assert steps(log) == [0, 1, 2]


def test_a_try_to_open_again_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where opening has failed once, the next try may take any time."""
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    faults = [OSError(5, "Input/output error")]
    answers = threading.Event()

    def prepare() -> None:
        if faults:
            raise faults.pop()
        assert answers.wait(_FOR_EVER_S)

    log = MetricsLog(tmp_path, faults=FaultReporter(), kind="mapped", prepare=prepare)
    log.append(entry(0), NOW)

    log.append(entry(1), NOW)

    assert log.dropped == 2
    answers.set()
    assert steps(log) == [0, 1]
    log.close()


def test_a_quick_write_is_waited_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pwrite writer goes back to the calling thread once the disk is quick."""
    log = MetricsLog(tmp_path, faults=FaultReporter(), kind="pwrite")
    monkeypatch.setattr(metrics_writer, "PATIENCE_S", 0.0)
    log.append(entry(0), NOW)
    assert log._writer.is_slow

    monkeypatch.setattr(metrics_writer, "PATIENCE_S", _FOR_EVER_S)
    log.append(entry(1), NOW)

    assert not log._writer.is_slow
    assert steps(log) == [0, 1]
    log.close()
