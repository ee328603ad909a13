"""The metrics file of one process: opened, locked, guarded, healed."""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.testing.metrics_oracle import entries_of
from neural.tracking.faults import FaultReporter
from neural.tracking.storage import (
    held_metrics_file,
    metrics_claim,
    metrics_log,
    metrics_writer,
)
from neural.tracking.storage.locks import LocksDoNotWorkError, is_locked
from neural.tracking.storage.metrics_log import MetricsLog

pytestmark = pytest.mark.usefixtures("grows_soon")

#: The logs are told the time with each entry, so that the tests need not wait.
NOW = 1_000.0


def entry(step: int, size: int = 0) -> bytes:
    """An entry that tells its step, and is about ``size`` bytes long."""
    return b'{"timestamp":1.5,"step":%d,"%s":0.5}' % (step, b"m" * size)


def steps(path: Path) -> list[int]:
    """Steps of all entries of a file that must be strict JSON."""
    return [found["step"] for found in entries_of(path)]


@pytest.fixture(params=["mapped", "pwrite"])
def make_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., MetricsLog]]:
    """Return a function that makes a log in a run directory, with each writer in turn."""
    made = []

    def make(**options: Any) -> MetricsLog:
        log = MetricsLog(tmp_path, faults=FaultReporter(), **{"kind": request.param, **options})
        made.append(log)
        return log

    yield make
    for log in made:
        log.close()


@pytest.fixture
def log(make_log: Callable[..., MetricsLog]) -> MetricsLog:
    """A log that has written nothing yet."""
    return make_log()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the kernel refuse bytes behind ``size`` in any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, earlier)


def test_the_file_appears_with_the_first_entry(log: MetricsLog, tmp_path: Path) -> None:
    """Making a log opens nothing."""
    assert list(tmp_path.iterdir()) == []
    assert not log.is_open

    log.append(entry(0), NOW)

    assert log.is_open
    assert log.path == tmp_path / "metrics.json"
    assert steps(tmp_path / "metrics.json") == [0]


def test_the_file_is_locked_while_the_log_is_open(log: MetricsLog, tmp_path: Path) -> None:
    """That is how a reader knows that the run is alive."""
    log.open()
    assert is_locked(tmp_path / "metrics.json")

    log.close()

    assert not is_locked(tmp_path / "metrics.json")


def test_a_closed_file_ends_in_its_bracket(log: MetricsLog, tmp_path: Path) -> None:
    """No blanks are left behind."""
    log.append(entry(0), NOW)

    log.close()

    assert (tmp_path / "metrics.json").read_bytes().endswith(b"}\n]")


def test_a_closed_log_opens_again(log: MetricsLog, tmp_path: Path) -> None:
    """Values logged after the end of a run are kept."""
    log.append(entry(0), NOW)
    log.close()

    log.append(entry(1), NOW)

    assert steps(tmp_path / "metrics.json") == [0, 1]


@pytest.mark.parametrize("option", ["kind", "durability"])
def test_unknown_options(make_log: Callable[..., MetricsLog], option: str) -> None:
    """The message lists what there is."""
    with pytest.raises(InvalidInputError, match=r"must be one of .*process|mapped.*'fast'"):
        make_log(**{option: "fast"})


def test_a_second_log_writes_a_file_of_its_own(
    make_log: Callable[..., MetricsLog], tmp_path: Path
) -> None:
    """Two processes of one run never share a file; here they are one process."""
    first, second = make_log(), make_log()
    first.append(entry(0), NOW)
    second.append(entry(1), NOW)

    assert (first.owns_run, second.owns_run) == (True, False)
    assert second.path is not None
    assert second.path.name.startswith("metrics.")
    assert str(os.getpid()) in second.path.name
    assert (steps(tmp_path / "metrics.json"), steps(second.path)) == ([0], [1])

    second.close()
    assert is_locked(tmp_path / "metrics.json")


def test_one_that_joins_never_takes_the_main_file(
    make_log: Callable[..., MetricsLog], tmp_path: Path
) -> None:
    """Even when nobody else has it."""
    joined = make_log(join=True)

    joined.append(entry(0), NOW)

    assert not joined.owns_run
    assert not (tmp_path / "metrics.json").exists()


def test_entries_of_all_files_are_counted(make_log: Callable[..., MetricsLog]) -> None:
    """A run that is continued counts its steps from where it stood."""
    first, second = make_log(), make_log()
    for step in range(3):
        first.append(entry(step), NOW)
    second.append(entry(3), NOW)
    first.close()
    second.close()

    resumed = make_log()
    resumed.open()

    assert resumed.count == 4


def test_a_file_of_another_program_is_kept_as_it_is(
    make_log: Callable[..., MetricsLog], tmp_path: Path
) -> None:
    """The run is owned through its lock; the entries go beside it."""
    theirs = json.dumps([{"timestamp": 1.0, "step": 0, "loss": 0.5}], indent=2).encode()
    (tmp_path / "metrics.json").write_bytes(theirs)
    log = make_log()

    log.append(entry(1), NOW)

    assert log.owns_run
    assert (tmp_path / "metrics.json").read_bytes() == theirs
    assert is_locked(tmp_path / "metrics.json")
    assert log.path is not None
    assert steps(log.path) == [1]
    log.close()
    assert not is_locked(tmp_path / "metrics.json")


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (b'[\n  {"timestamp": 1.0, "step": 0, "a": NaN},\n  {"timestamp": 2.0, "step": 1}\n]', 2),
        (b'[{"timestamp": 1.0, "step": 0}, {"timestamp": 2.0, "st', 1),
        (b"", 0),
    ],
)
def test_entries_of_other_programs_are_counted(
    make_log: Callable[..., MetricsLog], tmp_path: Path, written: bytes, count: int
) -> None:
    """A call without a step goes on where they stopped."""
    (tmp_path / "metrics.json").write_bytes(written)
    log = make_log()
    log.open()

    assert log.count == count


def test_a_run_of_another_program_stays_ours_when_the_disk_is_full_at_first(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock taken before the fault is the one held after it."""
    (tmp_path / "metrics.json").write_bytes(b"[\n  {}\n]")
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    log = make_log()
    with no_file_longer_than(0):
        log.append(entry(0), NOW)
        log.append(entry(1), NOW)
    assert log.dropped == 2

    log.append(entry(2), NOW)

    assert log.owns_run
    assert log.path is not None
    assert steps(log.path) == [0, 1, 2]


def test_without_locks_each_process_has_its_own_file(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whether another one writes the main file."""

    def refuse(_: int) -> bool:
        raise LocksDoNotWorkError

    monkeypatch.setattr(metrics_claim, "try_lock", refuse)
    logs = [make_log(), make_log()]
    for number, log in enumerate(logs):
        log.append(entry(number), NOW)

    assert all(log.owns_run for log in logs)
    assert steps(tmp_path / "metrics.json") == []
    assert [steps(log.path) for log in logs if log.path] == [[0], [1]]


def test_a_full_disk_is_waited_for(
    log: MetricsLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing raises, one warning is enough, and all entries arrive in order in the end."""
    log.append(entry(0), NOW)
    with no_file_longer_than((tmp_path / "metrics.json").stat().st_size):
        for step in range(1, 200):
            log.append(entry(step, size=300), NOW)
        assert log.dropped > 100
        assert steps(tmp_path / "metrics.json") == list(range(200 - log.dropped))

    log.append(entry(200), NOW)

    assert log.dropped == 0
    assert steps(tmp_path / "metrics.json") == list(range(201))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(tmp_path) in caplog.text


def test_a_fault_that_ends_with_the_run_loses_nothing(log: MetricsLog, tmp_path: Path) -> None:
    """What waits is written at the close."""
    log.append(entry(0), NOW)
    with no_file_longer_than((tmp_path / "metrics.json").stat().st_size):
        log.append(entry(1, size=30_000), NOW)

    log.close()

    assert steps(tmp_path / "metrics.json") == [0, 1]


def test_what_waits_is_bounded_and_what_is_lost_is_counted(
    log: MetricsLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go first."""
    monkeypatch.setattr(metrics_log, "_WAITING_ENTRIES", 10)
    log.open()
    with no_file_longer_than(3):
        for step in range(25):
            log.append(entry(step), NOW)
        assert log.dropped == 25

    log.append(entry(25), NOW)

    assert steps(tmp_path / "metrics.json") == list(range(16, 26))
    assert log.dropped == 16


def test_calls_are_counted_while_nothing_can_be_written(
    log: MetricsLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who logs without a step gets a new one with each call, also during a fault."""
    monkeypatch.setattr(metrics_log, "_WAITING_ENTRIES", 3)
    log.open()
    with no_file_longer_than(3):
        for step in range(7):
            assert log.next_step == step
            log.append(entry(step), NOW)

    log.append(entry(7), NOW)

    assert log.next_step == 8
    assert steps(tmp_path / "metrics.json") == [5, 6, 7]


def test_a_run_that_was_deleted_begins_again(log: MetricsLog, tmp_path: Path) -> None:
    """It is noticed within a second; what was in the file is counted as dropped."""
    log.append(entry(0), NOW)
    log.append(entry(1), NOW)
    (tmp_path / "metrics.json").unlink()
    log.append(entry(2), NOW)

    log.append(entry(3), NOW + 1.5)

    assert steps(tmp_path / "metrics.json") == [3]
    assert log.dropped == 3


def test_a_directory_that_is_gone_is_waited_for(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries wait until it is back."""
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    log = make_log()
    shutil.rmtree(tmp_path)
    log.append(entry(0), NOW)
    assert log.dropped == 1

    tmp_path.mkdir()
    log.append(entry(1), NOW)

    assert steps(tmp_path / "metrics.json") == [0, 1]
    assert log.dropped == 0


def test_threads_share_one_log(log: MetricsLog, tmp_path: Path) -> None:
    """Every entry is there once, and each thread's are in its order."""

    def write(first: int) -> None:
        for step in range(first, first + 500):
            log.append(entry(step), NOW)

    threads = [threading.Thread(target=write, args=(1_000 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = steps(tmp_path / "metrics.json")
    assert len(found) == 4_000 == log.count
    for first in range(0, 8_000, 1_000):
        of_thread = [step for step in found if first <= step < first + 1_000]
        assert of_thread == list(range(first, first + 500))


def is_inside_a_call(log: MetricsLog) -> bool:
    """Whether the calling code has interrupted an append of the same thread."""
    return bool(log._calm_until == metrics_log._BUSY)


def test_a_signal_handler_may_log(log: MetricsLog, tmp_path: Path) -> None:
    """Also when it has interrupted a call: its entry is written by the outer one."""
    inside, logged = 0, 0

    def handler(*_: object) -> None:
        nonlocal inside, logged
        inside += is_inside_a_call(log)
        log.append(entry(-1), NOW)
        logged += 1

    earlier = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    outer = 0
    try:
        while inside < 5:
            log.append(entry(outer), NOW)
            outer += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)

    found = steps(tmp_path / "metrics.json")
    assert [step for step in found if step >= 0] == list(range(outer))
    assert found.count(-1) == logged
    assert log.dropped == 0


class Dying:
    """In a cycle, so that the garbage collector comes for it at any allocation."""

    def __init__(self, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        self._cycle = self

    def __del__(self) -> None:
        self._on_death()


def test_a_finalizer_may_log(log: MetricsLog, tmp_path: Path) -> None:
    """The garbage collector calls it in the middle of anything."""
    inside = 0

    def on_death() -> None:
        nonlocal inside
        if is_inside_a_call(log):
            inside += 1
            log.append(entry(-1), NOW)
        else:
            Dying(on_death)  # comes again at the next allocation

    earlier = gc.get_threshold()
    gc.set_threshold(1)
    for step in range(200):
        log.close()  # opening it again, the call makes so many objects that the collector comes
        data = entry(step)
        gc.disable()
        Dying(on_death)
        gc.enable()
        log.append(data, NOW)
    gc.set_threshold(*earlier)

    assert inside > 100, "hardly any finalizer came inside a call"
    found = steps(tmp_path / "metrics.json")
    assert [step for step in found if step >= 0] == list(range(200))
    assert found.count(-1) == inside


def test_an_interrupted_call_counts_if_it_was_committed(
    log: MetricsLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C right behind the write: the entry is there once, and the next one behind it."""
    log.append(entry(0), NOW)
    assert log._writer is not None
    real = log._writer.append_promptly

    def interrupted(data: bytes) -> None:
        real(data)
        log._writer.resync()
        raise KeyboardInterrupt

    monkeypatch.setattr(log._writer, "append_promptly", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.append(entry(1), NOW)
    monkeypatch.undo()
    log.append(entry(2), NOW)

    assert steps(tmp_path / "metrics.json") == [0, 1, 2]


def test_ctrl_c_inside_the_system_call(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel has written, Python raises before it tells: nothing is written twice."""
    log = make_log(kind="pwrite")
    log.append(entry(0), NOW)
    real = os.pwrite

    def interrupted(handle: int, data: bytes, offset: int) -> int:
        real(handle, data, offset)
        raise KeyboardInterrupt

    monkeypatch.setattr(metrics_writer, "write_at", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.append(entry(1), NOW)
    with pytest.raises(KeyboardInterrupt):
        log.append(entry(2), NOW + 5)  # with care
    monkeypatch.undo()
    log.append(entry(3), NOW)

    assert steps(tmp_path / "metrics.json") == [0, 1, 2, 3]
    assert log.count == 4


def count_syncs(
    monkeypatch: pytest.MonkeyPatch, then: Callable[[], None] = lambda: None
) -> list[int]:
    """Note every call of fdatasync; afterwards ``then`` is done."""
    calls: list[int] = []
    real = os.fdatasync

    def noted(handle: int) -> None:
        real(handle)
        calls.append(handle)
        then()

    monkeypatch.setattr(os, "fdatasync", noted)
    return calls


def test_by_default_nothing_waits_for_the_disk(
    log: MetricsLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The death of the process is survived without."""
    calls = count_syncs(monkeypatch)

    for step in range(10):
        log.append(entry(step), NOW + step)
    log.close()

    assert calls == []


def test_durability_step_syncs_every_call(
    make_log: Callable[..., MetricsLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the call returns."""
    calls = count_syncs(monkeypatch)
    log = make_log(durability="step")

    for step in range(10):
        log.append(entry(step), NOW + step / 100)
        assert len(calls) == step + 1


def test_an_entry_from_inside_a_sync_is_not_left_waiting(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler that logs while the disk is waited for."""
    log = make_log(durability="step")
    log.append(entry(0), NOW)
    once = [entry(2)]
    count_syncs(monkeypatch, lambda: log.append(once.pop(), NOW) if once else None)

    log.append(entry(1), NOW)

    assert steps(tmp_path / "metrics.json") == [0, 1, 2]
    assert log.dropped == 0


def test_durability_interval_syncs_beside_the_calls(
    make_log: Callable[..., MetricsLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread of its own that ends with the log."""
    monkeypatch.setattr(held_metrics_file, "_SYNC_S", 0.001)
    synced = threading.Event()
    threads = []

    def note() -> None:
        threads.append(threading.current_thread())
        synced.set()

    count_syncs(monkeypatch, note)
    log = make_log(durability="interval")
    log.append(entry(0), NOW)

    assert synced.wait(10)
    assert threads[0] is not threading.main_thread()
    log.close()
    threads[0].join(10)
    assert not threads[0].is_alive()


def test_a_disk_that_cannot_sync_is_told_of_and_survived(
    make_log: Callable[..., MetricsLog],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The entry is in the file; that it is on the disk nobody can promise now."""

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    log = make_log(durability="step")

    log.append(entry(0), NOW)

    assert steps(tmp_path / "metrics.json") == [0]
    assert "Input/output error" in caplog.text


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


def test_a_forked_child_writes_a_file_of_its_own(log: MetricsLog, tmp_path: Path) -> None:
    """The parent's stays the parent's: same bytes, still locked."""
    log.append(entry(0), NOW)

    def child() -> None:
        log.append(entry(7), NOW)
        log.close()

    assert in_a_fork(child) == 0
    log.append(entry(1), NOW)

    assert is_locked(tmp_path / "metrics.json")
    assert steps(tmp_path / "metrics.json") == [0, 1]
    (other,) = tmp_path.glob("metrics.*-*.json")
    assert steps(other) == [7]


def test_what_waits_is_written_by_the_parent_alone(log: MetricsLog, tmp_path: Path) -> None:
    """Else each child would write it once more."""
    log.open()
    with no_file_longer_than(3):
        log.append(entry(0), NOW)

    assert in_a_fork(lambda: log.append(entry(5), NOW)) == 0
    log.append(entry(1), NOW)

    (other,) = tmp_path.glob("metrics.*-*.json")
    assert (steps(tmp_path / "metrics.json"), steps(other)) == ([0, 1], [5])


def test_a_fork_while_another_thread_is_inside_a_call(log: MetricsLog, tmp_path: Path) -> None:
    """The child does not inherit a lock that nobody in it will ever free."""
    holding, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with log.lock:
            holding.set()
            leave.wait(30)

    log.append(entry(0), NOW)
    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(30)

    code = in_a_fork(lambda: log.append(entry(1), NOW))

    leave.set()
    thread.join()
    assert code == 0
    (other,) = tmp_path.glob("metrics.*-*.json")
    assert steps(other) == [1]


def test_failing_to_open_leaks_no_descriptor(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault may last for days, and there is a new try every second."""
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    (tmp_path / "metrics.json").write_bytes(b"[\n  {}\n]")
    log = make_log()
    with no_file_longer_than(0):
        log.append(entry(0), NOW)
        before = len(os.listdir("/proc/self/fd"))
        for step in range(50):
            log.append(entry(step), NOW)

        assert len(os.listdir("/proc/self/fd")) == before


def test_failing_to_open_without_locks_leaks_no_descriptor(
    make_log: Callable[..., MetricsLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full network file system without locks."""

    def refuse(_: int) -> bool:
        raise LocksDoNotWorkError

    monkeypatch.setattr(metrics_claim, "try_lock", refuse)
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    log = make_log()
    with no_file_longer_than(0):
        log.append(entry(0), NOW)
        before = len(os.listdir("/proc/self/fd"))
        for step in range(50):
            log.append(entry(step), NOW)

        assert len(os.listdir("/proc/self/fd")) == before


def test_a_failure_after_the_lock_gives_the_lock_back(
    make_log: Callable[..., MetricsLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next try would find the run locked, by itself, and no longer own it."""
    monkeypatch.setattr(held_metrics_file, "_RETRY_S", 0.0)
    log = make_log()
    faults = [OSError(24, "Too many open files")]

    def count(_: object) -> dict[str, tuple[int, int]]:
        if faults:
            raise faults.pop()
        return {}

    monkeypatch.setattr(held_metrics_file, "ends_of_files", count)
    log.append(entry(0), NOW)

    log.append(entry(1), NOW)

    assert log.owns_run
    assert steps(tmp_path / "metrics.json") == [0, 1]
