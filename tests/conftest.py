"""What a missing tool means: a skip at home, a failure where ``CI`` is set."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
IN_CI = bool(os.environ.get("CI"))

Require = Callable[[object, str], None]


@pytest.fixture(scope="session")
def require() -> Require:
    """Return ``require(found, reason)``: stops the test unless ``found`` is true.

    At home the test is skipped and ``reason`` printed; where ``CI`` is set it fails, because
    there a test that does not run is a promise nobody looks after.
    """

    def stop_unless(found: object, reason: str) -> None:
        if not found:
            pytest.skip(reason)

    return stop_unless


@pytest.fixture(scope="session")
def browser_executable(require: Require) -> str:
    """Path of the browser that the browser tests drive."""
    found = subprocess.run(
        [REPOSITORY / "scripts" / "browser.sh"], capture_output=True, text=True, check=False
    )
    require(found.returncode == 0, found.stderr.strip())
    return found.stdout.strip()


def pytest_configure() -> None:
    """Hear the signals that whoever started the tests in the background has silenced.

    ``nohup`` and the ``&`` of a shell ignore SIGHUP and SIGINT for everything that they start,
    and the programs that the tests send signals to would inherit that.
    """
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a value without a text of its own by its type: an address differs between processes."""
    return type(val).__name__ if " at 0x" in repr(val) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of one test into a failure where ``CI`` is set."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure where ``CI`` is set."""
    report = yield
    if IN_CI and report.skipped:
        _fail(report, collector.nodeid)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport, name: str) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{name} does not run here, and CI skips nothing: {reason}"
