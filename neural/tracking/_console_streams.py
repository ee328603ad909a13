"""Streams that stand in for ``sys.stdout`` and ``sys.stderr`` while output is kept."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from neural.tracking._console_relay import LogFile

__all__ = ["DescriptorStream", "WrappedStream", "text_over"]


class DescriptorStream(io.RawIOBase):
    """Writes what Python prints to the screen and to the log, both in the calling thread.

    What has returned from a flush is therefore in the log, however the process dies.

    Args:
        descriptor: 1 or 2; what :meth:`fileno` answers, for children and terminals.
        screen: The descriptor that was there before.
        log: The file that keeps the output.
        settle: Called before each write. Returns whether the output belongs to the screen
            and the log, after waiting, so that the order is kept, until output from
            elsewhere has arrived; and false where user code has put something else in the
            place of ``descriptor`` for a while.
        name: As the stream before it was called: ``"<stdout>"``.
    """

    def __init__(
        self,
        descriptor: int,
        screen: int,
        log: LogFile,
        settle: Callable[[int], bool],
        name: str,
    ) -> None:
        super().__init__()
        self.name = name
        self._descriptor = descriptor
        self._screen = screen
        self._log: LogFile | None = log
        self._settle = settle

    def let_go(self) -> None:
        """Only pass on from now: somebody may have kept this stream."""
        self._log = None

    def writable(self) -> bool:
        """Return that this can be written."""
        return True

    def fileno(self) -> int:
        """Return 1 or 2, so that a child that is given this stream is kept, too."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether a terminal shows the output."""
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int | None:
        """Write to both; what the screen refuses is raised, as it always was."""
        log = self._log
        if log is not None and not self._settle(self._descriptor):
            log = None
        try:
            count = os.write(self._screen if log is not None else self._descriptor, data)
        except BlockingIOError:
            return None  # what a raw stream answers then
        if log is not None:
            log.append(memoryview(data)[:count])
        return count


def text_over(raw: DescriptorStream, before: io.TextIOWrapper) -> io.TextIOWrapper:
    """Return a text stream over ``raw`` that encodes and buffers like ``before``."""
    # Under python -u there is no buffer between the text and the descriptor.
    unbuffered = isinstance(before.buffer, io.RawIOBase)
    text = io.TextIOWrapper(
        raw if unbuffered else io.BufferedWriter(raw),
        encoding=before.encoding,
        errors=before.errors,
        newline="\n",
        line_buffering=before.line_buffering,
        write_through=before.write_through,
    )
    text.mode = "w"  # type: ignore[misc]
    return text


class WrappedStream:
    """Passes everything to a stream that has no descriptor, and keeps what is written.

    Args:
        stream: A notebook's, a test runner's or an application's own stream.
        log: The file that keeps the output; ``None`` keeps nothing.
    """

    def __init__(self, stream: TextIO, log: LogFile | None) -> None:
        self._stream = stream
        self._log = log
        self._below: WrappedStream | None = None

    def let_go(self) -> None:
        """Only pass on from now: somebody may have kept this stream."""
        self._log = None
        if self._below is not None:
            self._below.let_go()

    def write(self, data: Any) -> Any:
        """Write to both; what the stream refuses is raised, as it always was."""
        answer = self._stream.write(data)
        log = self._log
        if log is not None:
            log.append(_bytes(data))
        return answer

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write each of ``lines``."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> WrappedStream:
        """The stream of bytes below, kept alike."""
        if self._below is None:
            self._below = WrappedStream(self._stream.buffer, self._log)  # type: ignore[arg-type]
        return self._below

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _bytes(data: Any) -> bytes:
    return data.encode("utf-8", "backslashreplace") if isinstance(data, str) else bytes(data)
