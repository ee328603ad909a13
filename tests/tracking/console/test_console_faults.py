"""Output of processes that die, of full disks, and of a relay that is killed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.console_capture import ConsoleCapture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are kept on Unix only")


@pytest.mark.crash
@pytest.mark.parametrize("count", [1, 7, 50, 400])
def test_what_was_flushed_survives_kill_9(run: Callable[..., Any], count: int) -> None:
    """A process that kills itself right after its last flush loses nothing, raw output neither."""
    body = f"""
    import signal
    for i in range({count}):
        print("line", i, flush=True)
        os.write(2, b"raw %d\\n" % i)
    os.kill(os.getpid(), signal.SIGKILL)
    """

    ran = run(body)

    assert ran.code == -9
    assert ran.out == ran.kept_out == b"".join(b"line %d\n" % i for i in range(count))
    assert ran.err == ran.kept_err == b"".join(b"raw %d\n" % i for i in range(count))


@pytest.mark.crash
def test_what_was_flushed_is_in_the_file_at_once(run: Callable[..., Any], logs: Path) -> None:
    """Each flushed line is in the log before the next statement runs, relay or not."""
    body = f"""
    log = open({str(logs / "stdout.log")!r})
    for i in range(200):
        print("line", i, flush=True)
        assert log.read() == f"line {{i}}\\n", i
    """

    assert run(body).code == 0


@pytest.mark.crash
def test_the_last_words_of_a_crash_are_kept_and_seen(run: Callable[..., Any]) -> None:
    """What C code writes while the process dies of a segmentation fault reaches both."""
    body = """
    import faulthandler
    faulthandler.enable()
    ctypes.string_at(0)
    """

    ran = run(body)

    assert ran.code == -11
    assert b"Fatal Python error: Segmentation fault" in ran.kept_err
    assert ran.err == ran.kept_err


def test_code_that_prints_while_it_holds_the_interpreters_lock(run: Callable[..., Any]) -> None:
    """More than a pipe holds, written without letting any thread run: no deadlock."""
    body = """
    ctypes.PyDLL(None).write(1, b"x" * 3_000_000, 3_000_000)
    """

    ran = run(body)

    assert ran.code == 0
    assert len(ran.kept_out) == len(ran.out) == 3_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how large a process was")
def test_a_large_output_of_a_child_passes_in_constant_memory(run: Callable[..., Any]) -> None:
    """Thirty megabytes go through, and neither process grows by them."""
    body = """
    subprocess.run(["head", "-c", "30000000", "/dev/zero"])
    # Not ru_maxrss: that starts with the size of the process that started this one.
    status = dict(line.split(":") for line in open("/proc/self/status"))
    print(int(status["VmHWM"].split()[0]) // 1024, file=sys.stderr)
    """

    ran = run(body)

    assert len(ran.out) == len(ran.kept_out) == 30_000_000
    assert int(ran.err) < 60


def test_threads_lose_no_line(run: Callable[..., Any]) -> None:
    """Eight threads that print and one that writes raw: every line is there once."""
    body = """
    import threading
    def work(number):
        for i in range(200):
            sys.stdout.write(f"thread {number} line {i}\\n")
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for i in range(200):
        os.write(1, b"raw line %d\\n" % i)
    for thread in threads:
        thread.join()
    """

    ran = run(body)

    expected = {f"thread {n} line {i}" for n in range(8) for i in range(200)}
    lines = ran.kept_out.decode().splitlines()
    assert len(lines) == 1800
    assert set(lines) == expected | {f"raw line {i}" for i in range(200)}
    assert sorted(ran.out.splitlines()) == sorted(ran.kept_out.splitlines())


def test_a_full_disk_costs_the_log_and_nothing_else(
    script: Callable[..., Path], logs: Path
) -> None:
    """Every way of printing goes on without an error, and the screen shows all of it."""
    logs.mkdir(parents=True)
    (logs / "stdout.log").symlink_to("/dev/full")
    body = """
    print("python", flush=True)
    assert os.write(1, b"raw\\n") == 4
    subprocess.run(["echo", "child"], check=True)
    assert capture.lost_bytes >= 7, capture.lost_bytes
    """

    path = script(body)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"python\nraw\nchild\n"


def test_after_a_fault_the_log_says_what_is_missing(run: Callable[..., Any]) -> None:
    """When there is space again, a line stands where bytes are missing."""
    body = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    print("a" * 79, flush=True)
    print("b" * 79, flush=True)
    print("c" * 79, flush=True)
    assert capture.lost_bytes == 140
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("d" * 79, flush=True)
    assert capture.lost_bytes == 0
    """

    ran = run(body)

    assert (ran.code, ran.err) == (0, b"")
    assert ran.out.decode() == "".join(letter * 79 + "\n" for letter in "abcd")
    missing = "\n[140 bytes of output could not be kept here]\n"
    assert ran.kept_out.decode() == "a" * 79 + "\n" + "b" * 20 + missing + "d" * 79 + "\n"


def test_a_directory_that_vanishes(run: Callable[..., Any], logs: Path) -> None:
    """A run that is deleted while it prints goes on printing."""
    body = """
    import shutil
    print("before", flush=True)
    shutil.rmtree(os.path.dirname(capture._logs_dir))
    print("after", flush=True)
    os.write(1, b"raw\\n")
    capture.stop()
    """

    ran = run(body)

    assert (ran.code, ran.err) == (0, b"")
    assert ran.out == b"before\nafter\nraw\n"
    assert not logs.exists()


def test_a_directory_that_cannot_be_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is kept then, a warning names the directory, and the streams are untouched."""
    (tmp_path / "file").write_text("in the way")
    before = sys.stdout
    capture = ConsoleCapture(tmp_path / "file/logs")

    started = capture.start()
    capture.stop()

    assert not started
    assert sys.stdout is before
    assert f"Output will not be kept in {tmp_path / 'file/logs'}" in caplog.text


_FIND_THE_RELAY = """
import pathlib, signal, time
def relay():
    for process in pathlib.Path("/proc").iterdir():
        try:
            if b"_console_relay" in (process / "cmdline").read_bytes() and any(
                os.readlink(link).endswith("stdout.log") and {logs!r} in os.readlink(link)
                for link in (process / "fd").iterdir()
            ):
                return int(process.name)
        except OSError:
            pass
os.write(1, b"first\\n")
print("second", flush=True)
relay_process = os.pidfd_open(relay())
"""


@pytest.mark.crash
def test_a_relay_that_is_killed_holds_nothing_up(run: Callable[..., Any], logs: Path) -> None:
    """Printing goes on in every way, all of it is seen, and what Python prints is kept."""
    body = _FIND_THE_RELAY.format(logs=str(logs)) + textwrap.dedent("""
        signal.pidfd_send_signal(relay_process, signal.SIGKILL)
        for i in range(50_000):
            os.write(1, b"raw raw raw raw raw raw raw raw raw raw\\n")
        print("last", flush=True)
        capture.stop()
        """)

    ran = run(body)

    assert ran.code == 0
    assert ran.out.count(b"raw raw raw raw raw raw raw raw raw raw\n") == 50_000
    assert ran.out.startswith(b"first\nsecond\n")
    assert ran.out.endswith(b"last\n")
    assert ran.kept_out.endswith(b"last\n")
    assert b"The relay of the output was ended by someone" in ran.err


def test_a_request_to_end_does_not_end_the_relay(run: Callable[..., Any], logs: Path) -> None:
    """Batch systems ask every process to end; the last words of the training still pass."""
    body = _FIND_THE_RELAY.format(logs=str(logs)) + textwrap.dedent("""
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            signal.pidfd_send_signal(relay_process, getattr(signal, name))
        subprocess.run(["echo", "last words"])
        """)

    ran = run(body)

    assert (ran.code, ran.err) == (0, b"")
    assert ran.out == ran.kept_out == b"first\nsecond\nlast words\n"


def test_the_relay_is_nobodys_child(run: Callable[..., Any]) -> None:
    """Code that waits for all of its children does not wait for ever."""
    body = """
    subprocess.Popen(["true"])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    print("all children are gone")
    """

    assert run(body).kept_out == b"all children are gone\n"


def test_a_process_without_standard_output(script: Callable[..., Path], logs: Path) -> None:
    """Where there is no stdout, stderr is kept alone."""
    path = script("assert sys.stdout is None\nprint('x', file=sys.stderr)")

    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} {path} >&-"], stderr=subprocess.PIPE, check=True
    )

    assert done.stderr == b"x\n"
    assert (logs / "stderr.log").read_bytes() == b"x\n"
    assert not (logs / "stdout.log").exists()
