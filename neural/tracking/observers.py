"""What is watched beside a run, off the calling thread: output, machine, environment."""

from __future__ import annotations

import importlib
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from neural._files import replace_bytes, write_json
from neural.tracking.faults import FaultReporter
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_format import encode_entry
from neural.tracking.storage.metrics_log import MetricsLog

if TYPE_CHECKING:
    from neural.tracking.console_capture import ConsoleCapture
    from neural.tracking.environment import CaptureHandle
    from neural.tracking.system_metrics import SystemSampler

__all__ = ["Observers", "check_observers"]

#: Imported beside the run, so that its end does not wait for them.
_NEEDED_AT_THE_END = ("neural.tracking.storage.metrics_reader", "neural.tracking.summary")

#: Longest wait at the end of a run for what is still being gathered.
_PATIENCE_S = 0.5


def check_observers(system_metrics: bool) -> None:
    """Check before anything is written that what is wanted can be done.

    Raises:
        MissingExtraError: psutil is not installed.
    """
    if system_metrics:
        from neural.tracking.system_metrics import check_psutil

        check_psutil()


class Observers:
    """Starts and stops what is watched beside one run.

    Args:
        paths: Files of the run.
        faults: Told about what could not be kept.
    """

    def __init__(self, paths: RunPaths, faults: FaultReporter) -> None:
        self._paths = paths
        self._faults = faults
        self._console: ConsoleCapture | None = None
        self._sampler: SystemSampler | None = None
        self._environment: CaptureHandle | None = None
        self._system_log: MetricsLog | None = None

    def start(self, output: bool, system: bool, environment: bool) -> None:
        """Start watching; returns at once."""
        if output:
            self._start_console()
        if environment:
            from neural.tracking.environment import start_capture

            self._environment = start_capture(self._keep_environment)
        if system:
            from neural.tracking.system_metrics import SystemSampler

            # A file of its own: the run's entries are counted by its own calls alone. It is opened
            # now, so that samples are counted from here: from zero in a new run, and in one that
            # goes on from behind all earlier ones, which charts would hide otherwise.
            self._system_log = MetricsLog(self._paths.root, faults=self._faults, join=True)
            self._system_log.open()
            self._sampler = SystemSampler(self._keep_sample, path=self._paths.root)
            self._sampler.start()

    def stop(self) -> None:
        """Stop watching; waits at most about half a second."""
        if self._sampler is not None:
            self._sampler.stop()
            self._sampler = None
        if self._system_log is not None:
            self._system_log.close()
        if self._environment is not None:
            self._environment.join(_PATIENCE_S)
            self._environment = None
        if self._console is not None:
            self._console.stop()
            self._console = None

    def _start_console(self) -> None:
        from neural.tracking.console_capture import ConsoleCapture

        try:
            self._paths.logs_dir.mkdir(parents=True, exist_ok=True)
            self._console = ConsoleCapture(self._paths.logs_dir)
            self._console.start()
        except OSError as exc:
            self._faults.report(f"Output cannot be kept in {self._paths.logs_dir}", exc)

    def _keep_sample(self, values: dict[str, float]) -> None:
        log = self._system_log
        if log is not None:
            now = time()
            log.append(encode_entry(now, log.next_step, values), now)

    def _keep_environment(self, environment: dict[str, Any], diff: str | None) -> None:
        try:
            if diff is not None:
                replace_bytes(Path(self._paths.git_diff), diff.encode("utf-8", "replace"))
            write_json(self._paths.environment, environment)
        except OSError as exc:
            self._faults.report(f"{self._paths.environment} cannot be written", exc)
        for module in _NEEDED_AT_THE_END:
            importlib.import_module(module)
