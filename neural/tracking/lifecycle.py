"""How a run ends when nobody calls ``finish``: exit, exception, Ctrl-C, SIGTERM.

Everything here acts only in the process that made the tracker, and only on trackers that still
write. Nothing is installed before the first tracker exists.

``sys.exit``, ``exit`` and ``quit`` are noted as they are called. Of a plain ``raise SystemExit(1)``
Python tells nobody, so it cannot be told from a clean exit: the run completes.
"""

from __future__ import annotations

import atexit
import builtins
import logging
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, NamedTuple, NoReturn, Protocol

from neural.tracking.records import RunStatus

__all__ = ["Ending", "ending_at_collection", "ending_of", "watch"]

_log = logging.getLogger(__name__)

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
#: What was noted about how the process ends: an exception, or a signal.
_noted: BaseException | Ending | None = None
#: Outermost frame of the program that has called sys.exit; tells whether that was caught.
_program: FrameType | None = None
#: The last exception that nobody had caught before there was a tracker.
_earlier_error: BaseException | None = None


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
    global _earlier_error
    _earlier_error = _last_error()
    atexit.register(_at_exit)
    sys.excepthook = _noting_excepthook(sys.excepthook)
    sys.exit = _noting_exit(sys.exit)  # atexit is not told the exit code
    quitter: Any = type(getattr(builtins, "exit", None))
    if quitter.__name__ == "Quitter":  # `exit(1)` and `quit(1)` raise by themselves
        quitter.__call__ = _noting_exit(quitter.__call__)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _on_signal)


def _noting_excepthook(
    earlier: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    """Where Python handles SIGINT as it usually does, it arrives here as KeyboardInterrupt."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        _note(error)
        return earlier(kind, error, trace)

    return hook


def _noting_exit(earlier: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
    def noted_exit(*args: Any, **kwargs: Any) -> NoReturn:
        try:
            earlier(*args, **kwargs)
        except SystemExit as exc:
            if threading.current_thread() is threading.main_thread():
                _note(exc, sys._getframe())
            raise

    return noted_exit


def _note(what: BaseException | Ending, frame: FrameType | None = None) -> None:
    global _noted, _program
    _noted = what
    _program = None if frame is None else _outermost(frame)


def _on_signal(number: int, frame: FrameType | None) -> None:
    """Cancel the runs, then die of the signal as if there were no handler."""
    name = signal.Signals(number).name
    _note(Ending(RunStatus.CANCELLED, {"type": name, "message": "", "traceback": ""}))
    _end_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _at_exit() -> None:
    _end_all()
    if isinstance(_noted, KeyboardInterrupt):
        # Python dies of SIGINT, as shells expect it to, only if the last code that it compiled
        # was interrupted; what we have imported just now was not.
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")  # noqa: S102


def _end_all() -> None:
    ending = _ending()
    for tracker in list(_watched):
        try:
            tracker._end(ending)
        except Exception:  # noqa: BLE001  # the process ends; the other runs are to end too
            _log.exception("A run could not be ended")


def _ending() -> Ending:
    """Return how the process ends, as far as anybody can know before it has."""
    if isinstance(_noted, Ending):
        return _noted
    if isinstance(_noted, SystemExit):
        caught = _program is not None and not _was_left_by_an_exception(_program)
        return ending_of(None if caught else _noted)
    if _noted is None and not hasattr(sys, "ps1"):  # a hook that was set later hides ours
        last = _last_error()
        return ending_of(None if last is _earlier_error else last)
    return ending_of(_noted)


def _outermost(frame: FrameType) -> FrameType:
    while frame.f_back is not None:
        frame = frame.f_back
    return frame


def _was_left_by_an_exception(frame: FrameType) -> bool:
    """Tell how a frame that has ended did so: its last instruction was to return, or another."""
    import opcode

    last = frame.f_code.co_code[frame.f_lasti]
    return not opcode.opname[last].startswith("RETURN")


def _last_error() -> BaseException | None:
    """Return the last exception that nobody has caught."""
    name = "last_exc" if sys.version_info >= (3, 12) else "last_value"
    found: BaseException | None = getattr(sys, name, None)
    return found
