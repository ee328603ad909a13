"""Keeps what a process prints, while the user sees it as before.

How, and why so. Output comes on two ways, and no one mechanism is right for both:

*What Python prints* goes through a stream of ours that writes it to the screen and to the
log in the calling thread. There is nothing in between that a ``kill -9`` could catch it
in, stdout and stderr keep their order, and a full disk costs the log and not the print.

*What others print* (C code, children, ``os.write(1, …)``) never passes through Python. Its
descriptors are replaced by a pipe, or by a pseudo terminal where the user looks at a
terminal, so that colours and progress bars stay. The other end is read by a small program
of its own, ``_console_relay.py``, not by a thread:

- a thread needs the interpreter's lock, and C code that prints while it holds that lock
  would fill the pipe and then wait for ever;
- a thread dies with the process, and with it the last lines before a crash, which are the
  ones that matter; the program reads on to the end;
- the log itself in the place of the descriptor would be simpler, but then a full disk is
  an error in the user's code, and the screen stays dark when the process crashes.

The program is no child of the process, ignores Ctrl-C and requests to end, and ends when
the last process that could write has ended. Should it be killed, the descriptors are put
back and a thread moves what is left. Before Python prints, it waits for what others
printed earlier, so that the order is kept: microseconds as a rule, and not for ever where
the relay stands still. Memory is constant: what is not yet moved waits in the pipe.

Where ``sys.stdout`` is not descriptor 1 (notebooks, test runners, an application's own
stream), its ``write`` is wrapped and nothing else is kept.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from neural.tracking._console_descriptors import (
    Descriptor,
    Relay,
    can_redirect,
    close_later,
    open_channel,
)
from neural.tracking._console_relay import LogFile
from neural.tracking._console_streams import DescriptorStream, WrappedStream, text_over

__all__ = ["ConsoleCapture"]

_log = logging.getLogger(__name__)

#: Longest wait at the end for output that did not come through Python.
_STOP_WAIT_S = 1.0
_NUMBERS = {"stdout": 1, "stderr": 2}


class _Kept(NamedTuple):
    """One of the two streams, while it is kept."""

    name: str
    before: TextIO
    log: LogFile
    descriptor: Descriptor | None


class ConsoleCapture:
    """Appends standard output and error to ``stdout.log`` and ``stderr.log``.

    Bytes are kept as they are printed, carriage returns and colours too. Nothing here
    raises into user code: what cannot be kept is a warning, and missing bytes are counted
    in the log itself. One capture at a time: output belongs to one run, so a second one is
    refused with a warning until the first is stopped.

    A forked child's output is kept through what it inherits, and its ``stop`` does nothing.

    Args:
        logs_dir: Directory of the two files; made if it is missing.
    """

    def __init__(self, logs_dir: str | os.PathLike[str]) -> None:
        self._logs_dir = Path(logs_dir).absolute()
        self._pid: int | None = None
        self._kept: list[_Kept] = []
        self._stand_ins: dict[str, tuple[Any, DescriptorStream | WrappedStream]] = {}
        self._relay: Relay | None = None

    def start(self) -> bool:
        """Start keeping output.

        Returns:
            Whether it is kept: not while another capture runs, nor where no log can be
            opened, nor in a process without standard output and error.
        """
        global _active
        if _active is not None and _active._pid != os.getpid():
            # Forked from a process whose output is kept: in the same files, it is kept already.
            if _active._logs_dir == self._logs_dir:
                return True
            _active = None
        if _active is not None:
            _log.warning(
                "Output is kept in %s already and will not be kept in %s: stop that capture first",
                _active._logs_dir,
                self._logs_dir,
            )
            return False
        try:
            self._kept = self._open()
        except OSError as exc:
            _log.warning("Output will not be kept in %s: %s", self._logs_dir, exc)
            return False
        _active, self._pid = self, os.getpid()
        self._start_relay()
        for kept in self._kept:
            self._stand_in(kept)
        return bool(self._kept)

    def stop(self) -> None:
        """Put everything back; waits at most about a second. A second call does nothing."""
        global _active
        if self._pid != os.getpid():
            return
        self._pid = None
        for name, (stream, _) in self._stand_ins.items():
            _flush(stream)
            if getattr(sys, name) is stream:
                setattr(sys, name, next(kept.before for kept in self._kept if kept.name == name))
        self._flush_others()
        if self._relay is not None:
            self._relay.restore()
            self._relay.wait(_STOP_WAIT_S)
        for _, stand_in in self._stand_ins.values():
            stand_in.let_go()
        self._stand_ins.clear()
        # Those behind the relay are closed by it when their last writer has ended.
        close_later(kept.log.descriptor for kept in self._kept if kept.descriptor is None)
        if _active is self:
            _active = None

    @property
    def lost_bytes(self) -> int:
        """Bytes that this process could not keep and that no log accounts for yet."""
        return sum(kept.log.lost_bytes for kept in self._kept)

    def _open(self) -> list[_Kept]:
        self._logs_dir.mkdir(parents=True, exist_ok=True)
        kept: list[_Kept] = []
        try:
            for name, number in _NUMBERS.items():
                stream: TextIO | None = getattr(sys, name)
                if stream is not None:  # a process without a console has none
                    kept.append(self._open_one(name, number, stream))
        except OSError:
            close_later(one.log.descriptor for one in kept)
            raise
        return kept

    def _open_one(self, name: str, number: int, stream: TextIO) -> _Kept:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        log = LogFile(os.open(self._logs_dir / f"{name}.log", flags, 0o666))
        if not (can_redirect() and _number_of(stream) == number):
            return _Kept(name, stream, log, None)
        try:
            return _Kept(name, stream, log, open_channel(number, log))
        except OSError:
            os.close(log.descriptor)
            raise

    def _start_relay(self) -> None:
        descriptors = [kept.descriptor for kept in self._kept if kept.descriptor is not None]
        if not descriptors:
            return
        self._flush_others()
        try:
            self._relay = Relay(descriptors)
        except OSError as exc:
            _log.warning("Only what Python prints will be kept in %s: %s", self._logs_dir, exc)
            self._kept = [kept._replace(descriptor=None) for kept in self._kept]
            return
        self._relay.redirect()

    def _stand_in(self, kept: _Kept) -> None:
        """Put a stream of ours in the place of one of Python's."""
        raw: DescriptorStream | WrappedStream
        if kept.descriptor is None or self._relay is None:
            raw = WrappedStream(kept.before, kept.log)
            stream: Any = raw
        elif isinstance(kept.before, io.TextIOWrapper):
            channel = kept.descriptor.channel
            name = f"<{kept.name}>"
            number = _NUMBERS[kept.name]
            raw = DescriptorStream(number, channel.screen, kept.log, self._relay.settle, name)
            stream = text_over(raw, kept.before)
        else:
            return  # an application's own stream over the descriptor, which is kept by itself
        self._stand_ins[kept.name] = stream, raw
        setattr(sys, kept.name, stream)

    def _flush_others(self) -> None:
        """Write out what the streams before ours and the C library hold back."""
        for kept in self._kept:
            _flush(kept.before)
        if self._relay is not None or any(kept.descriptor for kept in self._kept):
            _flush_c_library()


#: The capture of this process, or of the one it was forked from.
_active: ConsoleCapture | None = None


def _number_of(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):  # no descriptor below, or closed
        return None


def _flush(stream: Any) -> None:
    # A screen that is gone is told by the user's own next print.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        stream.flush()


def _flush_c_library() -> None:
    import ctypes

    try:
        library = ctypes.CDLL(None)
        name = "__stdoutp" if sys.platform == "darwin" else "stdout"
        # Not all streams at once: another thread may sit in a read of stdin, and hold it.
        library.fflush(ctypes.c_void_p.in_dll(library, name))
    except (OSError, ValueError, AttributeError):
        pass  # a C library that names its stream otherwise
