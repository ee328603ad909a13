"""Puts a pipe or a pseudo terminal in the place of descriptors 1 and 2, and a relay behind it."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from neural.tracking import _console_relay as relay_program
from neural.tracking._console_relay import COUNTERS_BYTES, Channel, LogFile

__all__ = ["Descriptor", "Relay", "can_redirect", "close_later", "open_channel"]

_log = logging.getLogger(__name__)

#: Longest wait of one print for output that did not come through Python.
_SETTLE_S = 2.0
#: A number of parts that no channel will move.
_NEVER = (float("inf"), float("inf"))
#: How long descriptors stay open after their last use, for a thread that is inside a write.
_GRACE_S = 1.0


#: Device, number and, for terminals, kind of what a descriptor leads to.
_Identity: TypeAlias = tuple[int, int, int]


class Descriptor(NamedTuple):
    """One of descriptors 1 and 2, redirected.

    Attributes:
        number: 1 or 2.
        channel: Where its output arrives, where it was shown before, and its log.
        entrance: What stands in its place: the writing end.
    """

    number: int
    channel: Channel
    entrance: int


def can_redirect() -> bool:
    """Return whether a relay can be started here: on Unix, with a Python that is a program."""
    program = os.path.basename(sys.executable or "").lower()
    return (
        sys.platform != "win32"
        and program.startswith(("python", "pypy"))  # not the server that embeds one
        and not getattr(sys, "frozen", False)
        and os.path.isfile(relay_program.__file__)
    )


def open_channel(number: int, log: LogFile) -> Descriptor:
    """Return what will stand in the place of descriptor ``number``; nothing is changed yet.

    A terminal is replaced by a pseudo terminal, so that colours, bars and line buffering
    of every library and child stay as they are; anything else by a pipe.
    """
    screen = os.dup(number)
    if sys.platform == "linux" and os.isatty(number):
        source, entrance = _open_terminal(screen)
    else:
        source, entrance = os.pipe()
    return Descriptor(number, Channel(source, screen, log), entrance)


def _open_terminal(screen: int) -> tuple[int, int]:
    import termios

    master, slave = os.openpty()
    modes = termios.tcgetattr(screen)
    modes[1] &= ~termios.OPOST  # the real terminal turns line ends into its own, once
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    relay_program.copy_window_size(screen, master)
    return master, slave


class Relay:
    """The program that moves output, and what this process must know of it.

    Args:
        descriptors: One or two; from here on they belong to the relay, with their logs.

    Raises:
        OSError: The program cannot be started. All are closed but the logs.
    """

    def __init__(self, descriptors: Sequence[Descriptor]) -> None:
        self._descriptors = descriptors
        self._channels = [descriptor.channel for descriptor in descriptors]
        self._redirected = False
        self._entrances: dict[int, _Identity | None] = {}
        self._ours: dict[int, set[_Identity | None]] = {}
        self._patient = True
        self._ended = threading.Event()
        try:
            shared = _shared_memory()
            try:
                self._counters = relay_program.counters_of(shared)
                self._start(shared)
            finally:
                os.close(shared)
        except OSError:
            self._close()
            raise

    def redirect(self) -> None:
        """Put the entrances in the place of descriptors 1 and 2."""
        self._redirected = True
        for number, channel, entrance in self._descriptors:
            self._entrances[number] = _identity(entrance)
            self._ours[number] = {_identity(entrance), _identity(channel.screen)}
            os.dup2(entrance, number)
            os.close(entrance)

    def restore(self) -> None:
        """Put back what was there before; a second call does nothing.

        What user code has put there in the meantime stays.
        """
        if not self._redirected:
            return
        self._redirected = False
        for number, channel, _ in self._descriptors:
            if _identity(number) == self._entrances[number]:
                os.dup2(channel.screen, number)

    def settle(self, number: int) -> bool:
        """Wait until everything written so far has arrived, but not for long.

        A screen that stands still must not hold up every line that Python prints: after
        one wait in vain there is none until the relay has caught up.

        Returns:
            Whether descriptor ``number`` is still ours.
        """
        if _identity(number) not in self._ours[number]:
            return False
        if self._has_arrived(_NEVER):
            self._patient = True
        elif self._patient:
            self._patient = self.wait(_SETTLE_S)
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait until everything written so far has arrived; returns whether it has."""
        # The next part that is begun holds all that is there now, whoever goes on writing.
        targets = [begun + 1 for begun, _ in self._parts()]
        deadline = time.monotonic() + timeout_s
        pause = 2e-5
        while not self._has_arrived(targets):
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)  # the relay is another process, there is nothing to wait on
            pause = min(2 * pause, 2e-3)
        return True

    def _has_arrived(self, targets: Sequence[float]) -> bool:
        """Return whether each channel has moved a part of that number, or is at rest."""
        # In this order: what has left a source was counted as begun before it left.
        unread = self._unread()
        parts = self._parts()
        return self._ended.is_set() or all(
            arrived >= targets[i] or (begun == arrived and channel.source not in unread)
            for i, (channel, (begun, arrived)) in enumerate(zip(self._channels, parts, strict=True))
        )

    def _unread(self) -> set[int]:
        poll = select.poll()  # a new one each time: two threads must not share one
        for channel in self._channels:
            poll.register(channel.source, select.POLLIN)
        return {source for source, event in poll.poll(0) if event & select.POLLIN}

    def _parts(self) -> list[tuple[int, int]]:
        """Return, for each channel, how many parts were begun and how many have arrived."""
        numbers = self._counters.tolist()
        return [(numbers[2 * i], numbers[2 * i + 1]) for i in range(len(self._channels))]

    def _start(self, shared: int) -> None:
        alive, life = os.pipe()
        try:
            process = self._spawn(life, shared)
        except OSError:
            os.close(alive)
            raise
        finally:
            os.close(life)
        watch = threading.Thread(
            target=self._watch, args=(process, alive), name="neural-console", daemon=True
        )
        try:
            watch.start()
        except RuntimeError as exc:  # no more threads, or the interpreter is ending
            os.close(alive)
            process.wait()
            raise OSError(str(exc)) from exc

    def _spawn(self, life: int, shared: int) -> subprocess.Popen[bytes]:
        triples = [(c.source, c.screen, c.log.descriptor) for c in self._channels]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", relay_program.__file__, str(life), str(shared)]
            + [":".join(map(str, triple)) for triple in triples],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[life, shared, *(number for triple in triples for number in triple)],
        )

    def _watch(self, process: subprocess.Popen[bytes], alive: int) -> None:
        """Do the relay's work if it is killed; else only tidy up after it."""
        process.wait()  # ends at once: what it started is nobody's child
        os.read(alive, 1)  # returns when the relay has ended
        os.close(alive)
        if self._redirected:
            self.restore()
            _log.warning(
                "The relay of the output was ended by someone: from here on only what"
                " Python prints is kept."
            )
        for i, (begun, _) in enumerate(self._parts()):
            self._counters[2 * i + 1] = begun  # whatever it held is gone with it
        relay_program.relay(self._channels, self._counters)  # to the end of what is left
        self._ended.set()
        for source, screen, log in self._channels:
            close_later((source, screen, log.descriptor))

    def _close(self) -> None:
        for _, channel, entrance in self._descriptors:
            for descriptor in (entrance, channel.source, channel.screen):
                os.close(descriptor)


def close_later(descriptors: Iterable[int]) -> None:
    """Close ``descriptors`` when no thread can be inside a write to one any more.

    A number that is closed is given out again at once, and a late write would then go into
    a file of the user.
    """
    numbers = list(descriptors)

    def close() -> None:
        for number in numbers:
            os.close(number)

    timer = threading.Timer(_GRACE_S, close)
    timer.daemon = True
    with contextlib.suppress(RuntimeError):  # an interpreter that is ending closes them all
        timer.start()


def _identity(descriptor: int) -> _Identity | None:
    try:
        found = os.fstat(descriptor)
    except OSError:  # closed by user code
        return None
    return found.st_dev, found.st_ino, found.st_rdev


def _shared_memory() -> int:
    """Return a descriptor of memory for the counters, all zero."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("neural-console")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    # Written, not only made longer: memory that a full disk cannot hold would end the process.
    os.write(descriptor, bytes(COUNTERS_BYTES))
    return descriptor
