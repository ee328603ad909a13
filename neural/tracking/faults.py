"""Faults of disks and the like: told once a minute, never raised into a training loop."""

from __future__ import annotations

import logging
import time

__all__ = ["FaultReporter"]

_log = logging.getLogger("neural.tracking")


class FaultReporter:
    """Warns about faults that the run survives, at most once per ``interval_s``.

    Args:
        interval_s: Seconds between two warnings, of whatever kind.
    """

    def __init__(self, interval_s: float = 60.0) -> None:
        self._interval_s = interval_s
        self._next = 0.0
        self._silent = 0

    def report(self, what: str, error: BaseException | None = None) -> None:
        """Warn that ``what`` happened, or count it if the last warning is too recent.

        Args:
            what: A sentence that names the path or the part, without a full stop.
            error: Its cause, shown behind the sentence.
        """
        now = time.monotonic()
        if now < self._next:
            self._silent += 1
            return
        self._next = now + self._interval_s
        more = f" ({self._silent} more since the last warning)" if self._silent else ""
        self._silent = 0
        cause = f": {error}" if error is not None else ""
        _log.warning("%s%s; the run goes on%s", what, cause, more)

    def conclude(self, what: str) -> None:
        """Warn that ``what`` was lost at the end of a run, when no later warning can tell."""
        _log.warning("%s: its disk is full or does not answer", what)
