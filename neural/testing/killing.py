"""Kill a process at a chosen moment and learn what it had said before."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Callable

__all__ = ["kill_after"]

#: Room for what a child says in its short life, so that it never waits for a reader.
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)


def kill_after(
    life_s: float, child: Callable[[int], object], *, from_first_word: bool = False
) -> bytes:
    """Run ``child`` in a forked process, kill it with SIGKILL, and return what it wrote.

    Args:
        life_s: Seconds until the kill.
        child: Called with the descriptor of a pipe; must not return before it is killed.
        from_first_word: Count from the child's first write to the pipe, not from the fork.

    Raises:
        AssertionError: The child ended by itself, so nothing was killed.
    """
    reading, writing = os.pipe()
    if _SET_PIPE_SIZE is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(writing, _SET_PIPE_SIZE, _PIPE_BYTES)
    pid = os.fork()
    if pid == 0:
        try:
            child(writing)
        finally:
            os._exit(1)
    os.close(writing)
    if from_first_word:
        select.select([reading], [], [])
    time.sleep(life_s)
    os.kill(pid, signal.SIGKILL)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitpid(pid, 0)[1]
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        raise AssertionError(f"the child ended by itself: wait status {status}")
    return said
