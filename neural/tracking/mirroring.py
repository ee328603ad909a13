"""A run kept up to date on other platforms while it is being written.

The run's own files are the queue: the training process only writes them, as ever, and what a
platform missed while it was slow or down is still there. Each round is an export, which sends
what is new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from neural.tracking.export_manager import ExportResult, export_run
from neural.tracking.run_library import RunLibrary
from neural.tracking.sinks import Target, sinks

__all__ = ["Mirror"]

#: Of its time a mirror spends at most one part in so many on exports.
_SHARE = 10
_LONGEST_WAIT_S = 300.0


class Mirror:
    """Sends one run to platforms, round after round, until it has ended and all of it is there.

    Args:
        library: The store.
        experiment_id: Exact id.
        targets: Where to, by platform.
        every_s: Seconds between rounds; more where a round itself takes long.
        told: Called after each export with the platform and its result.

    Raises:
        NotFoundError: There is no such run.
        UnknownNameError: There is no such platform.
    """

    def __init__(
        self,
        library: RunLibrary,
        experiment_id: str,
        targets: Mapping[str, Target],
        *,
        every_s: float = 5.0,
        told: Callable[[str, ExportResult], None] = lambda _platform, _result: None,
    ) -> None:
        library.run(experiment_id)
        for platform in targets:
            if platform not in sinks:
                sinks.load(platform)  # raises, and lists close matches
        self._library = library
        self._id = experiment_id
        self._targets = dict(targets)
        self._every_s = every_s
        self._told = told
        self._stopping = threading.Event()
        self._sent: dict[str, str] = {}

    def run(self) -> bool:
        """Mirror until the run has ended, or :meth:`stop`; tells whether all of it is there."""
        while not self._stopping.is_set():
            started = time.monotonic()
            goes_on = self._goes_on()  # before the round: what comes after is for the next
            whole = self.round()
            if whole and not goes_on:
                return True
            took = time.monotonic() - started
            self._stopping.wait(min(max(self._every_s, (_SHARE - 1) * took), _LONGEST_WAIT_S))
        return False

    def round(self) -> bool:
        """Send what is new to every platform; tells whether all of them have all of it.

        A platform that has everything already is not asked again until something changes.
        """
        revision = self._library.revision([self._id]).get(self._id, "")
        for platform, target in self._targets.items():
            if self._sent.get(platform) == revision:
                continue
            result = export_run(self._library, self._id, platform, target, go_on=self._go_on)
            self._told(platform, result)
            if result.ok:
                self._sent[platform] = revision
        return all(self._sent.get(platform) == revision for platform in self._targets)

    def stop(self) -> None:
        """Stop before the next piece; any thread may call it."""
        self._stopping.set()

    def _go_on(self) -> bool:
        return not self._stopping.is_set()

    def _goes_on(self) -> bool:
        record = self._library.run(self._id)
        return record.end_time is None and record.status != "crashed"
