"""R25: however a process ends, the run says how, and the process ends as it would have."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from neural.testing.metrics_oracle import entries_of, strict_json, surviving_entries
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.locks import is_locked

BEGIN = """\
import os, resource, signal, sys, time, threading
{before}
if {tracked}:
    from neural.tracking import ExperimentTracker
    tracker = ExperimentTracker("run", {base!r}, False)
    tracker.log_metrics({{"loss": 0.5}}, step=0)
def say(text):
    print(text, flush=True)
def main():
    {body}
say("begun")
"""

CALLED = "main()\n"


@dataclass(frozen=True)
class End:
    """One way for a process to end.

    Attributes:
        name: For the test's name.
        code: Python that ends the process.
        status: That the run has then; ``crashed`` is what nobody could write down.
        exit: Exit code of the process; negative is a signal.
        error: Type of the error in metadata.json.
        send: Signals that are sent once the process says that it waits.
        body: Python inside of a function, ``main``.
        before: Python that runs before there is a tracker.
    """

    name: str
    code: str
    status: str
    exit: int
    error: str | None = None
    send: tuple[int, ...] = ()
    body: str = field(default="pass")
    before: str = field(default="")


#: Short naps: a signal that comes right before a long sleep is noticed only behind it.
WAIT = "say('waiting'); [time.sleep(0.01) for _ in range(3_000)]"
IN_WITH = "with tracker:\n        tracker.log_metrics({'loss': 0.25}, step=1)\n        "

ENDS = [
    End("end of the script", "", "completed", 0),
    End("sys.exit()", "sys.exit()", "completed", 0),
    End("sys.exit(0)", "sys.exit(0)", "completed", 0),
    End("sys.exit(1)", "sys.exit(1)", "failed", 1, "SystemExit"),
    End("sys.exit(text)", "sys.exit('out of luck')", "failed", 1, "SystemExit"),
    End("deep sys.exit(3)", "main()", "failed", 3, "SystemExit", body="sys.exit(3)"),
    End(
        "sys.exit through finally",
        "try:\n    sys.exit(4)\nfinally:\n    say('finally')",
        "failed",
        4,
        "SystemExit",
    ),
    End(
        "sys.exit that was caught",
        "try:\n    sys.exit(5)\nexcept SystemExit:\n    say('caught')",
        "completed",
        0,
    ),
    End(
        "deep sys.exit that was caught",
        "try:\n    main()\nexcept SystemExit:\n    pass\nsay('caught')",
        "completed",
        0,
        body="sys.exit(5)",
    ),
    End(
        "sys.exit in a thread",
        "t = threading.Thread(target=sys.exit, args=(6,)); t.start(); t.join()",
        "completed",
        0,
    ),
    End("exit(1)", "exit(1)", "failed", 1, "SystemExit"),
    End("quit(code=2)", "quit(code=2)", "failed", 2, "SystemExit"),
    End("exit()", "main()", "completed", 0, body="exit()"),
    End("raise SystemExit", "raise SystemExit", "completed", 0),
    End("exception", "main()", "failed", 1, "ZeroDivisionError", body="1 / 0"),
    End(
        "exception, with a hook set later",
        "sys.excepthook = lambda *_: say('hook')\nmain()",
        "failed",
        1,
        "ZeroDivisionError",
        body="1 / 0",
    ),
    End(
        "exception that was caught",
        "try:\n    main()\nexcept ZeroDivisionError:\n    pass",
        "completed",
        0,
        body="1 / 0",
    ),
    End("os._exit(7)", "os._exit(7)", "crashed", 7),
    End("SIGTERM", "main()", "cancelled", -15, "SIGTERM", (signal.SIGTERM,), WAIT),
    End("SIGINT", "main()", "cancelled", -2, "KeyboardInterrupt", (signal.SIGINT,), WAIT),
    End(
        "SIGINT without Python's own handler",
        "main()",
        "cancelled",
        -2,
        "SIGINT",
        (signal.SIGINT,),
        WAIT,
        "signal.signal(signal.SIGINT, signal.SIG_DFL)",
    ),
    End("SIGHUP", "main()", "crashed", -1, None, (signal.SIGHUP,), WAIT),
    End("SIGKILL", "main()", "crashed", -9, None, (signal.SIGKILL,), WAIT),
    End("segmentation fault", "import ctypes; ctypes.string_at(0)", "crashed", -11),
    End(
        "out of memory",
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3,) * 2)\nkept = []\nmain()",
        "failed",
        1,
        "MemoryError",
        body="kept.append(bytearray(4 * 1024**3))",
    ),
    End(
        "a handler of the user's own",
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nmain()",
        "completed",
        0,
        None,
        (signal.SIGTERM,),
        WAIT,
    ),
    End("context manager", "main()", "completed", 0, body=IN_WITH + "pass"),
    End(
        "exception in a context manager",
        "main()",
        "failed",
        1,
        "ZeroDivisionError",
        body=IN_WITH + "1 / 0",
    ),
    End(
        "Ctrl-C in a context manager",
        "main()",
        "cancelled",
        -2,
        "KeyboardInterrupt",
        (signal.SIGINT,),
        IN_WITH + WAIT,
    ),
    End(
        "sys.exit(0) in a context manager",
        "main()",
        "completed",
        0,
        body=IN_WITH + "sys.exit(0)",
    ),
    End("status set before", "tracker.set_status('failed')", "failed", 0),
    End("own status", "tracker.set_status('converged')", "converged", 0),
    End("failure after the end", "tracker.finish()\n1 / 0", "completed", 1),
    End("tracker let go of", "del tracker\nsay('gone')", "completed", 0),
]


@dataclass(frozen=True)
class Ended:
    """What came of a process."""

    exit: int
    out: str
    errors: str
    delay_s: float


def play(folder: Path, end: End, *, tracked: bool = True) -> Ended:
    """Run a script to its end; ``tracked=False`` leaves the tracker out of it."""
    script = folder / "train.py"
    begin = BEGIN.format(
        tracked=tracked, base=str(folder / "base"), body=end.body, before=end.before
    )
    script.write_text(begin + end.code, encoding="utf-8")
    with (
        (folder / "stderr").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            [sys.executable, script], stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        for number in end.send:
            assert process.stdout.readline() == "waiting\n"
            process.send_signal(number)
        start = time.monotonic()
        out = process.stdout.read()
        process.wait(30)
        delay = time.monotonic() - start
        errors.seek(0)
        return Ended(process.returncode, out, errors.read(), delay)


def shown_status(run: Path) -> str:
    """The status that a reader shows: without an end and without a lock, it has crashed."""
    metadata = strict_json((run / "metadata.json").read_bytes())
    if metadata["end_time"] is None and metadata["status"] in ("created", "running"):
        assert not is_locked(run / "metrics.json")
        return "crashed"
    return str(metadata["status"])


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
def test_the_run_says_how_the_process_ended(tmp_path: Path, end: End) -> None:
    """Status, error and exit code; everything that was logged is there."""
    ended = play(tmp_path, end)

    (run,) = (tmp_path / "base").iterdir()
    metadata = strict_json((run / "metadata.json").read_bytes())
    assert (shown_status(run), ended.exit) == (end.status, end.exit), ended
    assert (metadata.get("error") or {}).get("type") == end.error
    assert surviving_entries(run / "metrics.json")[0]["loss"] == 0.5
    if end.status != "crashed":
        assert entries_of(run / "metrics.json")
        assert (run / "summary.json").exists()


UNTOUCHED = [end for end in ENDS if "tracker" not in end.code + end.body]


@pytest.mark.parametrize("end", UNTOUCHED, ids=lambda end: end.name)
def test_the_process_ends_as_it_would_have(tmp_path: Path, end: End) -> None:
    """Exit code, output and traceback are the same to the letter."""
    (tmp_path / "tracked").mkdir()
    (tmp_path / "bare").mkdir()
    bare = play(tmp_path / "bare", end, tracked=False)
    tracked = play(tmp_path / "tracked", end)

    assert (tracked.exit, tracked.out) == (bare.exit, bare.out)
    if not end.send:  # a signal comes where it comes
        assert tracked.errors.replace("/tracked/", "/bare/") == bare.errors


@pytest.mark.parametrize("code", ["", "1 / 0", "sys.exit(1)"])
def test_the_end_is_not_kept_waiting(tmp_path: Path, code: str) -> None:
    """A second at most, also for a run that ends at once and watches all that it does by default.

    Other programs may keep the machine busy, so the best of some tries counts.
    """
    tries = (play(tmp_path, End("", code, "", 0)).delay_s for _ in range(10))

    assert any(delay < 1.0 for delay in tries)


def test_the_traceback_is_kept(tmp_path: Path) -> None:
    """Whoever reads the run sees where it failed."""
    play(tmp_path, End("", "main()", "failed", 1, body="1 / 0"))

    (run,) = (tmp_path / "base").iterdir()
    error = strict_json((run / "metadata.json").read_bytes())["error"]
    assert error["message"] == "division by zero"
    assert re.search(r'train.py", line \d+, in main\n    1 / 0', error["traceback"])


@pytest.mark.parametrize("pause_s", [0.0, 0.005, 0.02, 0.05, 0.1])
def test_impatient_ctrl_c(tmp_path: Path, pause_s: float) -> None:
    """A second one cuts the end short: the run is cancelled or crashed, and nothing is lost."""
    body = IN_WITH + WAIT
    begin = BEGIN.format(tracked=True, base=str(tmp_path / "base"), body=body, before="")
    with subprocess.Popen(
        [sys.executable, "-c", begin + "main()"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            pass
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired) if pause_s == 0 else _whatever():
            process.wait(pause_s)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    (run,) = (tmp_path / "base").iterdir()
    assert process.returncode != 0
    assert shown_status(run) in ("cancelled", "crashed")
    assert [entry["loss"] for entry in surviving_entries(run / "metrics.json")] == [0.5, 0.25]


class _whatever:  # noqa: N801  # reads like a statement
    """Takes a timeout or none."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> bool:
        return kind is subprocess.TimeoutExpired


def test_all_runs_of_a_process_are_ended(tmp_path: Path) -> None:
    """A sweep may hold many trackers."""
    code = "more = [ExperimentTracker(str(i), tracker.base_dir, False) for i in range(5)]\n1 / 0"

    play(tmp_path, End("", code, "failed", 1))

    assert [shown_status(run) for run in (tmp_path / "base").iterdir()] == ["failed"] * 6


def test_nothing_is_installed_by_importing() -> None:
    """Hooks and handlers come with the first tracker."""
    code = (
        "import signal, sys; before = sys.exit, sys.excepthook, signal.getsignal(15);"
        "import neural.tracking.experiment_tracker;"
        "assert before == (sys.exit, sys.excepthook, signal.getsignal(15))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tracker_outside_the_main_thread(tmp_path: Path) -> None:
    """It cannot set a handler there, and does without."""
    code = (
        "import threading; from neural.tracking import ExperimentTracker\n"
        f"t = threading.Thread(target=lambda: ExperimentTracker('run', {str(tmp_path)!r}, False)"
        ".log_metrics({'loss': 0.5}, step=0)); t.start(); t.join()"
    )

    subprocess.run([sys.executable, "-c", code], check=True)

    (run,) = tmp_path.iterdir()
    assert shown_status(run) == "completed"


def test_with_an_exception_in_this_process(tmp_path: Path) -> None:
    """The block ends the run at once, and passes the exception on."""
    with pytest.raises(ValueError, match="bad luck"):
        _fail_inside(tmp_path)

    (run,) = tmp_path.iterdir()
    assert shown_status(run) == "failed"
    assert strict_json((run / "metadata.json").read_bytes())["error"]["type"] == "ValueError"


def _fail_inside(base: Path) -> None:
    with ExperimentTracker("run", base, False, capture_environment=False) as tracker:
        tracker.log_metrics({"loss": 0.5}, step=0)
        raise ValueError("bad luck")
