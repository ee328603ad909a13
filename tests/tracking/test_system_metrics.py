"""Samples of this very machine, taken beside the calling thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, MissingExtraError
from neural.testing.nvml import PlayedNvml
from neural.tracking.system_metrics import SHORTEST_S, SystemSampler


class Kept:
    """Takes samples; can be waited for."""

    def __init__(self) -> None:
        self.samples: list[dict[str, float]] = []
        self.threads: set[int] = set()
        self._arrived = threading.Condition()

    def __call__(self, values: dict[str, float]) -> None:
        """Keep a sample and the thread that brought it."""
        with self._arrived:
            self.samples.append(values)
            self.threads.add(threading.get_ident())
            self._arrived.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many samples have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.samples) >= count, 5)


def no_cards() -> PlayedNvml:
    """Return a library that finds no driver."""
    return PlayedNvml(broken="nvmlInit")


def test_the_first_sample_comes_at_once_and_from_another_thread(tmp_path: Path) -> None:
    """A run of a second has data although the interval is an hour."""
    kept = Kept()
    sampler = SystemSampler(kept, 3600, path=tmp_path, nvml=no_cards())

    sampler.start()
    kept.wait_for(1)
    sampler.stop()

    assert threading.get_ident() not in kept.threads
    first = kept.samples[0]
    assert first["system/process.memory_gb"] > 0.001
    assert 0 < first["system/memory_percent"] <= 100
    assert first["system/disk.free_gb"] > 0
    assert "system/disk.read_mb_per_s" not in first


def test_later_samples_have_rates(tmp_path: Path) -> None:
    """Processor and traffic are means since the sample before."""
    kept = Kept()
    sampler = SystemSampler(kept, 2 * SHORTEST_S, path=tmp_path, nvml=no_cards())

    sampler.start()
    while len(kept.samples) < 3:
        sum(range(10_000))  # keep a processor busy, so that there is something to see
    sampler.stop()

    late = [sample for sample in kept.samples if "system/cpu_percent" in sample]
    assert any(sample["system/process.cpu_percent"] > 5 for sample in late)
    assert all(0 <= sample["system/cpu_percent"] <= 100 for sample in late)
    assert all(sample["system/network.sent_mb_per_s"] >= 0 for sample in late)


def test_stopping_takes_a_last_sample_with_rates(tmp_path: Path) -> None:
    """A run shorter than the interval has rates, too."""
    kept = Kept()
    sampler = SystemSampler(kept, 3600, path=tmp_path, nvml=no_cards())
    sampler.start()
    kept.wait_for(1)

    threading.Event().wait(2 * SHORTEST_S)
    sampler.stop()

    assert len(kept.samples) == 2
    assert "system/process.cpu_percent" in kept.samples[-1]


def test_a_card_is_sampled(tmp_path: Path) -> None:
    """Names and units are those of the table."""
    kept = Kept()
    library = PlayedNvml("H200")
    sampler = SystemSampler(kept, 3600, path=tmp_path, nvml=library)

    sampler.start()
    kept.wait_for(1)
    sampler.stop()

    gpu = {
        name: value for name, value in kept.samples[0].items() if ".gpu" in name or "/gpu" in name
    }
    assert gpu == {
        "system/gpu.0.utilization": 97.0,
        "system/gpu.0.memory_percent": 25.0,
        "system/gpu.0.memory_gb": 20.0,
        "system/gpu.0.temperature_c": 61.0,
        "system/gpu.0.power_w": 412.5,
    }


def test_every_metric_is_in_the_table(tmp_path: Path) -> None:
    """The docstring lists what is logged, and nothing is logged that it does not list."""
    from neural.tracking import system_metrics

    kept = Kept()
    library = PlayedNvml("H200")
    sampler = SystemSampler(kept, 2 * SHORTEST_S, path=tmp_path, nvml=library)
    sampler.start()
    kept.wait_for(3)
    sampler.stop()

    table = system_metrics.__doc__ or ""
    listed = {line.split()[0] for line in table.splitlines() if line.startswith("system/")}
    assert {name.replace("gpu.0", "gpu.N") for sample in kept.samples for name in sample} <= listed


def test_a_failing_callback_is_told_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception neither leaves the thread nor ends it."""
    kept = Kept()

    def fail(values: dict[str, float]) -> None:
        kept(values)
        raise RuntimeError("disk on fire")

    sampler = SystemSampler(fail, SHORTEST_S, path=tmp_path, nvml=no_cards())
    sampler.start()
    kept.wait_for(3)
    sampler.stop()

    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "A sample of the system metrics is missing: disk on fire"
    ]


def test_a_disk_that_vanishes_hides_nothing_else(tmp_path: Path) -> None:
    """A run directory that was removed leaves out its own metric alone."""
    kept = Kept()
    sampler = SystemSampler(kept, 3600, path=tmp_path / "gone", nvml=no_cards())

    sampler.start()
    kept.wait_for(1)
    sampler.stop()

    assert "system/disk.free_gb" not in kept.samples[0]
    assert "system/memory_percent" in kept.samples[0]


def test_stopping_is_bounded(tmp_path: Path) -> None:
    """A callback that hangs holds the end of a run up for a second at most."""
    release, entered = threading.Event(), threading.Event()

    def hang(values: dict[str, float]) -> None:
        entered.set()
        release.wait(5)

    sampler = SystemSampler(hang, 3600, path=tmp_path, nvml=no_cards())
    sampler.start()
    entered.wait(5)
    start = time.monotonic()

    sampler.stop()

    assert time.monotonic() - start < 2
    release.set()


def test_stopping_without_starting_and_twice(tmp_path: Path) -> None:
    """Both do nothing."""
    kept = Kept()
    sampler = SystemSampler(kept, path=tmp_path, nvml=no_cards())

    sampler.stop()
    sampler.stop()

    assert kept.samples == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_does_not_sample(tmp_path: Path) -> None:
    """The child's end neither stops nor waits for the parent's sampler."""
    kept = Kept()
    sampler = SystemSampler(kept, 2 * SHORTEST_S, path=tmp_path, nvml=no_cards())
    sampler.start()
    kept.wait_for(1)

    pid = os.fork()
    if pid == 0:
        sampler.stop()
        os._exit(len({thread.name for thread in threading.enumerate()} & {"neural-system"}))
    _, status = os.waitpid(pid, 0)
    kept.wait_for(len(kept.samples) + 2)
    sampler.stop()

    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf")])
def test_an_interval_that_is_no_time(interval: float) -> None:
    """The message names the argument and what came."""
    with pytest.raises(InvalidInputError, match="interval_s must be a positive number, got"):
        SystemSampler(lambda _: None, interval)


def test_without_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is told where it is asked for, with the command that installs it."""
    monkeypatch.setitem(sys.modules, "psutil", None)

    with pytest.raises(MissingExtraError, match=r"neural-aquarium\[system\]"):
        SystemSampler(lambda _: None)


def test_making_one_imports_nothing_heavy() -> None:
    """Heavy parts are imported by the thread, not by the caller."""
    code = (
        "import sys; from neural.tracking.system_metrics import SystemSampler;"
        "SystemSampler(print); print('psutil' in sys.modules, 'pynvml' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False False"
