"""Let system calls of a running process fail, through strace."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["tampered"]

_PATIENCE_S = 20.0


@contextlib.contextmanager
def tampered(pid: int, log: Path, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Attach strace to a process and to those it will fork; wait until it holds on.

    On leaving, strace lets go of the process.

    Args:
        pid: Of the process.
        log: File for what strace sees; a call that was made to fail ends in ``(INJECTED)``.
        options: What to do, such as ``["-e", "trace=write", "-e", "inject=write:error=EIO"]``.

    Raises:
        AssertionError: strace cannot attach; its own message tells why.
    """
    command = ["strace", "-f", "-q", "-o", str(log), *options, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        try:
            _wait(pid, tracer)
            yield tracer
        finally:
            tracer.terminate()


def _wait(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8"):
        if tracer.poll() is not None or time.monotonic() > end:
            tracer.kill()
            assert tracer.stderr is not None
            raise AssertionError(f"strace did not attach: {tracer.stderr.read().decode()}")
        time.sleep(0.001)
