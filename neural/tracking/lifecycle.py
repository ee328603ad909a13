"""How a run ends when nobody calls ``finish``: exit, exception, Ctrl-C, SIGTERM.

Everything here acts only in the process that made the tracker, and only on trackers that still
write. Nothing is installed before the first tracker exists.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NamedTuple, NoReturn, Protocol

from neural.tracking.records import RunStatus

__all__ = ["Ending", "ending_at_collection", "ending_of", "watch"]

#: Frames of a traceback that are kept.
_FRAMES = 100


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        status: Final status.
        error: ``type``, ``message`` and ``traceback`` of what ended it, if anything did.
    """

    status: RunStatus
    error: dict[str, str] | None = None


class _Ends(Protocol):
    def _end(self, ending: Ending) -> None: ...


_watched: weakref.WeakSet[_Ends] = weakref.WeakSet()
_installed_in: int | None = None
_ending = Ending(RunStatus.COMPLETED)


def ending_of(error: BaseException | None) -> Ending:
    """Return the ending that an exception means: Ctrl-C cancels, ``sys.exit(0)`` completes."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return Ending(RunStatus.COMPLETED)
    import traceback  # a run that ends well does not need it

    cancelled = isinstance(error, KeyboardInterrupt)
    trace = traceback.format_exception(type(error), error, error.__traceback__, limit=-_FRAMES)
    return Ending(
        RunStatus.CANCELLED if cancelled else RunStatus.FAILED,
        {"type": type(error).__name__, "message": str(error), "traceback": "".join(trace)},
    )


def ending_at_collection() -> Ending:
    """Return the ending of a run whose tracker nobody holds any more.

    It failed if an exception is being handled: most likely the one that let go of it.
    """
    return ending_of(sys.exc_info()[1])


def watch(tracker: _Ends) -> None:
    """End ``tracker`` when the process ends."""
    global _installed_in
    _watched.add(tracker)
    if _installed_in != os.getpid():
        if _installed_in is None:
            _install()
        _installed_in = os.getpid()


def _install() -> None:
    atexit.register(_end_all)
    sys.excepthook = _noting_excepthook(sys.excepthook)
    sys.exit = _noting_exit(sys.exit)  # atexit is not told the exit code
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_sigterm)


def _noting_excepthook(
    earlier: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    """SIGINT needs no handler of ours: it arrives here as KeyboardInterrupt."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        _note(error)
        return earlier(kind, error, trace)

    return hook


def _noting_exit(earlier: Callable[[Any], NoReturn]) -> Callable[..., NoReturn]:
    def noted_exit(status: Any = None, /) -> NoReturn:
        try:
            earlier(status)
        except SystemExit as exc:
            if threading.current_thread() is threading.main_thread():
                _note(exc)
            raise

    return noted_exit


def _note(error: BaseException) -> None:
    global _ending
    _ending = ending_of(error)


def _on_sigterm(number: int, frame: FrameType | None) -> None:
    """Cancel the runs, then die of the signal as if there were no handler."""
    _note_signal(number)
    _end_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _note_signal(number: int) -> None:
    global _ending
    name = signal.Signals(number).name
    _ending = Ending(RunStatus.CANCELLED, {"type": name, "message": "", "traceback": ""})


def _end_all() -> None:
    for tracker in list(_watched):
        tracker._end(_ending)
