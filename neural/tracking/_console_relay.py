"""Moves output that did not come through Python to the log and to the screen.

Run as a program of its own, and by its path: it may import nothing but the standard
library. See :mod:`neural.tracking.console_capture` for why it is not a thread.

    python -I -S _console_relay.py LIFE COUNTERS SOURCE:SCREEN:LOG...

All arguments are numbers of open descriptors. ``LIFE`` is only held: that it closes tells
the other side that this program has ended. ``COUNTERS`` is memory shared with it.
"""

from __future__ import annotations

import mmap
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "COUNTERS_BYTES",
    "Channel",
    "LogFile",
    "copy_window_size",
    "counters_of",
    "relay",
]

#: Size of the counters: for each channel, as unsigned 64 bit numbers, how many parts it has
#: begun to move, counted before a part is read, and how many have arrived.
COUNTERS_BYTES = 4 * 8

_CHUNK = 65_536
#: How often the size of a terminal window is looked at.
_WINDOW_CHECK_MS = 500


class LogFile:
    """A log that output is appended to; what cannot be written is counted, never raised.

    Args:
        descriptor: Open for appending; stays the caller's.

    Attributes:
        lost_bytes: Bytes that could not be written and are not yet accounted for in the log.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.lost_bytes = 0

    def append(self, data: bytes | memoryview) -> None:
        """Append ``data``, and before it, after a fault, a line that says what is missing."""
        if self.lost_bytes and not self._say_what_is_missing():
            self.lost_bytes += len(data)
        else:
            self.lost_bytes += self._write(data)

    def _say_what_is_missing(self) -> bool:
        line = f"\n[{self.lost_bytes} bytes of output could not be kept here]\n".encode()
        left = self._write(line)
        if left < len(line):
            self.lost_bytes = 0
        return left == 0

    def _write(self, data: bytes | memoryview) -> int:
        """Return how many bytes could not be written."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        except OSError:  # full, gone, over its limit: the training goes on
            pass
        return len(rest)


class Channel(NamedTuple):
    """Where output comes from, and the two places it goes to.

    Attributes:
        source: Reading end of a pipe, or the master of a pseudo terminal.
        screen: What the user's standard output or error was.
        log: The file that keeps it.
    """

    source: int
    screen: int
    log: LogFile


def counters_of(descriptor: int) -> memoryview:
    """Return the shared counters."""
    shared = mmap.mmap(descriptor, COUNTERS_BYTES)
    return memoryview(shared).cast("Q")


def relay(channels: Sequence[Channel], counters: memoryview) -> None:
    """Move output until nobody is left who could write any.

    Args:
        channels: At most two.
        counters: See :data:`COUNTERS_BYTES`.
    """
    mover = _Mover(channels, counters)
    while mover.sources:
        mover.wait()


class _Mover:
    def __init__(self, channels: Sequence[Channel], counters: memoryview) -> None:
        self._counters = counters
        self._poll = select.poll()
        self._blind: set[int] = set()  # screens that are gone
        self.sources = {channel.source: (i, channel) for i, channel in enumerate(channels)}
        for channel in channels:
            self._poll.register(channel.source, select.POLLIN)
        self._terminals = [channel for channel in channels if os.isatty(channel.source)]

    def wait(self) -> None:
        """Wait for output and move it."""
        ready = self._poll.poll(_WINDOW_CHECK_MS if self._terminals else None)
        for channel in self._terminals:
            copy_window_size(channel.screen, channel.source)
        for source, _ in ready:
            index, channel = self.sources[source]
            # Before it is read: whoever finds the source empty must find this counted.
            self._counters[2 * index] += 1
            self._move(channel)
            self._counters[2 * index + 1] += 1

    def _move(self, channel: Channel) -> None:
        try:
            data = os.read(channel.source, _CHUNK)
        except OSError:  # a terminal whose last user is gone
            data = b""
        if not data:
            self._poll.unregister(channel.source)
            del self.sources[channel.source]
            self._terminals = [other for other in self._terminals if other is not channel]
            return
        channel.log.append(data)
        if channel.screen not in self._blind and not _show(channel.screen, data):
            self._blind.add(channel.screen)


def _show(screen: int, data: bytes) -> bool:
    """Return whether the screen is still there."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(screen, rest) :]
        except BlockingIOError:  # someone shares it and made it non-blocking
            select.select([], [screen], [])
        except OSError:  # a closed window, a pipe into head
            return False
    return True


def copy_window_size(screen: int, terminal: int) -> None:
    """Give ``terminal`` the size of the window that shows it."""
    import fcntl
    import termios

    try:
        size = fcntl.ioctl(screen, termios.TIOCGWINSZ, bytes(8))
        if size != fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8)):
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    except OSError:
        pass  # the window was closed


def _main(arguments: Sequence[str]) -> None:
    _life, counters, *channels = arguments
    # Not a child of the training: it might wait for all of its children, or end them.
    if os.fork():
        os._exit(0)
    # Ctrl-C, a batch system's request to end, a closed window: the training may still have
    # something to say. This ends when there is nobody left who could.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    os.chdir("/")
    opened = []
    for channel in channels:
        source, screen, log = map(int, channel.split(":"))
        opened.append(Channel(source, screen, LogFile(log)))
    relay(opened, counters_of(int(counters)))


if __name__ == "__main__":
    _main(sys.argv[1:])
