"""Scripts whose output is kept, run as processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

_HEAD = """
import ctypes, os, subprocess, sys
from neural.tracking.console_capture import ConsoleCapture
capture = ConsoleCapture({logs!r})
"""


class Ran:
    """What a script printed, and what was kept of it.

    Args:
        done: The ended process; its pipes were read to the end, so the relay has ended too.
        logs: Directory of the logs.
    """

    def __init__(self, done: subprocess.CompletedProcess[bytes], logs: Path) -> None:
        self.code = done.returncode
        self.out, self.err = done.stdout, done.stderr
        self.kept_out = _content(logs / "stdout.log")
        self.kept_err = _content(logs / "stderr.log")


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Directory of the logs; made by the capture."""
    return tmp_path / "run/logs"


@pytest.fixture
def script(tmp_path: Path, logs: Path) -> Callable[..., Path]:
    """Return a function that writes a script which has a capture."""

    def write(body: str, *, start: bool = True) -> Path:
        path = tmp_path / "script.py"
        head = _HEAD.format(logs=str(logs)) + ("assert capture.start()\n" if start else "")
        path.write_text(head + textwrap.dedent(body))
        return path

    return write


@pytest.fixture
def run(script: Callable[..., Path], logs: Path) -> Callable[..., Ran]:
    """Return a function that runs a script; its outputs are pipes, as in a batch job."""

    def run(body: str, *, start: bool = True, flags: str = "") -> Ran:
        path = script(body, start=start)
        command = [sys.executable, *flags.split(), str(path)]
        done = subprocess.run(command, capture_output=True, timeout=50, check=False)
        return Ran(done, logs)

    return run
