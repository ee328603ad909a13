"""Output of real processes: all of it kept, all of it still seen, and in order."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import select
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.console_capture import ConsoleCapture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are kept on Unix only")


_FOUR_WAYS = """
for i in range(20):
    print("python", i, flush=True)
    os.write(1, b"raw %d\\n" % i)
    subprocess.run(["echo", "child", str(i)])
    print("error", i, file=sys.stderr)
    ctypes.CDLL(None).puts(b"from C %d" % i)
    ctypes.CDLL(None).fflush(None)
"""


@pytest.mark.parametrize("end", ["", "capture.stop()"])
def test_output_of_all_kinds_is_kept_and_seen_in_order(run: Callable[..., Any], end: str) -> None:
    """Python, descriptors, children and C: the log and the screen hold the same, in order."""
    expected = "".join(f"python {i}\nraw {i}\nchild {i}\nfrom C {i}\n" for i in range(20)).encode()

    ran = run(_FOUR_WAYS + end)

    assert ran.out == expected
    assert ran.kept_out == expected
    assert ran.err == ran.kept_err == b"".join(b"error %d\n" % i for i in range(20))


def test_the_order_of_output_and_error_is_kept_on_the_screen(script: Callable[..., Path]) -> None:
    """Where both go to one place they are as interleaved as they were printed."""
    body = """
    for i in range(200):
        print("a", i, flush=True)
        print("b", i, file=sys.stderr)
        os.write(1 + i % 2, b"c %d\\n" % i)
    """

    path = script(body)
    done = subprocess.run(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )

    assert done.stdout == b"".join(b"a %d\nb %d\nc %d\n" % (i, i, i) for i in range(200))


def test_nothing_is_lost_at_the_end_of_the_interpreter(run: Callable[..., Any]) -> None:
    """What Python and C still hold back then is kept, exit handlers' output, too."""
    body = """
    import atexit
    atexit.register(print, "exit handler")
    print("held back by Python")
    ctypes.CDLL(None).printf(b"held back by C\\n")
    """

    ran = run(body)

    assert ran.out == ran.kept_out
    assert sorted(ran.kept_out.splitlines()) == [
        b"exit handler",
        b"held back by C",
        b"held back by Python",
    ]


def test_the_end_of_a_script_is_as_without(run: Callable[..., Any]) -> None:
    """The exit code and the traceback of an error are unchanged, and kept."""
    ran = run("print('before')\nraise RuntimeError('it broke')")

    assert ran.code == 1
    assert ran.err == ran.kept_err
    assert ran.kept_err.splitlines()[-1] == b"RuntimeError: it broke"
    assert ran.kept_out == b"before\n"


def test_forked_children_are_kept_and_end_nothing(run: Callable[..., Any]) -> None:
    """A child that prints, stops its copy of the capture and exits leaves the parent's alone."""
    body = """
    print("parent before", flush=True)
    for i in range(3):
        pid = os.fork()
        if pid == 0:
            print("child", i, flush=True)
            os.write(1, b"raw child %d\\n" % i)
            capture.stop()
            print("child after stop", i, flush=True)
            sys.exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    print("parent after", flush=True)
    os.write(1, b"raw parent\\n")
    """

    ran = run(body, flags="-W ignore::DeprecationWarning")

    children = [f"child {i}\nraw child {i}\nchild after stop {i}\n" for i in range(3)]
    assert ran.kept_out.decode() == f"parent before\n{''.join(children)}parent after\nraw parent\n"
    assert ran.out == ran.kept_out


def test_a_child_that_outlives_its_parent(run: Callable[..., Any]) -> None:
    """What it prints later is still seen and kept; the relay ends after it."""
    body = """
    child = subprocess.Popen(["sh", "-c", "cat >/dev/null; echo late"], stdin=subprocess.PIPE)
    print("parent ends", flush=True)
    os._exit(0)
    """

    ran = run(body)

    assert ran.out == ran.kept_out == b"parent ends\nlate\n"


def test_bytes_are_kept_raw(run: Callable[..., Any]) -> None:
    """Carriage returns of progress bars, colours and bytes that are no text stay as they are."""
    body = r"""
    sys.stdout.write("10%\r20%\r\n\x1b[31mred\x1b[0m\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\xff\x00\xfe")
    """

    ran = run(body)

    assert ran.kept_out == ran.out == b"10%\r20%\r\n\x1b[31mred\x1b[0m\n\xff\x00\xfe"


@pytest.mark.parametrize("flags", ["", "-u"])
def test_a_stream_behaves_as_the_one_it_stands_for(run: Callable[..., Any], flags: str) -> None:
    """Encoding, buffering, name and descriptor are those of before; afterwards it is back."""
    body = """
    def facts(s):
        return (s.encoding, s.errors, s.line_buffering, s.write_through, s.name, s.mode, s.fileno(),
                s.isatty(), type(s).__name__, s.writable(), s.readable())
    before = sys.stdout, sys.stderr
    facts_before = [facts(s) for s in before]
    assert capture.start()
    assert [facts(s) for s in (sys.stdout, sys.stderr)] == facts_before
    assert sys.stdout is not before[0]
    capture.stop()
    assert (sys.stdout, sys.stderr) == before
    """

    ran = run(body, start=False, flags=flags)

    assert (ran.code, ran.err) == (0, b"")


def test_stopping_puts_everything_back(run: Callable[..., Any]) -> None:
    """What is printed later is seen and not kept, also by who has kept our stream."""
    body = """
    import logging
    handler = logging.StreamHandler(sys.stderr)
    print("kept")
    handler.stream.write("kept\\n")
    capture.stop()
    capture.stop()
    print("not kept", flush=True)
    os.write(1, b"raw, not kept\\n")
    subprocess.run(["echo", "child, not kept"])
    handler.stream.write("not kept\\n")
    handler.stream.flush()
    """

    ran = run(body)

    assert ran.kept_out == b"kept\n"
    assert ran.kept_err == b"kept\n"
    assert ran.out == b"kept\nnot kept\nraw, not kept\nchild, not kept\n"
    assert ran.err == b"kept\nnot kept\n"


def test_user_code_that_redirects_a_descriptor_itself(run: Callable[..., Any], logs: Path) -> None:
    """While something else stands in its place, output goes there, as without a capture."""
    body = """
    print("before", flush=True)
    screen = os.dup(1)
    silence = os.open("silence", os.O_WRONLY | os.O_CREAT)
    os.dup2(silence, 1)
    print("elsewhere", flush=True)
    subprocess.run(["echo", "child elsewhere"])
    os.dup2(screen, 1)
    print("after", flush=True)
    subprocess.run(["echo", "child after"])
    os.dup2(silence, 1)
    capture.stop()
    print("still elsewhere", flush=True)
    """

    ran = run(f"os.chdir({str(logs)!r})" + textwrap.dedent(body))

    assert ran.out == ran.kept_out == b"before\nafter\nchild after\n"
    assert (logs / "silence").read_bytes() == b"elsewhere\nchild elsewhere\nstill elsewhere\n"


def test_captures_one_after_the_other(run: Callable[..., Any], logs: Path) -> None:
    """Many runs in one process each keep their own output, and no descriptor is used up."""
    body = """
    import pathlib, threading
    def descriptors():
        while threads := [t for t in threading.enumerate() if t is not threading.main_thread()]:
            for thread in threads:  # they close what is no longer used, a second later
                thread.join()
        return len(os.listdir("/proc/self/fd"))
    before = descriptors()
    for i in range(5):
        capture = ConsoleCapture(pathlib.Path(capture._logs_dir).parent / str(i))
        assert capture.start()
        print("run", i)
        capture.stop()
    del capture
    assert descriptors() == before
    """

    ran = run(body, start=False)

    assert (ran.code, ran.err) == (0, b"")
    assert [(logs.parent / str(i) / "stdout.log").read_text() for i in range(5)] == [
        f"run {i}\n" for i in range(5)
    ]


def test_a_second_capture_is_refused(run: Callable[..., Any], logs: Path) -> None:
    """Output belongs to one run: the second is told so, and the first goes on."""
    body = """
    import logging
    logging.basicConfig(stream=sys.__stderr__, format="%(message)s")
    second = ConsoleCapture("elsewhere")
    assert not second.start()
    second.stop()
    print("still kept")
    capture.stop()
    assert not os.path.exists("elsewhere")
    """

    ran = run(body)

    assert ran.kept_out == b"still kept\n"
    assert re.search(rb"kept in .*run/logs already and will not be kept in .*elsewhere", ran.err)


def _in_a_terminal(path: Path) -> bytes:
    """Run a script in a terminal of 97 columns; returns what the terminal was sent."""
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 97, 0, 0))
    with subprocess.Popen(
        [sys.executable, str(path)], stdout=slave, stderr=slave, stdin=slave
    ) as p:
        os.close(slave)
        parts = []
        try:
            while select.select([master], [], [], 30)[0]:
                parts.append(os.read(master, 65_536))
        except OSError:  # its last user is gone
            pass
        p.wait(30)
    os.close(master)
    return b"".join(parts)


@pytest.mark.skipif(sys.platform != "linux", reason="a pipe stands in for a terminal elsewhere")
def test_a_terminal_stays_a_terminal(script: Callable[..., Path], logs: Path) -> None:
    """Python, children and C see a terminal of the same size; line ends are not doubled."""
    path = script(
        """
        print(sys.stdout.isatty(), os.get_terminal_size(1).columns, flush=True)
        subprocess.run(["sh", "-c", "test -t 1 && stty size <&1"])
        print("bar\\rbar", file=sys.stderr)
        ctypes.CDLL(None).printf(b"C is line buffered\\n")
        """,
    )

    shown = _in_a_terminal(path)

    kept = b"True 97\n31 97\nC is line buffered\n"
    assert (logs / "stdout.log").read_bytes() == kept
    assert (logs / "stderr.log").read_bytes() == b"bar\rbar\n"
    assert b"".join(sorted(shown.splitlines(keepends=True))) == b"".join(
        sorted((kept + b"bar\rbar\n").replace(b"\n", b"\r\n").splitlines(keepends=True))
    )


def test_streams_without_a_descriptor(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's stream gets everything as before, and the log a copy."""
    cell = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdout", cell)
    capture = ConsoleCapture(logs)

    started = capture.start()
    sys.stdout.write("printed\n")
    sys.stdout.writelines(["one ", "two\r\n"])
    sys.stdout.buffer.write(b"\xff")
    encoding = sys.stdout.encoding
    kept_stream = sys.stdout
    capture.stop()
    kept_stream.write("late")

    assert started
    assert encoding == "utf-8"
    assert sys.stdout is cell
    assert (logs / "stdout.log").read_bytes() == b"printed\none two\r\n\xff"
    assert cell.buffer.getvalue() == b"printed\none two\r\n\xfflate"


def test_a_stream_that_somebody_put_on_top_is_left(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping takes away our own stream only."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    capture = ConsoleCapture(logs)
    capture.start()
    on_top = io.StringIO()
    monkeypatch.setattr(sys, "stdout", on_top)

    capture.stop()

    assert sys.stdout is on_top


def test_importing_is_quiet() -> None:
    """The module starts nothing and touches no stream."""
    code = (
        "import sys, threading; before = sys.stdout; import neural.tracking.console_capture;"
        "print(before is sys.stdout, threading.active_count())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True 1\n"
    assert logging.getLogger("neural").handlers == []
