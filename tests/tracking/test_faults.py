"""Faults are told once a minute, and counted in between."""

from __future__ import annotations

import logging
import time

import pytest

from neural.tracking.faults import FaultReporter


class Clock:
    """Shows what it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Seconds since whenever."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the reporter looks at."""
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_the_first_fault_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """As a warning that names the thing and its cause, and says that the run goes on."""
    FaultReporter().report("Metrics cannot be written to /runs/a", OSError(28, "No space left"))

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "/runs/a" in record.getMessage()
    assert "No space left" in record.getMessage()
    assert "the run goes on" in record.getMessage()


def test_then_there_is_silence_for_a_minute(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever happens meanwhile, the next warning says how much it was."""
    reporter = FaultReporter()
    for _ in range(1_000):
        reporter.report("first")
        clock.now += 0.059
    assert len(caplog.records) == 1

    clock.now += 60
    reporter.report("second")

    assert len(caplog.records) == 2
    assert "second" in caplog.records[1].getMessage()
    assert "999 more" in caplog.records[1].getMessage()


def test_runs_do_not_silence_each_other(caplog: pytest.LogCaptureFixture) -> None:
    """Each has a reporter of its own."""
    FaultReporter().report("one")
    FaultReporter().report("two")

    assert len(caplog.records) == 2
