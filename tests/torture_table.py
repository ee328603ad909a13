"""A plugin for hours of faults: a time box, a table at the end, and a corpus of what failed.

``make torture`` loads it. ``NEURAL_TORTURE_MINUTES=240`` bounds the time: what does not fit is
skipped and said so. Seeds of tests that fail are kept in ``tests/data/torture_corpus.json``, and
every later run replays them first; commit the file together with the mend.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

__all__ = ["CORPUS"]

CORPUS = Path(__file__).parent / "data" / "torture_corpus.json"
_SEED = "replay with NEURAL_TEST_SEED="


@dataclass
class _Line:
    """What is known of one test, over all its parameters."""

    seconds: list[float] = field(default_factory=list)
    iterations: int = 0
    failures: int = 0
    skipped: int = 0
    seeds: set[str] = field(default_factory=set)
    memory_mb: float = 0.0


_lines: dict[str, _Line] = {}
_began = time.monotonic()


def _corpus() -> dict[str, list[int]]:
    return dict(json.loads(CORPUS.read_text())) if CORPUS.exists() else {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what failed once in front, with the seed that it failed with."""
    kept = _corpus()
    again = []
    for item in items:
        for seed in kept.get(item.nodeid, []):
            assert isinstance(item, pytest.Function)
            one = pytest.Function.from_parent(
                item.parent,
                name=item.name,
                callspec=getattr(item, "callspec", None),
                callobj=item.obj,
                fixtureinfo=item._fixtureinfo,
                originalname=item.originalname,
            )
            one.replayed_seed = seed  # type: ignore[attr-defined]  # the fixture `seed` looks here
            again.append(one)
    items[:0] = again


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what does not fit into the time."""
    minutes = float(os.environ.get("NEURAL_TORTURE_MINUTES", "0"))
    if minutes and time.monotonic() - _began > 60 * minutes:
        pytest.skip(f"the {minutes:g} minutes are over")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what a test did, and keep the seed of one that failed."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        _note(item, report)
    return report


def _note(item: pytest.Item, report: pytest.TestReport) -> None:
    line = _lines.setdefault(item.nodeid.partition("[")[0], _Line())
    line.seconds.append(report.duration)
    line.failures += report.failed
    line.skipped += report.skipped
    line.iterations += sum(int(str(n)) for name, n in item.user_properties if name == "iterations")
    line.memory_mb = max(line.memory_mb, _memory_mb())
    seeds = [text.removeprefix(_SEED) for _, text in report.sections if text.startswith(_SEED)]
    if report.failed:
        line.seeds.update(seeds)
        _keep(item.nodeid, [int(seed) for seed in seeds])


def _memory_mb() -> float:
    """Return the most that this process, or any that it waited for, has held."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024


def _keep(nodeid: str, seeds: list[int]) -> None:
    if not seeds:
        return
    kept = _corpus()
    kept[nodeid] = sorted({*kept.get(nodeid, []), *seeds})
    CORPUS.parent.mkdir(exist_ok=True)
    CORPUS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    write = terminalreporter.write_line
    terminalreporter.section("torture")
    write(
        f"{'runs':>5} {'iterations':>11} {'failed':>7} {'skipped':>8} {'p50 s':>8} {'p99 s':>8}"
        f" {'MB':>6}  test"
    )
    for name, line in _lines.items():
        ordered = sorted(line.seconds)
        last = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        seeds = f"  seeds {', '.join(sorted(line.seeds))}" if line.seeds else ""
        write(
            f"{len(ordered):5} {line.iterations or '':>11} {line.failures:7} {line.skipped:8}"
            f" {statistics.median(ordered):8.1f} {last:8.1f} {line.memory_mb:6.0f}  {name}{seeds}"
        )
