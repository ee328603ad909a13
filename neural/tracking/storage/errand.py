"""Work that a slow disk may hold up, done beside the thread that wants it."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Errand"]

_T = TypeVar("_T")

#: A thread that has not even begun waits for a processor, not for a disk. So often we wait on.
_MOST_WAITS = 20


class Errand(Generic[_T]):
    """A piece of work for a thread of its own, which no exit of the interpreter waits for.

    :meth:`send` starts the thread with :mod:`_thread`: 25 µs there and back, also beside a
    busy thread, where ``threading.Thread`` takes up to 16 ms to say that it has begun.

    Args:
        work: What to do.
        then: Called with this errand, in its thread, when the work is done.
    """

    def __init__(self, work: Callable[[], _T], then: Callable[[Errand[_T]], None]) -> None:
        self._work = work
        self._then = then
        self._claim = _thread.allocate_lock()
        self._doing = _thread.allocate_lock()
        self._doing.acquire()
        self._result: _T | None = None
        self._error: BaseException | None = None

    def send(self) -> None:
        """Begin; where no thread can be had, do the work here and now."""
        try:
            _thread.start_new_thread(self.do, ())
        except RuntimeError:  # too many threads, or the interpreter is about to end
            self.do()

    def do(self) -> None:
        """Do the work in this thread, unless it was called off."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._result = self._work()
        except BaseException as exc:  # noqa: BLE001  # it belongs to whoever asks for the result
            self._error = exc
        self._doing.release()
        self._then(self)

    def wait(self, patience_s: float) -> bool:
        """Wait for the end of the work, but not for long; tells whether it is done.

        Args:
            patience_s: Seconds to wait once the work has begun.
        """
        for _ in range(_MOST_WAITS):
            if self._doing.acquire(timeout=patience_s):
                self._doing.release()
                return True
            if self._claim.locked():
                break
        return False

    def revoke(self) -> bool:
        """Call the errand off if it has not begun; tells whether that was so."""
        return self._claim.acquire(blocking=False)

    def result(self) -> _T:
        """Return what the work returned, or raise what it raised; only once it is done."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set, unless there is an error
