"""Samples what the machine does while a run trains, in a thread of its own.

===================================  =====================================================
metric                               value
===================================  =====================================================
system/cpu_percent                   all processors of the machine together, 0 to 100
system/process.cpu_percent           this process; 100 is one processor, more are more
system/process.memory_gb             resident memory of this process
system/memory_percent                memory of the machine that is not available, 0 to 100
system/disk.free_gb                  free space, for this user, on the disk of the run
system/disk.read_mb_per_s            all disks of the machine
system/disk.write_mb_per_s           all disks of the machine
system/network.received_mb_per_s     all interfaces but the loopback
system/network.sent_mb_per_s         all interfaces but the loopback
system/gpu.N.utilization             percent of the time in which a kernel ran on card N
system/gpu.N.memory_percent          memory of the card in use, by all processes
system/gpu.N.memory_gb               the same in gigabytes
system/gpu.N.temperature_c           degrees Celsius
system/gpu.N.power_w                 watts
===================================  =====================================================

A megabyte is 10**6 bytes and a gigabyte 10**9. Cards have the numbers that ``nvidia-smi``
shows, whatever ``CUDA_VISIBLE_DEVICES`` says. Rates are means since the sample before, so
the first sample has none; what a machine or a card does not tell is left out.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from neural._optional import optional_import
from neural.errors import InvalidInputError, MissingExtraError
from neural.tracking._nvml import GpuReader, GpuSample, Nvml
from neural.tracking.records import SYSTEM_PREFIX

__all__ = ["SystemSampler", "check_psutil"]

_log = logging.getLogger(__name__)

_PURPOSE = "sample system metrics"
#: Over less time than this a rate says nothing.
SHORTEST_S = 0.05
_STOP_WAIT_S = 1.0


def check_psutil() -> None:
    """Look for psutil without importing it, which takes milliseconds and can wait for the thread.

    Raises:
        MissingExtraError: It is not installed.
    """
    if importlib.util.find_spec("psutil") is None:
        raise MissingExtraError("psutil", "system", _PURPOSE)


class SystemSampler:
    """Hands system metrics to ``log`` at once, every ``interval_s``, and when it is stopped.

    Nothing of it runs in the calling thread, and no exception leaves it: the first is
    logged, the next sample is tried again. In a forked child it samples nothing.

    Args:
        log: Called in the sampler's thread with the values of one sample.
        interval_s: Seconds between two samples.
        path: A file or directory of the disk whose free space is wanted.
        nvml: NVIDIA's library; ``None`` imports it if it is installed. A test plays a GPU.

    Raises:
        MissingExtraError: psutil is not installed.
        InvalidInputError: ``interval_s`` is not a positive number.
    """

    def __init__(
        self,
        log: Callable[[dict[str, float]], None],
        interval_s: float = 10.0,
        *,
        path: str | os.PathLike[str] = ".",
        nvml: Nvml | None = None,
    ) -> None:
        if not (interval_s > 0 and math.isfinite(interval_s)):
            raise InvalidInputError(f"interval_s must be a positive number, got {interval_s!r}")
        check_psutil()
        self._log = log
        self._interval_s = interval_s
        self._path = Path(path).absolute()
        self._nvml = nvml
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="neural-system", daemon=True)
        self._pid = os.getpid()
        self._told = False

    def start(self) -> None:
        """Start sampling; a second call does nothing."""
        if self._thread.ident is None:
            try:
                self._thread.start()
            except RuntimeError as exc:  # no more threads, or the interpreter is ending
                _log.warning("System metrics are not sampled: %s", exc)

    def stop(self) -> None:
        """Take a last sample and end; waits at most a second. A second call does nothing."""
        if os.getpid() != self._pid:
            return
        self._stopping.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_STOP_WAIT_S)

    def _run(self) -> None:
        try:
            probes = _Probes(self._path, self._nvml)
        except Exception as exc:  # noqa: BLE001 - a thread ends here, a training goes on
            _log.warning("System metrics are not sampled: %s", exc, exc_info=exc)
            return
        self._try(probes)
        while not self._stopping.wait(self._interval_s):
            self._try(probes)
        # A run shorter than the interval has its rates from here.
        if probes.seconds_since_sample() >= SHORTEST_S:
            self._try(probes)
        probes.close()

    def _try(self, probes: _Probes) -> None:
        try:
            self._log(probes.sample())
        # Drivers fail in many ways and so may the callback; the next sample may succeed.
        except Exception as exc:  # noqa: BLE001
            level = logging.DEBUG if self._told else logging.WARNING
            _log.log(level, "A sample of the system metrics is missing: %s", exc, exc_info=exc)
            self._told = True


class _Probes:
    """Reads the machine; remembers what is needed for rates."""

    def __init__(self, path: Path, nvml: Nvml | None) -> None:
        self._psutil = optional_import("psutil", extra="system", purpose=_PURPOSE)
        self._process = self._psutil.Process()
        self._path = path
        self._gpus = GpuReader.open(nvml)
        self._counters: dict[str, float] = {}
        self._time = time.monotonic()
        self._cpu()  # the first call only starts the clock

    def close(self) -> None:
        """Give NVIDIA's library back."""
        if self._gpus is not None:
            self._gpus.close()

    def seconds_since_sample(self) -> float:
        """Return how long ago the last sample was taken."""
        return time.monotonic() - self._time

    def sample(self) -> dict[str, float]:
        """Return everything that can be read now."""
        seconds = self.seconds_since_sample()
        self._time += seconds
        values: dict[str, float] = {}
        if seconds >= SHORTEST_S:
            values |= self._readable(self._cpu)
        values |= self._readable(self._memory)
        values |= self._readable(self._disk_free)
        values |= self._rates(self._readable(self._traffic), seconds)
        for gpu in self._gpus.samples() if self._gpus is not None else ():
            values |= _gpu_values(gpu)
        return {f"{SYSTEM_PREFIX}{name}": value for name, value in values.items()}

    def _readable(self, read: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Return what ``read`` does, or nothing where a container hides it."""
        try:
            return read()
        except (OSError, RuntimeError, AttributeError, self._psutil.Error):
            return {}

    def _cpu(self) -> dict[str, float]:
        return {
            "cpu_percent": float(self._psutil.cpu_percent(None)),
            "process.cpu_percent": float(self._process.cpu_percent(None)),
        }

    def _memory(self) -> dict[str, float]:
        return {
            "process.memory_gb": self._process.memory_info().rss / 1e9,
            "memory_percent": float(self._psutil.virtual_memory().percent),
        }

    def _disk_free(self) -> dict[str, float]:
        return {"disk.free_gb": shutil.disk_usage(self._path).free / 1e9}

    def _traffic(self) -> dict[str, float]:
        """Return bytes since the machine started; the caller makes rates of them."""
        values: dict[str, float] = {}
        disks = self._psutil.disk_io_counters()
        if disks is not None:
            values |= {"disk.read": disks.read_bytes, "disk.write": disks.write_bytes}
        cards = self._psutil.net_io_counters(pernic=True)
        real = [counters for name, counters in cards.items() if not name.startswith("lo")]
        values["network.received"] = sum(counters.bytes_recv for counters in real)
        values["network.sent"] = sum(counters.bytes_sent for counters in real)
        return values

    def _rates(self, now: dict[str, float], seconds: float) -> dict[str, float]:
        before, self._counters = self._counters, now
        if seconds < SHORTEST_S:
            return {}
        return {
            # A counter that went back was reset: an interface that came anew.
            f"{name}_mb_per_s": max(0.0, value - before[name]) / seconds / 1e6
            for name, value in now.items()
            if name in before
        }


def _gpu_values(gpu: GpuSample) -> dict[str, float]:
    used, total = gpu.memory_used_bytes, gpu.memory_total_bytes
    values = {
        "utilization": gpu.utilization,
        "memory_percent": 100 * used / total if used is not None and total else None,
        "memory_gb": None if used is None else used / 1e9,
        "temperature_c": gpu.temperature_c,
        "power_w": gpu.power_w,
    }
    return {
        f"gpu.{gpu.number}.{name}": value for name, value in values.items() if value is not None
    }
